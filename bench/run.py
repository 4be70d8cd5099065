#!/usr/bin/env python3
"""Runs pidproof_bench so that its figures can be trusted, and says what they are.

Every repetition of every benchmark comes in random order, so that floors, rivals and the
library share whatever the machine does meanwhile. Writes OUT/bench.json (Google
Benchmark's format, the machine described under `context`) and plots, and prints the report.
Exit status: that of report.py, or of pidproof_bench where it failed."""

import argparse
import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import Dict

HERE = Path(__file__).resolve().parent


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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=HERE.parent / "build")
    parser.add_argument("--out", type=Path, default=HERE.parent / "out" / "bench")
    parser.add_argument("--repetitions", type=int, default=9)
    parser.add_argument("--min-time", type=float, default=0.05, help="seconds of one repetition")
    parser.add_argument("--filter", default=".", help="regular expression of benchmark names")
    options = parser.parse_args()

    options.out.mkdir(parents=True, exist_ok=True)
    described = machine()
    raw = options.out / "raw.json"
    bench = subprocess.run([
        str(options.build / "bench" / "pidproof_bench"),
        f"--benchmark_filter={options.filter}",
        f"--benchmark_repetitions={options.repetitions}",
        f"--benchmark_min_time={options.min_time}",
        "--benchmark_enable_random_interleaving=true",
        f"--benchmark_out={raw}",
        "--benchmark_out_format=json",
    ], stdout=subprocess.DEVNULL)
    if bench.returncode != 0:
        return bench.returncode
    document = json.loads(raw.read_text(encoding="utf-8"))
    document["context"]["machine"] = described
    out = options.out / "bench.json"
    out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    raw.unlink()

    for key, value in described.items():
        print(f"{key}: {value}")
    print(f"date: {document['context']['date']}\n", flush=True)
    report = subprocess.run([sys.executable, str(HERE / "report.py"), str(out)])
    plots = subprocess.run([sys.executable, str(HERE / "plots.py"), str(out)])
    print(f"results and plots: {options.out}")
    return report.returncode or plots.returncode


if __name__ == "__main__":
    sys.exit(main())
