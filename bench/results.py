"""Result files of pidproof_bench: reading them, medians, ratios and their noise."""

import json
import random
import re
import statistics
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Tuple

TIME_NS = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}


class Interval(NamedTuple):
    """An estimate and the bounds that hold it in 95 of 100 repeats."""

    estimate: float
    low: float
    high: float


class Results:
    """The repetitions of every benchmark in one file, by name and by what was measured.

    A file of run.py was measured in pieces; floors are part of several. What a figure is
    read against is of its own piece."""

    def __init__(self, path: Path) -> None:
        document = json.loads(path.read_text(encoding="utf-8"))
        self.path = path
        self.context: Dict[str, Any] = document["context"]
        self.failed: Dict[str, str] = {}
        self.distributions: List[Dict[str, Any]] = document.get("distributions", [])
        self._values: Dict[Tuple[str, str, str], List[float]] = {}
        for run in document["benchmarks"]:
            if run.get("run_type") == "aggregate":
                continue
            name = plain_name(run["name"])
            if run.get("error_occurred"):
                self.failed[name] = run["error_message"]
                continue
            # Google Benchmark divides by the iterations of all threads together.
            time_ns = run["real_time"] * TIME_NS[run["time_unit"]] * run["threads"]
            piece = run.get("piece", "")
            self._add(piece, name, "time", time_ns)
            for key in ("bytes_per_second", "growth_KiB", "p50_ns", "p90_ns", "max_ns"):
                if key in run:
                    self._add(piece, name, key, float(run[key]))

    def _add(self, piece: str, name: str, of: str, value: float) -> None:
        self._values.setdefault((piece, name, of), []).append(value)

    def names(self) -> List[str]:
        return list(dict.fromkeys(name for _, name, of in self._values if of == "time"))

    def pieces(self, name: str) -> List[str]:
        return [piece for piece, one, of in self._values if one == name and of == "time"]

    def of_piece(self, piece: str, name: str, of: str = "time") -> List[float]:
        return self._values.get((piece, name, of), [])

    def values(self, name: str, of: str = "time") -> List[float]:
        """Every repetition, of all pieces; empty where the benchmark gave no figure."""
        return [value for piece in self.pieces(name)
                for value in self.of_piece(piece, name, of)]

    def beside(self, figure: str, floor: str, of: str = "time") -> List[float]:
        """Those repetitions of `floor` that were measured in the piece of `figure`."""
        return [value for piece in self.pieces(figure)
                for value in self.of_piece(piece, floor, of)]


def plain_name(name: str) -> str:
    """The name without what Google Benchmark adds to it: `/real_time`, `/iterations:100`."""
    return re.sub(r"/(real_time|manual_time|iterations:\d+|repeats:\d+)", "", name)


def spread(values: List[float]) -> float:
    """How far the middle half of the repetitions is apart, as a part of their median."""
    if len(values) < 2:
        return 0.0
    low, _, high = statistics.quantiles(values, n=4)
    return (high - low) / statistics.median(values)


def ratio(over: List[float], under: List[float], draws: int = 2000) -> Interval:
    """The ratio of two medians, with a 95 % interval from resampling both (bootstrap)."""
    source = random.Random(1)  # the same files give the same report
    drawn = sorted(
        statistics.median(source.choices(over, k=len(over)))
        / statistics.median(source.choices(under, k=len(under)))
        for _ in range(draws)
    )
    estimate = statistics.median(over) / statistics.median(under)
    return Interval(estimate, drawn[int(draws * 0.025)], drawn[int(draws * 0.975)])
