"""What the readers hand on: rows of a file, and the entries that are made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from hashlib import sha256
from typing import Any, NamedTuple

from django.utils.translation import gettext as _


class Hint(NamedTuple):
    """A setting that would mend a refusal, and what it may be: each value with what it means."""

    setting: str
    choices: Mapping[str, str] = {}


class ImportFailed(Exception):
    """The file, or the way it is to be imported, cannot be used at all.

    The command and a page word the hints each in its own way."""

    def __init__(self, message: str, *hints: Hint) -> None:
        super().__init__(message)
        self.hints = hints


class BadRow(Exception):
    """A data line that cannot be understood; `column` is the header's name, or empty, and `setting`
    one that would mend it."""

    def __init__(self, column: str, message: str, setting: str = "") -> None:
        super().__init__(message)
        self.column, self.setting = column, setting


class SkipRow(Exception):
    """A data line that is left out on purpose; the text is the reason."""


@dataclass(frozen=True, slots=True)
class Options:
    """What is known about a file besides its content."""

    file_name: str = ""
    chain: str = "ethereum"
    owner_address: str = ""
    zone: tzinfo = UTC
    # 1.234,56 instead of 1,234.56
    decimal_comma: bool = False
    # How dates stand that do not begin with the year: dmy or mdy
    date_order: str = ""


NOTHING_KNOWN = Options()


class AssetRef(NamedTuple):
    """A coin by its symbol; a token by chain and contract, whatever symbol it claims."""

    symbol: str
    name: str = ""
    chain: str = ""
    contract: str = ""

    @property
    def identity(self) -> tuple[str, ...]:
        return (self.chain, self.contract) if self.contract else (self.symbol,)


class Part(NamedTuple):
    """An amount ≥ 0 of an asset."""

    amount: Decimal
    asset: AssetRef


class Value(NamedTuple):
    """What the source says that it was worth; never computed."""

    amount: Decimal
    currency: str


class Source(NamedTuple):
    """What a line is known by: 32 bytes, and the format family that they are of."""

    family: str
    key: bytes


class WalletRef(NamedTuple):
    """The wallet that a row names, and of which kind it is made if there is none."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Written:
    """What people wrote on a row and on its addresses, by name; "" = nothing."""

    hidden: bool = False
    contact: str = ""
    counterparty_contact: str = ""
    counterparty_wallet: str = ""
    own_wallet: str = ""


@dataclass(slots=True)
class Entry:
    """One transaction to be made. Amounts are without the fee; the type and status are those of
    the transaction model. Addresses are as the source writes them, on `chain` ("" = not told),
    the own one on `own_chain` if that is told. With `written` it is a row of our own export, and
    as it was in every field."""

    occurred_at: datetime
    type: str
    sent: Part | None = None
    received: Part | None = None
    fee: Part | None = None
    value: Value | None = None
    tx_hash: str = ""
    group: str = ""
    chain: str = ""
    own_address: str = ""
    counterparty: str = ""
    status: str = "ok"
    note: str = ""
    labels: tuple[str, ...] = ()
    own_chain: str = ""
    written: Written | None = None


@dataclass(slots=True)
class Row[V]:
    """A data line that was understood.

    `identity` is what stays the same whenever the source exports this line; lines of one `unit`
    are built together, a line without one by itself. A row of a file of several accounts names its
    `wallet`. One that other formats have as well, or of our own export, has the `sources` that it
    is known by, of which any will do; its own is the first.
    """

    identity: tuple[str, ...]
    value: V
    unit: str = ""
    line: int = 0
    cells: list[str] = field(default_factory=list)
    key: bytes = b""
    remarks: list["Remark"] = field(default_factory=list)
    wallet: WalletRef | None = None
    sources: tuple[Source, ...] = ()


def key_of(identity: Sequence[str], occurrence: int = 1) -> bytes:
    """SHA-256 of what identifies a line, and of how often it came in its file so far."""
    # No cell has a NUL: a file with one is refused as binary.
    return sha256("\0".join(identity).encode() + b"\0%d" % occurrence).digest()


@dataclass(slots=True)
class BuiltTransaction:
    """An entry and the rows that it was made of. A second fee has none of its own, nor has the
    other end of a transfer, which names its wallet."""

    entry: Entry
    rows: list[Row[Any]]
    wallet: WalletRef | None = None

    @property
    def place(self) -> WalletRef | None:
        """The wallet that it names; None where the file is of one."""
        return self.wallet or (self.rows[0].wallet if self.rows else None)


@dataclass(frozen=True, slots=True)
class Skipped:
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Remark:
    """What was taken otherwise than it is written, or left out; line 0 is the whole file."""

    line: int
    column: str
    written: str
    read: str
    reason: str

    def __str__(self) -> str:
        if not self.read:
            text = _("“%(written)s” is left out: %(reason)s") if self.written else "%(reason)s"
        elif self.written:
            text = _("“%(written)s” is taken as “%(read)s”: %(reason)s")
        else:
            text = _("taken as “%(read)s”: %(reason)s")
        text %= {"written": self.written, "read": self.read, "reason": self.reason}
        return f"{self.column}: {text}" if self.column else text


@dataclass(frozen=True, slots=True)
class RowError:
    line: int
    column: str
    message: str
    setting: str = field(default="", compare=False)
