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

from results import FLOOR, Results, best, ratio

MOVED = 0.05  # a floor whose 95 % interval is wider than this has moved under the figures


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
    floor = results.beside(goal["figure"], goal["floor"], of) if "floor" in goal else []
    bound, limit = ("≤", goal["at_most"]) if "at_most" in goal else ("≥", goal["at_least"])
    wanted = f"{bound} {limit:g}" + (f" {unit}" if unit else " ×")
    if not figure or ("floor" in goal and not floor):
        why = (results.failed.get(goal["figure"]) or results.failed.get(goal.get("floor", ""))
               or "it was not part of this run")
        row = (goal["figure"], "-", goal.get("floor", ""), "-", wanted, f"not measured: {why}")
        return row, False
    came = best(figure, of)
    if floor:
        against = ratio(figure, floor, of)
        value = against.estimate
        said = f"{value:.3g} × ({against.low:.3g} … {against.high:.3g})"
    else:
        value = came
        said = ""
    met = value <= limit if bound == "≤" else value >= limit
    verdict = "met" if met else "MISSED"
    return (goal["figure"], shown(came, of, unit), goal.get("floor", ""), said, wanted, verdict), met


def by_family(name: str) -> Tuple[int, List[Tuple[int, str]]]:
    """Floors first; numbers in names count as numbers, and 16MiB comes after 512KiB."""
    units = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
    key: List[Tuple[int, str]] = []
    for part in name.split("/"):
        found = re.fullmatch(r"(\d+)(KiB|MiB|GiB)?", part)
        key.append((int(found[1]) * units.get(found[2], 1), "") if found else (0, part))
    return (0 if name.startswith("floor/") else 1, key)


def figures(results: Results) -> str:
    rows: List[Tuple[str, ...]] = [("benchmark", "figure", "× floor", "median", "throughput")]
    for name in sorted(results.names(), key=by_family):
        _, of = results.against(name)
        of = "time" if of == "bytes_per_second" else of
        values = results.values(name, of)
        rate = results.values(name, "bytes_per_second")
        cost = results.cost(name)
        rows.append((
            name,
            shown(best(values), "time"),
            f"{best(cost):,.3g}" if cost else "",
            f"+ {statistics.median(values) / best(values) - 1:.0%}",
            shown(best(rate, "bytes_per_second"), "bytes_per_second") if rate else "",
        ))
    return table(rows)


def distributions(results: Results) -> str:
    clock = next((one["p50_ns"] for one in results.distributions if one["name"] == "clock"), 0)
    rows: List[Tuple[str, ...]] = [("single checks", "", "p50", "p90", "p99", "p99.9", "max")]
    for one in results.distributions:
        rows.append((one["name"], one["condition"],
                     *(shown(one[key], "time") for key in
                       ("p50_ns", "p90_ns", "p99_ns", "p99.9_ns", "max_ns"))))
    return (table(rows) + f"\nEach sample contains one reading of the clock, {shown(clock, 'time')}; "
            "loaded: one spinning process on every CPU.")


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
    if results.distributions:
        print(distributions(results), end="\n\n")

    rows: List[Tuple[str, ...]] = [("goal", "figure", "floor", "ratio (95 %)", "wanted", "verdict")]
    goals = json.loads(options.goals.read_text(encoding="utf-8"))["goals"]
    judged = [judge(goal, results) for goal in goals]
    print(table(rows + [row for row, _ in judged]), end="\n\n")

    for name, why in results.failed.items():
        print(f"no figure: {name}: {why}")
    for name in results.names():
        for piece in results.pieces(name) if name.startswith("floor/") else []:
            values = results.of_piece(piece, name)
            moved = ratio(values, values)
            if moved.high - moved.low > MOVED:
                print(f"warning: {name} itself moved by {moved.high - moved.low:.0%}"
                      + (f" in the piece {piece}" if piece else "")
                      + ": the machine was hardly ever undisturbed, repeat before believing ratios")
    met = sum(1 for _, fine in judged if fine)
    print(f"{met} of {len(judged)} goals met")
    return 0 if met == len(judged) else 1


if __name__ == "__main__":
    sys.exit(main())
