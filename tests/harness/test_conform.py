"""`pidproof conform` from outside, on adapters that are wrong in every way there is:
the outcome of each case, the exit status, the sentence that helps, that nothing is
left behind, and that the run ends (PROTOCOL.md, "Outcomes and exit status").

usage: test_conform.py PIDPROOF WRONG-ADAPTER CASES-DIRECTORY [unittest arguments]
"""

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree
from typing import Any, Dict, List, NamedTuple, Optional

PIDPROOF, WRONG, CASES = sys.argv[1:4]
BOOT, TERMINATE, ZOMBIE = "example/boot", "example/terminate", "example/zombie"


class Run(NamedTuple):
    status: int
    out: str
    err: str


def pidproof(*arguments: str) -> Run:
    done = subprocess.run([PIDPROOF, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=90, check=False)
    return Run(done.returncode, done.stdout.decode(), done.stderr.decode())


class Conform(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.lock = self.path("lock")
        with open(self.lock, "w", encoding="utf-8"):
            pass
        os.chmod(self.directory.name, 0o755)

    def path(self, name: str) -> str:
        return os.path.join(self.directory.name, name)

    def conform(self, behaviour: str, *options: str) -> Run:
        return pidproof("conform", "--cases", CASES, "--filter", "example/*", "--timeout", "0.5",
                        "--jobs", "2", *options, "--", WRONG, behaviour, self.lock)

    def report(self, behaviour: str, *options: str) -> "tuple[Run, Dict[str, Any]]":
        path = self.path("report.json")
        run = self.conform(behaviour, "--json", path, *options)
        with open(path, encoding="utf-8") as file:
            return run, json.load(file)

    def assert_gone(self) -> None:
        with open(self.lock, encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def assert_outcomes(self, behaviour: str, outcome: str, directions: List[Optional[str]]) -> None:
        run, report = self.report(behaviour)
        came = [(case["id"], case["outcome"], case["direction"]) for case in report["cases"]]
        self.assertEqual(came, [(id, outcome, direction) for id, direction in
                                zip((BOOT, TERMINATE, ZOMBIE), directions)], run.out)
        self.assertEqual(run.status, 1, run.err)
        self.assertEqual(run.out.splitlines()[-1], "0 passed, 3 failed, 0 skipped")
        self.assert_gone()

    def test_constant_answers_fail(self) -> None:
        self.assert_outcomes("accepts", "fail", ["false-accept", "false-refuse", "false-accept"])
        self.assert_outcomes("refuses", "fail", ["false-refuse"] * 3)

    def test_broken_conversations(self) -> None:
        for behaviour, outcome in (("garbage", "protocol"), ("wrong-id", "protocol"),
                                   ("wrong-type", "protocol"), ("closes-stdout", "protocol"),
                                   ("floods", "protocol"), ("crashes", "crash"), ("exits", "protocol"),
                                   ("breaks", "protocol"), ("silent", "timeout"),
                                   ("ignores-sigterm", "timeout")):
            with self.subTest(behaviour):
                self.assert_outcomes(behaviour, outcome, [None] * 3)

    def test_no_hello_is_a_broken_adapter(self) -> None:
        for behaviour in ("dies-in-hello", "garbage-in-hello", "never-reads"):
            with self.subTest(behaviour):
                run = self.conform(behaviour)
                self.assertEqual(run.status, 3, run.err)
                self.assertIn("hello", run.err)
                self.assertIn("pidproof smoke -- ", run.err)
                self.assert_gone()
        run = pidproof("conform", "--", "/nowhere/adapter")
        self.assertEqual(run.status, 3, run.err)
        self.assertIn("/nowhere/adapter", run.err)

    def fixtures_with(self, script: str) -> str:
        """The fixtures, with a `confine` that does something else."""
        original = os.path.join(os.path.dirname(PIDPROOF), "..", "fixtures")
        fixtures = self.path("fixtures")
        os.makedirs(os.path.join(fixtures, "programs"))
        os.symlink(os.path.abspath(os.path.join(original, "launcher")),
                   os.path.join(fixtures, "launcher"))
        for name in os.listdir(os.path.join(original, "programs")):
            if name != "confine":
                os.symlink(os.path.abspath(os.path.join(original, "programs", name)),
                           os.path.join(fixtures, "programs", name))
        confine = os.path.join(fixtures, "programs", "confine")
        with open(confine, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + script)
        os.chmod(confine, 0o755)
        return fixtures

    @unittest.skipUnless(sys.platform.startswith("linux"), "only there are adapters confined")
    def test_what_cannot_be_found_out_is_not_what_is_not_there(self) -> None:
        probe = 'if [ "$1" = --probe ]; then read -r line; '
        have = """echo '{"seccomp": true, "landlock": true}'; exit 0; fi\n"""
        for script, status, sentence in (
                (probe + "exit 1; fi\n", 4, "what this kernel has: it ended (exit status 1)"),
                (probe + have + "exit 1\n", 4, "without a word"),
                (probe + have + "echo failed a fork: no memory >&3\n", 4, "a fork: no memory"),
                (probe + have + "echo broken cannot execute it >&3\n", 3, "cannot execute it")):
            with self.subTest(script):
                fixtures = self.fixtures_with(script)
                run = self.conform("accepts", "--fixtures", fixtures)
                shutil.rmtree(fixtures)
                self.assertEqual(run.status, status, run.err)
                self.assertIn(sentence, run.err)
                self.assert_gone()

    def test_what_a_dying_adapter_said_is_shown(self) -> None:
        self.assertIn("no such library", self.conform("dies-in-hello").err)

    def test_wrong_usage(self) -> None:
        adapter = ["--", WRONG, "accepts", self.lock]
        for arguments, sentence in (
                (["conform", "--filter", "no/such", *adapter], "no case has an id like 'no/such'"),
                (["conform", "--fliter", "x", *adapter], "there is no option --fliter"),
                (["conform", "--filter"], "--filter needs a value"),
                (["conform", "--profile", "soft", *adapter], "'soft' is no value for --profile"),
                (["conform", "--jobs", "0", *adapter], "'0' is no value for --jobs"),
                (["conform", "--timeout", "1s", *adapter], "'1s' is no value for --timeout"),
                (["conform"], "which adapter?"),
                (["conform", WRONG], "stands where -- was expected"),
                (["conform", "--cases", "/nowhere", *adapter], "/nowhere"),
                (["conform", "--known-fix", *adapter], "--known FILE"),
                (["conform", "--known", "k", "--known-fix", "--filter", "**", *adapter],
                 "leave --filter out"),
                (["conform", "--known", "/nowhere", *adapter], "cannot read the known failures"),
                (["conform", "--windows", "d", "--unix", *adapter], "not for both"),
                (["confirm"], "there is no command 'confirm'"),
                (["list", "surplus"], "takes no arguments"),
        ):
            with self.subTest(" ".join(arguments[:3])):
                run = pidproof(*arguments)
                self.assertEqual(run.status, 2, run.err)
                self.assertIn(sentence, run.err)

    def test_help_and_version(self) -> None:
        self.assertRegex(pidproof("--version").out, r"^pidproof \d+\.\d+\.\d+$")
        whole = pidproof("--help")
        self.assertEqual(whole.status, 0)
        self.assertIn("An adapter is", whole.out)
        self.assertIn("Exit status", whole.out)
        for command in ("conform", "smoke", "explore", "bench", "doctor", "list", "coverage",
                        "lint"):
            with self.subTest(command):
                self.assertIn(f"  {command}", whole.out)
                run = pidproof(command, "--help")
                self.assertEqual(run.status, 0)
                self.assertIn(f"usage: pidproof {command}", run.out)

    def test_a_failure_says_everything(self) -> None:
        run, report = self.report("accepts")
        case = report["cases"][0]
        for text in (case["id"], case["title"], case["harm"], "BOOT-1", "asked", "came", "allowed",
                     "false-accept", case["situation"][0]["claim"]):
            self.assertIn(text, run.out)
        # The worst first.
        self.assertLess(run.out.index("CRITICAL"), run.out.index("\nFAIL"))
        repeat = re.search(r"repeat +(.*)", run.out)
        assert repeat
        again = subprocess.run(["sh", "-c", repeat.group(1)], stdout=subprocess.PIPE, timeout=60,
                               check=False)
        self.assertEqual(again.returncode, 1)
        self.assertTrue(again.stdout.endswith(b"\n0 passed, 1 failed, 0 skipped\n"), again.stdout)

    def test_no_colours_and_no_progress_in_a_pipe(self) -> None:
        run = self.conform("refuses")
        self.assertNotIn("\033", run.out + run.err)
        self.assertNotIn("\r", run.out + run.err)

    @unittest.skipUnless(sys.platform.startswith("linux"), "only there can a number be asked for")
    def test_what_is_never_established_is_tried_so_often_and_not_judged(self) -> None:
        with open(os.path.join(CASES, "example", "zombie.json"), encoding="utf-8") as file:
            case = json.load(file)
        case.update(id="example/tried", tries=3)
        case["steps"] = [*case["steps"][:2], {"do": "spawn", "as": "o", "program": "file",
                                              "number": "${d.pid}"}, *case["steps"][2:]]
        os.mkdir(self.path("cases"))
        with open(self.path("cases/tried.json"), "w", encoding="utf-8") as file:
            json.dump(case, file)
        run = pidproof("conform", "--cases", self.path("cases"), "--filter", "example/*",
                       "--", WRONG, "accepts", self.lock)
        self.assertIn("taken", run.out)
        self.assertIn("built 3 times", run.out)
        self.assertEqual(run.out.splitlines()[-1], "0 passed, 0 failed, 1 skipped")

    def test_one_job_gives_the_same_verdicts(self) -> None:
        def verdicts(*options: str) -> List[Any]:
            report = self.report("accepts", *options)[1]
            return [[case["id"], case["outcome"], case["direction"], case["message"]]
                    for case in report["cases"]]
        self.assertEqual(verdicts("--jobs", "1"), verdicts("--jobs", "3"))

    def test_reports_agree(self) -> None:
        junit = self.path("junit.xml")
        run, report = self.report("accepts", "--junit", junit, "--tap")
        self.assertEqual(report["totals"], {"cases": 3, "passed": 0, "failed": 3, "advice": 0,
                                            "unsupported": 0, "not_established": 0})
        self.assertEqual(report["adapter"]["command"], [WRONG, "accepts", self.lock])
        self.assertEqual(report["adapter"]["name"], "accepts")
        suite = xml.etree.ElementTree.parse(junit).getroot()
        self.assertEqual(suite.get("failures"), "3")
        self.assertEqual([case.get("name") for case in suite], ["boot", "terminate", "zombie"])
        self.assertEqual(run.out.splitlines()[:2], ["TAP version 13", "1..3"])
        self.assertEqual(len(re.findall(r"^not ok \d - example/", run.out, re.MULTILINE)), 3)

    def test_a_report_that_cannot_be_written_fails_the_run(self) -> None:
        run = self.conform("accepts", "--json", self.path("no/such/report.json"))
        self.assertEqual(run.status, 4)
        self.assertIn("cannot write", run.err)

    def test_known_failures(self) -> None:
        known = self.path("known.txt")
        with open(known, "w", encoding="utf-8") as file:
            file.write("# ours\nexample/boot # verify: refused: not_found\n"
                       "example/* # verify: refused\n")
        run = self.conform("refuses", "--known", known)
        self.assertEqual(run.status, 1)
        self.assertIn("known.txt:3: example/terminate is listed and fails in another way", run.err)
        with open(known, "w", encoding="utf-8") as file:
            file.write("example/boot # verify: refused: not_found\n"
                       "example/terminate # terminate: refused: not_found\n"
                       "example/zombie # verify: refused: not_found\n")
        run = self.conform("refuses", "--known", known)
        self.assertEqual(run.status, 0, run.err)
        self.assertEqual(run.out.splitlines()[-1], "0 passed, 3 failed, 0 skipped")
        self.assertIn("known failures, as listed: example/boot", run.out)

    def test_known_failures_that_name_no_case_are_wrong_usage(self) -> None:
        known = self.path("misspelt.txt")
        with open(known, "w", encoding="utf-8") as file:
            file.write("example/boot # verify: refused: not_found\nexample/zomby # verify\n")
        run = self.conform("refuses", "--known", known)
        self.assertEqual((run.status, run.out), (2, ""))
        self.assertIn("misspelt.txt:2: 'example/zomby' names 0 cases", run.err)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
