"""Result files of pidproof_bench: reading them, what a figure is, ratios and their noise."""

import json
import random
import re
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Tuple

TIME_NS = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}
UNDISTURBED = 0.02  # the part of all repetitions that is at least as good as the figure
FLOOR = "floor/getppid"
HASH_FLOOR = "floor/sha256_in_memory"
EXIT_FLOOR = "floor/exit"


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

    def against(self, name: str) -> Tuple[str, str]:
        """The floor that a figure is read against, and what of both is: of what hashes the
        throughput, of an exit the median of a repetition; of two threads the floor with two."""
        if self.values(name, "bytes_per_second"):
            return HASH_FLOOR, "bytes_per_second"
        if self.values(name, "p50_ns"):
            return EXIT_FLOOR, "p50_ns"
        threads = re.search(r"/threads:\d+$", name)
        return FLOOR + (threads[0] if threads else ""), "time"

    def cost(self, name: str) -> List[float]:
        """Each repetition in units of its floor; empty where that was not measured beside it."""
        floor, of = self.against(name)
        floors = self.beside(name, floor, of)
        if not floors:
            return []
        unit = best(floors, of)
        if of == "bytes_per_second":
            return [unit / value for value in self.values(name, of)]
        return [value / unit for value in self.values(name, of)]


def plain_name(name: str) -> str:
    """The name without what Google Benchmark adds to it: `/real_time`, `/iterations:100`."""
    return re.sub(r"/(real_time|manual_time|iterations:\d+|repeats:\d+)", "", name)


def best(values: List[float], of: str = "time") -> float:
    """The figure that repetitions stand for: the time that only UNDISTURBED of them remain below,
    the throughput that as many exceed; of memory the most."""
    if of == "growth_KiB":
        return max(values)
    ordered = sorted(values, reverse=of == "bytes_per_second")
    return ordered[int(UNDISTURBED * len(ordered))]


def ratio(over: List[float], under: List[float], of: str = "time", draws: int = 2000) -> Interval:
    """The ratio of two figures, with a 95 % interval from resampling both (bootstrap)."""
    source = random.Random(1)  # the same files give the same report
    drawn = sorted(
        best(source.choices(over, k=len(over)), of) / best(source.choices(under, k=len(under)), of)
        for _ in range(draws)
    )
    return Interval(best(over, of) / best(under, of),
                    drawn[int(draws * 0.025)], drawn[int(draws * 0.975)])
