"""SessionPolicy: a request begins, and is judged when it has ended."""

import gc
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from flask import Flask, appcontext_popped, appcontext_pushed, request
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.orm import object_session

from session_policy import outside
from session_policy.events import life_of
from session_policy.lives import KEY, SNAPSHOTS, Life, RolledBack, Select, Unit, current, who
from session_policy.places import UNKNOWN, Place, folder, of_view, own
from session_policy.reads import Asked, alive, are_of_two_moments, is_of_values
from session_policy.report import Report

PAGES = ("text/html", "application/json")
REMEMBERED = 1000  # pages
BETWEEN_COLLECTIONS = 10.0  # seconds


class PolicyBroken(AssertionError):
    """With what was found in the request that has just ended."""


class SessionPolicy:
    def __init__(
        self, app: Flask, engine_or_db: Any, *, raises: bool = False, patience: float = 5.0
    ) -> None:
        """`patience`: seconds after which a job's uncommitted change counts as left."""
        self.app, self.database = app, engine_or_db
        self.raises, self.patience = raises, patience
        self.reports: list[Report] = []
        self.asking: dict[str, Asked] = {}  # pages, and what they have read
        self.passed: deque[list[Select]] = deque()  # what requests have read
        self.collected = 0.0
        self.engine: Engine | None = None
        self.inner, app.wsgi_app = app.wsgi_app, self  # type: ignore[method-assign]
        own(app.root_path)
        app.extensions[KEY] = self
        app.before_request_funcs.setdefault(None, []).insert(0, self.view_is_known)
        appcontext_pushed.connect(self.context_pushed, app)
        appcontext_popped.connect(self.context_popped, app)
        outside.policies.append(weakref.ref(self))

    # a request

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        outside.has_begun = True
        unit = begun(self, environ)

        def started(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            unit.status, unit.headers, unit.answered = int(status[:3]), dict(headers), True
            return start_response(status, headers, *rest)

        token = current.set(unit)
        try:
            body = self.inner(environ, started)
        finally:
            current.reset(token)
        if not unit.contexts:
            self.judge(unit)
        return Body(unit, body)

    def view_is_known(self) -> None:
        unit = current.get()
        if unit and request.endpoint:
            unit.view = of_view(self.app.view_functions[request.endpoint])

    def context_pushed(self, *_args: Any, **_options: Any) -> None:
        if unit := current.get():
            unit.contexts += 1

    def context_popped(self, *_args: Any, **_options: Any) -> None:
        if unit := current.get():
            unit.contexts -= 1
            return
        lives, selects = outside.job_has_ended()
        if threading.current_thread() is not threading.main_thread():
            self.passed.append(selects)
        for life in lives:
            if life.changed and life.is_open():
                self.left(life, f"An application context of {who().name} has ended", ())

    def judge(self, unit: Unit) -> None:
        """When the application has answered, and again when the answer has been sent."""
        before = len(self.reports)
        unit.running = False
        self.sessions(unit)
        if not unit.judged:
            unit.judged = True
            self.page(unit)
            self.outlived(unit)
            self.idle(self.patience)
        self.raise_since(before)

    def check(self) -> None:
        """Looks at all that is open now; for the end of a test."""
        before = len(self.reports)
        self.idle(0)
        self.raise_since(before)

    def raise_since(self, before: int) -> None:
        if self.raises and self.reports[before:]:
            raise PolicyBroken("\n".join(map(str, self.reports[before:])))

    def report(self, family: str, what: str, *places: Place | None) -> None:
        report = Report(family, what, tuple(place for place in places if place))
        if report.about not in {each.about for each in self.reports}:
            self.reports.append(report)
            self.app.logger.warning("%s", report)

    # sessions

    def sessions(self, unit: Unit) -> None:
        for life in unit.lives:
            if life.is_open():
                self.left(life, f"{unit.name} has ended", unit.commits)
        if unit.status < 400:
            for seen in unit.rolled_back:
                self.lost(seen, unit.name, unit.commits)
        # They lead back to the request, which would wait for the garbage collector.
        unit.lives.clear()
        unit.rolled_back.clear()
        unit.commits.clear()

    def left(self, life: Life, when: str, commits: Iterable[Any]) -> None:
        """In the middle of a transaction."""
        accused, life.accused = life.accused, True
        if life.changed:
            self.uncommitted(life, when, commits)
        elif not accused:
            self.read_only(life, when)

    def read_only(self, life: Life, when: str) -> None:
        if life.level in SNAPSHOTS:
            self.report(
                "snapshot",
                f"{when}, and the session born at {life.born} is still in its {life.level}"
                " transaction, which sees no later change",
                life.born,
            )
        else:
            self.report(
                "identity",
                f"{when}, and the session born at {life.born} is still open: the objects that it"
                " knows are not read again",
                life.born,
            )

    def uncommitted(self, life: Life, when: str, commits: Iterable[Any]) -> None:
        self.report(
            "uncommitted",
            f"{when}, and the change made at {life.changed} is not committed; its session was born"
            f" at {life.born}{another(life, commits)}",
            life.changed,
            life.born,
        )

    def lost(self, seen: RolledBack, name: str, commits: Iterable[Any] = ()) -> None:
        self.report(
            "lost",
            f"{name}: the change made at {seen.changed} was not committed and is rolled back; its"
            f" session was born at {seen.life.born}{another(seen.life, commits)}",
            seen.changed,
            seen.life.born,
        )

    def late(self, life: Life, changed: Place, place: Place) -> None:
        self.report(
            "uncommitted",
            f"the change made at {changed} is committed after the answer, at {place}; its session"
            f" was born at {life.born}",
            changed,
            place,
            life.born,
        )

    def shared(self, life: Life, user: Unit | threading.Thread) -> None:
        if life.accused:
            return
        life.accused = True
        at_once = isinstance(life.user, Unit) and life.user.running
        self.report(
            "lost" if at_once else "identity",
            f"the session born at {life.born} is used by {life.user.name} and {user.name}"
            + (" at once" if at_once else ""),
            life.born,
        )

    def ended_by_another(self, life: Life, owner: Unit) -> None:
        self.report(
            "lost",
            f"the session born at {life.born}, in which {owner.name} works, was ended by"
            f" {who().name}; the change made at {life.changed or UNKNOWN} may be rolled back",
            life.changed,
            life.born,
        )

    def given_back(self, life: Life | None, place: Place) -> None:
        changed = life and life.changed
        what = f" with the change made at {changed}" if changed else ""
        self.report(
            "uncommitted",
            f"a connection is given back at {place} in the middle of a transaction{what}, to a"
            " pool that does not roll back",
            changed,
            place,
        )

    def idle(self, patience: float) -> None:
        """What a job has left, and changes that a request has left."""
        long_ago = time.monotonic() - patience
        for life in list(outside.lives):
            if life.touched <= long_ago and may_be_left(life) and life.is_open():
                self.left(life, left_by(life.user), ())

    # pages

    def page(self, unit: Unit) -> None:
        kind = unit.headers.get("Content-Type", "")
        if unit.method != "GET" or unit.status != 200 or not kind.startswith(PAGES):
            return
        if unit.selects:
            self.may_be_kept(unit)
            self.torn(unit)
        self.asks(unit)

    def asks(self, unit: Unit) -> None:
        """A page that has read what it does not read any more, and is as long as it was."""
        before, now = self.asking.get(unit.key), Asked(unit)
        places = before.where_not(now) if before else ()
        if places and (not unit.selects or before.length == now.length):
            what = "one SELECT" if not unit.selects else "asking for all that it shows"
            self.report(
                "kept",
                f"{unit.name} was answered without {what}; it was read before, at"
                f" {', '.join(map(str, places))}",
                *places,
                unit.view,
            )
        elif unit.selects and (before or len(self.asking) < REMEMBERED):
            self.asking[unit.key] = now

    def may_be_kept(self, unit: Unit) -> None:
        if "no-store" not in unit.headers.get("Cache-Control", ""):
            self.report(
                "browser",
                f"the answer of the view at {unit.view} has no Cache-Control: no-store",
                unit.view,
            )

    def torn(self, unit: Unit) -> None:
        counts = [each for each in unit.selects if "count(" in each.statement]
        for count in counts:
            for rows in unit.selects:
                if rows not in counts and are_of_two_moments(count, rows):
                    self.report(
                        "query",
                        f"the count of {count.place} and the rows of {rows.place} are read from"
                        " two snapshots",
                        count.place,
                        rows.place,
                    )

    def cut(self, place: Place) -> None:
        self.report("order", f"{place} cuts a page from an order that is not total", place)

    def asked(self, connection: Connection, place: Place) -> None:
        if self.engine is None:
            self.engine = engine_of(self.database)
        url, ours = connection.engine.url, self.engine.url
        if url is not ours and where(url) != where(ours):
            self.report("elsewhere", f"{place} reads from another database", place)

    # objects

    def outlived(self, unit: Unit) -> None:
        """Looked at when the next request ends, as a view may hold its rows to its end."""
        earlier = self.of_start()
        while self.passed:
            earlier += self.passed.popleft()
        self.passed.append(unit.selects)
        if alive(earlier) and self.may_collect():
            gc.collect()
            for select, rows in alive(earlier).items():
                self.still_there(select, rows)

    def of_start(self) -> list[Select]:
        """Whoever reads many plain values keeps them."""
        root = folder(self.app.root_path)
        read = [each for each in outside.at_start if each.place.file.startswith(root)]
        outside.at_start.clear()
        for select in read:
            if select.count > 1 and is_of_values(select):
                self.report(
                    "kept",
                    f"{select.place} reads before the first request; what is kept of it stays as"
                    " it was",
                    select.place,
                )
        return read

    def may_collect(self) -> bool:
        """It takes tens of milliseconds."""
        now = time.monotonic()
        if not self.raises and now - self.collected < BETWEEN_COLLECTIONS:
            return False
        self.collected = now
        return True

    def still_there(self, select: Select, rows: Iterable[object]) -> None:
        sessions = {session for row in rows if (session := object_session(row))}
        if sessions and all(life_of(session).accused for session in sessions):
            return
        self.report(
            "identity" if sessions else "kept",
            f"objects that {select.place} has read outlive their request",
            select.place,
        )


class Body:
    """The answer; what happens while it is sent and closed belongs to its request."""

    def __init__(self, unit: Unit, inner: Iterable[bytes]) -> None:
        self.unit, self.inner = unit, inner

    def __iter__(self) -> Iterator[bytes]:
        """Whoever sends it does other things between its parts."""
        inner = iter(self.inner)
        while (part := self.within(next, inner, None)) is not None:
            yield part

    def within(self, call: Callable[..., Any], *args: Any) -> Any:
        """What is called belongs to the request."""
        token = current.set(self.unit)
        try:
            return call(*args)
        finally:
            current.reset(token)

    def close(self) -> None:
        if hasattr(self.inner, "close"):
            self.within(self.inner.close)
        unit = self.unit
        if not unit.contexts and (unit.lives or unit.rolled_back or not unit.judged):
            unit.policy.judge(unit)


def begun(policy: SessionPolicy, environ: dict[str, Any]) -> Unit:
    method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
    query = environ.get("QUERY_STRING")
    return Unit(policy, f"{method} {path}", method, f"{path}?{query}" if query else path)


def engine_of(database: Any) -> Engine:
    return database if isinstance(database, Engine) else database.engine


def may_be_left(life: Life) -> bool:
    """A test reads in a session of its own."""
    if life.changed:
        return not (isinstance(life.user, Unit) and life.user.running)
    return isinstance(life.user, threading.Thread) and life.user is not threading.current_thread()


def left_by(user: Any) -> str:
    return f"{user.name} {'has ended' if isinstance(user, Unit) else 'is idle'}"


def where(url: URL) -> tuple[object, ...]:
    return url.get_backend_name(), url.host, url.port, url.database, url.query


def another(life: Life, commits: Iterable[Any]) -> str:
    places = {commit.place for commit in commits if commit.life is not life}
    return f"; another session was committed, at {', '.join(map(str, places))}" if places else ""
