"""Figures: printed one a line, and kept as a list in var/bench.json."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One measurement. The unit is in the name; `ratio` is how many times the floor it costs."""

    name: str
    measured: float
    floor: float
    ratio: float
    aim: str
    verdict: str

    def __str__(self) -> str:
        return f"{self.name} {self.measured:g} {self.floor:g} {self.ratio:g} {self.aim} {self.verdict}"


class Board:
    """All figures of a run."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.figures: list[Figure] = []

    def at_most(self, name: str, measured: float, floor: float, limit: float, *, of: float | None = None) -> None:
        """A figure that should cost at most `limit` times its floor; `of` judges another number than the ratio."""
        ratio = measured / floor if floor else 0.0
        self._add(name, measured, floor, ratio, f"<={limit:g}", (ratio if of is None else of) <= limit)

    def rate(self, name: str, measured: float, floor: float, limit: float) -> None:
        """A rate per second that should be at least the `limit`-th part of its floor."""
        ratio = floor / measured
        self._add(name, measured, floor, ratio, f"<={limit:g}", ratio <= limit)

    def at_least(self, name: str, measured: float, floor: float, limit: float) -> None:
        """A rate per second with a fixed aim."""
        self._add(name, measured, floor, floor / measured, f">={limit:g}", measured >= limit)

    def _add(self, name: str, measured: float, floor: float, ratio: float, aim: str, reached: bool) -> None:
        figure = Figure(name, _short(measured), _short(floor), _short(ratio), aim, "ok" if reached else "short")
        self.figures.append(figure)
        print(f"\n{figure}", end="", flush=True)

    def write(self) -> None:
        """Leave the figures of this run for programs."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(json.dumps([asdict(figure) for figure in self.figures], indent=2) + "\n")


def _short(value: float) -> float:
    """Three digits are more than the measurement is good for."""
    return float(f"{value:.3g}")
