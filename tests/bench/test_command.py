#!/usr/bin/env python3
"""`pidproof bench`: who has a figure and who has none, how it was timed, the exit status.
Never how fast anything is.

usage: test_command.py PIDPROOF REFERENCE MINIMAL.PY PROXY.PY [unittest arguments]
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from typing import Any, Dict, List, NamedTuple

PIDPROOF, REFERENCE, MINIMAL, PROXY = sys.argv[1:5]
ROUNDS = 6
QUESTIONS = ["verify", "is_alive", "process_is_alive"]


class Run(NamedTuple):
    status: int
    out: str
    err: str


def bench(*arguments: str) -> Run:
    done = subprocess.run([PIDPROOF, "bench", *arguments], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=100, check=False)
    return Run(done.returncode, done.stdout.decode(), done.stderr.decode())


class Command(unittest.TestCase):
    def measure(self, *adapters: List[str]) -> "tuple[Run, List[Dict[str, Any]]]":
        """A short run over few cases, and the `adapters` of its JSON."""
        words = [word for adapter in adapters for word in ["--", *adapter]]
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "bench.json")
            run = bench("--filter", "live/handle", "--filter", "live/by-number", "--rounds",
                        str(ROUNDS), "--json", path, *words)
            self.assertTrue(os.path.exists(path), run.out + run.err)
            with open(path, encoding="utf-8") as file:
                return run, json.load(file)["adapters"]

    def assert_figure(self, figure: Dict[str, Any], timed: str) -> None:
        self.assertEqual(figure["timed"], timed)
        self.assertEqual(len(figure["samples_ns"]), ROUNDS)
        self.assertEqual(figure["cases"]["failed"], [])
        self.assertGreater(figure["cases"]["passed"], 0)
        interval = figure["ns"]
        self.assertLessEqual(interval["low"], interval["median"])
        self.assertLessEqual(interval["median"], interval["high"])

    def test_two_that_conform(self) -> None:
        run, adapters = self.measure([REFERENCE], [REFERENCE])
        self.assertEqual(run.status, 0, run.out + run.err)
        for adapter in adapters:
            self.assertEqual([figure["question"] for figure in adapter["figures"]], QUESTIONS)
            for figure in adapter["figures"]:
                self.assert_figure(figure, "inside")
                self.assertGreater(figure["ns"]["low"], 0)
                ratio = figure["ratio_to_first"]
                self.assertLessEqual(ratio["low"], ratio["median"])
                self.assertLessEqual(ratio["median"], ratio["high"])
        for figure in adapters[0]["figures"]:
            self.assertEqual(figure["ratio_to_first"], {"median": 1, "low": 1, "high": 1})

    def test_what_fails_has_no_figure(self) -> None:
        run, adapters = self.measure([REFERENCE], [sys.executable, MINIMAL])
        self.assertEqual(run.status, 1, run.out + run.err)
        for figure in adapters[0]["figures"]:
            self.assert_figure(figure, "inside")
        failing = [figure for figure in adapters[1]["figures"] if figure["cases"]["failed"]]
        self.assertTrue(failing)
        for figure in failing:
            self.assertNotIn("ns", figure)
            self.assertIn("it fails", figure["no_figure"])
            self.assertIn(figure["cases"]["failed"][0], figure["no_figure"])
        self.assertIn("no figure: it fails", run.out)

    def test_without_the_method_through_the_pipe(self) -> None:
        for change, why in (("without", "it has no method `bench`"), ("unknown", "what is that?"),
                            ("long", "while outside it were")):
            with self.subTest(change):
                run, adapters = self.measure([sys.executable, PROXY, change, REFERENCE])
                self.assertEqual(run.status, 0, run.out + run.err)
                for figure in adapters[0]["figures"]:
                    self.assert_figure(figure, "pipe")
                    self.assertIn(why, figure["why_pipe"])
                self.assertIn("round trips of as many noops subtracted", run.out)
                self.assertIn("a noop through its pipe takes", run.out)

    def test_times_that_cannot_be(self) -> None:
        run, adapters = self.measure([sys.executable, PROXY, "short", REFERENCE])
        self.assertEqual(run.status, 3, run.out + run.err)
        for figure in adapters[0]["figures"]:
            self.assertIn("less than half of the time", figure["no_figure"])

    def test_broken_while_measured(self) -> None:
        run, adapters = self.measure([sys.executable, PROXY, "dies", REFERENCE], [REFERENCE])
        self.assertEqual(run.status, 3, run.out + run.err)
        for figure in adapters[0]["figures"]:
            self.assertIn("no_figure", figure)
        for figure in adapters[1]["figures"]:
            self.assert_figure(figure, "inside")
            self.assertNotIn("ratio_to_first", figure)

    def test_wrong_usage(self) -> None:
        for arguments, hint in ((["--", REFERENCE, "--"], "missing behind a --"),
                                ([], "which adapter?"),
                                (["--op", "verfy", "--", REFERENCE], "the questions are verify"),
                                (["--rounds", "5", "--", REFERENCE], "6 or more"),
                                (["--filter", "nothing", "--", REFERENCE], "no case of profile")):
            with self.subTest(arguments):
                run = bench(*arguments)
                self.assertEqual(run.status, 2, run.err)
                self.assertIn(hint, run.err)

    def test_no_adapter_there(self) -> None:
        run = bench("--filter", "live/handle", "--", "/nowhere/adapter")
        self.assertEqual(run.status, 3, run.err)

    def test_help_says_how_it_is_timed(self) -> None:
        run = bench("--help")
        self.assertEqual(run.status, 0)
        self.assertIn("noop", run.out)
        self.assertIn("--rounds", run.out)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[5:]], verbosity=2)
