"""The kill matrix: every mutant (defects.py) before the corpus, mutant by area.

A mutant is caught when a case that cites the mutant's clause fails in the direction that the
table of defects expects. What the unharmed reference adapter fails counts for nobody.

usage: kill.py [--full] [--unix] PIDPROOF REFERENCE MUTANTS-DIRECTORY [NAME...]

Each mutant is asked the cases that cite its clause, and a sample; with --full all of them.
With --unix they are those of other Unixes, built as on these (`conform --unix`).
Exit status: 0 all caught, and every MUST clause killed something; 1 not so; 4 no judgement.
"""

import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap
from typing import Any, Dict, List, NamedTuple, Set

import defects

# One question of each kind: what a defect breaks beside its own clause shows here.
SAMPLE = ("boot/checked", "capture/living", "exe/symlink", "exe/other-program", "hash/one-digit",
          "inst/reused-same-program", "live/dead-for-ever", "live/stopped", "look/gone",
          "look/zombie", "ord/peeled", "rec/pid-zero", "res/refusals", "sig/only-the-one",
          "wait/limit", "watch/one-by-one")
DEATHS = ("crash", "timeout", "protocol")  # failures that have no direction


class Kill(NamedTuple):
    case: str
    way: str  # its direction, or an outcome without one
    clauses: List[str]


class NoJudgement(Exception):
    """Nothing can be said about the mutants."""


def conform(pidproof: str, adapter: str, cases: List[str], *flags: str) -> List[Dict[str, Any]]:
    """The cases of the report; all of the corpus where `cases` is empty."""
    with tempfile.TemporaryDirectory() as directory:
        report = pathlib.Path(directory, "report.json")
        filters = [word for case in cases for word in ("--filter", case)]
        done = subprocess.run([pidproof, "conform", "--python", sys.executable, "--json", str(report),
                               *flags, *filters, "--", adapter],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)
        if done.returncode not in (0, 1):
            raise NoJudgement(f"pidproof conform ended with {done.returncode} on {adapter}:\n"
                              + done.stderr.decode(errors="replace"))
        return json.loads(report.read_text(encoding="utf-8"))["cases"]


def kills_among(cases: List[Dict[str, Any]]) -> List[Kill]:
    kills = []
    for case in cases:
        way = case["direction"] if case["outcome"] == "fail" else case["outcome"]
        failed = case["outcome"] == "fail" or case["outcome"] in DEATHS
        # Advice lets an implementation pass, so it catches none (PROTOCOL.md).
        advice = case["level"] == "SHOULD" and way not in ("false-accept", "harm")
        if failed and not advice:
            kills.append(Kill(case["id"], way, case["clauses"]))
    return kills


def complaint(defect: defects.Defect, kills: List[Kill], unjudged: List[str]) -> str:
    """Why the mutant is not caught; empty where it is."""
    if not kills and unjudged:
        return "survived, but these could not be established just now: " + ", ".join(unjudged)
    if not kills:
        return "survived: write the case that it fails"
    own = [kill for kill in kills if defect.clause in kill.clauses]
    if not own:
        return f"killed, but by no case that cites {defect.clause}"
    if all(kill.way != defect.direction for kill in own):
        ways = ", ".join(sorted({kill.way for kill in own}))
        return f"killed in the wrong direction: {ways}, where {defect.direction} was expected"
    return ""


def must_clauses() -> List[str]:
    text = (defects.ROOT / "harness" / "SPEC.md").read_text(encoding="utf-8")
    return re.findall(r"^\* \*\*([A-Z]+-\d+)\*\*[^.]*\bMUST\b", text, re.MULTILINE)


def area_of(case: str) -> str:
    return case.split("/")[0]


def print_matrix(matrix: Dict[defects.Defect, List[Kill]], asked: Dict[str, Set[str]],
                 areas: List[str]) -> None:
    """How many cases of each area kill each mutant; '.': none, blank: none was asked."""
    print("\n" + " " * 42 + "".join(f"{area[:5]:>6}" for area in areas))
    for defect, kills in matrix.items():
        count = collections.Counter(area_of(kill.case) for kill in kills)
        cells = (str(count[area] or ".") if area in asked[defect.name] else "" for area in areas)
        print(f"{defect.name:<33} {defect.clause:<8}" + "".join(f"{cell:>6}" for cell in cells))
    print("\nThe killing cases, those that cite the clause first:")
    for defect, kills in matrix.items():
        kills = sorted(kills, key=lambda kill: defect.clause not in kill.clauses)
        names = ", ".join(f"{kill.case} ({kill.way})" for kill in kills) or "none"
        print(f"\n{defect.name}: {defect.story}")
        print(textwrap.fill(names, 98, initial_indent="    ", subsequent_indent="    ",
                            break_on_hyphens=False))


def main() -> int:
    parser = argparse.ArgumentParser(description="the kill matrix: mutant by area of cases")
    parser.add_argument("--full", action="store_true", help="ask every case of every mutant")
    parser.add_argument("--unix", action="store_const", const=["--unix"], default=[],
                        help="situations as any Unix builds them")
    parser.add_argument("pidproof")
    parser.add_argument("reference")
    parser.add_argument("mutants", help="the directory that holds the mutants")
    parser.add_argument("names", nargs="*", help="these mutants alone")
    options = parser.parse_args()

    chosen = [each for each in defects.load() if not options.names or each.name in options.names]
    strangers = set(options.names) - {each.name for each in chosen}
    if strangers:
        parser.error(f"there is no mutant {', '.join(sorted(strangers))}; defects.py list names all")

    corpus = conform(options.pidproof, options.reference, [], *options.unix)
    unfit = [kill.case for kill in kills_among(corpus)]
    if unfit:
        raise NoJudgement("the reference adapter itself fails " + ", ".join(unfit))
    skipped = [case["id"] for case in corpus if case["outcome"] != "pass"]
    citing = collections.defaultdict(list)
    for case in corpus:
        for clause in case["clauses"]:
            citing[clause].append(case["id"])

    matrix: Dict[defects.Defect, List[Kill]] = {}
    asked: Dict[str, Set[str]] = {}
    complaints: List[str] = []
    caught = 0
    for defect in chosen:
        cases = [] if options.full else sorted({*citing[defect.clause], *SAMPLE})
        report = conform(options.pidproof, str(pathlib.Path(options.mutants, defect.name)), cases,
                         *options.unix)
        kills = kills_among(report)
        matrix[defect] = kills
        asked[defect.name] = {area_of(case["id"]) for case in report}
        unjudged = [case["id"] for case in report if case["outcome"] == "not-established"
                    and defect.clause in case["clauses"]]
        wrong = complaint(defect, kills, unjudged)
        caught += not wrong
        if wrong:
            complaints.append(f"{defect.name} ({defect.clause}): {wrong}")
        print(f"{'MISSED' if wrong else 'caught'}  {defect.name}", file=sys.stderr, flush=True)

    print_matrix(matrix, asked, sorted({area_of(case["id"]) for case in corpus}))
    killing = {clause for kills in matrix.values() for kill in kills for clause in kill.clauses}
    idle = [clause for clause in must_clauses() if citing[clause] and clause not in killing]
    if not options.names:
        complaints += [f"{clause} is MUST and kills nothing: write a mutant that offends it"
                       for clause in idle]
        print("\nMUST, without a case here (other systems; races, which are pidproof explore's): "
              + (", ".join(each for each in must_clauses() if not citing[each]) or "none"))
    if skipped:
        print("\nNot established on this host when the reference was asked: " + ", ".join(skipped))
    print(f"\n{len(chosen)} mutants, {caught} caught, "
          f"{sum(len(kills) for kills in matrix.values())} kills by "
          f"{len({kill.case for kills in matrix.values() for kill in kills})} cases")
    for each in complaints:
        print(each)
    return 1 if complaints else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (NoJudgement, defects.Wrong) as error:
        print(f"kill.py: {error}", file=sys.stderr)
        sys.exit(4)
