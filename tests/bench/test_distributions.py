#!/usr/bin/env python3
"""pidproof_distributions times every check, idle and loaded, and says so in JSON that adds up.

usage: test_distributions.py PIDPROOF_DISTRIBUTIONS [EMULATOR...]
"""

import json
import subprocess
import sys
import unittest
from typing import List

PROGRAM = [*sys.argv[2:], sys.argv[1]]
OURS = ["liveness/handle", "liveness/watch/100", "liveness/pid", "verify/warm/512KiB"]


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True)


class Distributions(unittest.TestCase):
    def test_each_check_idle_and_loaded(self) -> None:
        done = run("200")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = json.loads(done.stdout)
        names: List[str] = [row["name"] for row in rows[::2]]
        self.assertEqual(names[0], "clock")
        self.assertEqual(names[-len(OURS):], OURS)
        rivals = names[1:-len(OURS)]
        self.assertTrue(rivals)
        self.assertTrue(all(name.startswith(("floor/", "baseline/")) for name in rivals), rivals)
        self.assertEqual([(row["name"], row["condition"]) for row in rows],
                         [(name, condition) for name in names for condition in ("idle", "loaded")])
        for row in rows:
            with self.subTest(row["name"], condition=row["condition"]):
                self.assertEqual(row["samples"], 200)
                quantiles = [row[key] for key in ("p50_ns", "p90_ns", "p99_ns", "p99.9_ns", "max_ns")]
                self.assertEqual(quantiles, sorted(quantiles))
                parts, times = zip(*row["curve"])
                self.assertEqual(list(times), sorted(times))
                self.assertEqual((parts[0], parts[-1]), (0, 1))
                self.assertEqual(times[-1], row["max_ns"])
        p50 = {row["name"]: row["p50_ns"] for row in rows if row["condition"] == "idle"}
        self.assertGreater(p50["verify/warm/512KiB"], p50["clock"])

    def test_wrong_usage(self) -> None:
        for arguments in (["9"], ["many"], ["20", "20"]):
            with self.subTest(arguments):
                done = run(*arguments)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn("usage: pidproof_distributions", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]], verbosity=2)
