"""The database itself holds the rules: whatever writes, psql included."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from contacts.models import Address
from ledgers.models import Ledger
from tests.factories import (
    coin,
    make_address,
    make_contact,
    make_label,
    make_ledger,
    make_transaction,
    make_wallet,
)
from transactions.models import Asset, Transaction, TransactionLabel

LARGEST = "9" * 78
SMALLEST = "0." + "0" * 35 + "1"


@pytest.mark.parametrize(
    "text",
    [LARGEST, SMALLEST, f"{LARGEST}.{'9' * 36}", "0", "0.00000091", "123456789.123456789012345678"],
)
def test_amount_comes_back_exactly(ledger: Ledger, text: str) -> None:
    pk = make_transaction(ledger, received=(text, "ETH")).pk

    assert Transaction.objects.get(pk=pk).received_amount == Decimal(text)


@pytest.mark.parametrize("text", ["-1", "NaN", "Infinity", "1e78", "1e200", "0." + "0" * 36 + "1"])
def test_amount_out_of_bounds_is_refused(ledger: Ledger, text: str) -> None:
    tx = make_transaction(ledger)

    with pytest.raises(IntegrityError, match="received_exact"), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE transactions_transaction SET received_amount = %s::numeric WHERE id = %s",
            [text, tx.pk],
        )


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("sent_whole", {"sent_amount": Decimal(1)}),
        ("value_whole", {"value_amount": Decimal(1)}),
        ("transaction_type", {"type": "theft"}),
        ("transaction_failed_moved_nothing", {"status": "failed"}),
        ("transaction_moves_something", {"received_amount": None, "received_asset": None}),
    ],
)
def test_row_that_breaks_a_rule_is_refused(
    ledger: Ledger, name: str, broken: dict[str, Any]
) -> None:
    tx = make_transaction(ledger)

    with pytest.raises(IntegrityError, match=name):
        Transaction.objects.filter(pk=tx.pk).update(**broken)


def test_failed_row_keeps_its_fee(ledger: Ledger) -> None:
    tx = make_transaction(ledger, status="failed", fee=("0.002", "ETH"))

    assert tx.fee_amount == Decimal("0.002")


@pytest.mark.parametrize(
    "field", ["wallet", "own_address", "counterparty", "contact", "sent_asset"]
)
def test_transaction_cannot_point_into_another_ledger(ledger: Ledger, field: str) -> None:
    tx, other = make_transaction(ledger, sent=("1", "ETH")), make_ledger()
    theirs = {
        "wallet": make_wallet(other),
        "own_address": make_address(other),
        "counterparty": make_address(other),
        "contact": make_contact(other),
        "sent_asset": coin(other, "ETH"),
    }

    with pytest.raises(IntegrityError, match="same_ledger"):
        Transaction.objects.filter(pk=tx.pk).update(**{field: theirs[field]})


def test_label_of_another_ledger_is_refused(ledger: Ledger) -> None:
    tx, theirs = make_transaction(ledger), make_label(make_ledger())

    with pytest.raises(IntegrityError, match="same_ledger"):
        TransactionLabel.objects.create(ledger=ledger, transaction=tx, label=theirs)


def test_address_belongs_to_a_contact_or_a_wallet_never_both(ledger: Ledger) -> None:
    with pytest.raises(IntegrityError, match="address_of_one"):
        make_address(ledger, contact=make_contact(ledger), wallet=make_wallet(ledger))


def test_address_is_there_once_however_it_is_written(ledger: Ledger) -> None:
    make_address(ledger, "0x52908400098527886e0f7030069857d2e4169ee7")

    with pytest.raises(IntegrityError, match="address_once"):
        make_address(ledger, "0x52908400098527886E0F7030069857D2E4169EE7")


def test_coin_is_one_per_symbol_and_token_one_per_contract(ledger: Ledger) -> None:
    token = {"ledger": ledger, "symbol": "USDC", "chain": "ethereum"}
    coin(ledger, "USDC")
    Asset.objects.create(contract="0xa0b8", **token)
    Asset.objects.create(contract="0xbad0", **token)

    with pytest.raises(IntegrityError, match="coin_once"), transaction.atomic():
        Asset.objects.create(ledger=ledger, symbol="USDC")
    with pytest.raises(IntegrityError, match="token_once"):
        Asset.objects.create(contract="0xa0b8", **token)


@pytest.mark.parametrize("make", [make_contact, make_label, make_wallet])
def test_name_is_there_once_in_any_case(ledger: Ledger, make: Any) -> None:
    make(ledger, "Tax 2026")

    with pytest.raises(IntegrityError, match="name_once"):
        make(ledger, "tax 2026")


def test_version_is_raised_by_whoever_writes(ledger: Ledger) -> None:
    tx = make_transaction(ledger)
    assert Transaction.objects.get(pk=tx.pk).version == 1

    Transaction.objects.filter(pk=tx.pk).update(note="by update()")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE transactions_transaction SET note = 'by psql' WHERE id = %s", [tx.pk]
        )
        cursor.execute("UPDATE transactions_transaction SET note = note WHERE id = %s", [tx.pk])

    assert Transaction.objects.get(pk=tx.pk).version == 3


def test_writer_who_does_not_say_who_he_is_is_nobody(ledger: Ledger, user: Any) -> None:
    address = make_address(ledger)
    Address.objects.write(address.pk, expected_version=1, by=user, note="named")
    assert Address.objects.get(pk=address.pk).edited_by == user

    Address.objects.filter(pk=address.pk).update(note="by psql")

    assert Address.objects.get(pk=address.pk).edited_by is None
