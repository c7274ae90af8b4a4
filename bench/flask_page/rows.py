"""Rows as templates/transactions/rows.jinja of the product asks for them."""

import os
import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from urllib.parse import quote
from zoneinfo import ZoneInfo

from jinja2 import Environment
from jinja2.ext import Extension
from markupsafe import Markup, escape

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
ICONS = {
    "deposit": "arrow-down-left",
    "withdrawal": "arrow-up-right",
    "trade": "arrows-exchange",
    "transfer": "arrows-left-right",
    "reward": "award",
    "airdrop": "parachute",
    "income": "briefcase",
    "payment": "arrow-up-right",
    "gift": "gift",
    "fee": "receipt",
    "loss": "flame",
    "other": "circle-dotted",
}
SPRITE = os.environ.get("BENCH_SPRITE", "/static/vendor/icons.svg")
MOST_SEEN = 1_000


# what the template has besides its rows


@cache
def icon(name: str) -> Markup:
    return Markup(f'<svg class="icon" aria-hidden="true"><use href="{SPRITE}#{name}"/></svg>')


def is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and text.strip() == text and "  " not in text


def isolated(text: object) -> Markup:
    if isinstance(text, Markup):
        return text
    text = str(text)
    return escape(text) if is_plain(text) else Markup("<bdi>{}</bdi>").format(text)


def amount(shown: "Amount | None", side: str) -> Markup | str:
    if shown is None:
        return ""
    gap, digits = ("", f"<i>{shown.tail}</i> ") if shown.tail else (" ", "")
    return Markup(
        f'<span class="amount {side}"><span class="head">{shown.sign}{shown.head}</span>{gap}'
        f'<span class="tail">{digits}<span>{isolated(shown.symbol)}</span></span></span>'
    )


class Compact(Extension):
    """Without the indentation, as the product has its templates."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return re.sub(r"\n\s+", "\n", source)


def prepare(environment: Environment) -> None:
    """For the templates of the product."""
    environment.trim_blocks = True
    environment.add_extension("jinja2.ext.i18n")
    environment.add_extension(Compact)
    environment.install_null_translations(newstyle=True)
    environment.filters |= {"amount": amount, "icon": icon, "isolated": isolated, "visible": str}
    environment.globals |= {"icon": icon}


# the rows


@dataclass(slots=True)
class Amount:
    sign: str
    head: str
    tail: str
    symbol: str


def formatted(value: Decimal, symbol: str, sign: str = "") -> Amount:
    whole, _, decimals = f"{abs(value):f}".partition(".")
    decimals = decimals.rstrip("0")
    head = f"{int(whole):,}" + (f".{decimals[:8]}" if decimals else "")
    return Amount(sign if value else "", head, decimals[8:], symbol)


def part(value, asset, sign: str = "") -> Amount | None:
    return None if value is None or asset is None else formatted(value, asset.symbol, sign)


@dataclass(slots=True)
class Counterparty:
    name: str = ""
    short: str = ""
    full: str = ""
    own_wallet: bool = False
    known_count: str = ""
    warning: str = ""


def short(address: str) -> str:
    return f"{address[:6]}…{address[-4:]}" if len(address) > 13 else address


def count_text(n: int) -> str:
    if n > MOST_SEEN:
        return f"more than {MOST_SEEN:,} transactions"
    return f"{n:,} transaction" + ("" if n == 1 else "s")


@dataclass(slots=True)
class OtherEnd:
    pair: int
    id: int
    wallet: str
    missing: Amount | None
    is_to: bool


@dataclass(slots=True)
class Row:
    id: int
    key: str
    version: int
    base: str
    back: str
    day: str
    year: str
    clock: str
    seconds: str
    datetime_iso: str
    type: str
    type_label: str
    icon: str
    wallet: str
    sent: Amount | None
    received: Amount | None
    fee: Amount | None
    failed: bool
    hidden: bool
    counterparty: Counterparty
    labels: list
    more_labels: int
    note: str
    transfer: OtherEnd | None
    position: str = ""

    @property
    def tone(self) -> str:
        if self.failed:
            return "failed"
        if self.type == "transfer" or not (self.sent or self.received):
            return "neutral"
        return "both" if self.sent and self.received else "out" if self.sent else "in"

    @property
    def url(self) -> str:
        return self.link("")

    @property
    def labels_url(self) -> str:
        return self.link("labels/")

    @property
    def note_url(self) -> str:
        return self.link("note/")

    @property
    def contact_url(self) -> str:
        return self.link("contact/")

    @property
    def type_url(self) -> str:
        return self.link("type/")

    @property
    def hidden_url(self) -> str:
        return self.link("hidden/")

    @property
    def other_url(self) -> str:
        return f"{self.base}{self.transfer.id}/{self.back}" if self.transfer else ""

    def link(self, what: str) -> str:
        return f"{self.base}{self.id}/{what}{self.back}"


@dataclass(slots=True)
class Group:
    rows: list[Row] = field(default_factory=list)

    @property
    def size(self) -> int:
        return len(self.rows)


@dataclass
class Beside:
    """What was read besides the rows: see queries.py."""

    seen: dict
    alike: dict
    sizes: dict
    ends: dict


def groups(found: list, slug: str, zone: str, path: str, beside: Beside) -> list[Group]:
    """In the order given, but rows of one group and moment stand together."""
    base, tz = f"/{slug}/transactions/", ZoneInfo(zone)
    back = "" if path == base else f"?next={quote(path, safe='/')}"
    together: dict[object, Group] = {}
    for tx in found:
        own = (tx.group_key, tx.occurred_at) if tx.group_key else tx.id
        group = together.setdefault(own, Group())
        group.rows.append(shown := row(tx, base, back, tz, beside))
        size = beside.sizes.get(tx.group_key, 1)
        if size > 1:
            shown.position = f"{group.size} of {size}"
    return list(together.values())


def row(tx, base: str, back: str, zone: ZoneInfo, beside: Beside) -> Row:
    at = tx.occurred_at.astimezone(zone)
    end = beside.ends.get(tx.id)
    kind = "transfer" if end else tx.type
    failed = tx.status == "failed"
    return Row(
        id=tx.id,
        key=f"t{tx.id}",
        version=tx.version,
        base=base,
        back=back,
        day=f"{at.day} {MONTHS[at.month - 1]}",
        year=f"{at:%Y}",
        clock=f"{at:%H:%M}",
        seconds=f"{at::%S}",
        datetime_iso=at.isoformat(),
        type=kind,
        type_label=kind.capitalize(),
        icon="x" if failed else ICONS[kind],
        wallet=tx.wallet.name,
        sent=part(tx.sent_amount, tx.sent_asset, "−"),
        received=part(tx.received_amount, tx.received_asset, "+"),
        fee=part(tx.fee_amount, tx.fee_asset),
        failed=failed,
        hidden=tx.hidden,
        counterparty=counterparty(tx, beside),
        labels=tx.labels[:2],
        more_labels=len(tx.labels[2:]),
        note=" ".join(tx.note[:200].split()),
        transfer=other_end(end) if end else None,
    )


def other_end(end: dict) -> OtherEnd:
    missing = formatted(*end["missing"]) if end["missing"] else None
    return OtherEnd(end["pair"], end["id"], end["wallet"], missing, end["is_to"])


def counterparty(tx, beside: Beside) -> Counterparty:
    address = tx.counterparty
    contact = tx.contact or (address.contact if address else None)
    shown = Counterparty()
    if address:
        shown.full, shown.short = address.shown, short(address.shown)
    if contact:
        shown.name = contact.name
    elif address and address.wallet:
        shown.name, shown.own_wallet = address.wallet.name, True
    elif address:
        n, dusty = beside.seen.get(address.id, (0, False))
        if like := beside.alike.get(address.id):
            shown.warning = f"Not {like}: look-alike"
        elif dusty:
            shown.warning = "only ever sent dust"
        else:
            shown.known_count = count_text(n)
    return shown
