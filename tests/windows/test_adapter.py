"""Questions the reference adapter as a Windows program, about real Windows processes.

usage: test_adapter.py REFERENCE.EXE HELPER.EXE [EMULATOR]

The protocol is harness/PROTOCOL.md, over pipes: nothing here links the library. Each
test cites the clause of harness/SPEC.md that it checks.
"""
import json
import subprocess
import sys
import unittest
from typing import Any, Dict, List

REFERENCE, HELPER, *EMULATOR = sys.argv[1:]
Json = Dict[str, Any]


class Program:
    """A Windows program on two pipes."""

    def __init__(self, path: str) -> None:
        self.process = subprocess.Popen(
            [*EMULATOR, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def read(self) -> bytes:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def write(self, line: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def end(self) -> int:
        """Closes its input, which ends it."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(30)


class Helper(Program):
    """A process to ask about; `pid` is its Windows number, not that of Wine's process."""

    def __init__(self) -> None:
        super().__init__(HELPER)
        word, number = self.read().split()
        assert word == b"ready", word
        self.pid = int(number)

    def exit(self, code: int) -> None:
        self.write(b"exit %d\n" % code)
        self.process.wait(30)


class Adapter(Program):
    def __init__(self) -> None:
        super().__init__(REFERENCE)
        self.id = 0

    def ask(self, method: str, **params: Any) -> Json:
        self.id += 1
        request = {"jsonrpc": "2.0", "id": self.id, "method": method, "params": params}
        self.write(json.dumps(request).encode() + b"\n")
        line = self.read()
        assert line.endswith(b"}\n"), line  # and not \r\n
        reply: Json = json.loads(line)
        assert reply["id"] == self.id and "error" not in reply, reply
        result: Json = reply["result"]
        return result


class AdapterTest(unittest.TestCase):
    def setUp(self) -> None:
        self.adapter = Adapter()
        self.addCleanup(self.adapter.end)
        self.helpers: List[Helper] = []
        self.helper = self.start()
        self.record: Json = self.adapter.ask("capture", pid=self.helper.pid)["record"]

    def start(self) -> Helper:
        helper = Helper()
        self.addCleanup(helper.end)
        return helper

    def refused(self, **changes: Any) -> str:
        """The reason for which the record with these changes is refused."""
        answer = self.adapter.ask("verify", record={**self.record, **changes})
        reason: str = answer["refused"]["reason"]
        return reason

    def accept(self, **changes: Any) -> int:
        answer = self.adapter.ask("verify", record={**self.record, **changes})
        handle: int = answer["accepted"]["handle"]
        return handle

    def alive(self, handle: int) -> bool:
        alive: bool = self.adapter.ask("is_alive", handle=handle)["alive"]
        return alive

    def test_hello(self) -> None:
        hello = self.adapter.ask("hello", protocol=1, suite="1.0.0")
        self.assertEqual(hello["protocol"], 1)
        self.assertLessEqual({"capture", "instance", "handle-signals", "wait", "watch"},
                             set(hello["capabilities"]))

    def test_accepted(self) -> None:
        """LIVE-1, BOOT-2"""
        answer = self.adapter.ask("verify", record=self.record)
        self.assertLessEqual({"boot_id", "exe_path", "exe_sha256", "instance"},
                             set(answer["accepted"]["evidence"]))
        handle = answer["accepted"]["handle"]
        self.assertEqual(self.adapter.ask("handle_pid", handle=handle), {"pid": self.helper.pid})
        self.assertTrue(self.alive(handle))
        answer = self.adapter.ask("verify", record={**self.record, "boot_id": ""})
        self.assertNotIn("boot_id", answer["accepted"]["evidence"])

    def test_differences_and_their_order(self) -> None:
        """REC-1, BOOT-1, LOOK-1, LOOK-3, EXE-1, HASH-1, ORD-1"""
        path = {"exe_path": "C:\\windows\\system32\\ntdll.dll"}
        digest = {"exe_sha256": "00" * 32}
        number = {"pid": self.helper.pid + 1}  # Windows would open the helper
        boot = {"boot_id": self.record["boot_id"] + "1"}
        self.assertEqual(self.refused(**digest), "exe_sha256_mismatch")
        self.assertEqual(self.refused(**digest, **path), "exe_path_mismatch")
        self.assertEqual(self.refused(**digest, **path, **number), "not_found")
        self.assertEqual(self.refused(**digest, **path, **number, **boot), "boot_id_mismatch")
        self.assertEqual(self.refused(**digest, **path, **boot, pid=0), "invalid_pid")
        self.assertEqual(self.refused(pid=2**32 - 1), "not_found")

    def test_numbers_are_exact(self) -> None:
        """REC-4"""
        for pid in (2**32 + self.helper.pid, self.helper.pid + 0.5, str(self.helper.pid) + "x"):
            self.assertIn(self.refused(pid=pid), ("invalid_pid", "invalid_record"))

    def test_spellings(self) -> None:
        """EXE-4"""
        path = self.record["exe_path"]
        for spelled in (path.upper(), path.lower(), path.replace("\\", "/"), "\\\\?\\" + path):
            self.alive(self.accept(exe_path=spelled))

    def test_dead_is_for_ever(self) -> None:
        """LIVE-2, LIVE-3, LIVE-7, LIVE-10, SIG-4"""
        handle = self.accept()
        self.assertEqual(self.adapter.ask("wait", handle=handle, timeout_ms=0), {"exited": False})
        self.helper.exit(259)
        self.assertEqual(self.adapter.ask("wait", handle=handle, timeout_ms=20000),
                         {"exited": True})
        for _ in range(3):
            self.assertFalse(self.alive(handle))
        self.assertEqual(self.adapter.ask("process_is_alive", pid=self.helper.pid),
                         {"alive": False})
        killed = self.adapter.ask("force_kill_handle", handle=handle)
        self.assertEqual(killed["refused"]["reason"], "not_found")
        self.assertEqual(self.refused(), "not_found")

    def test_signals(self) -> None:
        """SIG-1, SIG-2, SIG-3"""
        handle = self.accept()
        for asked in (self.adapter.ask("terminate", pid=self.helper.pid),
                      self.adapter.ask("terminate_handle", handle=handle)):
            self.assertEqual(asked["refused"]["reason"], "terminate_unsupported")
        for low in (1, 2, 3):
            asked = self.adapter.ask("force_kill", pid=self.helper.pid + low)
            self.assertEqual(asked["refused"]["reason"], "not_found")
        self.assertTrue(self.alive(handle))
        self.assertEqual(self.adapter.ask("force_kill", pid=self.helper.pid), {"sent": True})
        self.assertTrue(self.adapter.ask("wait", handle=handle, timeout_ms=20000)["exited"])

    def test_siblings(self) -> None:
        """INST-5"""
        self.assertEqual(self.refused(pid=self.start().pid), "instance_mismatch")

    def test_watch(self) -> None:
        """capability watch"""
        other = self.start()
        record = self.adapter.ask("capture", pid=other.pid)["record"]
        handles = [self.accept(), self.accept(**record)]
        watch = self.adapter.ask("watch", handles=handles)["watch"]
        self.assertEqual(self.adapter.ask("watch_gone", watch=watch), {"gone": []})
        other.exit(0)
        self.adapter.ask("wait", handle=handles[1], timeout_ms=20000)
        self.assertEqual(self.adapter.ask("watch_gone", watch=watch), {"gone": [handles[1]]})
        self.assertEqual(self.adapter.ask("watch_gone", watch=watch), {"gone": []})
        self.adapter.ask("watch_close", watch=watch)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
