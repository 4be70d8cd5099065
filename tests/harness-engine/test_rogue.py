"""What the engine says of adapters that do harm, and that it goes on; that nothing is
left when `pidproof` is killed. Arguments: pidproof, rogue.py, the directory of cases."""

import json
import os
import select
import subprocess
import sys
import tempfile
import unittest
from typing import Any, Dict, List

PIDPROOF, ROGUE, CASES = sys.argv[1:4]
PATIENT = 60


def conform(report: str, *arguments: str) -> "List[str]":
    return [PIDPROOF, "conform", "--jobs", "1", "--timeout", "2", "--cases", CASES,
            "--filter", "engine/*", "--json", report, "--", sys.executable, ROGUE, *arguments]


class Harm(unittest.TestCase):
    """[PROTOCOL.md, outcomes; SPEC.md, "How wrong an answer is"]"""

    def judged(self, role: str) -> Dict[str, Any]:
        with tempfile.TemporaryDirectory() as directory:
            report = os.path.join(directory, "report.json")
            run = subprocess.run(conform(report, role), stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True, timeout=PATIENT)
            self.assertEqual(run.returncode, 1, run.stdout)
            with open(report, encoding="utf-8") as file:
                asked, then = json.load(file)["cases"]
        self.assertEqual((asked["id"], then["id"]), ("engine/asked", "engine/then"))
        self.assertEqual(then["outcome"], "pass", then)
        return asked

    def assert_fails(self, role: str, direction: str, message: str) -> None:
        asked = self.judged(role)
        self.assertEqual((asked["outcome"], asked["direction"]), ("fail", direction), asked)
        self.assertIn(message, asked["message"])

    def test_signal_to_its_own_group(self) -> None:
        self.assert_fails("kill-group", "harm", "signalled")

    def test_kill_of_its_own_group(self) -> None:
        self.assert_fails("kill-group-hard", "harm", "killed")

    def test_kill_of_everybody(self) -> None:
        self.assert_fails("kill-all", "harm", "killed")

    def test_stop_of_its_own_group(self) -> None:
        self.assert_fails("stop-group", "harm", "signalled")

    def test_descriptor_left_open(self) -> None:
        self.assert_fails("leak-descriptor", "leak", "descriptor")

    def test_zombie_left_behind(self) -> None:
        self.assert_fails("leave-zombie", "leak", "zombie")


class Teardown(unittest.TestCase):
    def test_sigkill_of_pidproof_ends_everything(self) -> None:
        """The adapter is deaf to signals and to its input; its end of the pipe tells."""
        with tempfile.TemporaryDirectory() as directory:
            fifo = os.path.join(directory, "fifo")
            os.mkfifo(fifo)
            command = conform(os.path.join(directory, "report.json"), "hang", fifo)
            command[command.index("--timeout") + 1] = str(10 * PATIENT)
            with subprocess.Popen(command, stdout=subprocess.DEVNULL) as run:
                told = os.open(fifo, os.O_RDONLY)  # returns when the adapter was asked
                self.assertEqual(self.next_bytes(told), b"asked")
                run.kill()
            self.assertEqual(self.next_bytes(told), b"")
            os.close(told)

    def next_bytes(self, told: int) -> bytes:
        ready, _, _ = select.select([told], [], [], PATIENT)
        self.assertTrue(ready, "something still lives")
        return os.read(told, 100)


def has_sandbox() -> bool:
    run = subprocess.run([PIDPROOF, "doctor"], stdout=subprocess.PIPE, text=True,
                         timeout=PATIENT, check=False)
    return ["yes", "sandbox"] in [line.split() for line in run.stdout.splitlines()]


if __name__ == "__main__":
    if not has_sandbox():
        print("no sandbox here: a rogue would do real harm")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])
