"""The linter's words against the launcher that understands them: every operation of the
launcher is in vocabulary.c and the other way round, and each takes what the linter lets
a case write. OPERATIONS.md is held against the launcher in tests/fixtures/test_serving.py.

usage: test_vocabulary.py VOCABULARY.C LAUNCHER-DIRECTORY [unittest arguments]
"""

import os
import re
import sys
import unittest
from typing import Dict, Set

SOURCE, LAUNCHER = sys.argv[1:3]
sys.dont_write_bytecode = True
sys.path.insert(0, LAUNCHER)
import case  # noqa: E402
import protocol  # noqa: E402


def words(table: str) -> Dict[str, Set[str]]:
    """The operations of one table, each with the arguments that it takes."""
    with open(SOURCE, encoding="utf-8") as file:
        text = file.read().replace("\\\n", "")
    spawn = re.search(r'#define SPAWN\s+"([^"]*)"', text)
    body = re.search(table + r"\[\] = \{(.*?)\{0\},", text, re.DOTALL)
    assert spawn and body, f"{SOURCE} has no {table}, or no SPAWN, where this test looks"
    rows = re.findall(r'\{"(\w+)",\s*"([^"]*)"\s*(SPAWN)?', body.group(1))
    return {name: {word.rstrip("@!") for word in
                   (takes + (spawn.group(1) if more else "")).split()}
            for name, takes, more in rows}


class Vocabulary(unittest.TestCase):
    def setUp(self) -> None:
        self.operations = protocol.operations()

    def test_the_same_operations(self) -> None:
        known = words("do_words").keys() | words("expect_words").keys()
        self.assertEqual(known, self.operations.keys())

    def test_what_the_linter_allows_the_launcher_takes(self) -> None:
        for table in ("do_words", "expect_words"):
            for name, allowed in words(table).items():
                with self.subTest(name):
                    taken = case.parameters_of(self.operations[name])[0].keys() | {"as"}
                    taken |= {f"{word}_hex" for word in taken}
                    self.assertEqual(allowed - taken, set())

    def test_what_the_launcher_insists_on_the_linter_does_too(self) -> None:
        for name, allowed in words("do_words").items():
            with self.subTest(name):
                parameters = case.parameters_of(self.operations[name])[0]
                needed = {word for word, parameter in parameters.items()
                          if parameter.default is parameter.empty}
                self.assertEqual(needed - allowed, set())

    def test_what_other_systems_take_is_known(self) -> None:
        for kind in ("windows", "unix"):
            for name, operation in protocol.operations(kind).items():
                with self.subTest(name, kind=kind):
                    taken = case.parameters_of(operation)[0].keys()
                    known = case.parameters_of(self.operations[name])[0].keys()
                    self.assertEqual(taken - known, set())

    def test_every_feature_that_is_looked_for_is_explained(self) -> None:
        with open(SOURCE, encoding="utf-8") as file:
            text = file.read()
        explained = re.findall(r'\{"([\w-]+)",', text[text.index("features[] = {"):])
        self.assertEqual(protocol.FEATURES.keys() - set(explained), set())


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
