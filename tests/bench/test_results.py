#!/usr/bin/env python3
"""Result files: a ratio is taken within a piece, and a goal without its floor is not met.

usage: test_results.py BENCH-DIRECTORY [unittest arguments]
"""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any, Dict, List, Tuple

BENCH = Path(sys.argv[1])
sys.path.insert(0, str(BENCH))
from results import Results, ratio  # noqa: E402  (found in the directory given)


def run(piece: str, name: str, ns: float, threads: int = 1) -> Dict[str, Any]:
    return {"name": name, "run_type": "iteration", "real_time": ns, "time_unit": "ns",
            "threads": threads, "piece": piece}


def written(directory: str, runs: List[Dict[str, Any]]) -> Path:
    path = Path(directory) / "bench.json"
    path.write_text(json.dumps({"context": {}, "benchmarks": runs}), encoding="utf-8")
    return path


class ResultFiles(unittest.TestCase):
    RUNS = [
        run("quick", "floor/getppid/real_time", 100), run("quick", "one/real_time", 200),
        # The machine is three times as slow while this piece runs.
        run("slow", "floor/getppid/real_time", 300), run("slow", "other/real_time", 600),
        run("alone", "orphan/real_time", 600),
    ]

    def test_ratios_stay_within_a_piece(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            results = Results(written(directory, self.RUNS))
        self.assertEqual(results.values("floor/getppid"), [100, 300])
        for name in ("one", "other"):
            floor = results.beside(name, "floor/getppid")
            self.assertEqual(ratio(results.values(name), floor).estimate, 2)
        self.assertEqual(results.beside("orphan", "floor/getppid"), [])

    def test_time_of_one_thread(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            results = Results(written(directory, [run("", "one/real_time/threads:2", 50, 2)]))
        self.assertEqual(results.values("one/threads:2"), [100])

    def report(self, goal: Dict[str, Any]) -> Tuple[int, str]:
        with tempfile.TemporaryDirectory() as directory:
            goals = Path(directory) / "goals.json"
            goals.write_text(json.dumps({"goals": [goal]}), encoding="utf-8")
            done = subprocess.run([sys.executable, str(BENCH / "report.py"), "--goals", str(goals),
                                   str(written(directory, self.RUNS))],
                                  stdout=subprocess.PIPE, universal_newlines=True)
            return done.returncode, done.stdout

    def test_goals(self) -> None:
        goal = {"figure": "other", "floor": "floor/getppid"}
        for more, status, verdict in (({"at_most": 2}, 0, "met"), ({"at_most": 1.9}, 1, "MISSED"),
                                      ({"at_least": 2}, 0, "met"), ({"at_least": 3}, 1, "MISSED")):
            came, out = self.report({**goal, **more})
            self.assertEqual(came, status, out)
            self.assertIn(verdict, out)
        for figure in ("orphan", "nowhere"):
            came, out = self.report({**goal, "figure": figure, "at_most": 1e9})
            self.assertEqual(came, 1, out)
            self.assertIn("not measured", out)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)
