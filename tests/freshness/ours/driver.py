"""The driver for txproject: see ..driver."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from html import unescape
from itertools import count
from threading import Event
from typing import Any
from urllib.parse import urlencode

import psycopg

from launcher.programs import wheel_package, wheel_programs
from live.listener import NAME
from txproject.database import from_url, libpq_environment
from txproject.environ import BASE_DIR

from ..driver import Client, Driver, Refused, Unknown
from ..history import Shown, Values, View
from .outside import (
    CONTACTS,
    FEE,
    LABELS,
    NAMED,
    NOTE,
    REVIEWED,
    RULED,
    STRANGE,
    lines,
    moment,
)
from .parse import held, names, number_of, parsed, told
from .server import LONG_CUT, PROCESSES, Place

# seconds
PATIENCE = 10
SOON = 1
LONGEST_FAULT = 60
# After which a stream is taken for lost, as in static/js/live.js.
SILENCE = 12
# Of an import by the pages: the job of a worker that was killed is done again after 15 s.
LONG_JOB = 60
# Who waits for a lock that is never let go would wait for ever.
IMPATIENT = {"PGOPTIONS": "-c lock_timeout=3000"}
GIVEN = 12
CUT = "cut of the listeners' network"
CUT_TO_THE_END = f"{CUT}, until nobody writes"
COLUMNS = {"contact": "contact_id", "fee": "fee_amount"}
TYPES = ("withdrawal", "trade", "transfer", "reward", "airdrop", "income", "payment", "gift", "fee")
TOKEN = "c" * 32
FORM = "application/x-www-form-urlencoded"
SNAPSHOT = re.compile('data-snapshot="([0-9:,]+)"')
PART = {"HX-Request": "true", "HX-Request-Type": "partial"}
TRUTH = View("the database", added=True, truth=True)
ALL = View("all, newest", added=True)
SHOWN = View("not hidden", absent=("hidden", "1"))
# Of each view its query.
QUERIES = {
    ALL: "hidden=all&size=25",
    View("all, last page", added=True): "hidden=all&size=25&page=last",
    SHOWN: "wallet={Given}&size=50",
    View("only hidden", absent=("hidden", "0")): "wallet={Given}&hidden=only&size=50",
    View("one wallet", added=False): "wallet={Given}&hidden=all&size=25&sort=time",
    View("added ones", added=True): "wallet={Added}&size=25",
    View("new ones", absent=("reviewed", "1")): "wallet={Given}&hidden=all&review=new&size=50",
}
RULES, VIEWS = View("rules"), View("saved views")
HISTORY, BALANCE = View("history"), View("balance of a wallet")
# Of each row that is named, whose name it is.
LISTS = {RULES: "rule", VIEWS: "view"}
SELECT = f"""
    SELECT t.occurred_at, t.note, t.type, coalesce(c.name, ''), t.hidden,
        (SELECT coalesce(string_agg(l.name, ' + ') FILTER (WHERE l.name <> '{RULED}'), '')
            FROM transactions_transactionlabel tl
            JOIN transactions_label l ON l.id = tl.label_id WHERE tl.transaction_id = t.id), t.id,
        EXISTS (SELECT FROM transactions_transactionlabel tl JOIN transactions_label l
            ON l.id = tl.label_id AND l.name = '{RULED}' WHERE tl.transaction_id = t.id),
        NOT EXISTS (SELECT FROM transactions_newrow n WHERE n.transaction_id = t.id),
        coalesce(t.fee_amount::text, '')
    FROM transactions_transaction t LEFT JOIN contacts_contact c ON c.id = t.contact_id
    WHERE t.ledger_id = %s AND t.deleted_at IS NULL
"""
NAMES = "SELECT id, name FROM {table} WHERE ledger_id = %s"
TABLES = {"rule": "rules_rule", "view": "transactions_savedview"}
# What a rule did and nobody has taken back.
DID = re.compile(r'action="([^"]*/rules/effects/\d+/reverted/)"')
SEEN = r'id="t{}-review"[^>]*? value="(\d+)"'
MARK = r'id="spam-(\d+)">(?:(?!id="spam-).)*?{}'
HIDDEN_INPUT = r'<input type="hidden" name="{}" value="([^"]*)"'
ADMIN_FIELD = re.compile(r'<(?:input|textarea|select)[^>]* name="([^"]+)"[^>]*>', re.DOTALL)


class Txproject(Driver):
    views = (*QUERIES, *LISTS, HISTORY, BALANCE, TRUTH)
    ways = {
        "page": ("note", "type", "contact", "label", "hidden"),
        "page, another": ("note", "type", "contact", "label"),
        "admin": ("note", "type"),
        "ORM": ("note", "type", "contact", "fee"),
        "psql": ("note", "type", "hidden", "fee"),
        "rules, review, spam": ("ruled", "reviewed", "hidden"),
        "rules and views": ("rule", "view"),
        "rules and views, another": ("rule", "view"),
    }
    adders = ("import command", "ORM")
    comers = ("upload and undo", "deleted and restored")
    fresh: Values = {
        "note": NOTE,
        "type": "deposit",
        "contact": "",
        "label": LABELS[0],
        "hidden": "0",
        "ruled": "0",
        "reviewed": "0",
        "fee": "",
    }
    faults = (
        "SIGKILL of a server process",
        "SIGKILL of all processes",
        CUT,
        "fast restart of PostgreSQL",
        "immediate restart of PostgreSQL",
    )
    exclusive = frozenset({"label"})
    turning = frozenset({"hidden", "reviewed", "ruled"})
    numbers = count(1)
    # Each by several members at once, whose requests are then coalesced.
    followed = (*(ALL, SHOWN) * 3, *LISTS, HISTORY, BALANCE)
    keys: dict[int, int]
    slug: str

    def __init__(self, place: Place, variant: str = "") -> None:
        self.place, self.variant = place, variant
        self.begin_anew(0)

    def start(self) -> Mapping[int, Values]:
        outside = Outside.borrowed(self.place)
        self.known = outside.order("setup", slug=self.slug, rows=GIVEN, sessions=40)
        outside.give_back()
        self.sessions = list(self.known["sessions"])
        if self.variant == "standby":
            self.place.start_standby()
        self.place.serve(self.variant)
        self.looking = self.client()
        self.rows = {
            field: {key: int(row) for row, key in self.known[f"{field}s"].items()}
            for field in LISTS.values()
        }
        named = {row: {field: f"{field} {row}" for field in LISTS.values()} for row in NAMED}
        for values in named.values():
            values["fee"] = FEE
        return {row: {**self.fresh, **named.get(row, {})} for row in range(1, GIVEN + 1)}

    def stop(self) -> None:
        self.looking.close()
        self.place.stop_serving()

    def client(self) -> "User":
        return User(self, self.sessions.pop())

    def values(self, field: str, row: int) -> Iterable[str]:
        if field == "hidden" and row not in STRANGE:
            return ["1"]
        if field in self.turning:
            return ("1" if not n else f"{1 - n % 2} {n + 1}" for n in count())
        if field == "fee":
            return (str(n) for n in count(int(FEE) + 1))
        few = {"type": TYPES, "contact": CONTACTS, "label": LABELS[1:]}
        return few[field] if field in few else super().values(field, row)

    def may(self, way: str, row: int, field: str) -> bool:
        """What was reviewed would be new again, if it were written from outside."""
        if field in ("rule", "view", "ruled", "fee"):
            return row in NAMED
        if way == "rules, review, spam":
            return row in (STRANGE if field == "hidden" else REVIEWED)
        if field == "hidden":
            return row in NAMED
        return row not in REVIEWED or way.startswith("page")

    def fault(self, name: str) -> None:
        """It is over when pages are answered again: until then no open page can be current."""
        self.fail(name)
        deadline = time.monotonic() + LONGEST_FAULT
        while not self.sees_a_page_soon():
            assert time.monotonic() < deadline, f"no page after {name}"
            time.sleep(0.1)

    def sees_a_page_soon(self) -> bool:
        """An open page that took seconds waits for as many before it reads again; the first ones of
        a new primary do on a busy machine."""
        began = time.monotonic()
        return self.sees_a_page() and time.monotonic() < began + SOON

    def sees_a_page(self) -> bool:
        try:
            self.looking.read(ALL)
            return True
        except (Unknown, OSError):
            return False

    def fail(self, name: str) -> None:
        if name == "SIGKILL of all processes":
            self.place.kill_all_workers()
        elif name.startswith("SIGKILL"):
            self.place.kill_a_worker()
        elif name == CUT:
            self.place.wire.cut()
            time.sleep(LONG_CUT)
            self.place.wire.mend()
        elif name == CUT_TO_THE_END:
            self.wait_for_listeners()
            self.place.wire.cut(lost=True)
            self.place.wire.whole.wait()
        else:
            fast = name.startswith("fast")
            self.place.restart_postgres(signal.SIGINT if fast else signal.SIGQUIT)

    def wait_for_listeners(self) -> None:
        """A server process that listens for the first time after the cut has missed nothing."""
        listening = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
        with psycopg.connect(self.place.conninfo, autocommit=True) as connection:
            while connection.execute(listening, [NAME]).fetchone() != (PROCESSES,):
                time.sleep(0.1)

    def mend(self) -> None:
        self.place.wire.mend()

    def begin_anew(self, turn: int) -> None:
        """Another run, of a ledger of its own."""
        self.slug = f"checked-{next(self.numbers)}"
        self.keys = {}

    def lines(self) -> Iterable[str]:
        """What else there is to report."""
        return ()


class Outside:
    """Orders to the process of outside.py. It starts for longer than most runs take, so the runs in
    one place hand it on."""

    @classmethod
    def borrowed(cls, place: Place) -> "Outside":
        with suppress(IndexError):
            return place.idle.pop()
        return cls(place)

    def give_back(self) -> None:
        if self.process.poll() is None:
            self.place.idle.append(self)

    def __init__(self, place: Place, *options: str) -> None:
        self.place = place
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tests.freshness.ours.outside", *options],
            env=place.environment | IMPATIENT | {"DJANGO_SETTINGS_MODULE": "txproject.settings"},
            cwd=BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def order(self, do: str, **what: Any) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"do": do, **what}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline() or '{"unknown": "it has ended"}')
        if "unknown" in answer:
            raise Unknown(answer["unknown"])
        return answer["done"]

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


class User(Client):
    def __init__(self, driver: Txproject, session: str) -> None:
        self.driver, self.session = driver, session
        self.known, self.ledger = driver.known, driver.known["ledger"]
        self.base = f"/{driver.slug}/transactions/"
        self.http: http.client.HTTPConnection | None = None
        self.outside: Outside | None = None
        self.where = ""  # what was answered last led there
        self.batch = ""  # the page of the import that was made last
        self.database: psycopg.Connection[Any] | None = None

    def close(self) -> None:
        for each in (self.http, self.database):
            if each:
                each.close()
        if self.outside:
            self.outside.give_back()
            self.outside = None

    def ask(self, path: str, form: Any = None, **more: str) -> tuple[int, str]:
        """Status and text; a redirect is an answer. `more` are headers."""
        if form is None:
            return self.answer(path, None, more)
        body = urlencode(form | {"csrfmiddlewaretoken": TOKEN}, doseq=True)
        return self.answer(path, body, more | {"Content-Type": FORM})

    def send(self, path: str, name: str, content: str) -> tuple[int, str]:
        """A file."""
        fields = (
            ('name="csrfmiddlewaretoken"', TOKEN),
            (f'name="file"; filename="{name}"', content),
        )
        parts = (
            f"--{TOKEN}\r\nContent-Disposition: form-data; {field}\r\n\r\n{value}\r\n"
            for field, value in fields
        )
        kind = f"multipart/form-data; boundary={TOKEN}"
        return self.answer(path, "".join([*parts, f"--{TOKEN}--\r\n"]), {"Content-Type": kind})

    def answer(self, path: str, body: str | None, headers: Mapping[str, str]) -> tuple[int, str]:
        if self.http is None:
            place = self.driver.place
            self.http = http.client.HTTPConnection(place.host, place.port, PATIENCE)
        cookies = {"Cookie": f"sessionid={self.session}; csrftoken={TOKEN}"}
        try:
            self.http.request("GET" if body is None else "POST", path, body, {**cookies, **headers})
            answer = self.http.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            self.http.close()
            self.http = None
            raise Unknown(repr(error)) from error
        self.where = where = answer.headers.get("Location", "")
        if answer.headers.get("Connection", "").lower() == "close":
            self.http.close()
            self.http = None
        if answer.status >= 500 or "/login/" in where:
            raise Unknown(f"{answer.status} {where}")
        return answer.status, text

    def read(self, view: View) -> Shown:
        return self.truth() if view.truth else self.page(view)

    def page(self, view: View, **more: str) -> Shown:
        return self.shown(view, self.text(view, **PART, **more))

    def text(self, view: View, **headers: str) -> str:
        status, page = self.ask(f"/{self.driver.slug}/{self.path(view)}", **headers)
        if status != 200:
            raise Unknown(str(status))
        return page

    def path(self, view: View) -> str:
        wallets = self.known["wallets"]
        if view in LISTS:
            return f"{LISTS[view]}s/"
        if view is HISTORY:
            return "history/?kind=transaction"
        if view is BALANCE:
            return f"wallets/{wallets['Given']}/balance/"
        return f"transactions/?{QUERIES[view].format(**wallets)}"

    def shown(self, view: View, page: str) -> Shown:
        if view in LISTS:
            return names(page, LISTS[view], self.driver.rows[LISTS[view]])
        if view is HISTORY:
            keys = list(self.driver.keys.items())  # rows are added meanwhile
            return told(page, {key: row for row, key in keys if row <= GIVEN})
        return held(page) if view is BALANCE else parsed(page, self.driver.keys)

    def follow(self, view: View, showed: Callable[[float, Shown], None], over: Event) -> None:
        """As static/js/live.js does: many events while a page is under way ask for it once more,
        after a rest as long as it took. When the stream has ended, every other time somebody
        loads the page anew."""
        announced, lost = Event(), Event()
        with ThreadPoolExecutor(1) as pool:
            for turn in count():
                lost.clear()
                try:
                    snapshot = "" if turn % 2 else self.loaded(view, showed, announced)
                    listening = pool.submit(self.listen, snapshot, announced, lost, over)
                    self.refresh(view, showed, announced, lost, over)
                    listening.result()
                except (Unknown, OSError):
                    over.wait(0.3)
                if over.is_set():
                    return

    def loaded(self, view: View, showed: Callable[[float, Shown], None], announced: Event) -> str:
        """The page; its snapshot."""
        announced.clear()
        call = time.monotonic()
        page = self.text(view)
        showed(call, self.shown(view, page))
        return SNAPSHOT.findall(page)[0]

    def refresh(
        self,
        view: View,
        showed: Callable[[float, Shown], None],
        announced: Event,
        lost: Event,
        over: Event,
    ) -> None:
        """Until the stream is lost; what was announced before that is still asked for."""
        while not over.is_set() and not (lost.is_set() and not announced.is_set()):
            if not announced.wait(0.1):
                continue
            announced.clear()
            call = time.monotonic()
            try:
                showed(call, self.page(view, Live="all"))
                over.wait(time.monotonic() - call)
            except (Unknown, OSError):
                announced.set()
                over.wait(0.3)

    def listen(self, snapshot: str, announced: Event, lost: Event, over: Event) -> None:
        """Each event means to ask again, but the heartbeat, and the first of a stream that is told
        up to where the page knows all and says that nothing was missed since."""
        with suppress(OSError, http.client.HTTPException):
            place = self.driver.place
            stream = http.client.HTTPConnection(place.host, place.port, timeout=SILENCE)
            headers = {"Cookie": f"sessionid={self.session}"}
            query = f"?snapshot={snapshot}" if snapshot else ""
            stream.request("GET", f"/live/{self.driver.slug}/{query}", headers=headers)
            events = stream.getresponse()
            threading.Thread(target=hang_up, args=[stream, over], daemon=True).start()
            while events.status == 200 and (text := events.readline()):
                if text.strip() in (b"event: change", b"event: resync"):
                    announced.set()
        over.wait(0.3)
        lost.set()

    def truth(self) -> Shown:
        try:
            if self.database is None:
                self.database = psycopg.connect(self.driver.place.conninfo, autocommit=True)
            # From one snapshot.
            with self.database.transaction():
                self.database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                found = self.database.execute(SELECT, [self.ledger]).fetchall()
                named = self.named(self.database)
        except psycopg.Error as error:
            self.database = None
            raise Unknown(str(error)) from error
        rows = {}
        for at, note, kind, contact, hidden, label, key, ruled, reviewed, fee in found:
            number = number_of(at.isoformat())
            self.driver.keys[number] = key
            rows[number] = {
                **{"note": note, "type": kind, "contact": contact, "label": label},
                **{"hidden": str(int(hidden)), "ruled": str(int(ruled))},
                **{"reviewed": str(int(reviewed)), "fee": fee, **named.get(number, {})},
            }
        return Shown(rows)

    def named(self, database: psycopg.Connection[Any]) -> dict[int, dict[str, str]]:
        found: dict[int, dict[str, str]] = {}
        for field, table in TABLES.items():
            for key, name in database.execute(NAMES.format(table=table), [self.ledger]):
                found.setdefault(self.driver.rows[field][key], {})[field] = name
        return found

    def write(self, way: str, row: int, field: str, value: str) -> None:
        if way == "ORM":
            self.by_orm(row, field, value)
        elif way == "psql":
            self.by_psql(row, field, value)
        elif row not in self.driver.keys:
            raise Refused("no page has shown its key yet")
        elif field in LISTS.values():
            self.rename(row, field, value)
        elif field == "ruled":
            self.by_rule(row, value)
        elif way == "rules, review, spam":
            self.turn(row, field, value)
        elif way == "admin":
            self.by_admin(self.driver.keys[row], field, value)
        else:
            self.by_page(self.driver.keys[row], field, value)

    def by_page(self, key: int, field: str, value: str) -> None:
        name = {"label": "labels"}.get(field, field)
        path = f"{self.base}{key}/{name}/"
        if field == "hidden":
            return self.post(path, {"hidden": "1"})
        status, page = self.ask(path, **PART)
        if status != 200:
            raise Refused(str(status))
        if field == "label":
            was = re.findall(HIDDEN_INPUT.format("was"), page)
            labels = self.known["labels"]
            kept = [key for key in was if key == str(labels[RULED])]
            return self.post(path, {"was": was, "label": [labels[value], *kept]})
        form: dict[str, Any] = {"version": hidden(page, "version"), field: value}
        if field == "contact":
            form = {"version": form["version"], "contact_name": value, "scope": "this"}
            self.saw(input_value(page, "contact_name"))
        elif field == "note":
            self.saw(area(page, "note"))
        else:
            self.saw(chosen(page, "type"))
        return self.post(path, form)

    def rename(self, row: int, field: str, name: str) -> None:
        of = self.known["rules"][str(row)] if field == "rule" else f"v{row}"
        path = f"/{self.driver.slug}/{field}s/{of}/edit/"
        status, page = self.ask(path, **PART)
        if status != 200:
            raise Refused(str(status))
        self.saw(input_value(page, "name"))
        form = {"version": hidden(page, "version"), "name": name}
        more = {"query": f"hash=h{row}x&hidden=all", "adds": RULED, "enabled": "on"}
        self.post(path, form | (more if field == "rule" else {"whose": "ledger"}))

    def by_rule(self, row: int, value: str) -> None:
        """It is applied by a worker, and what it did is taken back."""
        path = f"/{self.driver.slug}/rules/{self.known['rules'][str(row)]}/"
        status, page = self.ask(path)
        if status != 200:
            raise Refused(str(status))
        did = DID.search(page)
        if value.startswith("0"):
            if not did:
                raise Refused("there is nothing to take back")
            return self.post(did[1], {})
        if did or not re.search(HIDDEN_INPUT.format("version"), page):
            raise Refused("there is nothing to do")
        self.post(f"{path}applied/", {"version": hidden(page, "version")})
        if not DID.search(self.at_rest(path)):
            raise Refused("the rule was changed meanwhile")

    def at_rest(self, path: str) -> str:
        deadline = time.monotonic() + LONG_JOB
        while time.monotonic() < deadline:
            _status, page = self.ask(path)
            if 'class="card under-way"' not in page:
                return page
            time.sleep(0.1)
        raise Unknown("the rule is still under way")

    def turn(self, row: int, field: str, value: str) -> None:
        if field == "reviewed":
            return self.review(self.driver.keys[row], value)
        key, address = self.known["addresses"][str(row)]
        if value.startswith("1"):
            return self.post(f"/{self.driver.slug}/spam/new/", {"address": key})
        _status, page = self.ask(f"/{self.driver.slug}/spam/")
        mark = re.search(MARK.format(address), page, re.DOTALL)
        if not mark:
            raise Refused("it is not marked")
        return self.post(f"/{self.driver.slug}/spam/{mark[1]}/removed/", {})

    def review(self, key: int, value: str) -> None:
        if not value.startswith("1"):
            return self.post(f"{self.base}{key}/reviewed/", {})
        _status, page = self.ask(f"{self.base}?hidden=all&review=new&size=50")
        seen = re.search(SEEN.format(key), page)
        if not seen:
            raise Refused("it is not new")
        return self.post(f"{self.base}{key}/reviewed/", {"seen": seen[1]})

    def post(self, path: str, form: Mapping[str, Any]) -> None:
        status, _ = self.ask(path, dict(form))
        if status in (404, 409, 422):
            raise Refused(str(status))
        if status not in (302, 303):
            raise Unknown(str(status))

    def by_admin(self, key: int, field: str, value: str) -> None:
        path = f"/admin/transactions/transaction/{key}/change/"
        status, page = self.ask(path)
        if status != 200:
            raise Refused(str(status))
        form = admin_form(page)
        if field not in form:
            raise Unknown("no such field in the form")
        self.saw(form[field][0])
        status, page = self.ask(path, form | {field: value, "_save": "Save"})
        if status == 409 or (status == 200 and "errorlist" in page):
            raise Refused(str(status))
        if status != 302:
            raise Unknown(str(status))

    def by_orm(self, row: int, field: str, value: str) -> None:
        if field == "contact":
            value = self.known["contacts"][value]
        field = COLUMNS.get(field, field)
        self.order("write", ledger=self.ledger, number=row, field=field, value=value)

    def order(self, do: str, **what: Any) -> None:
        self.outside = self.outside or Outside.borrowed(self.driver.place)
        self.outside.order(do, **what)

    def by_psql(self, row: int, field: str, value: str) -> None:
        value = {"hidden": "true"}.get(field, f"'{value}'")
        sql = (
            f"UPDATE transactions_transaction SET {COLUMNS.get(field, field)} = {value} "
            f"WHERE ledger_id = {self.ledger} AND occurred_at = '{moment(row).isoformat()}'"
        )
        psql = wheel_programs(wheel_package())[0] / "psql"
        done = subprocess.run(
            [psql, "-XqtA", "-c", sql],
            env=os.environ | IMPATIENT | libpq_environment(from_url(self.driver.place.conninfo)),
            capture_output=True,
        )
        if done.returncode:
            raise Unknown(done.stderr.decode())

    def add(self, way: str, numbers: Sequence[int]) -> None:
        if way == "upload and undo":
            self.batch = self.upload(list(numbers))
        elif way == "import command":
            self.order("command", slug=self.driver.slug, numbers=list(numbers))
        else:
            self.order("add", slug=self.driver.slug, wallet="Added", numbers=list(numbers))

    def upload(self, numbers: list[int]) -> str:
        """By the pages of imports, as far as where the import is."""
        name = f"{numbers[0]}.csv"
        status, page = self.send(f"/{self.driver.slug}/imports/new/", name, lines(numbers))
        if status != 303:
            raise Unknown(page)
        place = self.where
        self.post(place, {"wallet": "Added"})
        page = self.waited_for(place, "revision")
        self.post(f"{place}confirmed/", {"revision": hidden(page, "revision")})
        return self.waited_for(place, "")

    def waited_for(self, place: str, name: str) -> str:
        """The page as soon as it has this field; where it leads to, when it leads elsewhere."""
        deadline = time.monotonic() + LONG_JOB
        while time.monotonic() < deadline:
            status, page = self.ask(place)
            if status == 303:
                return self.where
            if status != 200:
                raise Unknown(str(status))
            if name and re.search(HIDDEN_INPUT.format(name), page):
                return page
            if 'class="card warned" role="alert"' in page:
                raise Unknown(page)
            time.sleep(0.1)
        raise Unknown(f"nothing became of {place}")

    def take_out(self, way: str, numbers: Sequence[int]) -> None:
        if way == "upload and undo":
            return self.post(f"{self.batch}undone/", {})
        for key in self.keys(numbers):
            self.post(f"{self.base}{key}/delete/", {})

    def bring_back(self, way: str, numbers: Sequence[int]) -> None:
        if way == "upload and undo":
            return self.post(f"{self.batch}redone/", {})
        return self.post(f"{self.base}deleted/", {"row": self.keys(numbers)})

    def keys(self, numbers: Sequence[int]) -> list[int]:
        if any(number not in self.driver.keys for number in numbers):
            self.truth()
        return [self.driver.keys[number] for number in numbers]


def hang_up(stream: http.client.HTTPConnection, over: Event) -> None:
    over.wait()
    if stream.sock:
        with suppress(OSError):
            stream.sock.shutdown(socket.SHUT_RDWR)


def hidden(page: str, name: str) -> str:
    found = re.search(HIDDEN_INPUT.format(name), page)
    if not found:
        raise Unknown(f"no {name}")
    return unescape(found[1])


def input_value(page: str, name: str) -> str:
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page, re.DOTALL)
    found = tag and re.search(r'value="([^"]*)"', tag[0])
    if not found:
        raise Unknown(f"no {name}")
    return unescape(found[1])


def area(page: str, name: str) -> str:
    found = re.search(rf'<textarea[^>]*name="{name}"[^>]*>\r?\n?([^<]*)</textarea>', page)
    if not found:
        raise Unknown(f"no {name}")
    return unescape(found[1])


def chosen(page: str, name: str) -> str:
    inside = re.search(rf'<select[^>]*name="{name}"(.*?)</select>', page, re.DOTALL)
    radio = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"[^>]*checked', page)
    found = inside and re.search(r'<option value="([^"]*)"\s+selected', inside[1])
    if not (found or radio):
        raise Unknown(f"no {name}")
    return (found or radio)[1]


def admin_form(page: str) -> dict[str, Any]:
    from tests.admin.helpers import Form

    return Form(page, "transaction_form").data
