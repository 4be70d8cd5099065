#!/usr/bin/env python3
"""Joins the reports of one run of CI into one HTML page.

usage: ci/page.py DIRECTORY > page.html

DIRECTORY holds one directory for each job, named after it, with what the job left: reports
of `pidproof conform --json`, what `ctest --output-junit` wrote (tests.xml) and results of Google
Benchmark (bench.json). Other files are listed as not understood: nothing is left out silently.
Exit status 1 where there is no report at all."""

import html
import json
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple
from xml.etree import ElementTree

Json = Dict[str, Any]
OUTCOMES = ("pass", "fail", "crash", "timeout", "protocol", "unsupported", "not-established")
STYLE = """body{font:15px/1.4 sans-serif;margin:2em;max-width:75em}table{border-collapse:collapse}
td,th{border:1px solid #ccc;padding:.2em .6em;text-align:left;vertical-align:top}
td.n{text-align:right}.bad{background:#fdd}.none{color:#777}"""


def text(value: Any) -> str:
    return html.escape(str(value))


def row(cells: List[str], tag: str = "td", css: str = "") -> str:
    return (f'<tr class="{css}">' + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>")


# Conformance

def counts(report: Json) -> Dict[str, int]:
    """How many cases came out which way."""
    found = dict.fromkeys(OUTCOMES, 0)
    for case in report["cases"]:
        found[case["outcome"]] = found.get(case["outcome"], 0) + 1
    return found


def conform_row(job: str, report: Json) -> str:
    found = counts(report)
    host = report["host"]
    failed = sum(found[name] for name in ("fail", "crash", "timeout", "protocol"))
    return row([text(job), text(host["system"]), text(host.get("kernel", "")),
                text(host.get("machine", "")), text(report["adapter"].get("name", "?")),
                *(text(found[name]) for name in OUTCOMES)], css="bad" if failed else "")


def not_passed(job: str, report: Json) -> List[str]:
    """A row for each case that did not pass, those that failed first."""
    cases = [case for case in report["cases"] if case["outcome"] != "pass"]
    cases.sort(key=lambda case: (OUTCOMES.index(case["outcome"]), case["id"]))
    return [row([text(job), text(case["id"]), text(case["outcome"]),
                 text(case["message"] or case["why"] or "")],
                css="none" if case["outcome"] in ("unsupported", "not-established") else "bad")
            for case in cases]


# Tests

def suite_of(path: Path) -> Optional[ElementTree.Element]:
    """What CTest wrote; None where somebody else did."""
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError:
        return None
    return root if root.tag == "testsuite" else None


def tests_row(job: str, suite: ElementTree.Element) -> str:
    failed = [test.get("name", "?") for test in suite if test.find("failure") is not None]
    return row([text(job), *(text(suite.get(name, "?")) for name in ("tests", "failures", "skipped")),
                text(" ".join(failed))], css="bad" if failed else "")


# Benchmarks

def medians(results: Json) -> Dict[str, Tuple[float, str]]:
    """The median of each benchmark; of one that ran once, its only figure."""
    found: Dict[str, Tuple[float, str]] = {}
    for entry in results["benchmarks"]:
        name = entry.get("run_name", entry["name"])
        figure = (float(entry["real_time"]), str(entry["time_unit"]))
        if entry.get("aggregate_name") == "median":
            found[name] = figure
        elif entry.get("run_type", "iteration") == "iteration" and entry.get("repetitions", 1) == 1:
            found.setdefault(name, figure)
    return found


def bench_table(jobs: List[Tuple[str, Json]]) -> str:
    tables = [medians(results) for _, results in jobs]
    names = sorted({name for table in tables for name in table})
    lines = [row(["benchmark", *(text(job) for job, _ in jobs)], "th")]
    for name in names:
        lines.append(row([text(name), *("{:,.1f} {}".format(*table[name]) if name in table else ""
                                        for table in tables)]))
    return "<table>" + "\n".join(lines) + "</table>"


# The page

def page(directory: Path) -> Tuple[str, int]:
    """The page, and how many reports are on it."""
    conform: List[Tuple[str, Json]] = []
    bench: List[Tuple[str, Json]] = []
    tests: List[Tuple[str, ElementTree.Element]] = []
    other: List[str] = []
    for path in sorted(path for path in directory.rglob("*") if path.is_file()):
        name = str(path.relative_to(directory))
        try:
            document = json.loads(path.read_text(encoding="utf-8")) if path.suffix == ".json" else {}
        except ValueError as error:
            document = {}
            name += f" ({error})"
        suite = suite_of(path) if path.suffix == ".xml" else None
        if suite is not None:
            tests.append((name, suite))
        elif "cases" in document and "adapter" in document:
            conform.append((name, document))
        elif "benchmarks" in document:
            bench.append((name, document))
        else:
            other.append(name)
    parts = [f"<!doctype html><meta charset=utf-8><title>pidproof</title><style>{STYLE}</style>",
             "<h1>pidproof: every system of this run</h1>", "<h2>Conformance</h2><table>",
             row(["report", "system", "kernel", "machine", "adapter", *OUTCOMES], "th"),
             *(conform_row(job, report) for job, report in conform),
             "</table><h2>What did not pass</h2><table>",
             row(["report", "case", "outcome", "why"], "th"),
             *(line for job, report in conform for line in not_passed(job, report)),
             "</table><h2>Tests</h2><table>",
             row(["report", "tests", "failed", "skipped", "which failed"], "th"),
             *(tests_row(job, suite) for job, suite in tests),
             "</table><h2>Benchmarks</h2><p>Medians. Runners differ and are shared: compare "
             "within a column.</p>", bench_table(bench)]
    if other:
        parts += ["<h2>Not understood</h2><ul>", *(f"<li>{text(name)}" for name in other), "</ul>"]
    return "\n".join(parts), len(conform) + len(tests) + len(bench)


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: ci/page.py DIRECTORY > page.html", file=sys.stderr)
        return 2
    document, reports = page(Path(sys.argv[1]))
    print(document)
    if reports == 0:
        print(f"ci/page.py: there is no report below {sys.argv[1]}", file=sys.stderr)
    return 0 if reports else 1


if __name__ == "__main__":
    sys.exit(main())
