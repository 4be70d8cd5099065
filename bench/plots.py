#!/usr/bin/env python3
"""Draws a result file of pidproof_bench as SVG and PNG beside it: cost against the number
of processes, the size of the executable and the number of threads, liveness checks side by
side, and how single checks are distributed."""

import argparse
import math
import re
import sys
from pathlib import Path
from typing import List, Tuple

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  (the backend must be chosen first)
from matplotlib.ticker import EngFormatter  # noqa: E402

from results import FLOOR, Results, best  # noqa: E402

UNITS = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def series(results: Results, prefix: str) -> List[Tuple[int, float]]:
    """(number or bytes, median seconds) of every benchmark `prefix/NUMBER[UNIT]`, ascending."""
    points = []
    for name in results.names():
        found = re.fullmatch(re.escape(prefix) + r"/(\d+)(|KiB|MiB|GiB)", name)
        if found:
            seconds = best(results.values(name)) * 1e-9
            points.append((int(found[1]) * UNITS[found[2]], seconds))
    return sorted(points)


def growth(results: Results, out: Path, name: str, title: str, x: str, prefixes: List[str]) -> None:
    drawn = [(prefix, points) for prefix in prefixes for points in [series(results, prefix)] if points]
    if not drawn:
        return
    figure, axes = pyplot.subplots(figsize=(7, 4.5))
    for prefix, points in drawn:
        axes.loglog(*zip(*points), marker="o", label=prefix)
    axes.axhline(best(results.values(FLOOR)) * 1e-9, color="grey", linestyle=":", label=FLOOR)
    axes.set(title=title, xlabel=x)
    ticks = sorted({size for _, points in drawn for size, _ in points})
    axes.set_xticks(ticks, [in_bytes(tick) if "executable" in x else f"{tick:,}" for tick in ticks],
                    minor=False)
    axes.minorticks_off()
    time_axis(axes.yaxis)
    # Whole decades: two labels at least, however little the figures differ.
    low, high = axes.get_ylim()
    axes.set_ylim(10 ** math.floor(math.log10(low)), 10 ** math.ceil(math.log10(high)))
    axes.grid(alpha=0.3)
    axes.legend()
    save(figure, out, name)


def in_bytes(size: int) -> str:
    name = max((unit for unit in UNITS if size >= UNITS[unit]), key=lambda unit: UNITS[unit])
    return f"{size // UNITS[name]} {name}"


def time_axis(axis: "matplotlib.axis.Axis") -> None:
    """Seconds, written as ns, µs, ms or s."""
    axis.set_major_formatter(EngFormatter(unit="s", sep=" "))


def threads(results: Results, out: Path) -> None:
    """One check with one thread asking, and with two: the same height where nothing is shared."""
    names = [name for name in results.names() if results.values(name + "/threads:2")]
    figure, axes = pyplot.subplots(figsize=(7, 4))
    places = range(len(names))
    for shift, suffix, label in ((-0.2, "", "one thread"), (0.2, "/threads:2", "two threads")):
        times = [best(results.values(name + suffix)) * 1e-9 for name in names]
        axes.barh([place + shift for place in places], times, height=0.4, label=label)
    axes.set_yticks(list(places), names)
    axes.invert_yaxis()
    axes.set_xscale("log")
    time_axis(axes.xaxis)
    axes.set(title="One check, while one or two threads ask", xlabel="time of one check in one thread")
    axes.grid(alpha=0.3, axis="x")
    figure.legend(loc="lower left", fontsize="small")
    save(figure, out, "threads")


def distributed(results: Results, out: Path) -> None:
    """For each check the part of all samples that took longer than a time; idle and loaded."""
    figure, both = pyplot.subplots(1, 2, figsize=(11, 5), sharex=True, sharey=True)
    for axes, condition in zip(both, ("idle", "loaded")):
        for one in results.distributions:
            if one["condition"] == condition:
                curve = [(ns * 1e-9, 1 - part) for part, ns in one["curve"] if part < 1]
                axes.step(*zip(*curve), where="post", label=one["name"])
        axes.set(title=condition, xlabel="time of one check", xscale="log", yscale="log")
        time_axis(axes.xaxis)
        axes.set_yticks([1, 0.1, 0.01, 0.001, 0.0001], ["all", "10 %", "1 %", "0.1 %", "0.01 %"])
        axes.grid(alpha=0.3)
    both[0].set_ylabel("checks that took longer")
    both[1].legend(loc="upper right", fontsize="small")
    figure.suptitle("Single checks (each contains one reading of the clock)")
    save(figure, out, "distributions")


def bars(results: Results, out: Path) -> None:
    names = [FLOOR, "liveness/watched", "liveness/handle", "liveness/watch/100", "baseline/kill0",
             "baseline/poll_pidfd", "liveness/pid", "baseline/process_is_alive"]
    names = [name for name in reversed(names) if results.beside(name, FLOOR)]
    ratios = [best(results.values(name))
              / best(results.beside(name, FLOOR)) for name in names]
    figure, axes = pyplot.subplots(figsize=(8, 4))
    drawn = axes.barh(names, ratios)
    axes.bar_label(drawn, labels=[f"{value:.3g}" for value in ratios], padding=3)
    axes.margins(x=0.1)
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
    growth(results, out, "sizes", "Verifying a daemon", "size of the executable",
           ["verify/warm", "verify/cold", "baseline/verify_rehash"])
    bars(results, out)
    threads(results, out)
    if results.distributions:
        distributed(results, out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
