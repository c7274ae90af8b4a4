"""A whole ledger as one file, and back."""

import io
import json
import random
import zipfile
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.http import QueryDict
from django.test import Client, override_settings
from django.utils.text import slugify
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from formats.mapping import Mapping
from formats.parsing.records import ImportFailed
from history.actions import CannotRevert, revert
from history.models import Entry
from imports.archive import empty_ledger, opened, restore, written
from imports.archive import fill as archive_filled
from imports.models import UploadBlock
from imports.pipeline.report import by_line
from imports.pipeline.undo import undo, work_on
from ledgers.models import Ledger, ReviewsBy, Role, User
from live.writers import Way, writing
from rules.queries import problem_of
from rules.statements import Plan
from tests.books import FILES, files, fill, owners, rows
from tests.factories import (
    NOON,
    make_address,
    make_balance,
    make_contact,
    make_ends,
    make_label,
    make_ledger,
    make_mapping,
    make_member,
    make_pair,
    make_rule,
    make_spam,
    make_token,
    make_transaction,
    make_user,
    make_view,
    make_wallet,
)
from tests.formats.test_koinly_export import HEADER, line
from tests.imports.helpers import run
from tests.imports.uploads import encrypted, work_off
from tests.mappings import BANK_TOML
from transactions.actions.reviewing import set_reviews_by
from transactions.models import Asset, NewRow, Transaction
from transactions.queries.listing import Listing

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
PARTS = (
    *("wallets", "contacts", "addresses", "labels", "assets", "imports", "remarks"),
    *("transactions", "known", "transfers", "views", "balances", "rules", "mappings"),
    *("spam", "hidden_as_spam", "new", "history"),
)
SINCE_FIFTH = ("spam", "hidden_as_spam", "new", "history")
HAS = (2, 1, 3, 1, 6, 1, 2, 5, 0, 1, 1, 1, 1, 1, 1, 1, 4, 0)


def packed(ledger: Ledger) -> bytes:
    return b"".join(written(ledger))


def parts(data: bytes) -> dict[str, list[dict[str, Any]]]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {
            name.partition(".")[0]: [json.loads(line) for line in file.open(name)]
            for name in file.namelist()
        }


def content(data: bytes) -> dict[str, list[dict[str, Any]]]:
    """All that is in it but what the ledger is called."""
    found = parts(data)
    for row in found["ledger"]:
        del row["slug"], row["name"]
    for row in found["transactions"]:
        del row["ledger"]
    return found


def repacked(data: bytes, change: Callable[[dict[str, list[dict[str, Any]]]], None]) -> bytes:
    found = parts(data)
    change(found)
    lines = {name: [json.dumps(row) for row in rows] for name, rows in found.items()}
    names = {name: "ledger.json" if name == "ledger" else f"{name}.jsonl" for name in lines}
    return zip_of({names[name]: "\n".join([*rows, ""]) for name, rows in lines.items()})


def zip_of(members: dict[str, str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return target.getvalue()


def unpacked(data: bytes, slug: str) -> Ledger:
    return restore(io.BytesIO(data), slug).ledger


@pytest.mark.slow
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(made=st.lists(rows, max_size=6), owned=owners, some=files)
def test_whatever_a_ledger_has_comes_back(
    db: None, made: list[dict[str, Any]], owned: dict[str, str], some: set[str]
) -> None:
    ledger = make_ledger(time_zone="Europe/Berlin", keeps_files=False)
    with writing(Way.PAGE):
        fill(ledger, made, owned, some)
    data = packed(ledger)

    other = unpacked(data, f"copy-of-{ledger.slug}")

    assert content(packed(other)) == content(data)
    for wallet in some:
        assert run(other, FILES[wallet], wallet=wallet).imported == 0
    assert content(packed(ledger)) == content(data)


SAID = {
    "skipped": [{"line": 2, "reason": "the row is empty"}],
    "remarks": [{"line": 0, "column": "", "written": "", "read": "", "reason": "a remark"}],
}


@pytest.fixture
def books(ledger: Ledger) -> Ledger:
    """With something of everything."""
    run(ledger, FILES["Binance"], wallet="Binance", name="binance.csv")
    ledger.batches.update(report=by_line(SAID), remarks=1)
    cold = make_wallet(ledger, "Cold", kind="chain", archived_at="2026-01-01T00:00Z")
    maria = make_contact(ledger, "Maria", note="a friend")
    make_address(ledger, contact=maria, note="old")
    make_address(ledger, wallet=cold)
    make_address(ledger, note="nobody’s")
    label = make_label(ledger, "rent", colour="red")
    make_transaction(ledger, wallet=cold, labels=[label], contact=maria, note="by hand")
    make_transaction(ledger, wallet=cold, note="gone", deleted_at="2026-02-02T00:00Z")
    made = ledger.transactions.order_by("-pk")[:2]
    make_pair(ledger, *made, state="refused")
    Asset.objects.create(
        ledger=ledger, symbol="USDC", name="USD Coin", chain="base", contract="0x1"
    )
    make_view(ledger, "Gifts", query="type=gift")
    make_balance(ledger, wallet=cold, amount=Decimal("-1.5"), note="as the device says")
    make_rule(ledger, "Rent", query=f"label={label.pk}", adds=[label.pk], contact=maria)
    make_mapping(ledger, "My bank")
    with writing(Way.PAGE):
        mark = make_spam(ledger)
    make_transaction(ledger, wallet=cold, counterparty=mark.address, note="spam")
    return ledger


def test_pages_of_the_copy_are_those_of_the_ledger(books: Ledger, user: User) -> None:
    with opened(io.BytesIO(packed(books)), None) as archive:
        made = archive_filled(empty_ledger(archive, user), archive)
    copy = made.ledger

    assert (copy.name, copy.slug) == ("Keller family", "keller-family")
    assert copy.memberships.get().role == Role.OWNER
    assert made.rows == dict(zip(PARTS, HAS, strict=True)) | {
        "assets": books.assets.count(),
        "history": books.history.exclude(kind="membership").count(),
    }
    (batch,) = copy.batches.all()
    (before,) = books.batches.all()
    assert (batch.file_name, batch.imported_at) == ("binance.csv", before.imported_at)
    row = copy.transactions.get(note="by hand")
    assert (row.batch, row.contact.name, row.labels.get().colour) == (None, "Maria", "red")
    assert copy.transactions.deleted().get().note == "gone"
    assert copy.uid != books.uid


def test_decisions_about_transfers_come_back(ledger: Ledger) -> None:
    run(ledger, FILES["Binance"], wallet="Binance", name="binance.csv")
    undo(ledger.batches.get(), None, keep=False)
    make_pair(ledger)
    make_pair(ledger, *make_ends(ledger), state="refused")

    copy = unpacked(packed(ledger), "copy")

    for state in ("accepted", "refused"):
        before, after = (each.transfers.get(state=state) for each in (ledger, copy))
        assert after.decided_at == before.decided_at
        assert [str(row) for row in (after.sent, after.received)] == [
            str(row) for row in (before.sent, before.received)
        ]
    assert copy.transfers.standing().count() == 1


def fifth(found: Any) -> None:
    """As version 5 wrote it, without mappings, and what undoing an import needs."""
    for part in ("mappings", "known"):
        del found[part], found["ledger"][0]["rows"][part]
    for row in found["transactions"]:
        del row["parent"]
    found["ledger"][0]["version"] = 5


def fourth(found: Any) -> None:
    """As version 4 wrote it, without spam, reviews and history."""
    fifth(found)
    for part in SINCE_FIFTH:
        del found[part], found["ledger"][0]["rows"][part]
    del found["ledger"][0]["reviews_by"]
    found["ledger"][0]["version"] = 4


def third(found: Any) -> None:
    """As version 3 wrote it, without stated balances and rules."""
    fourth(found)
    for part in ("balances", "rules"):
        del found[part], found["ledger"][0]["rows"][part]
    found["ledger"][0]["version"] = 3


def second(found: Any) -> None:
    """As version 2 wrote it, with the report of each import in one line."""
    for row in found["imports"]:
        row["report"] = {}
    lists = {"skipped": "skipped", "error": "errors", "remark": "remarks"}
    for row in found.pop("remarks"):
        report = found["imports"][row["import"] - 1]["report"]
        report.setdefault(lists[row["kind"]], []).append(row["said"])
    third(found)
    del found["views"], found["ledger"][0]["rows"]["views"]
    del found["ledger"][0]["rows"]["remarks"]
    found["ledger"][0]["version"] = 2


def oldest(found: Any) -> None:
    second(found)
    del found["transfers"], found["ledger"][0]["rows"]["transfers"]
    found["ledger"][0]["version"] = 1


def test_archive_of_the_version_before_is_read(books: Ledger) -> None:
    data = packed(books)

    copy = unpacked(repacked(data, fifth), "copy")

    before, after = content(data), content(packed(copy))
    for part in set(PARTS) - {"mappings"}:
        assert after[part] == before[part]
    assert not copy.mappings.exists()


def test_archive_of_the_second_version_is_read(books: Ledger) -> None:
    data = packed(books)

    copy = unpacked(repacked(data, second), "copy")

    before, after = content(data), content(packed(copy))
    gone = {"views", "balances", "rules", "mappings", *SINCE_FIFTH}
    for part in set(PARTS) - gone:
        assert after[part] == before[part]
    assert not any(after[part] for part in gone)
    assert copy.batches.get().remarks == books.batches.get().remarks


def test_archive_of_the_third_version_is_read(books: Ledger) -> None:
    copy = unpacked(repacked(packed(books), third), "copy")

    assert copy.views.exists()
    assert not copy.stated_balances.exists()


def test_archive_of_the_first_version_is_read(books: Ledger) -> None:
    copy = unpacked(repacked(packed(books), oldest), "copy")

    assert copy.transactions.count() == books.transactions.count()
    assert not copy.transfers.exists()
    assert not copy.views.exists()


def test_mappings_come_back_and_read_the_same_files(ledger: Ledger, user: User) -> None:
    table = "Day,Sum\n2024-01-31,1.5\n"
    one = make_mapping(ledger, "My bank", created_by=user)
    make_mapping(ledger, "Their bank", mapping=Mapping.from_toml(BANK_TOML).as_dict())
    run(ledger, table, wallet="Bank")

    copy = unpacked(packed(ledger), "copy")

    assert list(copy.mappings.values_list("name", "mapping", "created_at")) == list(
        ledger.mappings.values_list("name", "mapping", "created_at")
    )
    assert copy.mappings.get(name="My bank").created_at == one.created_at
    assert copy.batches.get().format == "mapping:My bank"
    assert run(copy, table, wallet="Bank").duplicates == 1
    assert run(copy, table.replace("1.5", "2"), wallet="Bank").imported == 1


def test_mapping_of_that_name_that_is_there_is_not_overwritten(books: Ledger) -> None:
    """As with all that a ledger has: whoever wrote it chooses another ledger."""
    data, other = packed(books), make_ledger(slug="other")
    mine = make_mapping(other, "My bank", mapping=Mapping.from_toml(BANK_TOML).as_dict())

    with pytest.raises(ImportFailed, match="“other” is not empty: it has mappings"):
        unpacked(data, "other")

    assert other.mappings.get().mapping == mine.mapping
    assert not other.wallets.exists()


def test_views_of_all_come_back_and_filter_by_the_same(ledger: Ledger, user: User) -> None:
    """By other keys: each ledger has rows of its own."""
    make_wallet(make_ledger())
    run(ledger, FILES["Binance"], wallet="Binance", name="binance.csv")
    row, other = make_transaction(ledger), make_label(ledger, "none")
    label, contact = make_label(ledger, "rent"), make_contact(ledger, "Maria")
    row.labels.add(label, through_defaults={"ledger": ledger})
    batch, keys = ledger.batches.get(), {"contact": contact.pk, "batch": ledger.batches.get().pk}
    lists = {
        "second": f"wallet={row.wallet_id}&label={label.pk}&label={other.pk}&label=none",
        "first": f"contact={keys['contact']}&contact_not=1&batch={batch.pk}&columns=time,hash",
        "gone": "wallet=999999999&size=100",
        "все": "",
    }
    for place, (name, query) in enumerate(lists.items()):
        view = make_view(ledger, name, query=query, place=9 - place)
        view.slug = slugify(name, allow_unicode=True)
        view.save()
    make_view(ledger, "mine", owner=user)
    make_view(ledger, "deleted", deleted_at=NOON)

    copy = unpacked(packed(ledger), "copy")

    assert [view.name for view in copy.views.all()] == ["все", "gone", "first", "second"]
    assert [view.slug for view in copy.views.all()] == ["все", "gone", "first", "second"]
    queries = {view.name: QueryDict(view.query) for view in copy.views.all()}
    wallet, batch = copy.wallets.get(name=row.wallet.name), copy.batches.get()
    labels = {str(each.pk) for each in copy.labels.filter(name__in=["rent", "none"])}
    assert {*queries["second"].getlist("label")} == {*labels, "none"}
    assert queries["second"]["wallet"] == str(wallet.pk) != str(row.wallet_id)
    assert queries["first"].dict() == {
        "contact": str(copy.contacts.get().pk),
        "contact_not": "1",
        "batch": str(batch.pk),
        "columns": "time,hash",
    }
    assert queries["gone"].dict() == {"wallet": "0", "size": "100"}
    assert content(packed(copy)) == content(packed(ledger))
    for name, query in lists.items():
        listed = Listing.of(ledger, QueryDict(query)).rows.count()
        assert Listing.of(copy, queries[name]).rows.count() == listed, name


def test_rules_come_back_and_do_the_same(ledger: Ledger, user: User) -> None:
    """By other keys; one that names what is gone is of no use here either."""
    make_label(make_ledger())
    label, contact = make_label(ledger, "rent"), make_contact(ledger, "Maria")
    kept = {"query": f"contact={contact.pk}", "type": "gift", "hides": True, "appends": True}
    make_rule(ledger, "first", adds=[label.pk], contact=contact, enabled=False, **kept)
    make_rule(ledger, "gone", takes=[999999])
    make_rule(ledger, "deleted", deleted_at=NOON)

    copy = unpacked(packed(ledger), "copy")

    first, gone = copy.rules.all()
    assert first.adds == [copy.labels.get().pk] != [label.pk]
    assert (first.contact, first.query) == (made := copy.contacts.get(), f"contact={made.pk}")
    assert (first.enabled, first.type, first.hides, first.appends) == (False, "gift", True, True)
    assert (gone.takes, problem_of(gone)) == ([0], "A label that it names is not there any more.")
    assert content(packed(copy)) == content(packed(ledger))


def test_marks_of_spam_come_back_and_show_what_they_hid(ledger: Ledger) -> None:
    address, token = make_address(ledger), make_token(ledger)
    make_transaction(ledger, counterparty=address, note="by a person", hidden=True)
    make_transaction(ledger, counterparty=address, note="by both", received=(1, token))
    make_transaction(ledger, counterparty=address, note="shown again")
    make_spam(ledger, address=address)
    make_spam(ledger, asset=token)
    make_spam(ledger)  # of an address that has no rows
    ledger.transactions.filter(note="shown again").update(hidden=False)

    copy = unpacked(packed(ledger), "copy")

    assert content(packed(copy)) == content(packed(ledger))
    assert notes_of(copy, hidden=True) == {"by a person", "by both"}
    make_transaction(copy, counterparty=copy.addresses.get(shown=address.shown), note="later")
    assert "later" in notes_of(copy, hidden=True)
    copy.spam.filter(address__shown=address.shown).delete()
    assert notes_of(copy, hidden=True) == {"by a person", "by both"}
    copy.spam.exclude(asset=None).delete()
    assert notes_of(copy, hidden=True) == {"by a person"}


def notes_of(ledger: Ledger, **of: Any) -> set[str]:
    return set(ledger.transactions.filter(**of).values_list("note", flat=True))


def test_what_waits_for_each_person_comes_back(ledger: Ledger, user: User) -> None:
    """For those of that name who are members of the ledger that is filled."""
    make_member(ledger, ben := make_user("ben"), Role.ANNOTATOR)
    set_reviews_by(ledger, ReviewsBy.PERSON)
    for note in ("of both", "of nobody", "of Ben", "deleted"):
        make_transaction(ledger, note=note)
    waiting = NewRow.objects.filter(ledger=ledger)
    waiting.filter(transaction__note="of nobody").delete()
    waiting.filter(transaction__note="of Ben", reader=user.pk).delete()
    ledger.transactions.filter(note="deleted").update(deleted_at=NOON)
    other = make_ledger(slug="other", owner=user)
    make_member(other, ben, Role.EDITOR)
    alone = make_ledger(slug="alone")

    unpacked(packed(ledger), "other")
    unpacked(packed(ledger), "alone")

    other.refresh_from_db()
    assert other.reviews_by == ReviewsBy.PERSON
    assert content(packed(other)) == content(packed(ledger))
    told = NewRow.objects.filter(ledger=other, listed=True).order_by("pk")
    assert list(told.values_list("transaction__note", "reader")) == [
        ("of both", user.pk),
        ("of both", ben.pk),
        ("of Ben", ben.pk),
    ]
    assert not NewRow.objects.filter(ledger=alone).exists()


@pytest.fixture
def told(books: Ledger, user: User) -> Ledger:
    """The books, in which Ana has taken a label off, and changed an amount."""
    row = books.transactions.get(note="by hand")
    with writing(Way.PAGE, user):
        row.relabel(add=[], remove=[books.labels.get().pk])
        books.transactions.filter(pk=row.pk).update(received_amount=Decimal("0.10"), note="mine")
    return books


def test_history_comes_back(told: Ledger) -> None:
    make_label(make_ledger())

    copy = unpacked(packed(told), "copy")

    assert content(packed(copy)) == content(packed(told))
    row, rent = copy.transactions.get(note="mine"), copy.labels.get(name="rent")
    by_ana = copy.history.filter(writer="ana", kind=Entry.Kind.TRANSACTION).order_by("pk")
    assert {(each.object_id, each.way, each.by) for each in by_ana} == {(row.pk, Way.PAGE, None)}
    unlabelled, changed = by_ana
    assert unlabelled.changes == {"label": [{"id": rent.pk, "name": "rent"}, None]}
    assert changed.changes["received_amount"] == [1, "0.10"]


def test_rule_of_a_restored_ledger_leaves_what_a_person_has_written(told: Ledger) -> None:
    copy = unpacked(packed(told), "copy")
    rule = make_rule(copy, "All", query="", adds=[copy.labels.get(name="rent").pk])

    Plan(rule, copy.transactions.alive()).write()

    assert not copy.transactions.get(note="mine").labels.exists()
    assert copy.transactions.filter(labels__name="rent").exists()


def test_what_came_with_an_archive_is_not_taken_back(told: Ledger, user: User) -> None:
    copy = unpacked(packed(told), "copy")
    member = make_member(copy, user, Role.OWNER)

    with pytest.raises(CannotRevert, match="came with an archive"):
        revert(copy.history.filter(writer="ana"), member, whole=True)

    assert not copy.transactions.get(note="mine").labels.exists()


def test_history_of_what_stays_behind_is_not_in_it(told: Ledger, user: User) -> None:
    with writing(Way.PAGE, user):
        told.transactions.exclude(batch=None).update(note="seen")
        told.labels.all().delete()
    undo(told.batches.get(), None, keep=False)

    copy = unpacked(packed(told), "copy")

    assert content(packed(copy)) == content(packed(told))
    assert not copy.history.filter(changes__note__1="seen").exists()
    gone = copy.history.get(kind=Entry.Kind.LABEL, deed=Entry.Deed.REMOVED)
    assert (gone.object_id, gone.name) == (0, "rent")


def test_ledger_that_has_views_is_not_empty(books: Ledger) -> None:
    other = make_ledger(slug="other")
    make_view(other, "mine")

    with pytest.raises(ImportFailed, match="it has saved views"):
        unpacked(packed(books), "other")


@pytest.mark.parametrize(
    "report", [[], {"skipped": [{}]}, {"skipped": [1]}, {"errors": [{"line": 1}]}]
)
def test_report_in_one_line_is_looked_at_too(books: Ledger, report: Any) -> None:
    def change(found: Any) -> None:
        second(found)
        found["imports"][0]["report"] = report

    with pytest.raises(ImportFailed, match="line 1: report: "):
        unpacked(repacked(packed(books), change), "copy")


def test_what_people_did_is_still_told_from_what_a_file_said(books: Ledger, user: User) -> None:
    row = books.transactions.filter(batch__isnull=False).first()
    row.relabel(add=[books.labels.get().pk], remove=[])
    copy = unpacked(packed(books), "copy")
    batch = copy.batches.get()

    assert work_on(batch).rows == 1
    undo(batch, None, keep=True)
    assert copy.transactions.alive().filter(batch=batch).count() == 1
    assert run(copy, FILES["Binance"], wallet="Binance").imported == 3


def test_rows_that_were_kept_when_their_import_was_undone_come_along(
    books: Ledger, user: User
) -> None:
    row = books.transactions.filter(batch__isnull=False).first()
    row.relabel(add=[books.labels.get().pk], remove=[])
    undo(books.batches.get(), None, keep=True)
    kept = books.transactions.alive().count()

    copy = unpacked(packed(books), "copy")

    assert copy.transactions.alive().count() == kept
    assert copy.transactions.alive().exclude(batch=None).count() == 1


def test_undone_imports_stay_behind(books: Ledger) -> None:
    undo(books.batches.get(), None, keep=False)

    copy = unpacked(packed(books), "copy")

    assert not copy.batches.exists()
    assert copy.transactions.count() == 3


def test_undoing_in_a_copy_takes_the_same_rows(ledger: Ledger, user: User) -> None:
    first, second = (line("transfer", "1,BTC", "1,BTC", "K", "Cold", id=name) for name in "AB")
    run(ledger, f"{HEADER}\n{first}\n{second}\n", wallet="")
    run(ledger, f"{HEADER}\n{second}\n", wallet="")

    copy = unpacked(packed(ledger), "copy")
    undo(copy.batches.earliest("pk"), user, keep=False)

    assert copy.transactions.alive().count() == 2
    assert {row.group_key for row in copy.transactions.alive()} == {"B"}
    assert run(copy, f"{HEADER}\n{first}\n", wallet="").transactions == 2
    assert copy.transactions.count() == 4


def test_who_imported_is_kept_as_text(books: Ledger, user: User) -> None:
    books.batches.update(imported_by=user)

    copy = unpacked(packed(books), "copy")

    batch = copy.batches.get()
    assert (batch.imported_by, batch.imported_by_name) == (None, "ana")
    assert parts(packed(copy))["imports"][0]["imported_by"] == "ana"


def test_ledger_that_has_something_is_refused(books: Ledger) -> None:
    data = packed(books)
    other = make_ledger(slug="other")
    make_label(other, "mine")

    with pytest.raises(ImportFailed, match="“other” is not empty: it has labels"):
        unpacked(data, "other")

    assert not other.wallets.exists()


def test_empty_ledger_keeps_its_name_and_takes_the_settings(books: Ledger) -> None:
    Ledger.objects.filter(pk=books.pk).update(time_zone="Asia/Tokyo", keeps_files=False)
    other = make_ledger(slug="other", name="Mine")

    unpacked(packed(books), "other")

    other.refresh_from_db()
    assert (other.name, other.time_zone, other.keeps_files) == ("Mine", "Asia/Tokyo", False)


def first(part: str, **values: Any) -> Callable[[Any], None]:
    def change(found: Any) -> None:
        found[part][0] |= values

    return change


def twice(found: Any) -> None:
    found["transactions"].append(found["transactions"][0])
    found["ledger"][0]["rows"]["transactions"] += 1


def one_more_mapping(found: Any) -> None:
    found["mappings"].append(found["mappings"][0] | {"name": "MY BANK"})
    found["ledger"][0]["rows"]["mappings"] += 1


def without(part: str, name: str) -> Callable[[Any], None]:
    def change(found: Any) -> None:
        del found[part][0][name]

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (first("ledger", format="x"), "ledger.json, line 1: format: this is no archive"),
        (first("ledger", version=7), "ledger.json, line 1: version: this version is not known"),
        (first("ledger", views=[]), "ledger.json, line 1: views: the field is not known here"),
        (first("ledger", rows={}), "ledger.json, line 1: rows:"),
        (first("ledger", name=""), "ledger.json, line 1: name: it is empty"),
        (first("ledger", name="x" * 101), "name: it has 101 characters"),
        (first("ledger", time_zone="Moon"), "time_zone: There is no time zone"),
        (first("ledger", keeps_files=1), "keeps_files: this is neither true nor false"),
        (without("ledger", "name"), "ledger.json, line 1: name: the field is missing"),
        (first("wallets", kind="bank"), "wallets.jsonl, line 1: kind: “bank” is none of"),
        (first("wallets", colour="red"), "wallets.jsonl, line 1: colour: the field is not known"),
        (first("wallets", archived_at="soon"), "archived_at: this is no time"),
        (first("wallets", name="cold"), "wallets: what stands there does not fit together"),
        (first("contacts", name="a\0"), "contacts.jsonl, line 1: name: this is no text"),
        (first("contacts", note=None), "contacts.jsonl, line 1: note: this is no text"),
        (first("addresses", contact="Eve"), "addresses.jsonl, line 1: contact: there is no “Eve”"),
        (first("addresses", address="x"), "addresses.jsonl, line 1: address: "),
        (first("labels", colour="#f00"), "labels.jsonl, line 1: colour: "),
        (first("assets", chain="x" * 51), "assets.jsonl, line 1: chain: it has 51"),
        (first("assets", contract="0x2"), "assets: what stands there does not fit together"),
        (first("imports", number=7), "imports.jsonl, line 1: number: "),
        (first("imports", lines=-1), "imports.jsonl, line 1: lines: this is no count"),
        (first("imports", lines=1), "imports: what stands there does not fit together"),
        (first("imports", wallet="Bank"), "imports.jsonl, line 1: wallet: there is no “Bank”"),
        (first("imports", report=[]), "imports.jsonl, line 1: report: the field is not known"),
        (first("remarks", **{"import": 2}), "remarks.jsonl, line 1: import: there is no import 2"),
        (first("remarks", kind="x"), "remarks.jsonl, line 1: kind: “x” is none of"),
        (first("remarks", said=[]), "remarks.jsonl, line 1: said: this is not what stands here"),
        (first("remarks", said={"line": 1}), "remarks.jsonl, line 1: said: this is not what"),
        (first("remarks", said={"line": 1, "reason": 2}), "line 1: said: this is not what"),
        (lambda found: found["remarks"].extend(found["remarks"]), "remarks.jsonl has "),
        (first("imports", header=["\0"]), "imports.jsonl, line 1: header: "),
        (first("imports", seconds="1"), "imports.jsonl, line 1: seconds: this is no number"),
        (first("transfers", sent=99), "transfers.jsonl, line 1: sent: there is no transaction in"),
        (first("transfers", sent=2, received=2), "transfers: what stands there does not fit"),
        (first("transfers", state="x"), "transfers.jsonl, line 1: state: “x” is none of"),
        (lambda found: found.pop("transfers"), "There is no transfers.jsonl in it"),
        (first("views", slug="new"), "views.jsonl, line 1: slug: this cannot stand in a URL"),
        (first("views", slug="a b"), "views.jsonl, line 1: slug: this cannot stand in a URL"),
        (first("views", query=[]), "views.jsonl, line 1: query: this is not what stands here"),
        (first("views", query={"x": ["1"]}), "line 1: query: this is not what stands here"),
        (first("views", query={"type": "gift"}), "line 1: query: this is not what stands here"),
        (first("views", query={"type": [1]}), "line 1: query: this is not what stands here"),
        (first("views", query={"type": [None]}), "line 1: query: this is not what stands here"),
        (first("views", query={"wallet": ["Bank"]}), "line 1: query: there is no “Bank” in"),
        (first("views", query={"q": ["x" * 5000]}), "line 1: query: this is not what stands"),
        (first("mappings", name=""), "mappings.jsonl, line 1: name: it is empty"),
        (first("mappings", name="x" * 41), "mappings.jsonl, line 1: name: it has 41 characters"),
        (first("mappings", mapping=[]), "line 1: mapping: this is not what stands here"),
        (first("mappings", mapping={"x": 1}), "line 1: mapping: x: “x” is none of"),
        (first("mappings", mapping={"columns": {}}), "line 1: mapping: columns.time: say which"),
        (one_more_mapping, "mappings: what stands there does not fit together"),
        (first("balances", wallet="Bank"), "wallet: there is no “Bank” in the archive"),
        (first("balances", contract="0x9"), "symbol: there is no “ETH” in the archive"),
        (first("balances", amount="NaN"), "line 1: amount: this is no number"),
        (first("balances", amount="x"), "line 1: amount: this is no number"),
        (first("balances", amount="1e78"), "balances: what stands there does not fit together"),
        (first("rules", adds=["x"]), "rules.jsonl, line 1: adds: there is no “x” in the archive"),
        (first("rules", contact=[1]), "rules.jsonl, line 1: contact: there is no “1” in the arch"),
        (first("rules", type="x"), "rules.jsonl, line 1: type: “x” is none of"),
        (first("spam", address="x"), "spam.jsonl, line 1: address: "),
        (first("spam", address=None), "spam.jsonl, line 1: symbol: there is no “” in the archive"),
        (first("hidden_as_spam", mark=2), "line 1: mark: there is no mark of spam in line 2"),
        (first("hidden_as_spam", transaction=0), "transaction: there is no transaction in line 0"),
        (first("new", why="x"), "new.jsonl, line 1: why: “x” is none of"),
        (first("ledger", reviews_by="x"), "reviews_by: “x” is none of"),
        (first("history", kind="membership"), "history.jsonl, line 1: kind: “membership” is none"),
        (first("history", act=0), "history.jsonl, line 1: act: this is no count"),
        (first("history", row=99), "history.jsonl, line 1: row: there is no such line"),
        (first("history", row="1"), "history.jsonl, line 1: row: there is no such line"),
        (
            first("history", kind="wallet", changes={"uid": [1, 2]}),
            "changes: this is not what stands here",
        ),
        (
            first("history", kind="wallet", changes={"name": [1]}),
            "changes: this is not what stands here",
        ),
        (
            first("history", kind="wallet", changes={"name": [[["x"]], 1]}),
            "changes: this is not what stands",
        ),
        (first("history", kind="wallet", changes={"archived_at": [1, 2]}), "line 1: changes: "),
        (
            first("history", kind="balance", changes={"amount": ["1e999999999", None]}),
            "changes: this is not what stands",
        ),
        (first("views", name=""), "views.jsonl, line 1: name: it is empty"),
        (first("transactions", type="x"), "transactions.jsonl, line 1: type: “x” is none of"),
        (first("transactions", wallet="Bank"), "line 1: wallet: there is no “Bank” in the archive"),
        (first("transactions", hidden="yes"), "line 1: hidden: this is neither true nor false"),
        (first("transactions", date="now"), "transactions.jsonl, line 1: date: "),
        (first("transactions", date=None), "line 1: date: this is no text"),
        (first("transactions", sent_amount=1.5), "line 1: sent_amount: this is no text"),
        (first("transactions", **{"import": 2}), "line 1: import: there is no import 2"),
        (first("transactions", source_keys=[]), "line 1: source_keys: "),
        (first("transactions", source_lines=[1]), "line 1: source_lines: there is not one line"),
        (first("transactions", source_cells=[]), "line 1: source_cells: "),
        (
            first("transactions", source_lines=[1, 2, 3], source_cells=[["a"], ["b"], [1]]),
            "line 1: source_cells: there are not the cells",
        ),
        (first("transactions", parent=1), "line 1: parent: it is not a line before"),
        (first("transactions", parent="x"), "line 1: parent: this is no count"),
        (first("transactions", deleted_at="never"), "line 1: deleted_at: this is no time"),
        (first("transactions", labels_of_people="x"), "labels_of_people: this is no list"),
        (lambda found: found["labels"].clear(), "labels.jsonl has 0 lines, and ledger.json says 1"),
        (
            twice,
            "transactions: what stands there does not fit together",
        ),
        (lambda found: found.pop("assets"), "There is no assets.jsonl in it"),
        (lambda found: found.update({"../views": []}), "not known here: “../views.jsonl”"),
    ],
)
def test_archive_that_is_not_as_it_should_be_changes_nothing(
    books: Ledger, change: Callable[[Any], None], reason: str
) -> None:
    data = repacked(packed(books), change)

    with pytest.raises(ImportFailed) as failure:
        unpacked(data, "copy")

    assert reason in str(failure.value)
    assert not Ledger.objects.filter(slug="copy").exists()


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flipped(data: bytes) -> bytes:
    """A byte of the largest part."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        largest = max(file.infolist(), key=lambda info: info.compress_size)
    at = largest.header_offset + largest.compress_size // 2
    return data[:at] + bytes([data[at] ^ 255]) + data[at + 1 :]


def packed_otherwise(method: int) -> Callable[[bytes], bytes]:
    """With another method, and a byte of its largest part wrong."""

    def spoil(data: bytes) -> bytes:
        made = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", method) as new:
            for name in old.namelist():
                new.writestr(name, old.read(name))
        return flipped(made.getvalue())

    return spoil


def named_wrongly(data: bytes) -> bytes:
    """A name that says it is UTF-8 and is not."""
    made = io.BytesIO(data)
    with zipfile.ZipFile(made, "a") as file:
        file.writestr("é", b"")
    return made.getvalue().replace("é".encode(), b"\xff\xff")


@pytest.mark.parametrize(
    "spoil",
    [
        *(lambda data: b"", lambda data: b"no ZIP", cut, flipped, encrypted, named_wrongly),
        *map(packed_otherwise, (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)),
    ],
)
def test_file_that_is_no_archive_changes_nothing(
    books: Ledger, spoil: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(ImportFailed):
        unpacked(spoil(packed(books)), "copy")

    assert not Ledger.objects.filter(slug="copy").exists()


def test_archive_that_unpacks_to_more_than_is_taken(books: Ledger, user: User) -> None:
    def blown_up(found: Any) -> None:
        found["contacts"][0]["note"] = "x" * (2 << 20)

    data = repacked(packed(books), blown_up)
    assert len(data) < 100_000

    with pytest.raises(ImportFailed, match="larger than 1 MB"), opened(io.BytesIO(data), 1 << 20):
        pass


def test_line_without_an_end_is_not_read_to_it(books: Ledger) -> None:
    def endless(found: Any) -> None:
        found["contacts"][0]["note"] = "x" * (65 << 20)

    with pytest.raises(ImportFailed, match="line 1 is longer than 64 MB"):
        unpacked(repacked(packed(books), endless), "copy")


def test_owner_downloads_it_and_makes_a_ledger_of_it(client: Client, books: Ledger) -> None:
    page = client.get(f"/{books.slug}/settings/").content.decode()
    assert f'href="/{books.slug}/archive/"' in page
    answer = client.get(f"/{books.slug}/archive/")
    data = b"".join(answer)
    assert answer.headers["Content-Type"] == "application/zip"

    file = io.BytesIO(data)
    file.name = "keller.zip"
    answer = client.post("/new/archive/", {"file": file}, follow=True)

    assert answer.redirect_chain == [
        ("/keller-family/", 303),
        ("/keller-family/transactions/", 303),
    ]
    assert "5 transactions are back." in answer.content.decode()
    copy = Ledger.objects.get(slug="keller-family")
    assert content(packed(copy)) == content(data)


def brought(client: Client, data: bytes) -> Any:
    file = io.BytesIO(data)
    file.name = "keller.zip"
    return client.post("/new/archive/", {"file": file})


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that it is a job."""
    monkeypatch.setattr("imports.views.archive.MANY", 3)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("few")
def test_many_rows_are_a_job(client: Client, books: Ledger) -> None:
    data = packed(books)
    upload = brought(client, data).headers["Location"]
    copy = Ledger.objects.get(slug="keller-family")
    page = client.get(upload).content.decode()
    assert "About to be imported" in page
    assert not copy.transactions.exists()

    work_off()

    assert client.get(upload).headers["Location"] == copy.get_absolute_url()
    assert content(packed(copy)) == content(data)
    assert not UploadBlock.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("few")
def test_job_that_cannot_be_done_leaves_the_ledger_empty(client: Client, books: Ledger) -> None:
    upload = brought(client, repacked(packed(books), first("transfers", state="x")))
    copy = Ledger.objects.get(slug="keller-family")

    work_off()

    page = client.get(upload.headers["Location"]).content.decode()
    assert "transfers.jsonl, line 1: state: “x” is none of" in page
    assert not copy.transactions.exists()
    assert not copy.wallets.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("few")
def test_cancelled_job_leaves_the_ledger_empty(client: Client, books: Ledger) -> None:
    upload = brought(client, packed(books)).headers["Location"]
    copy = Ledger.objects.get(slug="keller-family")

    client.post(f"{upload}cancelled/")
    work_off()

    assert "the ledger is empty" in client.get(upload).content.decode()
    assert not copy.transactions.exists()
    assert client.post(upload, {"format": "koinly"}).status_code == 200
    work_off()
    assert not copy.transactions.exists()


def test_archive_is_for_owners(books: Ledger) -> None:
    make_member(books, editor := make_user("editor"), Role.EDITOR)
    client = Client()
    client.force_login(editor)

    assert client.get(f"/{books.slug}/archive/").status_code == 403
    assert "/archive/" not in client.get(f"/{books.slug}/settings/").content.decode()


@pytest.mark.parametrize("content", [b"", b"no ZIP"])
def test_page_says_what_is_wrong_with_the_file(client: Client, content: bytes) -> None:
    file = io.BytesIO(content)
    file.name = "keller.zip"

    answer = client.post("/new/archive/", {"file": file})

    assert answer.status_code == 422
    assert "The archive cannot be read" in answer.content.decode()
    assert Ledger.objects.count() == 1


@override_settings(MAX_UPLOAD_MB=0)
def test_page_takes_no_more_than_is_allowed(client: Client, books: Ledger) -> None:
    file = io.BytesIO(packed(books))
    file.name = "keller.zip"

    answer = client.post("/new/archive/", {"file": file})

    assert (answer.status_code, Ledger.objects.count()) == (422, 1)


def test_page_without_a_file_and_without_login(client: Client) -> None:
    assert client.post("/new/archive/").status_code == 422
    assert client.get("/new/archive/").status_code == 405
    answer = Client().post("/new/archive/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login/?next=/new/archive/")


def test_commands_take_it_out_and_back(books: Ledger, tmp_path: Any, user: User) -> None:
    file, report = tmp_path / "books.zip", tmp_path / "report.json"
    call_command("export_ledger", books.slug, str(file), report=str(report))
    assert json.loads(report.read_text())["rows"]["transactions"] == 5

    call_command("import_ledger", str(file), ledger="copy", owner=user.username, report=str(report))

    copy = Ledger.objects.get(slug="copy")
    assert copy.memberships.get().user == user
    assert json.loads(report.read_text())["rows"]["imports"] == 1
    assert content(file.read_bytes()) == content(packed(copy))


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"ledger": "keller"}, "not empty"),
        ({"ledger": "a b"}, "a b: "),
        ({"ledger": "admin"}, "taken by the application"),
        ({"ledger": "x" * 51}, "51"),
        ({"ledger": "copy", "owner": "nobody"}, "There is no user “nobody”"),
    ],
)
def test_command_says_what_is_in_the_way(
    books: Ledger, tmp_path: Any, options: dict[str, str], reason: str
) -> None:
    file = tmp_path / "books.zip"
    file.write_bytes(packed(books))

    with pytest.raises(CommandError) as failure:
        call_command("import_ledger", str(file), **options)

    assert (failure.value.returncode, Ledger.objects.count()) == (2, 1)
    assert reason in str(failure.value)


@pytest.mark.parametrize("command", [("export_ledger", "none", "x.zip"), ("import_ledger", "none")])
def test_command_without_its_ledger_or_file(books: Ledger, command: tuple[str, ...]) -> None:
    options = {"ledger": "copy"} if command[0] == "import_ledger" else {}

    with pytest.raises(CommandError) as failure:
        call_command(*command, **options)

    assert failure.value.returncode == 2


def test_archive_is_sent_as_it_is_read(books: Ledger, django_assert_max_num_queries: Any) -> None:
    of = {"ledger": books, "wallet": books.wallets.first(), "fee_asset": books.assets.first()}
    values = {"type": "fee", "fee_amount": 1, "occurred_at": "2024-01-01T00:00Z"}
    notes = (random.randbytes(50).hex() for _ in range(3000))
    Transaction.objects.bulk_create([Transaction(**of, **values, note=note) for note in notes])

    with django_assert_max_num_queries(60):
        sizes = [len(block) for block in written(books)]

    assert len(sizes) > 1
    assert max(sizes) < 1 << 18
