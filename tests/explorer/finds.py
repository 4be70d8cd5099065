"""Does the explorer find what is wrong with an adapter, and say which way it is wrong?

    finds.py --pidproof PROGRAM --op QUESTION [--expect 'EVENT WRONG']... -- ADAPTER

Without --expect the adapter must come out clean. With it, each must be among the findings,
no finding may be wrong in a way that is neither named nor lesser (wrong-reason), and the
first token of each is replayed, which must tell the same story again. Exit 77: this host has
no sandbox or no tracing, as `pidproof doctor` says."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from typing import Any, Dict, List, Tuple

CLEAN, FINDINGS, HOST = 0, 1, 4


def explore(options: argparse.Namespace, extra: List[str]) -> Tuple[int, Dict[str, Any], str]:
    descriptor, report = tempfile.mkstemp(suffix=".json")
    os.close(descriptor)
    try:
        done = subprocess.run([options.pidproof, "explore", *extra, "--json", report, "--",
                               *options.adapter], stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        with open(report, encoding="utf-8") as file:
            text = file.read()
    finally:
        os.unlink(report)
    return done.returncode, json.loads(text) if text else {}, done.stdout


def lacks(pidproof: str) -> bool:
    """Whether this host lacks what the explorer needs. One that has it must not fail at it."""
    doctor = subprocess.run([pidproof, "doctor"], stdin=subprocess.DEVNULL, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
    return any(line.split(":")[0].split() in (["no", "sandbox"], ["no", "ptrace"])
               for line in doctor.splitlines())


def complain(what: str, output: str) -> int:
    print(f"{what}\n\n{output}")
    return 1


def check(options: argparse.Namespace) -> int:
    extra = ["--op", options.op]
    for name, value in (("--changes", options.changes), ("--faults", options.faults),
                        ("--depth", options.depth), ("--budget", options.budget)):
        extra += [name, value] if value else []
    status, report, output = explore(options, extra)
    if status == HOST and lacks(options.pidproof):
        print(output)
        return 77
    if status != (FINDINGS if options.expect else CLEAN):
        return complain(f"exit status {status} is not what was expected", output)
    findings = report["findings"]
    if "\nComplete: " not in output:
        return complain("the sweep was not complete", output)
    pairs = report["totals"]["pairs"]
    if options.depth and not 0 < pairs <= int(options.budget):
        return complain(f"{pairs} pairs of changes were made of at most {options.budget}", output)
    seen = {(found["event"], found["wrong"]) for found in findings}
    for expected in options.expect:
        event, wrong = expected.rsplit(" ", 1)
        if (event, wrong) not in seen:
            return complain(f"not found: {expected}; found: {sorted(seen)}", output)
        token = next(found["token"] for found in findings
                     if (found["event"], found["wrong"]) == (event, wrong))
        again, replayed, told = explore(options, ["--replay", token])
        if again != FINDINGS or replayed["findings"][0]["wrong"] != wrong:
            return complain(f"{token} does not repeat it", told)
    # What is wrong in one way may well be wrong in a lesser way elsewhere.
    ways = {"wrong-reason", *(expected.rsplit(" ", 1)[1] for expected in options.expect)}
    others = sorted(found for found in seen if found[1] not in ways)
    if others:
        return complain(f"wrong in ways that it is not: {others}", output)
    print(f"{len(findings)} findings, {report['totals']['interleavings']} interleavings, "
          f"{report['totals']['faults']} faults, {pairs} pairs")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pidproof", required=True)
    parser.add_argument("--op", default="verify")
    parser.add_argument("--changes")
    parser.add_argument("--faults")
    parser.add_argument("--depth")
    parser.add_argument("--budget")
    parser.add_argument("--expect", action="append", default=[], metavar="'EVENT WRONG'")
    parser.add_argument("adapter", nargs="+")
    return check(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
