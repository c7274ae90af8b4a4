"""What was measured: medians, ratios and their spread; as a table and as JSON."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median, quantiles

# In each round every side is asked so many times, by turns.
TURNS = 6


@dataclass(frozen=True)
class Figures:
    """All times of one side, round by round."""

    rounds: Sequence[Sequence[float]]

    @property
    def all(self) -> list[float]:
        return [time for times in self.rounds for time in times]

    @property
    def median(self) -> float:
        return median(self.all)

    @property
    def middle_half(self) -> tuple[float, float]:
        if len(self.all) < 2:
            return self.median, self.median
        low, _, high = quantiles(self.all, n=4, method="inclusive")
        return low, high

    def __str__(self) -> str:
        low, high = self.middle_half
        return f"{short(self.median)} ({short(low)}–{short(high)})"


def short(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def verdict(found: float, limit: float, more_is_better: bool = False) -> str:
    return "ok" if (found >= limit if more_is_better else found <= limit) else "NO"


@dataclass(frozen=True)
class Line:
    """A ratio of medians. `limit` is what it may be at most, or at least where more is better."""

    part: str
    name: str
    unit: str
    ours: Figures
    other: Figures
    limit: float | None = None
    more_is_better: bool = False

    @property
    def ratio(self) -> float:
        return self.ours.median / self.other.median

    @property
    def spread(self) -> tuple[float, float]:
        """The lowest and the highest ratio of one round."""
        pairs = zip(self.ours.rounds, self.other.rounds, strict=True)
        ratios = [median(ours) / median(other) for ours, other in pairs]
        return min(ratios), max(ratios)

    @property
    def verdict(self) -> str:
        if self.limit is None:
            return ""
        sign = "≥" if self.more_is_better else "≤"
        return f"{sign} {self.limit} {verdict(self.ratio, self.limit, self.more_is_better)}"

    def cells(self) -> list[str]:
        low, high = self.spread
        times = f"{self.ratio:.2f} ({low:.2f}–{high:.2f})"
        return [self.name, str(self.ours), str(self.other), self.unit, times, self.verdict]


@dataclass
class Results:
    machine: dict[str, object] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    # What is no ratio: said as text, and kept as it is.
    notes: list[str] = field(default_factory=list)
    facts: dict[str, object] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def add(self, line: Line) -> None:
        self.lines.append(line)
        print(f"  {': '.join(line.cells()[:1])}: {'  '.join(line.cells()[1:])}", flush=True)

    def say(self, text: str) -> None:
        self.notes.append(text)
        print(f"  {text}", flush=True)

    def table(self) -> str:
        heads = ["", "ours", "the other", "", "ratio (rounds)", "limit"]
        cells = [heads]
        for part in dict.fromkeys(line.part for line in self.lines):
            cells.append([part.upper(), *[""] * 5])
            cells += [line.cells() for line in self.lines if line.part == part]
        widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
        rows = (
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            for row in cells
        )
        return "\n".join(row.rstrip() for row in rows)

    def write(self, path: Path) -> None:
        lines = [
            asdict(line) | {"ratio": line.ratio, "spread": line.spread, "verdict": line.verdict}
            for line in self.lines
        ]
        found = {
            "machine": self.machine,
            "lines": lines,
            "notes": self.notes,
            "failed": self.failed,
        }
        found |= self.facts
        path.write_text(json.dumps(found, indent=1, ensure_ascii=False))


def by_turns(
    sides: Sequence[Callable[[], float]], rounds: int, turns: int = TURNS, warm: int = 2
) -> list[Figures]:
    """Each side measures itself; ABBA, so that neither always comes after the other."""
    for side in sides:
        for _ in range(warm):
            side()
    found: list[list[list[float]]] = [[] for _ in sides]
    for _ in range(rounds):
        times: list[list[float]] = [[] for _ in sides]
        for turn in range(turns):
            order = range(len(sides)) if turn % 2 else reversed(range(len(sides)))
            for which in order:
                times[which].append(sides[which]())
        for which, some in enumerate(times):
            found[which].append(some)
    return [Figures(rounds) for rounds in found]
