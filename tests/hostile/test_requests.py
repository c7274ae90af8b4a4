"""Whatever is asked, by whomever: an answer below 500. Every URL is walked, by being there."""

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from random import Random
from typing import Any

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from ledgers.models import Ledger, Role
from tests.accounts.test_login import LOCMEM
from tests.factories import make_member, make_transaction, make_user
from tests.hostile.handler import ServedHandler
from tests.hostile.values import ALIKE, encoded, form, values
from tests.ledgers.test_access import ARGUMENTS, NAMED, arguments
from transactions.filters import TransactionFilter

# One run of the suite asks this often, `HOSTILE_REQUESTS=20000 ./dev test tests/hostile` more.
REQUESTS = int(os.environ.get("HOSTILE_REQUESTS", 250))
# What any page may read of its URL, and what the lists of transactions do besides.
PARAMETERS = ("page", "size", "sort", "next", "at", "row", "version", "do", "q", "ledger", "term")
FILTERS = tuple(TransactionFilter.base_filters)
ADMIN = (
    *("o", "p", "e", "all", "_popup", "_to_field", "_changelist_filters", "id__exact", "id__gte"),
    *("app_label", "model_name", "field_name", "action", "_selected_action", "label", "contact"),
)
HEADERS = (
    *("HX-Request", "HX-Request-Type", "HX-Target", "HX-Current-URL", "HX-Boosted", "Live", "Rows"),
    *("Referer", "Accept-Language", "Accept", "Cookie", "User-Agent", "X-Forwarded-For", "Host"),
    *("X-Forwarded-Host", "Content-Type", "If-None-Match", "If-Modified-Since", "Range", "Origin"),
    *("Last-Event-ID", "Sec-Fetch-Site"),
)
METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS")
TYPES = (
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-7",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "application/json",
    "text/plain; charset=nonsense",
    "\0",
)
UPLOAD = (
    '--x\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n'
    "Content-Type: text/csv\r\n\r\n%s\r\n--x--\r\n"
)


class Inputs(HTMLParser):
    """The fields of a page's forms with what stands in them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self.names: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name, value = found.get("name") or "", found.get("value") or ""
        if tag == "option" and self.fields and ("selected" in found or not self.fields[-1][1]):
            self.fields[-1] = (self.fields[-1][0], value)  # of the select that is open
        elif tag in {"input", "textarea", "select", "button"} and name:
            unchecked = found.get("type") in {"radio", "checkbox"} and "checked" not in found
            self.fields += [] if unchecked else [(name, value)]
            self.names.add(name)


@contextmanager
def rolled_back() -> Iterator[None]:
    """What a request has written is not there for the next one."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def all_pages_are_there(settings: Any) -> None:
    """Those too that need mail, or ask again who it is."""
    settings.MAILERS = LOCMEM
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = math.inf


@pytest.fixture
def clients(ledger: Ledger) -> dict[str, Client]:
    found = {"nobody": Client(), "root": Client()}
    root = make_user("root", is_staff=True, is_superuser=True)
    make_member(ledger, root, Role.OWNER)
    found["root"].force_login(root)
    for role in Role:
        member = make_user(role.name)
        make_member(ledger, member, role)
        found[role.name] = Client()
        found[role.name].force_login(member)
    for client in found.values():
        client.handler = ServedHandler()
    return found


@pytest.fixture
def paths(ledger: Ledger) -> dict[str, tuple[str, ...]]:
    """Every URL, with rows that are there, and its methods; the admin's of every model too."""
    make_transaction(ledger, note="a note", tx_hash="0xabc", group_key="0xabc")
    rows = {name: make(ledger) for name, make in ARGUMENTS.items()}
    found = {}
    for name, pattern in NAMED.items():
        read, write = getattr(pattern.callback, "ledger_roles", (Role.VIEWER, Role.VIEWER))
        of = {each: rows[each] for each in arguments(name)}
        if hasattr(pattern.callback, "ledger_roles"):
            of["ledger"] = ledger.slug
        path = reverse(name, kwargs=of)
        found[path] = ("GET",) * (read is not None) + ("POST",) * (write is not None)
    both = ("GET", "POST")
    for model in admin.site._registry:
        of = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found |= {reverse(f"{of}_{page}"): both for page in ("changelist", "add")}
        if row := model._default_manager.first():
            found |= {reverse(f"{of}_{page}", args=[row.pk]): both for page in ("change", "delete")}
    return found | dict.fromkeys(("/admin/", "/admin/autocomplete/", "/nowhere/"), both)


@dataclass(frozen=True)
class Target:
    """A URL, one name that its page reads, and all fields of its forms as they stand there."""

    path: str
    methods: tuple[str, ...]
    name: str
    fields: tuple[tuple[str, str], ...]


@pytest.fixture
def targets(
    clients: dict[str, Client], paths: dict[str, tuple[str, ...]]
) -> dict[bool, list[Target]]:
    """Those of the admin, and the others."""
    found: dict[bool, list[Target]] = {True: [], False: []}
    for path, methods in paths.items():
        with rolled_back():
            page = clients["root"].get(path)
            text = "" if page.streaming else page.content.decode(errors="replace")
        inputs = Inputs(text)
        fields = tuple(inputs.fields)
        names = {name for name in inputs.names if len(name) < 40} | set(PARAMETERS)
        names |= set(ADMIN) if path.startswith("/admin/") else set()
        names |= set(FILTERS) if "transactions/" in path or "totals" in path else set()
        of = found[path.startswith("/admin/")]
        of += [Target(path, methods, name, fields) for name in sorted(names)]
    return found


@st.composite
def requests(draw: Any, targets: dict[bool, list[Target]]) -> Any:
    """One field is wrong, sometimes more; the path, a header or the type of the body seldom."""
    # Evenly: numbers that hypothesis draws itself are mostly small ones.
    evenly = Random(draw(st.binary(min_size=8, max_size=8)))
    target = evenly.choice(targets[evenly.random() < 0.25])
    path, wrong = target.path, [(target.name, draw(ALIKE.get(target.name, values)))]
    unusual = draw(st.integers(0, 29))
    if unusual == 0:
        parts = path.split("/")
        parts[draw(st.integers(1, len(parts) - 1))] = encoded(draw(values))
        path = "/".join(parts)
    elif unusual == 1:
        wrong *= draw(st.sampled_from([2, 999, 1000, 1001]))
    elif unusual == 2:
        wrong += draw(st.lists(st.tuples(st.sampled_from([*PARAMETERS, *FILTERS]), values)))
    headers = dict(draw(st.lists(st.tuples(st.sampled_from(HEADERS), values), max_size=1)))
    method = draw(st.sampled_from(target.methods if unusual > 3 else METHODS))
    if method != "POST":
        return method, f"{path}?{form(wrong)}", ("", TYPES[0]), headers
    if unusual == 4:
        file = UPLOAD % (target.name, draw(values)[:300], draw(values))
        return method, path, (file, TYPES[2]), headers
    right = [field for field in target.fields if field[0] != target.name]
    kind = draw(st.sampled_from(TYPES)) if unusual == 5 else TYPES[0]
    return method, path, (form([*right, *wrong]), kind), headers


@pytest.mark.slow
def test_no_request_makes_an_error_of_the_server(
    clients: dict[str, Client], targets: dict[bool, list[Target]]
) -> None:
    """An exception that no view has foreseen would come out of the client."""

    @settings(
        max_examples=REQUESTS,
        deadline=None,
        database=None,
        print_blob=True,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def ask(data: Any) -> None:
        who = data.draw(st.sampled_from([*["root"] * 12, *sorted(clients)]))
        method, path, (body, kind), headers = data.draw(requests(targets))
        note(f"{who}: {method} {path[:300]} {headers} {kind} {body[:300]}")
        extra = {"CONTENT_TYPE": kind} if body else {}
        sent = {name: latin(value) for name, value in headers.items()}
        with rolled_back():
            cookies = clients[who].cookies.copy()
            answer = clients[who].generic(
                method, path, body.encode("utf-8", "surrogatepass"), headers=sent, **extra
            )
            clients[who].cookies = cookies
        # 503: where no server holds streams.
        assert answer.status_code < 500 or (answer.status_code, path[:6]) == (503, "/live/")

    ask()


def latin(value: str) -> str:
    """As a server hands a header on: one character for a byte, without line ends."""
    clean = value.replace("\r", "").replace("\n", "").replace("\0", "")
    return clean.encode("utf-8", "surrogatepass").decode("latin-1")[:8_000]
