#!/usr/bin/env python3
"""Result files: a ratio is taken within a piece, a goal without its floor is not met, and what
two runs do not both hold does not agree.

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
from results import Results, best, ratio  # noqa: E402  (found in the directory given)


def run(piece: str, name: str, ns: float, threads: int = 1) -> Dict[str, Any]:
    return {"name": name, "run_type": "iteration", "real_time": ns, "time_unit": "ns",
            "threads": threads, "piece": piece}


def hashing(name: str, rate: float) -> Dict[str, Any]:
    return {**run("", name, 1e9 / rate), "bytes_per_second": rate}


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

    def test_floor_of_its_kind(self) -> None:
        two = "/real_time/threads:2"
        runs = [run("", "floor/getppid/real_time", 100), run("", "floor/getppid" + two, 60, 2),
                run("", "one" + two, 180, 2), run("", "orphan/real_time/threads:3", 60, 3),
                hashing("floor/sha256_in_memory/real_time", 1000), hashing("hash/real_time", 800)]
        with tempfile.TemporaryDirectory() as directory:
            results = Results(written(directory, runs))
        self.assertEqual(results.cost("one/threads:2"), [3])
        self.assertEqual(results.cost("hash"), [1.25])
        self.assertEqual(results.cost("orphan/threads:3"), [])

    def test_figures(self) -> None:
        values = [float(value) for value in range(1, 101)]
        self.assertEqual(best(values[::-1]), 3)  # 2 of 100 lie below it
        self.assertEqual(best(values, "bytes_per_second"), 98)
        self.assertEqual(best(values, "growth_KiB"), 100)
        self.assertEqual(best([7]), 7)

    def within(self, after: List[Dict[str, Any]], percent: str = "10") -> Tuple[int, str]:
        floors = [run("", "floor/getppid/real_time", 100), hashing("floor/sha256_in_memory/real_time", 1)]
        before = floors + [run("", "one/real_time", 200), run("", "two/real_time", 1000)]
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            done = subprocess.run([sys.executable, str(BENCH / "compare"), "--within", percent,
                                   str(written(one, before)), str(written(other, floors + after))],
                                  stdout=subprocess.PIPE, universal_newlines=True)
            return done.returncode, done.stdout

    def test_two_runs_that_agree(self) -> None:
        same = run("", "two/real_time", 1000)
        for ns in (200, 219, 183):  # either way round: 10 % of the smaller
            status, out = self.within([run("", "one/real_time", ns), same])
            self.assertEqual(status, 0, out)
        status, out = self.within([run("", "one/real_time", 210), same], "4")
        self.assertEqual(status, 1, out)

    def test_two_runs_that_differ(self) -> None:
        for ns in (221, 181):
            status, out = self.within([run("", "one/real_time", ns), run("", "two/real_time", 1000)])
            self.assertEqual(status, 1, out)
            self.assertIn("DIFFERS  one / floor/getppid", out)
            self.assertIn("agrees  two / floor/getppid", out)

    def test_what_one_run_lacks_does_not_agree(self) -> None:
        broken = {**run("", "two/real_time", 0), "error_occurred": True, "error_message": "no target"}
        for more in ([], [broken]):
            status, out = self.within([run("", "one/real_time", 200)] + more)
            self.assertEqual(status, 2, out)
            self.assertIn("CANNOT BE COMPARED  two", out)
        status, out = self.within([run("", "one/real_time", 200), run("", "two/real_time", 1000),
                                   run("", "three/real_time", 1)])
        self.assertEqual(status, 2, out)

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
