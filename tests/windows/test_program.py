"""pidproof.exe: its commands, exit statuses, reports and verdicts, as a program of Windows.

usage: test_program.py PIDPROOF.EXE REFERENCE.EXE CONSTANT.EXE STANDIN.EXE LAUNCHER
                       [PIDPROOF EMULATOR...]

On Windows the launcher is run by this Python. Under Wine (the EMULATOR) there is no Python, so
python_standin.exe stands in for it: pidproof.exe starts that, and this test runs the real
launcher outside, by this Python, with the processes of Windows through Wine as it does for
`pidproof conform --windows`. How Python on Windows runs the launcher is not shown so. PIDPROOF is
this system's own program then, and comes to the same verdicts by `--windows`.
"""

import json
import os
import pathlib
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
from typing import Any, Dict, List, Set, Tuple
from xml.etree import ElementTree

PIDPROOF, REFERENCE, CONSTANT, STANDIN, LAUNCHER, *REST = sys.argv[1:]
NATIVE, EMULATOR = (REST[0], REST[1:]) if REST else ("", [])
PYTHON = STANDIN if EMULATOR else sys.executable
PREFIX = os.environ.get("WINEPREFIX", os.path.expanduser("~/.wine"))
DRIVES = {"z:": "/", "c:": os.path.join(PREFIX, "drive_c")}
PATIENCE_S = 60  # a net




def outside(path: str) -> str:
    """A path of Wine's as this system names it."""
    return os.path.join(DRIVES[path[:2].lower()], path[2:].replace("\\", "/").lstrip("/"))


def inside(path: str) -> str:
    """A path of this system's as pidproof.exe names it."""
    return "Z:" + os.path.abspath(path).replace("/", "\\") if EMULATOR else os.path.abspath(path)


class Connections:
    """What python_standin.exe connects to. Each connection begins with its arguments: those of a
    launcher make it one's input and output; any other is kept, and never answered."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = str(self.listening.getsockname()[1])
        self.kept = threading.Semaphore(0)
        self.open: List[socket.socket] = []
        self.launchers: List["subprocess.Popen[bytes]"] = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            connection, _ = self.listening.accept()
            arguments = self.arguments(connection)
            if "--scratch" not in arguments:
                self.open.append(connection)
                self.kept.release()
                continue
            given = dict(zip(arguments, arguments[1:]))
            with connection:
                self.launchers.append(subprocess.Popen(
                    [sys.executable, LAUNCHER, "serve", "--windows", "--programs",
                     outside(given["--programs"]), "--scratch", outside(given["--scratch"])],
                    stdin=connection, stdout=connection))

    @staticmethod
    def arguments(connection: socket.socket) -> List[str]:
        """One byte at a time: what follows the empty line is the launcher's."""
        lines = [b""]
        while True:
            byte = connection.recv(1)
            if not byte or (byte == b"\n" and not lines[-1]):
                return [line.decode() for line in lines if line]
            if byte == b"\n":
                lines.append(b"")
            else:
                lines[-1] += byte


CONNECTIONS = Connections()


def tearDownModule() -> None:
    """A launcher tears everything down and ends once pidproof.exe has, or is gone."""
    for connection in CONNECTIONS.open:
        connection.close()
    for launcher in CONNECTIONS.launchers:
        assert launcher.wait(PATIENCE_S) == 0


ENVIRONMENT = {**os.environ, "PIDPROOF_STANDIN": CONNECTIONS.port}


def command(*words: str, adapter: Tuple[str, ...] = ()) -> List[str]:
    return [*EMULATOR, PIDPROOF, *words, *(("--", *adapter) if adapter else ())]


def run(*words: str, adapter: Tuple[str, ...] = ()) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(command(*words, adapter=adapter), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=280,
                          env=ENVIRONMENT, check=False)


def asking(word: str, *words: str, adapter: Tuple[str, ...] = (REFERENCE,)) -> "subprocess.CompletedProcess[bytes]":
    """A command that starts the launcher."""
    return run(word, "--python", PYTHON, "--timeout", "60", *words, adapter=adapter)


class Running:
    """The process of a program that runs once."""

    def __init__(self, program: str) -> None:
        self.program = program
        self.pidfd = -1 if not EMULATOR else os.pidfd_open(self.number())

    def number(self) -> int:
        """Its number outside of Wine."""
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if self.program.encode() in (process / "cmdline").read_bytes().split(b"\0")[0]:
                    return int(process.name)
            except OSError:  # it has ended
                pass
        raise AssertionError(f"{self.program} does not run")

    def ends(self) -> bool:
        """Waits for its end."""
        if EMULATOR:
            with open(self.pidfd, "rb"):
                return bool(select.select([self.pidfd], [], [], PATIENCE_S)[0])
        name = self.program[:-len(".exe")]
        subprocess.run(["powershell", "-Command", f"Wait-Process -Name {name} -Timeout {PATIENCE_S} "
                        "-ErrorAction SilentlyContinue"], check=False)
        listed = subprocess.run(["tasklist", "/FI", f"IMAGENAME eq {self.program}"],
                                stdout=subprocess.PIPE, check=True).stdout
        return self.program.encode() not in listed


class Temporary(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory(prefix="pidproof-test-")
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def path(self, name: str) -> str:
        return os.path.join(self.directory, name)


class CommandLine(Temporary):
    """PROTOCOL.md, "Exit status"; bytes are what they are on every system."""

    def test_what_needs_no_adapter(self) -> None:
        for words, part in ((["--version"], b"pidproof "), (["help"], b"usage: pidproof"),
                            (["conform", "--help"], b"--python PROGRAM"), (["list"], b" cases\n"),
                            (["coverage"], b"REC-4"), (["lint"], b"nothing to complain about")):
            with self.subTest(words):
                done = run(*words)
                self.assertEqual((done.returncode, done.stderr), (0, b""))
                self.assertIn(part, done.stdout)
                self.assertNotIn(b"\r", done.stdout)

    @unittest.skipUnless(NATIVE, "there is no program of another system to compare with")
    def test_the_same_cases_are_in_it(self) -> None:
        native = subprocess.run([NATIVE, "list"], stdout=subprocess.PIPE, check=True)
        self.assertEqual(run("list").stdout, native.stdout)

    def test_wrong_usage_is_2(self) -> None:
        for words, adapter in (([], ()), (["conform"], ()), (["conform", "--jobs", "0"], ("x",)),
                               (["conform", "--filter", "no/such"], ("x",)), (["nonsense"], ())):
            with self.subTest(words):
                self.assertEqual(run(*words, adapter=tuple(adapter)).returncode, 2)

    def test_a_broken_adapter_is_3(self) -> None:
        for adapter in ("not-there.exe", REFERENCE + ".not", CONSTANT):
            for word in ("smoke", "conform"):
                with self.subTest(adapter, word=word):
                    self.assertEqual(asking(word, adapter=(adapter,)).returncode, 3)

    def test_no_python_is_4_and_said(self) -> None:
        done = run("conform", "--python", "no-such-python", adapter=(REFERENCE,))
        self.assertEqual(done.returncode, 4)
        self.assertIn(b"no-such-python", done.stderr)

    def test_what_is_linux_only_is_4_and_said(self) -> None:
        done = run("explore", adapter=(REFERENCE,))
        self.assertEqual(done.returncode, 4)
        self.assertIn(b"on Linux only", done.stderr)

    def test_smoke(self) -> None:
        done = asking("smoke")
        self.assertEqual(done.returncode, 0, done)
        self.assertIn(b" 0 wrong, 0 not asked: it speaks the protocol", done.stdout)

    def test_doctor(self) -> None:
        done = asking("doctor", adapter=())
        self.assertEqual(done.returncode, 0, done)
        self.assertIn(b"yes  windows", done.stdout)

    def test_arguments_and_paths_are_utf_8(self) -> None:
        there = self.path("überprüft ツ")
        os.mkdir(there)
        adapter = shutil.copy(REFERENCE, os.path.join(there, "référence.exe"))
        report = os.path.join(there, "отчёт.json")
        case = os.path.join(there, "один.json")
        done = asking("conform", "--filter", "live/windows-*", "--json", inside(report),
                      adapter=(inside(adapter),))
        self.assertEqual(done.returncode, 0, done)
        with open(report, encoding="utf-8") as file:
            self.assertEqual(json.load(file)["adapter"]["command"], [inside(adapter)])
        with open(case, "wb") as made:
            made.write(b"{")
        self.assertIn(inside(case).encode(), run("lint", inside(case)).stdout)

    def test_a_timed_question(self) -> None:
        done = asking("bench", "--rounds", "6", "--op", "is_alive")
        self.assertEqual(done.returncode, 0, done)
        self.assertIn(b"inside", done.stdout)


class Verdicts(Temporary):
    """REPORT.md: one run, told in four ways."""

    def report(self, *words: str, adapter: Tuple[str, ...]) -> Dict[str, Any]:
        path = self.path("report.json")
        self.done = asking("conform", "--json", inside(path), *words, adapter=adapter)
        with open(path, encoding="utf-8") as file:
            report: Dict[str, Any] = json.load(file)
        return report

    @staticmethod
    def verdicts(report: Dict[str, Any]) -> Dict[str, Tuple[str, str]]:
        return {case["id"]: (case["outcome"], str(case["direction"])) for case in report["cases"]}

    def test_the_reference_adapter(self) -> None:
        report = self.report("--jobs", "2", adapter=(REFERENCE,))
        totals = report["totals"]
        print(f"pidproof.exe: {totals}", file=sys.stderr)
        self.assertEqual((self.done.returncode, totals["failed"]), (0, 0), self.done)
        self.assertGreater(totals["passed"], 100)
        self.assertEqual(report["host"]["system"], "windows")
        if not NATIVE:
            return
        native = self.native()
        ours, theirs = self.verdicts(report), self.verdicts(native)
        self.assertEqual(set(ours), set(theirs))
        # Under load Wine 8 fails now and then to start a process (error 1359): what only one of
        # the two could establish is asked again.
        for name in ours:
            if ours[name] != theirs[name] and "not-established" in (ours[name][0], theirs[name][0]):
                print(f"{name}: {ours[name]} and {theirs[name]}, asked again", file=sys.stderr)
                filtered = ("--filter", name)
                ours.update(self.verdicts(self.report(*filtered, adapter=(REFERENCE,))))
                theirs.update(self.verdicts(self.native(*filtered)))
        self.assertEqual(ours, theirs)

    def native(self, *words: str) -> Dict[str, Any]:
        """What this system's own program says of the same adapter."""
        path = self.path("native.json")
        subprocess.run([NATIVE, "conform", "--windows", os.path.dirname(LAUNCHER) + "/programs",
                        "--timeout", "60", "--json", path, *words, "--", *EMULATOR, REFERENCE],
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
        with open(path, encoding="utf-8") as file:
            report: Dict[str, Any] = json.load(file)
        return report

    def test_a_wrong_adapter_in_every_report(self) -> None:
        junit = self.path("report.xml")
        report = self.report("--filter", "look/**", "--filter", "exe/**", "--tap", "--junit",
                             inside(junit), adapter=(CONSTANT, "accepts"))
        self.assertEqual(self.done.returncode, 1)
        self.assertNotIn(b"\r", self.done.stdout)
        ids = {outcome: {case["id"] for case in report["cases"] if case["outcome"] == outcome}
               for outcome in ("pass", "fail", "not-established")}
        self.assertGreater(len(ids["fail"]), 5)
        self.assertEqual(sum(map(len, ids.values())), len(report["cases"]))
        by_tap: Dict[str, Set[str]] = {"pass": set(), "fail": set(), "not-established": set()}
        for line in self.done.stdout.decode("utf-8").splitlines():
            words = line.replace("not ok", "not-ok").split()
            if words and words[0] in ("ok", "not-ok"):
                fate = "not-established" if "# SKIP" in line else \
                    "pass" if words[0] == "ok" else "fail"
                by_tap[fate].add(words[3])
        self.assertEqual(by_tap, ids)
        by_junit: Dict[str, Set[str]] = {"pass": set(), "fail": set(), "not-established": set()}
        for case in ElementTree.parse(junit).iter("testcase"):
            fate = "fail" if case.find("failure") is not None else \
                "not-established" if case.find("skipped") is not None else "pass"
            by_junit[fate].add(f"{case.get('classname')}/{case.get('name')}")
        self.assertEqual(by_junit, ids)


class Ending(Temporary):
    """What pidproof.exe started ends with it, however that ends."""

    def test_the_adapter_of_a_killed_pidproof(self) -> None:
        for word in ("smoke", "conform"):
            with self.subTest(word):
                name = f"pidproof-test-{os.getpid()}-{word}.exe"
                adapter = shutil.copy(STANDIN, self.path(name))
                # It connects, waits for an answer, and does not end when its input does.
                program = subprocess.Popen(
                    command(word, "--python", PYTHON, "--timeout", "600",
                            adapter=(inside(adapter), "hangs")),
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
                self.assertTrue(CONNECTIONS.kept.acquire(timeout=PATIENCE_S))
                started = Running(name)
                program.kill()
                program.wait(PATIENCE_S)
                self.assertTrue(started.ends())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
