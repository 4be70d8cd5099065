#!/usr/bin/env python3
"""Draws a result file of pidproof_bench as SVG and PNG beside it: cost against the number
of processes, cost against the size of the executable, and liveness checks side by side."""

import argparse
import re
import statistics
import sys
from pathlib import Path
from typing import List, Tuple

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  (the backend must be chosen first)

from results import Results  # noqa: E402

FLOOR = "floor/getppid"
UNITS = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def series(results: Results, prefix: str) -> List[Tuple[int, float]]:
    """(number or bytes, median ns) of every benchmark `prefix/NUMBER[UNIT]`, ascending."""
    points = []
    for name in results.names():
        found = re.fullmatch(re.escape(prefix) + r"/(\d+)(|KiB|MiB|GiB)", name)
        if found:
            points.append((int(found[1]) * UNITS[found[2]], statistics.median(results.values(name))))
    return sorted(points)


def growth(results: Results, out: Path, name: str, title: str, x: str, prefixes: List[str]) -> None:
    figure, axes = pyplot.subplots(figsize=(7, 4.5))
    for prefix in prefixes:
        points = series(results, prefix)
        if points:
            axes.loglog(*zip(*points), marker="o", label=prefix)
    axes.axhline(statistics.median(results.values(FLOOR)), color="grey", linestyle=":", label=FLOOR)
    axes.set(title=title, xlabel=x, ylabel="nanoseconds")
    axes.legend()
    save(figure, out, name)


def bars(results: Results, out: Path) -> None:
    names = [FLOOR, "liveness/watched", "liveness/handle", "liveness/watch/100", "baseline/kill0",
             "baseline/poll_pidfd", "liveness/pid", "baseline/process_is_alive"]
    names = [name for name in reversed(names) if results.values(name)]
    floor = statistics.median(results.values(FLOOR))
    figure, axes = pyplot.subplots(figsize=(7, 4))
    drawn = axes.barh(names, [statistics.median(results.values(name)) / floor for name in names])
    axes.bar_label(drawn, fmt="%.2f", padding=3)
    axes.set(title="One liveness check", xlabel=f"× {FLOOR}")
    save(figure, out, "liveness")


def save(figure: "pyplot.Figure", out: Path, name: str) -> None:
    figure.tight_layout()
    for kind in ("svg", "png"):
        figure.savefig(out / f"{name}.{kind}", dpi=150)
    pyplot.close(figure)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    options = parser.parse_args()
    results = Results(options.file)
    if not results.values(FLOOR):
        print(f"plots.py: {options.file} holds no {FLOOR}", file=sys.stderr)
        return 2
    out = options.file.parent
    growth(results, out, "processes", "Is anyone of N gone?", "processes",
           ["liveness/watch", "baseline/poll_pidfds"])
    growth(results, out, "sizes", "Verifying a daemon", "bytes of the executable",
           ["verify/warm", "verify/cold", "baseline/verify_rehash"])
    bars(results, out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
