"""Leaves out the checks of a system's backend one by one: each must make a test fail.

checks/SYSTEM.json holds them as defects.py holds its defects, and each with the test that
stands for it: which of CTest's, and which function in it. The sources are copied to
BUILD/source, built there, and changed there.

usage: checks.py apply           can all of them still be left out?
       checks.py SYSTEM BUILD [-c CHECK]... [CMAKE OPTION...]

-c takes the one check of that name. Exit status 1 where one could be left out and its test
passed all the same.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
from typing import Dict, List, NamedTuple, Set, Tuple

from defects import ROOT, Wrong, text_of

TABLES = pathlib.Path(__file__).resolve().parent / "checks"
HANGS_S = 60
COPIED = ("CMakeLists.txt", "ci", "lib", "tests", "harness", "fixtures")


class Check(NamedTuple):
    name: str
    clause: str
    test: str  # CTest's name of it
    function: str  # in that test
    file: str  # from the project's root
    edits: Tuple[Tuple[str, str], ...]  # old, new


def load(system: str) -> List[Check]:
    rows = json.loads((TABLES / f"{system}.json").read_text(encoding="utf-8"))
    checks = [Check(row["name"], row["clause"], row["test"], row["function"], row["file"],
                    tuple((text_of(old), text_of(new)) for old, new in row["edits"]))
              for row in rows]
    if len({check.name for check in checks}) != len(checks):
        raise Wrong(f"{system}.json: a name stands twice; give each check its own")
    return checks


def left_out(check: Check) -> str:
    """Its file without it."""
    text = (ROOT / check.file).read_text(encoding="utf-8")
    for old, new in check.edits:
        if text.count(old) != 1:
            raise Wrong(f"{check.name}: its text stands {text.count(old)} times in {check.file}, "
                        f"and must exactly once; write the check anew:\n{old}")
        text = text.replace(old, new)
    return text


class Build:
    def __init__(self, directory: pathlib.Path, options: List[str]) -> None:
        self.source, self.binary = directory / "source", directory / "build"
        for name in COPIED:
            self.copy(name)
        self.run("cmake", "-S", str(self.source), "-B", str(self.binary), "-G", "Ninja",
                 "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_C_FLAGS=-w", "-DPIDPROOF_HARNESS=OFF",
                 "-DPIDPROOF_BENCH=OFF", *options)
        self.run("cmake", "--build", str(self.binary))
        shown = self.run("ctest", "--test-dir", str(self.binary), "--show-only=json-v1")
        self.commands: Dict[str, List[str]] = {
            test["name"]: test["command"] for test in json.loads(shown)["tests"]}

    def copy(self, name: str) -> None:
        """What is the same already keeps its time, so that it is not built again."""
        original = ROOT / name
        files = [original] if original.is_file() else \
            [path for path in original.rglob("*") if path.is_file()]
        for file in files:
            copied = self.source / file.relative_to(ROOT)
            if not copied.is_file() or copied.read_bytes() != file.read_bytes():
                copied.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, copied)

    @staticmethod
    def run(*command: str) -> str:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              encoding="utf-8", errors="replace", check=False)
        if done.returncode:
            raise Wrong(f"{' '.join(command)}\n{done.stdout}")
        return done.stdout

    def failing(self, test: str) -> Set[str]:
        """Builds the test and runs it: the functions that failed, crashed or hung."""
        command = self.commands[test]  # an emulator may stand first
        program = pathlib.Path(command[-1])
        self.run("cmake", "--build", str(self.binary), "--target", program.stem)
        # A session of its own: who kills his process group without a check kills no more than that.
        done = subprocess.Popen(command, cwd=program.parent, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                encoding="utf-8", errors="replace", start_new_session=True)
        try:
            output, _ = done.communicate(timeout=HANGS_S)
        except subprocess.TimeoutExpired:
            os.killpg(done.pid, signal.SIGKILL)
            output, _ = done.communicate()
        # Not the exit status alone: what crashes under Wine may end with 0.
        ran = set(re.findall(r"\[ RUN      \] (\w+)", output))
        failed = ran - set(re.findall(r"\[(?:       OK|  SKIPPED) \] (\w+)", output))
        if not failed and (done.returncode != 0 or f" {len(ran)} test(s) run." not in output):
            raise Wrong(f"{test} did not come to its end:\n{output}")
        return failed


def leave_out(build: Build, check: Check) -> Set[str]:
    changed = build.source / check.file
    changed.write_text(left_out(check), encoding="utf-8")
    try:
        return build.failing(check.test)
    finally:
        shutil.copyfile(ROOT / check.file, changed)  # its time says that it is to be built


def main(arguments: List[str]) -> int:
    if arguments == ["apply"]:
        checks = [check for table in sorted(TABLES.glob("*.json")) for check in load(table.stem)]
        for check in checks:
            left_out(check)
        print(f"{len(checks)} checks can be left out")
        return 0
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    system, directory, *options = arguments
    chosen: List[str] = []
    while options[:1] == ["-c"]:
        chosen.append(options[1])
        options = options[2:]
    checks = [check for check in load(system) if not chosen or check.name in chosen]
    for check in checks:
        left_out(check)
    build = Build(pathlib.Path(directory).resolve(), options)
    for test in sorted({check.test for check in checks}):
        failed = build.failing(test)
        if failed:
            raise Wrong(f"{test} fails with every check in place: {' '.join(sorted(failed))}")
    survived = 0
    for check in checks:
        failed = leave_out(build, check)
        found = check.function in failed
        survived += not found
        print(f"{'found' if found else 'MISSED':6} {check.name:34} {check.clause:8} "
              f"{check.test}: {' '.join(sorted(failed)) or 'nothing failed'}"
              f"{'' if found or not failed else f' and not {check.function}'}", flush=True)
    print(f"{len(checks) - survived} passed, {survived} failed")
    return 1 if survived or not checks else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Wrong as wrong:
        print(f"checks.py: {wrong}", file=sys.stderr)
        sys.exit(1)
