"""The schemas against what they describe: every case and the linter's good and bad
fixtures against case.schema.json, a report of `conform --json` against
report.schema.json. Exits 77 where there is no python3-jsonschema.

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


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[6:]])
