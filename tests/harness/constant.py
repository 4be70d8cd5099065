"""Adapters that always say the same, on the whole corpus: each clause that has a case must
have one that an adapter fails which accepts everything, and one that an adapter fails which
refuses everything. Prints how many.

usage: constant.py PIDPROOF CONSTANT-ADAPTER
"""

import collections
import json
import pathlib
import subprocess
import sys
import tempfile
from typing import Any, Dict, List

PIDPROOF, ADAPTER = sys.argv[1:3]
ALWAYS = ("accepts", "refuses")


def report(always: str) -> List[Dict[str, Any]]:
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory, "report.json")
        done = subprocess.run([PIDPROOF, "conform", "--python", sys.executable, "--json", str(path),
                               "--", ADAPTER, always], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode != 1:
            sys.exit(f"conform ended with {done.returncode} on the adapter that always {always}, "
                     f"not with 1: {done.stderr.decode(errors='replace')}")
        return json.loads(path.read_text(encoding="utf-8"))["cases"]


def main() -> int:
    failed: Dict[str, Dict[str, int]] = {}
    complaints = []
    for always in ALWAYS:
        cases = report(always)
        complaints += [f"{case['id']}: passed by the adapter that always {always}"
                       for case in cases if case["outcome"] == "pass"]
        failed[always] = collections.Counter(
            clause for case in cases if case["outcome"] == "fail" for clause in case["clauses"])
        clauses = sorted({clause for case in cases for clause in case["clauses"]})
    print(f"{'clause':<10}" + "".join(f"{'always ' + always:>16}" for always in ALWAYS))
    for clause in clauses:
        counts = [failed[always][clause] for always in ALWAYS]
        print(f"{clause:<10}" + "".join(f"{count:>16}" for count in counts))
        complaints += [f"{clause}: no case that the adapter fails which always {always}"
                       for always, count in zip(ALWAYS, counts) if not count]
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
