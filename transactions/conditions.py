"""Which rows fit what is chosen in a filter, or written in it."""

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from ledgers.models import Ledger
from transactions.find.vocabulary import NO_LABEL
from transactions.models import TransactionType
from transactions.note_search import NOTHING, words_in_notes
from transactions.search import (
    addresses,
    any_of,
    at_any,
    in_a_transfer,
    is_among,
    keys,
    keys_among,
    labelled,
    meaning,
    unlabelled,
    with_keys,
    with_reference,
)


def of_wallets(_filters: Any, wallets: list[str]) -> Q:
    return any_of("wallet", wallets)


def of_types(filters: Any, types: list[str]) -> Q:
    """As they are shown: the ends of a transfer as one."""
    if TransactionType.TRANSFER in types:
        return any_of("type", types) | in_a_transfer(filters.ledger, filters.pairs())
    return any_of("type", types) & ~in_a_transfer(filters.ledger, filters.pairs(types))


def of_assets(filters: Any, symbols: list[str]) -> Q:
    ids = [pk for pk, symbol in filters.assets.items() if symbol in symbols]
    return any_of("sent_asset", ids) | any_of("received_asset", ids) | any_of("fee_asset", ids)


def of_contacts(_filters: Any, contacts: list[str]) -> Q:
    return any_of("contact", contacts)


def through_addresses(filters: Any, contacts: list[str]) -> Q:
    """Where the row has no contact of its own, the one of its counterparty's address."""
    if filters.addresses is None:
        of_contacts = filters.ledger.addresses.filter(any_of("contact", keys_among(contacts)))
        return Q(contact__isnull=True) & is_among(of_contacts, "counterparty")
    at = [pk for pk, contact in filters.addresses.items() if str(contact) in contacts]
    return Q(contact__isnull=True) & with_keys(at, "counterparty")


def of_labels(_filters: Any, labels: list[str]) -> Q:
    chosen = [pk for pk in labels if pk != NO_LABEL]
    if NO_LABEL not in labels:
        return labelled(chosen)
    # By itself PostgreSQL can join it; in an OR it reads all labels of the ledger first.
    return labelled(chosen) | unlabelled() if chosen else unlabelled()


def of_sources(filters: Any, formats: list[str]) -> Q:
    return any_of("batch", keys(filters.ledger.batches.filter(any_of("format", formats))))


def of_text(ledger: Ledger, text: str) -> Q:
    return reduce(or_, meaning(ledger, text).parts)


def parts_of_address(ledger: Ledger, text: str) -> list[Q]:
    return at_any([addresses(ledger, text)], ("own_address", "counterparty")) or [NOTHING]


def of_address(ledger: Ledger, text: str) -> Q:
    return reduce(or_, parts_of_address(ledger, text))


def of_note(ledger: Ledger, text: str) -> Q:
    return words_in_notes(ledger, text).condition


def of_reference(_ledger: Ledger, text: str) -> Q:
    return with_reference(text)


# What a filter by text looks for.
TEXTS: dict[str, Callable[[Ledger, str], Q]] = {
    "q": of_text,
    "address": of_address,
    "note": of_note,
    "hash": of_reference,
}
