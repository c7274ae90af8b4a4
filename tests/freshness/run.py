"""A run: writers of every way, readers of every page and faults at once, and the verdict."""

import math
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from statistics import quantiles
from typing import Any

from .driver import Client, Driver, Refused, Unknown
from .history import (
    ABSENT,
    PRESENT,
    THERE,
    History,
    Outcome,
    Page,
    Recorder,
    Register,
    Shown,
    View,
    Write,
)
from .registers import Violation
from .verdict import decide

EDITOR = View("what a writer was shown")
OPEN = "an open page"
# An open page is current after so many seconds: what it shows then counts as asked for so long ago.
PROMPT = 5.0
JUDGE_EVERY = 0.5  # seconds
# How long what is there at the end is looked at: as long as an open page may take, and more on a
# busy machine where a violation has to be found.
LAST_LOOK = 6.0
LONGEST_LOOK = 40.0
FAULT_EVERY = 7.0
HOT = 3  # rows that most writers fight for


@dataclass
class Report:
    history: History
    violations: list[Violation]
    seconds: float
    # Each with when it began and when it was over.
    faults: list[tuple[str, float, float]]
    unread: Counter[str]

    def lines(self) -> Iterator[str]:
        pages = Counter(page.view.name for page in self.history.pages)
        asked_for = [page for page in self.history.pages if not page.view.truth]
        took = [p.ret - p.call for p in asked_for if p.view.name not in (EDITOR.name, OPEN)]
        unread = sum(self.unread.values())
        yield f"{len(took):,} pages read in {self.seconds:.0f} s, {unread:,} failed"
        yield from (f"  {n:6,} {name}" for name, n in sorted(pages.items()))
        if len(took) > 1:
            half, most = (quantiles(took, n=100)[n - 1] for n in (50, 99))
            yield f"half in {half:.2f} s, 99 of 100 in {most:.2f}, the slowest in {max(took):.2f}"
        writes = Counter((w.way, w.outcome.value) for w in self.history.writes)
        yield f"{len(self.history.writes):,} writes"
        for way in sorted({way for way, _ in writes}):
            said = (f"{writes[way, each.value]:,} {each.value}" for each in Outcome)
            yield f"  {way}: {', '.join(said)}"
        yield f"{len(self.faults)} faults"
        yield from (f"  {name}, {began:.1f} to {over:.1f}" for name, began, over in self.faults)
        yield f"{len(self.violations)} violations"
        yield from (f"  {wrong.rule}: {wrong.text}" for wrong in self.violations[:20])


@dataclass
class Slot:
    """The next values of a field of a row, and who writes it."""

    values: Iterator[str]
    busy: threading.Lock = field(default_factory=threading.Lock)
    retired: bool = False


class Run:
    """`until_detected` ends the run with the first violation."""

    def __init__(
        self,
        driver: Driver,
        *,
        seconds: float,
        readers: int = 4,
        pause: float = 0.05,
        faults: bool = False,
        until_detected: bool = False,
        seed: int = 1,
    ) -> None:
        self.driver, self.seconds, self.readers, self.pause = driver, seconds, readers, pause
        self.with_faults, self.until_detected = faults, until_detected
        self.rng = random.Random(seed)
        self.registers: dict[Register, Slot] = {}
        self.lock = threading.Lock()
        self.writing, self.reading = threading.Event(), threading.Event()
        self.faults: list[tuple[str, float, float]] = []
        self.unread: Counter[str] = Counter()
        self.errors: list[BaseException] = []
        # Until when nothing was broken for long enough to expect open pages to be current.
        self.last_fault = -math.inf

    def go(self) -> Report:
        start = self.driver.start()
        try:
            return self.run(Recorder(start, self.driver.fresh, self.driver.turning))
        finally:
            self.driver.stop()

    def run(self, recorder: Recorder) -> Report:
        self.recorder = recorder
        self.rows = sorted(recorder.start)
        self.next_row = max(self.rows) + 1
        begin = time.monotonic()
        writers = [self.thread(self.write, way) for way in self.driver.ways]
        writers += [self.thread(self.add, way) for way in self.driver.adders]
        writers += [self.thread(self.come_and_go, way) for way in self.driver.comers]
        breaking = [self.thread(self.break_things)] if self.with_faults else []
        readers = [self.thread(self.read, False) for _ in range(self.readers)]
        readers += [self.thread(self.read, True)]
        readers += [self.thread(self.follow, view) for view in self.driver.followed]
        violations = self.watch(begin)
        self.writing.set()
        for thread in writers:
            thread.join()
        self.driver.mend()
        for thread in breaking:
            while thread.is_alive():
                thread.join(1)
                self.driver.mend()  # what was broken since, too
        # What is there now that nobody writes any more belongs to the evidence.
        if not violations:
            look = LONGEST_LOOK if self.until_detected else LAST_LOOK
            rest = PROMPT + look if self.driver.followed else 1
            violations = self.watch(time.monotonic() + rest - self.seconds, self.reading)
        self.reading.set()
        for thread in readers:
            thread.join()
        if self.errors:
            raise self.errors[0]
        history = recorder.history()
        seconds = time.monotonic() - begin
        return Report(history, violations or decide(history), seconds, self.faults, self.unread)

    def watch(self, begin: float, over: threading.Event | None = None) -> list[Violation]:
        while (left := begin + self.seconds - time.monotonic()) > 0 and not self.errors:
            (over or self.writing).wait(min(left, JUDGE_EVERY))
            if self.until_detected and (found := decide(self.recorder.history())):
                return found
        return []

    def thread(self, work: Callable[..., None], *args: Any) -> threading.Thread:
        def run() -> None:
            try:
                work(*args)
            except BaseException as error:
                self.errors.append(error)

        thread = threading.Thread(target=run, daemon=True, name=f"{work.__name__} {args}")
        thread.start()
        return thread

    def read(self, truth: bool) -> None:
        client, rng = self.driver.client(), random.Random(self.rng.random())
        views = [view for view in self.driver.views if view.truth is truth]
        while views and not self.reading.is_set():
            view = rng.choice(views)
            call = time.monotonic()
            try:
                shown = client.read(view)
                self.recorder.saw(Page(view, call, time.monotonic(), shown))
            except (Unknown, OSError):
                self.unread[view.name] += 1
                self.reading.wait(0.05)
            if truth or self.writing.is_set():  # what nobody writes any more is read less often
                self.reading.wait(0.2)
        client.close()

    def follow(self, view: View) -> None:
        client = self.driver.client()
        shown: list[tuple[float, Shown]] = []

        def showed(call: float, page: Shown) -> None:
            shown[:] = [(call, page)]
            self.recorder.saw(Page(view, call, time.monotonic(), page))

        following = self.thread(client.follow, view, showed, self.reading)
        opened = replace(view, name=OPEN)
        while not self.reading.wait(0.5):
            now = time.monotonic()
            if shown and self.last_fault < now - PROMPT:
                call, page = shown[-1]
                self.recorder.saw(Page(opened, max(call, now - PROMPT), now, page))
        following.join()
        client.close()

    def write(self, way: str) -> None:
        client, rng = self.driver.client(), random.Random(self.rng.random())
        fields = self.driver.ways[way]
        while not self.writing.wait(self.pause * rng.uniform(0.5, 1.5)):
            name = rng.choice(fields)
            row = self.some_row(rng, way, name)
            exclusive = name in self.driver.exclusive | self.driver.turning
            register = self.register(row, name)
            if exclusive and (register.retired or not register.busy.acquire(blocking=False)):
                continue
            with self.lock:
                value = next(register.values, None)
            if value is not None:
                write = Write(row, name, value, time.monotonic(), way=way)
                register.retired = self.attempt(client, write) is Outcome.UNKNOWN
            if exclusive:
                register.busy.release()
        client.close()

    def attempt(self, client: Client, write: Write) -> Outcome:
        seen: list[str] = []

        def saw(value: str) -> None:
            seen[:] = [value]
            shown: dict[int, dict[str, str]] = {write.row: {write.field: value}}
            self.recorder.saw(Page(EDITOR, write.call, time.monotonic(), Shown(shown)))

        client.saw = saw
        return self.outcome(
            [write],
            lambda: client.write(write.way, write.row, write.field, write.value),
            lambda: seen[0] if seen else None,
        )

    def outcome(
        self,
        writes: list[Write],
        act: Callable[[], None],
        seen: Callable[[], str | None] = lambda: None,
    ) -> Outcome:
        self.recorder.begin(writes)
        try:
            act()
            outcome = Outcome.DONE
        except Refused:
            outcome = Outcome.REFUSED
        except (Unknown, OSError):
            outcome = Outcome.UNKNOWN
        self.recorder.end(writes, outcome, seen())
        return outcome

    def add(self, way: str) -> None:
        client, rng = self.driver.client(), random.Random(self.rng.random())
        while not self.writing.wait(self.pause * rng.uniform(0.5, 1.5)):
            numbers = self.new_rows(rng)
            if self.there(way, numbers, PRESENT, client.add) is Outcome.DONE:
                with self.lock:
                    self.rows.extend(numbers)
        client.close()

    def come_and_go(self, way: str) -> None:
        """Rows are added, taken out and brought back, while it is known what became of them."""
        client, rng = self.driver.client(), random.Random(self.rng.random())
        while not self.writing.wait(self.pause * rng.uniform(0.5, 1.5)):
            numbers = self.new_rows(rng)
            known = self.there(way, numbers, PRESENT, client.add)
            for n in range(1, 1 + rng.randint(1, 4)):
                if known is not Outcome.DONE or self.writing.wait(self.pause):
                    break
                state, act = (ABSENT, client.take_out) if n % 2 else (PRESENT, client.bring_back)
                known = self.there(way, numbers, f"{state} {n}", act)
        client.close()

    def new_rows(self, rng: random.Random) -> range:
        with self.lock:
            numbers = range(self.next_row, self.next_row + rng.randint(1, 4))
            self.next_row = numbers.stop
        return numbers

    def there(
        self, way: str, numbers: range, value: str, act: Callable[[str, range], None]
    ) -> Outcome:
        call = time.monotonic()
        writes = [Write(row, THERE, value, call, way=way) for row in numbers]
        return self.outcome(writes, lambda: act(way, numbers))

    def some_row(self, rng: random.Random, way: str, name: str) -> int:
        with self.lock:
            rows = [row for row in self.rows if self.driver.may(way, row, name)]
            return rng.choice(rng.choice([rows[:HOT], rows[-HOT:], rows]))

    def register(self, row: int, name: str) -> Slot:
        with self.lock:
            if (row, name) not in self.registers:
                values = iter(self.driver.values(name, row))
                self.registers[row, name] = Slot(values)
            return self.registers[row, name]

    def break_things(self) -> None:
        names = list(self.driver.faults)
        turn = 0
        while names and not self.writing.wait(FAULT_EVERY * (0.3 if not turn else 1)):
            name = names[turn % len(names)]
            began, self.last_fault = time.monotonic(), math.inf
            self.driver.fault(name)
            self.last_fault = time.monotonic()
            self.faults.append((name, began, self.last_fault))
            turn += 1
