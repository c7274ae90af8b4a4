"""What must hold for every page, by itself: whoever adds one has it covered, or is told here."""

import io
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from types import ModuleType

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db import connection
from django.db.models import CharField, F, Model, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts.models import Address, Contact, Wallet
from imports.models import FormatMapping, ImportBatch, Upload
from ledgers.models import Ledger, Role, User
from rules.models import Rule
from tests.factories import (
    make_address,
    make_batch,
    make_contact,
    make_ends,
    make_invitation,
    make_label,
    make_ledger,
    make_mapping,
    make_member,
    make_rule,
    make_spam,
    make_token,
    make_transaction,
    make_upload,
    make_user,
    make_view,
)
from tests.ledgers.test_access import NAMED, OF_LEDGER, path_of
from tests.live.helpers import elsewhere
from transactions.models import Asset, Label, SavedView, Transaction

pytestmark = pytest.mark.slow

OURS = {
    "accounts",
    "balances",
    "contacts",
    "history",
    "imports",
    "ledgers",
    "live",
    "rules",
    "transactions",
    "txproject",
}
MARK = "Written-Meanwhile"
READ = [name for name in OF_LEDGER if NAMED[name].callback.ledger_roles[0]]
LISTS = [
    f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    for model in admin.site._registry
    if model._meta.app_label in ("ledgers", "contacts", "imports", "transactions")
]
OPERATIONS = {"insert", "update", "delete", "truncate"}
# Forms that show nothing of any row but its date or its address, what leads to another page, and
# the stream to an open page.
SHOW_NO_TEXT = {
    "contact_import",
    "contact_new",
    "import_file",
    "import_new",
    "import_report_csv",
    "label_new",
    "ledger_start",
    "review_count",
    "search_words",
    "spam_new",
    "stream",
    "suggest_words",
    "transaction_columns",
    "transaction_delete",
    "view",
    "view_bar",
    "view_menu",
    "view_new",
    "wallet_new",
    "admin:ledgers_ledger_changelist",
    "admin:imports_sourceline_changelist",
    "admin:transactions_transferpair_changelist",
}
# Of whoever asks, not of what is shown; who may not be here any more has his streams closed.
OF_THE_REQUEST = {"auth_group", "ledgers_session", "ledgers_user"}
# Its numbers change with rows alone, which are announced.
COUNTED = {"transactions_monthcount"}


def furnish() -> Ledger:
    """A ledger with something of everything, and a member beside its owner."""
    ledger = make_ledger(owner=make_user("ana", is_staff=True, is_superuser=True), slug="house")
    make_member(ledger, make_user("ben"), Role.VIEWER)
    named = make_address(ledger, contact=make_contact(ledger))
    tx = make_transaction(ledger, counterparty=named, labels=[make_label(ledger)])
    make_transaction(ledger, counterparty=make_address(ledger))
    make_transaction(ledger, wallet=tx.wallet, deleted_at=timezone.now())
    make_batch(ledger, tx.wallet)
    make_mapping(ledger)
    make_invitation(ledger)
    make_upload(ledger)
    make_ends(ledger)
    make_view(ledger)
    make_rule(ledger)
    make_spam(ledger, asset=make_token(ledger))
    return ledger


def reader() -> Client:
    client = Client()
    client.force_login(User.objects.get(username="ana"))
    return client


def url_of(name: str, ledger: Ledger) -> str:
    return reverse(name) if ":" in name else path_of(name, ledger)


def write(ledger: Ledger) -> None:
    """Into all that pages show: names, notes, symbols; and new transactions of each address."""
    numbered = Concat(Value(MARK), Cast(F("pk"), CharField()))
    for model in (Contact, Wallet, Label, FormatMapping, SavedView, Rule):
        model.objects.filter(ledger=ledger).update(name=numbered)
    for model in (Contact, Transaction, Address):
        model.objects.filter(ledger=ledger).update(note=MARK)
    Asset.objects.filter(ledger=ledger).update(symbol=numbered)
    for model in (ImportBatch, Upload):
        model.objects.filter(ledger=ledger).update(file_name=MARK)
    User.objects.exclude(username="ana").update(username=numbered)
    for address in Address.objects.filter(ledger=ledger):
        make_transaction(ledger, counterparty=address, received=("1", f"{MARK}-new"))


def text(answer: HttpResponse) -> str:
    """Of an archive, all that is in it."""
    content = b"".join(answer)
    if answer["Content-Type"] != "application/zip":
        return content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


@pytest.mark.parametrize("name", [*READ, *LISTS])
@pytest.mark.django_db(transaction=True)
def test_second_reading_asks_again(name: str) -> None:
    ledger = furnish()
    client = reader()
    url = url_of(name, ledger)
    with CaptureQueriesContext(connection) as first:
        before = text(client.get(url))
    elsewhere(write, ledger)

    with CaptureQueriesContext(connection) as second:
        after = text(client.get(url))

    assert (MARK in before, MARK in after) == (False, name not in SHOW_NO_TEXT)
    assert len(first) > 2
    assert len(second) > 2


@pytest.fixture
def answers(db: None) -> Iterator[tuple[str, HttpResponse]]:
    """Of all pages, one after the other."""
    ledger, client = furnish(), reader()
    return ((name, client.get(url_of(name, ledger))) for name in [*READ, *LISTS])


def test_no_answer_may_be_kept(answers: Iterator[tuple[str, HttpResponse]]) -> None:
    for name, answer in answers:
        kept = {"ETag", "Last-Modified", "Age"} & answer.headers.keys()
        assert (name, "no-store" in answer.headers["Cache-Control"], kept) == (name, True, set())


def test_no_module_holds_rows(answers: Iterator[tuple[str, HttpResponse]]) -> None:
    """Not a row, not a queryset, after every page has been shown."""
    assert len(list(answers)) > 40
    ours = [module for name, module in sys.modules.items() if name.partition(".")[0] in OURS]

    held = [
        (module.__name__, name) for module in ours for name in vars(module) if holds(module, name)
    ]

    assert len(ours) > 80
    assert held == []


def holds(module: ModuleType, name: str) -> bool:
    value = getattr(module, name)
    several = value if isinstance(value, list | tuple | set | frozenset) else [value]
    several = value.values() if isinstance(value, dict) else several
    return any(isinstance(each, Model | QuerySet) for each in several)


def test_nothing_is_read_while_the_application_is_imported() -> None:
    """There is no server at this address, and whoever asked for it would fail."""
    program = """
import django
django.setup()
from django.urls import get_resolver
from django.contrib import admin
print(len(get_resolver().url_patterns), len(admin.site._registry))
import transactions.filters, transactions.forms.editors, contacts.forms.contacts, txproject.asgi
"""
    environment = {**os.environ, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    environment["DJANGO_SETTINGS_MODULE"] = "txproject.settings"

    subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=settings.BASE_DIR, check=True
    )


def test_whatever_pages_show_is_announced(answers: Iterator[tuple[str, HttpResponse]]) -> None:
    """By triggers that the database really has, on every table that is read."""
    with CaptureQueriesContext(connection) as queries:
        asked = len(list(answers))
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    named = {name for query in queries for name in re.findall(r'"(\w+)"', query["sql"])}
    shown = named & tables - OF_THE_REQUEST - COUNTED

    assert asked > 40
    assert {table for table in shown if announced(table) != OPERATIONS} == set()
    assert len(shown) >= 11


def announced(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT substring(tgname FROM 'announce_([a-z]+)') FROM pg_trigger"
            " WHERE tgrelid = %s::regclass AND tgenabled = 'O' AND tgname ~ 'announce'",
            [table],
        )
        return {operation for (operation,) in cursor.fetchall()}
