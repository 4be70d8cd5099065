#!/usr/bin/env python3
"""Prints what a result file of pidproof_bench says: every figure against its floor, and
whether the goals of goals.json are met. Exit status 1 where one is missed or unmeasured."""

import argparse
import json
import re
import statistics
import sys
from pathlib import Path
from typing import Any, Dict, List, Tuple

from results import Results, ratio, spread

MOVED = 0.05  # a floor whose middle half spreads wider than this has moved under the figures
FLOOR = "floor/getppid"


def shown(value: float, of: str, unit: str = "") -> str:
    if of == "bytes_per_second":
        return f"{value / 1e6:,.0f} MB/s"
    if unit == "KiB":
        return f"{value:,.0f} KiB"
    for factor, name in ((1e9, "s"), (1e6, "ms"), (1e3, "µs")):
        if value >= factor:
            return f"{value / factor:,.3g} {name}"
    return f"{value:,.3g} ns"


def table(rows: List[Tuple[str, ...]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def judge(goal: Dict[str, Any], results: Results) -> Tuple[Tuple[str, ...], bool]:
    """One row of the table of goals, and whether the goal is met."""
    of = goal.get("of", "time")
    unit = goal.get("unit", "")
    figure = results.values(goal["figure"], of)
    floor = results.values(goal["floor"], of) if "floor" in goal else []
    bound, limit = ("≤", goal["at_most"]) if "at_most" in goal else ("≥", goal["at_least"])
    wanted = f"{bound} {limit:g}" + (f" {unit}" if unit else " ×")
    if not figure or ("floor" in goal and not floor):
        why = (results.failed.get(goal["figure"]) or results.failed.get(goal.get("floor", ""))
               or "it was not part of this run")
        row = (goal["figure"], "-", goal.get("floor", ""), "-", wanted, f"not measured: {why}")
        return row, False
    median = statistics.median(figure)
    if floor:
        against = ratio(figure, floor)
        value = against.estimate
        said = f"{value:.3g} × ({against.low:.3g} … {against.high:.3g})"
    else:
        value = median
        said = ""
    met = value <= limit if bound == "≤" else value >= limit
    verdict = "met" if met else "MISSED"
    return (goal["figure"], shown(median, of, unit), goal.get("floor", ""), said, wanted, verdict), met


def by_family(name: str) -> Tuple[int, List[Tuple[int, str]]]:
    """Floors first; numbers in names count as numbers, and 16MiB comes after 512KiB."""
    units = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
    key: List[Tuple[int, str]] = []
    for part in name.split("/"):
        found = re.fullmatch(r"(\d+)(KiB|MiB|GiB)?", part)
        key.append((int(found[1]) * units.get(found[2], 1), "") if found else (0, part))
    return (0 if name.startswith("floor/") else 1, key)


def figures(results: Results) -> str:
    floor = statistics.median(results.values(FLOOR))
    rows: List[Tuple[str, ...]] = [("benchmark", "figure", f"× {FLOOR}", "spread", "throughput")]
    for name in sorted(results.names(), key=by_family):
        values = results.values(name)
        rate = results.values(name, "bytes_per_second")
        median = statistics.median(values)
        rows.append((
            name,
            shown(median, "time"),
            f"{median / floor:,.3g}",
            f"± {spread(values) * 50:.1f} %",
            shown(statistics.median(rate), "bytes_per_second") if rate else "",
        ))
    return table(rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="written by pidproof_bench --benchmark_out")
    parser.add_argument("--goals", type=Path, default=Path(__file__).with_name("goals.json"))
    options = parser.parse_args()
    results = Results(options.file)
    if not results.values(FLOOR):
        print(f"report.py: {options.file} holds no {FLOOR}: nothing to compare with", file=sys.stderr)
        return 2
    print(figures(results), end="\n\n")

    rows: List[Tuple[str, ...]] = [("goal", "figure", "floor", "ratio (95 %)", "wanted", "verdict")]
    goals = json.loads(options.goals.read_text(encoding="utf-8"))["goals"]
    judged = [judge(goal, results) for goal in goals]
    print(table(rows + [row for row, _ in judged]), end="\n\n")

    for name, why in results.failed.items():
        print(f"no figure: {name}: {why}")
    for name in results.names():
        if name.startswith("floor/") and spread(results.values(name)) > MOVED:
            print(f"warning: {name} itself moved by {spread(results.values(name)):.0%} during the run: "
                  "the machine was not quiet, repeat before believing ratios")
    met = sum(1 for _, fine in judged if fine)
    print(f"{met} of {len(judged)} goals met")
    return 0 if met == len(judged) else 1


if __name__ == "__main__":
    sys.exit(main())
