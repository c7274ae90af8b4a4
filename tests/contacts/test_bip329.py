"""Labels of Bitcoin wallets (BIP-329): onto transactions and addresses, and out again."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from contacts.models import Contact
from ledgers.models import Ledger, Role
from tests.factories import (
    make_address,
    make_contact,
    make_label,
    make_ledger,
    make_member,
    make_transaction,
    make_user,
    make_wallet,
)
from transactions.models import Transaction
from transactions.queries.bip329 import as_bip329

pytestmark = pytest.mark.django_db
HASH, OTHER = "ab" * 32, "cd" * 32
ADDRESS = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"


def line(kind: str, ref: str, label: str | None = None, **more: Any) -> str:
    said = {"type": kind, "ref": ref} | ({"label": label} if label is not None else {})
    return json.dumps(said | more) + "\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "labels.jsonl"


def imported(ledger: Ledger, path: Path, *lines: str) -> dict[str, Any]:
    path.write_text("".join(lines))
    report = path.with_suffix(".json")
    call_command("import_labels", str(path), ledger=ledger.slug, report=str(report), skip_bad=True)
    (result,) = json.loads(report.read_text())
    left = len(result["skipped"]) + len(result["errors"])
    assert result["lines"] == result["imported"] + result["duplicates"] + left == len(lines)
    return result


def written(row: Transaction) -> tuple[list[str], str]:
    row.refresh_from_db()
    return [label.name for label in row.labels.all()], row.note


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rent of May", ([], "Rent of May")),
        ("rent", (["rent"], "")),
        ("flat, rent", (["flat", "rent"], "")),
        ("flat, rent: May", (["flat", "rent"], "May")),
        ("rent: May: paid", (["rent"], "May: paid")),
        ("rent, flat: May", ([], "rent, flat: May")),
        ("rent, food: May", ([], "rent, food: May")),
        ("RENT", ([], "RENT")),
        ('Miete, Mai: ₿ und "mehr"', ([], 'Miete, Mai: ₿ und "mehr"')),
    ],
)
def test_label_is_written_so_that_it_is_exported_the_same(
    ledger: Ledger, path: Path, text: str, expected: Any
) -> None:
    for name in ("rent", "flat"):
        make_label(ledger, name)
    row = make_transaction(ledger, tx_hash=HASH)

    assert imported(ledger, path, line("tx", HASH, text))["imported"] == 1

    assert written(row) == expected
    assert list(as_bip329(ledger)) == [
        json.dumps({"type": "tx", "ref": HASH, "label": text}, ensure_ascii=False) + "\n"
    ]
    assert imported(ledger, path, line("tx", HASH, text))["duplicates"] == 1


def test_what_a_person_wrote_stays(ledger: Ledger, path: Path) -> None:
    noted = make_transaction(ledger, tx_hash=HASH, note="mine")
    labelled = make_transaction(ledger, tx_hash=OTHER, labels=[make_label(ledger, "rent")])
    address = make_address(ledger, ADDRESS, contact=make_contact(ledger, "Maria"))

    result = imported(
        ledger,
        path,
        line("tx", HASH, "theirs"),
        line("tx", OTHER, "theirs"),
        line("addr", ADDRESS, "Anna"),
    )

    assert [each["reason"] for each in result["skipped"]] == [
        "it has “mine” already, which stays",
        "it has “rent” already, which stays",
        "bc1qar…5mdq is in the book as “Maria”, not as “Anna”",
    ]
    assert (written(noted), written(labelled)) == (([], "mine"), (["rent"], ""))
    address.refresh_from_db()
    assert str(address.contact) == "Maria"


def test_rows_of_one_hash_share_its_label(ledger: Ledger, path: Path) -> None:
    rows = [make_transaction(ledger, tx_hash=hash) for hash in (HASH, HASH.upper())]
    noted = make_transaction(ledger, tx_hash=HASH, note="mine")
    deleted = make_transaction(ledger, tx_hash=HASH, deleted_at=timezone.now())
    elsewhere = make_transaction(make_ledger(), tx_hash=HASH)

    imported(ledger, path, line("tx", HASH, "May"))

    assert [written(row)[1] for row in rows] == ["May", "May"]
    assert [written(row)[1] for row in (noted, deleted, elsewhere)] == ["mine", "", ""]


def test_address_gets_its_contact(ledger: Ledger, path: Path) -> None:
    address = make_address(ledger, ADDRESS)

    result = imported(ledger, path, line("addr", ADDRESS.upper(), "Maria"))

    address.refresh_from_db()
    assert (result["imported"], result["contacts"], str(address.contact)) == (1, 1, "Maria")


def test_every_line_says_what_became_of_it(ledger: Ledger, path: Path) -> None:
    result = imported(
        ledger,
        path,
        line("output", f"{HASH}:0", "change", spendable=False),
        line("tx", HASH, "no such"),
        line("tx", HASH, ""),
        line("tx", HASH),
        line("tx", "5", "short"),
        line("addr", ADDRESS, "no such"),
        line("addr", "1nothing", "no address"),
        "{\n",
    )

    assert [(each["line"], each["reason"]) for each in result["skipped"]] == [
        (1, "what it calls “output” is not kept here"),
        (2, "no transaction of this ledger has this hash"),
        (3, "there is no label in this row"),
        (4, "there is no label in this row"),
        (6, "no transaction of this ledger has this address, nor has a contact"),
    ]
    assert [(each["line"], each["column"]) for each in result["errors"]] == [
        (5, "ref"),
        (7, "ref"),
        (8, ""),
    ]
    assert not Contact.objects.exists()
    assert not ledger.addresses.exists()


def test_export_and_import_is_the_identity(ledger: Ledger, path: Path) -> None:
    labels = [make_label(ledger, name) for name in ("flat", "rent")]
    make_transaction(ledger, tx_hash=HASH, note="May", labels=labels)
    make_transaction(ledger, tx_hash=HASH, note="other")
    make_transaction(ledger, tx_hash=HASH)
    make_transaction(ledger, tx_hash=OTHER, labels=labels[:1])
    make_address(ledger, ADDRESS, wallet=make_wallet(ledger, "Cold"))
    before, exported = state(ledger), list(as_bip329(ledger))

    result = imported(ledger, path, *exported)

    assert result["duplicates"] == len(exported) == 4
    assert (state(ledger), list(as_bip329(ledger))) == (before, exported)


def state(ledger: Ledger) -> list[Any]:
    rows = ledger.transactions.order_by("pk").values_list("note", "labels__name", "version")
    return [*rows, *ledger.addresses.values_list("shown", "contact", "wallet", "version")]


def test_export_names_the_rows_of_another_ledger(ledger: Ledger, path: Path) -> None:
    make_transaction(ledger, tx_hash=HASH, note="May: paid")
    make_address(ledger, ADDRESS, contact=make_contact(ledger, "Maria"))
    exported = list(as_bip329(ledger))
    other = make_ledger()
    make_transaction(other, tx_hash=HASH)
    make_address(other, ADDRESS)

    imported(other, path, *exported)

    assert list(as_bip329(other)) == exported


def test_page_shows_and_then_writes_them(client: Client, ledger: Ledger) -> None:
    row = make_transaction(ledger, tx_hash=HASH)
    file = SimpleUploadedFile("labels.jsonl", line("tx", HASH, "May").encode())

    html = client.post(f"/{ledger.slug}/contacts/import/", {"file": file}).content.decode()
    assert "to be written on this transaction" in html
    assert written(row) == ([], "")

    file.seek(0)
    client.post(f"/{ledger.slug}/contacts/import/", {"file": file, "sure": "1"})
    assert written(row) == ([], "May")
    row.refresh_from_db()
    assert str(row.edited_by) == "ana"


def test_viewer_may_not(ledger: Ledger) -> None:
    row = make_transaction(ledger, tx_hash=HASH)
    other = Client()
    viewer = make_user("viewer")
    make_member(ledger, viewer, Role.VIEWER)
    other.force_login(viewer)
    file = SimpleUploadedFile("labels.jsonl", line("tx", HASH, "May").encode())

    answer = other.post(f"/{ledger.slug}/contacts/import/", {"file": file, "sure": "1"})

    assert answer.status_code == 403
    assert written(row) == ([], "")


def test_import_of_transactions_says_where_labels_go(
    ledger: Ledger, path: Path, capsys: Any
) -> None:
    path.write_text(line("tx", HASH, "May"))

    with pytest.raises(CommandError):
        call_command(
            "import_transactions", str(path), ledger=ledger.slug, wallet="Main", create_wallet=True
        )

    assert "with the command import_labels" in capsys.readouterr().err
