"""Three years of a demo ledger, in order of time."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate

from demo.draft import Draft
from demo.events import Events
from demo.parties import YEARS

type Event = Callable[[], list[Draft]]

TYPICAL = 2_000  # transactions of a ledger in which one rent is paid a month
ROWS_PER_EVENT = 1.3
DAY = 24 * 60 * 60  # seconds


class Schedule:
    def __init__(self, events: Events, count: int, now: datetime) -> None:
        self.events, self.rng, self.count, self.now = events, events.rng, count, now
        self.zone = events.parties.ledger.zone
        today = now.astimezone(self.zone).date()
        first = today - timedelta(days=365 * YEARS)
        self.days = [first + timedelta(days=n) for n in range((today - first).days + 1)]

    def drafts(self) -> Iterator[Draft]:
        """Exactly as many as were asked for."""
        done = 0
        for day, goal in zip(self.days, self.goals(), strict=True):
            for event in self.events_of(day, goal - done):
                drafts = event()
                if done + len(drafts) <= self.count:
                    done += len(drafts)
                    yield from drafts
        while done < self.count:
            done += 1
            yield self.events.staking()[0]

    def goals(self) -> Iterator[int]:
        """How many there are at the end of each day: more in winter and on working days."""
        weights = [
            (3 if day.weekday() < 5 else 2) * (5 if day.month in (1, 2, 3, 11, 12) else 4)
            for day in self.days
        ]
        whole = sum(weights)
        return (self.count * so_far // whole for so_far in accumulate(weights))

    def events_of(self, day: date, missing: int) -> Iterator[Event]:
        """What is due that day, and as much else as is missing, at some time of the day."""
        midnight = datetime.combine(day, time(), self.zone).astimezone(UTC)
        seconds = min(DAY, int((self.now - midnight).total_seconds()))
        planned = [(self.second(hour), event) for hour, event in self.due(day)]
        others = max(0, round((missing - len(planned)) / ROWS_PER_EVENT))
        weights = self.often()
        chosen = self.rng.choices(list(weights), list(weights.values()), k=others)
        planned += [(self.rng.randrange(max(1, seconds)), event) for event in chosen]
        self.events.day = day.toordinal()
        for second, event in sorted(planned, key=lambda plan: plan[0]):
            if second < seconds:
                self.events.at = midnight + timedelta(seconds=second)
                yield event

    def second(self, hour: int) -> int:
        return hour * 3600 + self.rng.randrange(1800)

    def due(self, day: date) -> Iterator[tuple[int, Event]]:
        """The hour, and what happens then."""
        events = self.events
        calendar: list[tuple[bool, int, Event]] = [
            (day.day == 1, 9, events.rent),
            (day.day == 4, 11, events.hosting),
            (day.day == 27, 10, events.salary),
            (day.weekday() == 0, 16, events.savings_plan),
            (day.toordinal() % 2 == 0, 8, events.staking),
        ]
        for is_due, hour, event in calendar:
            for _ in range(self.times() if is_due else 0):
                yield hour, event

    def times(self) -> int:
        """A ledger of a million has five hundred rents a month."""
        whole, rest = divmod(self.count, TYPICAL)
        return whole + (self.rng.randrange(TYPICAL) < rest)

    def often(self) -> dict[Event, int]:
        events = self.events
        return {
            events.trade: 22,
            events.swap: 18,
            events.own_transfer: 9,
            events.received: 9,
            events.withdrawn: 8,
            events.shopping: 9,
            events.paid_in_cash: 3,
            events.spam: 6,
            events.poisoning: 2,
            events.failed: 4,
            events.approval: 5,
            events.gift: 4,
            events.airdrop: 3,
            events.sold_over_the_counter: 2,
            events.lent: 1,
            events.loss: 1,
            events.adjustment: 2,
        }
