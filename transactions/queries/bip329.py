"""Labels as Bitcoin wallets exchange them: BIP-329, one JSON object per line."""

import json
import re
from collections.abc import Iterator

from ledgers.models import Ledger
from live.snapshot import snapshot
from transactions.models import Transaction

TXID = re.compile(r"[0-9a-f]{64}")


def as_bip329(ledger: Ledger) -> Iterator[str]:
    """Bitcoin transactions by their note and labels, addresses by whose they are."""
    with snapshot():
        rows = ledger.transactions.alive().exclude(tx_hash="").order_by("tx_hash", "pk")
        labelled = rows.prefetch_related("labels").only("tx_hash", "note")
        seen: set[tuple[str, str]] = set()
        for row in labelled.iterator(chunk_size=1000):
            text = text_of(row)
            if text and TXID.fullmatch(row.tx_hash.lower()):
                if (row.tx_hash, text) not in seen:
                    yield line("tx", row.tx_hash.lower(), text)
                seen = {(row.tx_hash, text)}
        addresses = ledger.addresses.filter(family="bitcoin").select_related("contact", "wallet")
        for address in addresses.order_by("normalised").iterator(chunk_size=1000):
            if owner := address.contact or address.wallet:
                yield line("addr", address.shown, owner.name)


def text_of(row: Transaction) -> str:
    """`rent, flat: May`: its labels, and its note."""
    names = ", ".join(label.name for label in row.labels.all())
    return ": ".join(filter(None, [names, row.note]))


def line(kind: str, ref: str, label: str) -> str:
    return json.dumps({"type": kind, "ref": ref, "label": label}, ensure_ascii=False) + "\n"
