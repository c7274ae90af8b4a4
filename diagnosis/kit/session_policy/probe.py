"""Changes a value, asks the page until it follows, and says which family fits.

First the value is saved through the application's own form, where --save-url names it, and a
connection that is none of the application's looks whether it is in the database. Then it is
changed by SQL, and the page is asked. Everything is put back.
"""

import operator
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from session_policy.changes import Change, Refused
from session_policy.servers import Idle, Server
from session_policy.site import Site

PAGES, CALLS = 24, 12


@dataclass(frozen=True)
class Form:
    url: str
    fields: Mapping[str, str]
    page: str = ""  # where its hidden fields are


@dataclass
class Seen:
    """None where it was not looked at, or could not be told."""

    at_once: bool | None = None
    later: bool | None = None
    after_others: bool | None = None
    writers: list[Idle] = field(default_factory=list)
    old: int = 0
    old_later: bool = False
    old_after_others: bool | None = None
    asks: bool | None = None
    sessions: list[Idle] = field(default_factory=list)  # open ones that the page uses
    is_snapshot: bool | None = None
    copies: list[str] = field(default_factory=list)
    may_be_kept: bool = False

    def was_never_new(self) -> bool:
        return self.old == PAGES and self.old_later and self.old_after_others is not False


@dataclass
class Probe:
    site: Site
    change: Change
    server: Server
    expect: str
    other: Form | None = None
    wait: float = 1.0  # seconds
    seen: Seen = field(default_factory=Seen)

    def run(self, form: Form | None) -> Seen:
        page = self.site.get()
        if page.status != 200:
            raise Refused(f"The page was answered {page.status}: say --cookie or --login.")
        if page.shows(self.expect):
            raise Refused("The page shows that text already: choose one that stands nowhere else.")
        self.seen.may_be_kept = "no-store" not in page.caching
        if form:
            with self.put_back():
                self.save(form)
        if not form or self.seen.at_once:
            with self.put_back():
                self.old_pages()  # opens what the page leaves open
                before = self.server.idle()
                self.change.make(self.expect)
                self.ask_page(before)
        if self.seen.was_never_new():
            self.change.check_row(self.site.get().says)
        return self.seen

    @contextmanager
    def put_back(self) -> Iterator[None]:
        try:
            yield
        finally:
            self.change.put_back()

    def save(self, form: Form) -> None:
        hidden = self.site.get(form.page).hidden()
        with self.change.watching() as holds:  # open already: a late commit is a matter of ms
            answer = self.site.post(form.url, hidden | dict(form.fields))
            self.seen.at_once = holds(self.expect)
        if answer.status >= 400:
            wrong = "--save-url" if answer.status in (404, 405) else "--save-field"
            raise Refused(f"POST {form.url} was answered {answer.status}: look at {wrong}.")
        if not self.seen.at_once:
            time.sleep(self.wait)
            self.seen.later = self.change.holds(self.expect)
        if self.seen.later is False:
            self.seen.writers = [each for each in self.server.idle() if each.wrote]
            self.seen.after_others = self.call_others() and self.change.holds(self.expect)

    def call_others(self) -> bool:
        """A dozen times, so that each worker and thread has its turn."""
        if self.other:
            for _ in range(CALLS):
                self.site.submit(self.other.url, self.other.fields, self.other.page)
        return self.other is not None

    def ask_page(self, before: list[Idle]) -> None:
        seen = self.seen
        seen.old = self.old_pages()
        if not seen.old:
            return
        self.look_at_sessions(before)
        time.sleep(self.wait)
        seen.old_later = self.is_old()
        seen.copies = self.change.copies()
        if self.call_others():
            seen.old_after_others = self.is_old()

    def old_pages(self) -> int:
        return sum(map(operator.not_, self.answers()))

    def is_old(self) -> bool:
        return not all(self.answers())

    def answers(self) -> Iterator[bool]:
        return (self.site.get().shows(self.expect) for _ in range(PAGES))

    def look_at_sessions(self, before: list[Idle]) -> None:
        """An open session is the page's if a page makes it ask."""
        fresh = self.server.moment()
        activity = self.server.activity()
        begun = {each.number: each.begun for each in self.server.idle()}
        self.old_pages()
        self.seen.asks = None if activity is None else self.server.activity() != activity
        self.seen.sessions = [
            each
            for each in self.server.idle()
            if not each.begun or begun.get(each.number, each.begun) != each.begun
        ]
        self.seen.is_snapshot = is_snapshot(self.seen.sessions, before, fresh)


def is_snapshot(sessions: list[Idle], before: list[Idle], fresh: str) -> bool | None:
    """Whether one still goes back to where it did before the change. Where a fresh snapshot does
    so too, nobody can tell: any open transaction that has written, in any database, holds it."""
    known = {(each.number, each.moment) for each in before if each.moment}
    held = {each.moment for each in sessions if (each.number, each.moment) in known}
    return None if held == {fresh} else bool(held)
