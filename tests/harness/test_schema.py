"""The schemas against what they describe: every case and the linter's good and bad
fixtures against case.schema.json, reports of `conform --json` against
report.schema.json, of `explore --json` against explore.schema.json. Exits 77 where there is no python3-jsonschema.

usage: test_schema.py PIDPROOF WRONG-ADAPTER TEST-LINT HARNESS-DIRECTORY EXAMPLES-DIRECTORY
"""

import glob
import json
import os
import subprocess
import sys
import tempfile
import unittest
from typing import Any, Dict, List

try:
    import jsonschema
except ImportError:
    print("skipped: there is no python3-jsonschema for " + sys.executable)
    sys.exit(77)

PIDPROOF, WRONG, TEST_LINT, HARNESS, EXAMPLES = sys.argv[1:6]

# What is wrong in form. Everything else that the linter refuses is a matter of meaning.
BAD_FORM = {
    "a member is missing", "a member has the wrong form", "a member is empty", "no steps",
    "an unknown member", "an unknown level", "an unknown profile", "an unknown system",
    "an unknown capability", "no clause", "an id without area",
    "an unknown way to start an adapter", "an unknown view of /proc", "a step that does nothing",
    "an expectation without direction",
}


MINIMAL = [sys.executable, os.path.join(HARNESS, "adapters", "minimal.py")]


def lacks_explorer() -> bool:
    """Whether this host lacks what the explorer needs. One that has it must not fail at it."""
    doctor = subprocess.run([PIDPROOF, "doctor"], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return any(line.split(":")[0].split() in (["no", "sandbox"], ["no", "ptrace"])
               for line in doctor.stdout.decode().splitlines())


def read(*path: str) -> Any:
    with open(os.path.join(*path), encoding="utf-8") as file:
        return json.load(file)


def checker(name: str) -> Any:
    schema = read(HARNESS, name)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def complaints(validator: Any, instance: Any) -> List[str]:
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(instance)]


class Schemas(unittest.TestCase):
    def test_cases_have_the_form(self) -> None:
        validator = checker("case.schema.json")
        files = [file for directory in (os.path.join(HARNESS, "cases"), EXAMPLES) for file
                 in glob.glob(os.path.join(directory, "**", "*.json"), recursive=True)]
        self.assertGreater(len(files), 300)
        for file in files:
            with self.subTest(file):
                self.assertEqual(complaints(validator, read(file)), [])

    def test_schema_and_linter_agree(self) -> None:
        validator = checker("case.schema.json")
        printed = subprocess.run([TEST_LINT, "--print"], stdout=subprocess.PIPE, check=True).stdout
        fixtures: Dict[str, Any] = {entry["label"]: entry["case"] for entry
                                    in map(json.loads, printed.decode().splitlines())}
        self.assertEqual(BAD_FORM - fixtures.keys(), set())
        self.assertIn("good", fixtures)
        refused = {label for label, case in fixtures.items() if complaints(validator, case)}
        self.assertEqual(refused, BAD_FORM)

    def test_reports_have_the_form(self) -> None:
        validator = checker("report.schema.json")
        with tempfile.TemporaryDirectory() as directory:
            os.chmod(directory, 0o755)
            lock, report = os.path.join(directory, "lock"), os.path.join(directory, "report.json")
            open(lock, "w", encoding="utf-8").close()
            for behaviour in ("accepts", "crashes", "silent"):
                with self.subTest(behaviour):
                    done = subprocess.run(
                        [PIDPROOF, "conform", "--cases", EXAMPLES, "--filter", "example/*",
                         "--timeout", "0.5", "--json", report, "--", WRONG, behaviour, lock],
                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=90,
                        check=False)
                    self.assertEqual(done.returncode, 1)
                    self.assertEqual(complaints(validator, read(report)), [])

    def explore(self, directory: str, *arguments: str) -> Dict[str, Any]:
        report = os.path.join(directory, "report.json")
        done = subprocess.run([PIDPROOF, "explore", "--json", report, *arguments],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=120, check=False)
        if done.returncode == 4 and lacks_explorer():
            self.skipTest("this host has no sandbox or no tracing")
        content = read(report)
        self.assertEqual(content["status"], done.returncode, done.stdout.decode())
        self.assertEqual(complaints(checker("explore.schema.json"), content), [])
        return content

    def test_explorations_have_the_form(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            found = self.explore(directory, "--op", "verify", "--changes", "rename-copy", "--faults",
                                 "EMFILE", "--", *MINIMAL)
            self.assertEqual(found["status"], 1)
            self.assertEqual(found["totals"]["findings"], len(found["findings"]))
            clean = self.explore(directory, "--replay", "is_alive/daemon/die@1", "--", *MINIMAL)
            self.assertEqual((clean["status"], clean["findings"]), (0, []))
            self.assertTrue(any("before" in call for call in clean["clean"]["story"]))

    def test_an_exploration_of_nothing_is_none(self) -> None:
        """Exit statuses as those of `conform`. [PROTOCOL.md]"""
        with tempfile.TemporaryDirectory() as directory:
            for status, arguments in (
                    (2, ["--op", "watch", "--", *MINIMAL]),  # which claims no watch
                    (2, ["--op", "is_alive", "--changes", "none", "--", *MINIMAL]),
                    (2, ["--replay", "is_alive/daemon/die@99", "--", *MINIMAL]),
                    (2, ["--replay", "verify/gone/die@1", "--", *MINIMAL]),
                    (3, ["--", os.path.join(directory, "no-such-adapter")])):
                with self.subTest(arguments):
                    self.assertEqual(self.explore(directory, *arguments)["status"], status)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[6:]])
