"""What programs for wallets of one's own write: how a transaction changed the balance, its fee
included, and what somebody called it."""

import re
from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _

from formats.base import LineFormat
from formats.parsing.records import AssetRef, BadRow, Entry, ImportFailed, Part
from formats.parsing.tables import LABEL, Cells
from formats.parsing.values import plain, plus, shown

BTC = AssetRef("BTC")
SATOSHI = 8  # decimals


def set_change(
    cells: Cells, entry: Entry, asset: AssetRef, change: Decimal, fee: Decimal | None
) -> None:
    """Sets the type and the parts."""
    if change > 0:
        set_received(cells, entry, Part(change, asset), fee)
    else:
        paid = None if fee is None else Part(fee, asset)
        set_sent(cells, entry, Part(change.copy_abs(), asset), paid)


def set_received(cells: Cells, entry: Entry, part: Part, fee: Decimal | None) -> None:
    entry.type, entry.received = "deposit", part
    if fee:
        cells.remark("fee", "", _("whoever sent it paid this"))


def set_sent(cells: Cells, entry: Entry, gone: Part, fee: Part | None) -> None:
    """What left, of which the fee is a part."""
    entry.type, entry.sent, entry.fee = "withdrawal", gone, None
    if fee is None:
        cells.remark("fee", "0", _("no fee is told, so none is taken"))
        return
    rest = plus(gone.amount, fee.amount.copy_negate())
    if rest < 0:
        cells.remark("fee", "", _("it is more than what left, so others paid a part of it"))
        return
    entry.fee = fee if fee.amount else None
    entry.sent = gone._replace(amount=rest)
    if entry.fee and not rest:
        entry.type, entry.sent = "fee", None


def set_labels(entry: Entry, labels: Iterable[str]) -> None:
    """What is too long for a label becomes a note."""
    labels = [label for label in labels if label]
    entry.labels = tuple(label for label in labels if len(label) <= LABEL)
    entry.note = "\n".join(label for label in labels if len(label) > LABEL)


def unknown_direction(cells: Cells) -> BadRow:
    """Of a kind of line whose amounts have no signs."""
    message = _("“%s” is not known, so it cannot be told whether it came in or went out")
    return cells.bad("type", message % shown(cells.text("type")))


def coin_in_name(reader: LineFormat, pattern: str, example: str) -> AssetRef:
    """Where nothing but the name of the file says of which coin it is."""
    found = re.fullmatch(pattern, reader.options.file_name, re.IGNORECASE)
    if not found:
        message = _(
            "Which coin this file is of, only its name can say. Give it one such as %s, and import"
            " it again; or export it from Trezor Suite anew."
        )
        raise ImportFailed(message % example)
    coin = found[1].upper()
    reader.remark("", "", coin, _("which coin this is, the name of the file says"))
    return AssetRef(coin)


def side(part: Part | None) -> str:
    """As a part of an identity."""
    return f"{plain(part.amount)} {part.asset.symbol}" if part and part.amount else ""
