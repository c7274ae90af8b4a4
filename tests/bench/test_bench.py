"""What can be told of ./dev bench without measuring."""

from importlib.util import find_spec
from types import SimpleNamespace

import pytest
from django.template import engines
from django.templatetags.static import static
from django.utils import timezone
from jinja2 import Environment, FileSystemLoader

from bench.flask_page import rows as flask
from bench.options import PARTS, parse
from ledgers.models import Ledger
from tests.factories import (
    make_address,
    make_contact,
    make_label,
    make_ledger,
    make_pair,
    make_transaction,
    make_wallet,
)
from transactions.models import NewRow, Transaction
from transactions.presentation import Presenter, other_ends
from transactions.queries.rows import ListRow, group_sizes, in_order
from transactions.queries.suspects import seen
from txproject.environ import BASE_DIR

ROWS = '{% from "transactions/rows.jinja" import rows with context %}{{ rows(groups, can_edit) }}'


def test_parts_are_run_in_their_order_and_all_of_them_exist() -> None:
    assert parse(["sql", "pages"]).parts == ["pages", "sql"]
    assert parse([]).parts == list(PARTS)
    assert all(find_spec(f"bench.parts.{name}") for name in PARTS)


def test_part_that_there_is_not_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["pages", "speed"])

    assert ended.value.code == 2
    assert "no such part: speed" in capsys.readouterr().err


def test_rows_of_the_flask_page_are_ours(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flask, "SPRITE", static("vendor/icons.svg"))
    ledger = make_ledger(time_zone="Europe/Berlin")
    shown = various(ledger)
    NewRow.objects.all().delete()
    path = "/there/?type=trade&page=2"
    with timezone.override(ledger.zone):
        groups = Presenter(ledger, path).groups(in_order([tx.pk for tx in shown], ledger.reader))
        context = {"groups": groups, "can_edit": True}
        ours = engines["jinja"].from_string(ROWS).render(context)

    environment = Environment(loader=FileSystemLoader(BASE_DIR / "templates"), autoescape=True)
    flask.prepare(environment)
    rows = [loaded(tx) for tx in shown]
    groups = flask.groups(rows, ledger.slug, ledger.time_zone, path, beside(shown))
    theirs = environment.from_string(ROWS).render(groups=groups, can_edit=True)

    assert ours.count("<tr") == len(shown)
    assert theirs == ours


def various(ledger: Ledger) -> list[Transaction]:
    """One row for each way in which a row may look."""
    contact, wallet = make_contact(ledger, "Zoë & <Sons>"), make_wallet(ledger, "Main")
    labels = [make_label(ledger, name) for name in ("b", "a", "c")]
    named, own = make_address(ledger, contact=contact), make_address(ledger, wallet=wallet)
    make_transaction(ledger, wallet=wallet, counterparty=named, labels=labels, note="two\nlines")
    make_transaction(ledger, wallet=wallet, counterparty=own, type="fee", fee=("0.1", "ETH"))
    make_transaction(ledger, wallet=wallet, counterparty=make_address(ledger), hidden=True)
    make_transaction(
        ledger, wallet=wallet, received=("0.00000001", "ETH"), counterparty=make_address(ledger)
    )
    make_transaction(
        ledger, wallet=wallet, status="failed", fee=("1.123456789012", "BTC"), contact=contact
    )
    trade = {"type": "trade", "sent": ("1234.5", "EUR"), "received": ("2", "BTC")}
    for _ in range(2):
        make_transaction(ledger, wallet=wallet, group_key="0xa", **trade)
    make_pair(ledger)
    rows = Transaction.objects.filter(ledger=ledger).for_list()
    return list(rows.latest_first())


def loaded(tx: Transaction) -> SimpleNamespace:
    """With its labels as a list, as SQLAlchemy has them."""
    names = [field.name for field in Transaction._meta.concrete_fields]
    kept = {name: tx.__dict__.get(name) for name in names}
    related = ("wallet", "sent_asset", "received_asset", "fee_asset", "contact", "counterparty")
    kept |= {name: getattr(tx, name) for name in related}
    return SimpleNamespace(**kept, labels=list(tx.labels.all()))


def beside(shown: list[Transaction]) -> flask.Beside:
    """As our own queries find it."""
    rows = [ListRow.of(tx) for tx in shown]
    ends = {
        pk: {"pair": end.pair, "id": end.id, "wallet": end.wallet, "is_to": end.is_to,
             "missing": None}
        for pk, end in other_ends([tx.pk for tx in shown]).items()
    }  # fmt: skip
    unnamed = {row.unnamed for row in rows if row.unnamed}
    return flask.Beside(seen(unnamed), {}, group_sizes(rows), ends)
