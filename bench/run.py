#!/usr/bin/env python3
"""Runs pidproof_bench so that its figures can be trusted, and says what they are.

In pieces, each with the floors and rivals that its figures are read against, and in rounds:
each round runs every piece once, in a process of its own. Within a piece every repetition of
every benchmark comes in random order: floors, rivals and the library share whatever the machine
does meanwhile. Writes OUT/bench.json (Google Benchmark's format; each run names its
`piece` and `round`, `context` the machine, `distributions` what pidproof_distributions wrote) and
plots, and prints the report. With --piece the others are taken from the last run as they
are. Exit status: that of report.py, or of a program that failed."""

import argparse
import json
import platform
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List

from results import plain_name

HERE = Path(__file__).resolve().parent

# What each piece measures, as a regular expression of names. A watch that keeps itself current
# has a thread, and in a process of several threads each call on a descriptor costs more.
PIECES = {
    "liveness": r"floor/(getppid|clock)|liveness/(?!watch)[^:]*|baseline/(?!verify|poll_pidfds)[^:]*",
    "watch": r"floor/getppid|liveness/watch/[^:]*|baseline/poll_pidfds/.*",
    "watched": r"floor/getppid(/threads:2)?|liveness/watched(/.*)?",
    "threads": r"(floor/getppid|liveness/(?!watched).*|baseline/.*|verify/.*)/threads:2",
    "verify": r"floor/(getppid|sha256_in_memory)|verify/(?!cold)[^:]*|baseline/verify_rehash/\d+KiB",
    "hash": r"floor/(getppid|sha256_in_memory)|(verify/cold|hash|baseline/verify_rehash/\d+MiB)(/.*)?",
    "exit": r"(floor/)?exit(/.*)?",
    "rest": r"floor/getppid|(record|boot_id|capture)(/.*)?",
}
# How many times the repetitions: less of what takes a second each time, more where both CPUs must
# be undisturbed at once.
TIMES = {"hash": 0.13, "watched": 2, "threads": 3, "exit": 2}
DISTRIBUTIONS = "distributions"  # one more piece, by a program of its own


def first_line(path: str, starts: str = "") -> str:
    """The first line of a file that starts so; "unknown" where there is none."""
    try:
        lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "unknown"
    return next((line for line in lines if line.startswith(starts)), "unknown")


def machine() -> Dict[str, str]:
    return {
        "kernel": platform.release(),
        "system": platform.system() + " " + platform.machine(),
        "processor": first_line("/proc/cpuinfo", "model name").partition(":")[2].strip(),
        "governor": first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        "load_before": first_line("/proc/loadavg"),
    }


class Failed(Exception):
    """A program that could not do its part: its exit status."""


def output_of(command: List[str]) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, universal_newlines=True)
    if done.returncode != 0:
        raise Failed(done.returncode)
    return done.stdout


def run_piece(bench: Path, piece: str, wanted: str, repetitions: int, min_time: float, out: Path) -> None:
    """Runs the benchmarks of a piece that `wanted` fits, and its floors, into `out`."""
    listed = output_of([str(bench), "--benchmark_list_tests=true"]).split()
    of_piece = [name for name in listed if re.fullmatch(PIECES[piece], plain_name(name))]
    chosen = [name for name in of_piece if re.search(wanted, name) or name.startswith("floor/")]
    if all(name.startswith("floor/") for name in chosen) and not re.search(wanted, "floor/"):
        return
    output_of([
        str(bench),
        "--benchmark_filter=^(" + "|".join(map(re.escape, chosen)) + ")$",
        f"--benchmark_repetitions={repetitions}",
        f"--benchmark_min_time={min_time}",
        "--benchmark_enable_random_interleaving=true",
        f"--benchmark_out={out}",
        "--benchmark_out_format=json",
    ])


def merge(parts: Path, described: Dict[str, str]) -> Dict[str, Any]:
    """What all pieces that were run say, as one result file."""
    merged: Dict[str, Any] = {"context": {}, "benchmarks": [], "distributions": []}
    dates: Dict[str, str] = {}
    for piece in PIECES:
        for path in sorted(parts.glob(f"{piece}.*.json")):
            document = json.loads(path.read_text(encoding="utf-8"))
            round_of = int(path.suffixes[0][1:])
            dates.setdefault(piece, document["context"]["date"])
            merged["context"] = document["context"]
            merged["benchmarks"] += [{**run, "piece": piece, "round": round_of}
                                     for run in document["benchmarks"]]
    path = parts / f"{DISTRIBUTIONS}.json"
    if path.exists():
        merged["distributions"] = json.loads(path.read_text(encoding="utf-8"))
    merged["context"].update(machine=described, pieces=dates)
    return merged


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=HERE.parent / "build")
    parser.add_argument("--out", type=Path, default=HERE.parent / "out" / "bench")
    parser.add_argument("--rounds", type=int, default=4, help="default: %(default)s")
    parser.add_argument("--repetitions", type=int, default=40,
                        help="of each benchmark in a round (default: %(default)s)")
    parser.add_argument("--min-time", type=float, default=0.004,
                        help="seconds of one repetition (default: %(default)s)")
    parser.add_argument("--samples", type=int, default=20000,
                        help="of each distribution (default: %(default)s)")
    parser.add_argument("--filter", default="", help="regular expression of benchmark names")
    parser.add_argument("--piece", action="append", choices=[*PIECES, DISTRIBUTIONS],
                        help="only this one; repeatable")
    options = parser.parse_args()

    programs = options.build / "bench"
    parts = options.out / "pieces"
    parts.mkdir(parents=True, exist_ok=True)
    described = machine()
    chosen = options.piece or [*PIECES, DISTRIBUTIONS]
    for piece in chosen:
        for path in parts.glob(f"{piece}.*json"):
            path.unlink()
    try:
        for number in range(1, options.rounds + 1):
            for piece in (piece for piece in PIECES if piece in chosen):
                print(f"measuring: {piece}, round {number} of {options.rounds}", file=sys.stderr)
                run_piece(programs / "pidproof_bench", piece, options.filter,
                          max(2, round(options.repetitions * TIMES.get(piece, 1))), options.min_time,
                          parts / f"{piece}.{number}.json")
        if DISTRIBUTIONS in chosen and not options.filter:
            print(f"measuring: {DISTRIBUTIONS}", file=sys.stderr)
            (parts / f"{DISTRIBUTIONS}.json").write_text(
                output_of([str(programs / "pidproof_distributions"), str(options.samples)]),
                encoding="utf-8")
    except Failed as failed:
        return int(failed.args[0])
    out = options.out / "bench.json"
    document = merge(parts, described)
    out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")

    for key, value in described.items():
        print(f"{key}: {value}")
    for piece, date in document["context"]["pieces"].items():
        print(f"{piece}: {date}")
    print(flush=True)
    report = subprocess.run([sys.executable, str(HERE / "report.py"), str(out)])
    plots = subprocess.run([sys.executable, str(HERE / "plots.py"), str(out)])
    print(f"results and plots: {options.out}")
    return report.returncode or plots.returncode


if __name__ == "__main__":
    sys.exit(main())
