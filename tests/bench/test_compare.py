#!/usr/bin/env python3
"""bench/compare calls a slowed library slower, and an unchanged one unchanged, also in files of
bench/run.py, which measures in pieces.

usage: test_compare.py COMPARE RUN BUILD PIDPROOF_BENCH PIDPROOF_BENCH_SLOW
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

SLOWED = "liveness/watch/1"
WATCH = "floor/getppid|floor/sha256_in_memory|" + SLOWED + "/real_time"


def measure(binary: str, out: Path) -> None:
    subprocess.run([
        binary, f"--benchmark_filter={WATCH}", "--benchmark_repetitions=9",
        "--benchmark_min_time=0.01", "--benchmark_enable_random_interleaving=true",
        f"--benchmark_out={out}", "--benchmark_out_format=json",
    ], check=True, stdout=subprocess.DEVNULL)


def compare(program: str, before: Path, after: Path) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run([sys.executable, program, str(before), str(after)],
                          stdout=subprocess.PIPE, universal_newlines=True)
    print(f"$ compare {before.name} {after.name}\n{done.stdout}", end="")
    return done


def every_benchmark_has_a_piece(run: str, binary: str) -> None:
    """Exactly one; only floors are in several."""
    sys.path.insert(0, str(Path(run).parent))
    from results import plain_name
    from run import PIECES
    listed = subprocess.run([binary, "--benchmark_list_tests=true"], check=True,
                            stdout=subprocess.PIPE, universal_newlines=True).stdout.split()
    for name in map(plain_name, listed):
        pieces = [piece for piece, names in PIECES.items() if re.fullmatch(names, name)]
        assert len(pieces) == 1 or pieces and name.startswith("floor/"), f"{name} is in {pieces}"


def main() -> int:
    program, run, build, fast_bench, slow_bench = sys.argv[1:]
    every_benchmark_has_a_piece(run, fast_bench)
    with tempfile.TemporaryDirectory() as directory:
        fast, slow = Path(directory) / "fast.json", Path(directory) / "slow.json"
        measure(fast_bench, fast)
        measure(slow_bench, slow)

        slower = compare(program, fast, slow)
        assert slower.returncode == 1, "a slowed library must give exit status 1"
        assert f"slower  {SLOWED}:" in slower.stdout, f"{SLOWED} must be named"

        faster = compare(program, slow, fast)
        assert faster.returncode == 0, "becoming faster is no failure"
        assert f"faster  {SLOWED}:" in faster.stdout, f"{SLOWED} must be named"

        same = compare(program, fast, fast)
        assert same.returncode == 0, "a file is not slower than itself"
        assert "0 slower, 0 faster" in same.stdout, "a file does not differ from itself"

        subprocess.run([sys.executable, run, "--build", build, "--out", directory, "--rounds=2",
                        "--repetitions=2", "--min-time=0.001", "--filter=/64KiB", "--piece=verify", "--piece=hash"],
                       stdout=subprocess.DEVNULL)  # it misses goals: what it measures is little
        pieces = compare(program, Path(directory) / "bench.json", Path(directory) / "bench.json")
        assert pieces.returncode == 0, "a file is not slower than itself"
        assert "not compared" not in pieces.stdout, "every figure has its floor in its piece"
        assert "0 slower, 0 faster, 0 unchanged" not in pieces.stdout, "nothing was compared"
        runs = json.loads((Path(directory) / "bench.json").read_text())["benchmarks"]
        of_one = [(entry["piece"], entry["round"]) for entry in runs
                  if entry["name"] == "verify/cold/64KiB/real_time" and entry["run_type"] == "iteration"]
        assert sorted(of_one) == [("hash", 1)] * 2 + [("hash", 2)] * 2, of_one
    return 0


if __name__ == "__main__":
    sys.exit(main())
