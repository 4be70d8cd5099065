"""The whole suite on the reference adapter: it passes, and which worker a case falls to
makes no difference. Runs it with one worker and with two, and compares case by case.

usage: verdicts.py PIDPROOF REFERENCE [OPTION-OF-CONFORM]...
"""

import json
import pathlib
import subprocess
import sys
import tempfile
from typing import Dict, Tuple

PIDPROOF, REFERENCE, *OPTIONS = sys.argv[1:]


def verdicts(jobs: int) -> Dict[str, Tuple[str, str]]:
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory, "report.json")
        done = subprocess.run([PIDPROOF, "conform", "--python", sys.executable, "--jobs", str(jobs),
                               "--json", str(path), *OPTIONS, "--", REFERENCE], stdin=subprocess.DEVNULL,
                              check=False)
        if done.returncode != 0:
            sys.exit(f"conform --jobs {jobs} ended with {done.returncode}")
        return {case["id"]: (case["outcome"], str(case["direction"]))
                for case in json.loads(path.read_text(encoding="utf-8"))["cases"]}


def main() -> int:
    one, two = verdicts(1), verdicts(2)
    differing = sorted(case for case in {*one, *two} if one.get(case) != two.get(case))
    for case in differing:
        print(f"{case}: {one.get(case)} with one worker, {two.get(case)} with two")
    passed = sum(outcome == "pass" for outcome, _ in one.values())
    print(f"{len(one)} verdicts, {passed} passed, {len(differing)} differ with two workers")
    if not passed:
        print("no case could be judged; `pidproof doctor` says what this host lacks")
    return 1 if differing or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
