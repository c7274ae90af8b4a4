"""Does every page show one moment, and is there one order of all pages and writes?

Within a page: all that it says about the number of rows and their sum agrees with its rows.

Between pages: what comes before what is a graph. Its nodes are the writes and the pages; its
edges are

- of the clock: what was answered before another was asked for is before it;
- of a value: its write is before a page that shows it, and that page before every write that has
  to be after it in its register (`registers.Verdict.before`).

A cycle has no order that explains it: as in "this page has the new note and the old label, that
one the old note and the new label". Where two writes to one register were under way at once and
neither has to be first, what is known by then may decide it: a write that is before a page, and
whose value is not the one that it shows, is before the one that it shows. This is repeated until
nothing new is learned. Every edge is forced, so a history with an order is never a violation; a
history without one could in theory pass, and test_decider.py says how often it does.

Edges of a value between operations that the clock orders anyway are left out: what is left are
the writes that were under way while the page was.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from .history import (
    ABSENT,
    BEFORE,
    NEVER,
    PRESENT,
    THERE,
    History,
    Outcome,
    Page,
    Register,
    Write,
)
from .registers import Verdict, Violation

COUNTS = "count, totals and rows of a page disagree"
ONE_MOMENT = "no order of pages and writes explains what they show"


def disagreement(page: Page) -> Violation | None:
    shown = page.shown
    said = {*shown.counts} if shown.higher or shown.lower else {*shown.counts, len(shown.rows)}
    text = ""
    if shown.counts and len(said) > 1:
        text = f"it counts {' and '.join(map(str, sorted(said)))} rows"
    elif shown.counts and shown.counts[0] < len(shown.rows):
        text = f"it shows {len(shown.rows)} rows and counts {shown.counts[0]}"
    elif shown.total is not None and not (shown.higher or shown.lower):
        found = sum(shown.amounts.values())
        if found != shown.total:
            text = f"its rows sum up to {found}, it says {shown.total}"
    return Violation(COUNTS, f"{page.view.name}: {text}", pages=(page,)) if text else None


class Turns:
    """When a field had which of its few values, again and again: as whether a row is there, which
    one writer adds, takes out and brings back, one after the other."""

    def __init__(self, initial: str, writes: list[Write]) -> None:
        happened = [write for write in writes if write.outcome is not Outcome.REFUSED]
        self.writes = sorted(happened, key=lambda write: write.call)
        self.values = [initial, *(write.value for write in self.writes)]
        self.asked = min(write.call for write in writes)

    def value(self, page: Page, shown: str) -> str | None:
        """Which of these times the page saw; None where it may be more than one of them."""
        fitting = [n for n, each in enumerate(self.values) if each.split()[0] == shown]
        begun = [n for n in fitting if self.begins(n) <= page.ret]
        possible = [n for n in begun if self.ends(n) >= page.call]
        if len(possible) > 1:
            return None
        seen = (possible or begun[-1:] or fitting[:1])[0] if fitting else None
        return shown if seen is None else self.values[seen]

    def begins(self, n: int) -> float:
        return self.writes[n - 1].call if n else BEFORE

    def ends(self, n: int) -> float:
        return self.writes[n].ret if n < len(self.writes) else NEVER


class Reading:
    """What pages say about registers, by showing a row or by not showing it."""

    def __init__(self, history: History) -> None:
        self.start = sorted(history.start)
        turning: dict[Register, list[Write]] = defaultdict(list)
        for write in history.writes:
            if write.field == THERE or write.field in history.turning:
                turning[write.register].append(write)
        self.turns = {
            register: Turns(history.initial(register), writes)
            for register, writes in turning.items()
        }
        self.presence = {row: turns for (row, name), turns in self.turns.items() if name == THERE}
        self.added = sorted(self.presence)

    def value(self, page: Page, register: Register) -> str | None:
        row, name = register
        values = page.shown.rows.get(row)
        if name == THERE:
            if row not in self.presence or not page.view.added:
                return None
            there = values is not None or self.within(page, row)
            return self.presence[row].value(page, state(values is not None)) if there else None
        if values is not None:
            return self.turned(page, register, values.get(name))
        absent = page.view.absent
        says = absent and absent[0] == name and row not in self.presence
        if absent and says and self.within(page, row):
            return self.turned(page, register, absent[1])
        return None

    def turned(self, page: Page, register: Register, shown: str | None) -> str | None:
        if shown is None or register not in self.turns:
            return shown
        return self.turns[register].value(page, shown)

    def within(self, page: Page, row: int) -> bool:
        """Whether the row would be on this page, and not on another one of its list."""
        rows = page.shown.rows
        if not rows:
            return not (page.shown.higher or page.shown.lower)
        high, low = span(page)
        return (row > low or not page.shown.lower) and (row < high or not page.shown.higher)

    def all(self, page: Page) -> Iterator[tuple[Register, str]]:
        for register, shown in self.shown(page):
            value = self.turned(page, register, shown)
            if value is not None:
                yield register, value
        if page.view.added:
            yield from self.presences(page)

    def shown(self, page: Page) -> Iterator[tuple[Register, str]]:
        for row, values in page.shown.rows.items():
            for name, value in values.items():
                yield (row, name), value
        if page.view.absent:
            for row in self.start:
                if row not in page.shown.rows and self.within(page, row):
                    name, value = page.view.absent
                    yield (row, name), value

    def presences(self, page: Page) -> Iterator[tuple[Register, str]]:
        shown = [row for row in page.shown.rows if row in self.presence]
        absent = [row for row in self.window(page) if row not in page.shown.rows]
        asked = [row for row in absent if self.presence[row].asked <= page.ret]
        for row in (*shown, *asked):
            if value := self.presence[row].value(page, state(row in page.shown.rows)):
                yield (row, THERE), value

    def window(self, page: Page) -> Sequence[int]:
        if not page.shown.rows:
            return () if page.shown.higher or page.shown.lower else self.added
        high, low = span(page)
        first = bisect_left(self.added, low) if page.shown.lower else 0
        last = bisect_left(self.added, high) if page.shown.higher else len(self.added)
        return self.added[first:last]


def state(present: bool) -> str:
    return PRESENT if present else ABSENT


def span(page: Page) -> tuple[int, int]:
    """The highest and the lowest row; a page that is cut is in order."""
    rows = page.shown.rows
    return max(rows), min(rows)


class Order:
    """The graph. Nodes are numbers: first the writes that happened, then the pages, then points
    on the clock, which stand for all the edges of the clock."""

    def __init__(
        self, reading: Reading, verdicts: Mapping[Register, Verdict], pages: Sequence[Page]
    ) -> None:
        self.reading, self.verdicts, self.pages = reading, verdicts, pages
        self.writes = [
            cluster.write
            for verdict in verdicts.values()
            for cluster in list(verdict.happened.values())
            if cluster.write.call > -NEVER
        ]
        self.number = {(w.register, w.value): n for n, w in enumerate(self.writes)}
        self.after: dict[int, set[int]] = defaultdict(set)
        # A page's value against another that was written meanwhile, where neither has to be first.
        self.open: list[tuple[int, Register, str, str]] = []
        self.readers: dict[tuple[Register, str], list[int]] = defaultdict(list)

    def build(self) -> None:
        self.clock()
        for register, verdict in self.verdicts.items():
            self.within_register(register, verdict)
        for number, page, write in self.meanwhile():
            self.connect(number, page, write)

    def clock(self) -> None:
        operations = [*self.writes, *self.pages]
        calls = sorted({operation.call for operation in operations})
        first = len(operations)
        for point in range(1, len(calls)):
            self.after[first + point - 1].add(first + point)
        for number, operation in enumerate(operations):
            self.after[first + bisect_left(calls, operation.call)].add(number)
            point = bisect_left(calls, operation.ret)
            point += point < len(calls) and calls[point] == operation.ret
            if point < len(calls):
                self.after[number].add(first + point)
        self.size = first + len(calls)

    def within_register(self, register: Register, verdict: Verdict) -> None:
        values = [value for value in verdict.happened if (register, value) in self.number]
        for value in values:
            for other in values:
                if value != other and verdict.before(value, other):
                    self.after[self.number[register, value]].add(self.number[register, other])

    def meanwhile(self) -> Iterator[tuple[int, Page, Write]]:
        """Each page with the writes that the clock does not order with it."""
        writes = sorted(self.writes, key=lambda write: write.call)
        running: list[Write] = []
        at = 0
        by_call = sorted(enumerate(self.pages), key=lambda numbered: numbered[1].call)
        for n, page in by_call:
            running = [write for write in running if write.ret >= page.call]
            while at < len(writes) and writes[at].call <= page.call:
                if writes[at].ret >= page.call:
                    running.append(writes[at])
                at += 1
            for write in running:
                yield len(self.writes) + n, page, write
            ahead = at
            while ahead < len(writes) and writes[ahead].call <= page.ret:
                yield len(self.writes) + n, page, writes[ahead]
                ahead += 1

    def connect(self, number: int, page: Page, write: Write) -> None:
        value = self.reading.value(page, write.register)
        if value is None:
            return
        verdict, node = self.verdicts[write.register], self.number[write.register, write.value]
        self.readers[write.register, value].append(number)
        if value == write.value:
            self.after[node].add(number)
        elif verdict.before(value, write.value):
            self.after[number].add(node)
        elif verdict.before(write.value, value):
            self.after[node].add(self.number[write.register, value])
        else:
            self.open.append((number, write.register, value, write.value))

    def decide(self) -> list[int]:
        """The nodes of a cycle, or none."""
        while True:
            if cycle := self.cycle():
                return cycle
            if not self.learn():
                return []

    def learn(self) -> bool:
        """Whether what is known decides a pair that was open."""
        if not self.open:
            return False
        reach = self.reachable()
        still, learned = [], False
        for page, register, value, other in self.open:
            mine, theirs = self.number[register, value], self.number[register, other]
            if reach[mine] >> theirs & 1:
                self.put_before(register, value, other, [page])
            elif reach[theirs] >> page & 1 or reach[theirs] >> mine & 1:
                self.put_before(register, other, value, [])
            else:
                still.append((page, register, value, other))
                continue
            learned = True
        self.open = still
        return learned

    def put_before(self, register: Register, value: str, other: str, pages: list[int]) -> None:
        later = self.number[register, other]
        for earlier in (self.number[register, value], *pages, *self.readers[register, value]):
            self.after[earlier].add(later)

    def sorted(self) -> list[int]:
        """In topological order; nodes on or behind a cycle are missing."""
        waiting = [0] * self.size
        for others in self.after.values():
            for other in others:
                waiting[other] += 1
        order = [node for node in range(self.size) if not waiting[node]]
        for node in order:
            for other in self.after[node]:
                waiting[other] -= 1
                if not waiting[other]:
                    order.append(other)
        return order

    def reachable(self) -> list[int]:
        """For each node the set of those after it, as the bits of a number."""
        reach = [0] * self.size
        for node in reversed(self.sorted()):
            for other in self.after[node]:
                reach[node] |= reach[other] | 1 << other
        return reach

    def cycle(self) -> list[int]:
        """A shortest one through the first node found that is on one."""
        left = {*range(self.size)} - {*self.sorted()}
        for node in left:
            came: dict[int, int] = {}
            queue = [node]
            for each in queue:
                for other in self.after[each] & left:
                    if other == node:
                        return path(came, node, each)
                    if other not in came:
                        came[other] = each
                        queue.append(other)
        return []

    def explained(self, cycle: list[int]) -> Violation:
        pages = [n - len(self.writes) for n in cycle]
        found = tuple(self.pages[n] for n in pages if 0 <= n < len(self.pages))
        writes = [self.writes[n] for n in cycle if n < len(self.writes)]
        texts = [f"{page.view.name} at {page.call:.3f}" for page in found]
        texts += [f"row {w.row}, {w.field} “{w.value}” ({w.way}) at {w.call:.3f}" for w in writes]
        return Violation(ONE_MOMENT, "; ".join(texts), pages=found)


def path(came: Mapping[int, int], start: int, node: int) -> list[int]:
    nodes = [node]
    while nodes[-1] != start:
        nodes.append(came[nodes[-1]])
    return nodes[::-1]
