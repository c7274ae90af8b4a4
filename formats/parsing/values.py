"""Cells to exact numbers and times. Nothing here ever makes a float or rounds."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import (
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

INTEGER_DIGITS = 78
DECIMALS = 36
EMPTY = frozenset({"", "-", "--", "n/a", "N/A"})

# Only those that are of one currency.
SIGNS = {"€": "EUR", "£": "GBP", "₹": "INR", "₺": "TRY", "₴": "UAH", "₪": "ILS", "₿": "BTC"}

# Wide enough for every amount that is kept; what does not fit raises instead of being rounded.
EXACT = Context(
    prec=INTEGER_DIGITS + DECIMALS + 6,
    traps=[InvalidOperation, DivisionByZero, Overflow, Inexact],
)
ONE = Decimal(1)

NUMBER = re.compile(
    r"[+-]?(?=\.?[0-9])(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]*)(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,9})?"
)
GLUED = re.compile(r"([+-]?[0-9][0-9,]*(?:\.[0-9]*)?(?:[eE][+-][0-9]+)?)([A-Za-z][^\s]*)")
MARKS = str.maketrans(".,", ",.")
DECIMAL_COMMA = re.compile(
    r"[+-]?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+),[0-9]+(?:[eE][+-]?[0-9]{1,9})?"
)
# What needs no further look: not too long, no trailing zero, and not a negative zero.
SIMPLE = re.compile(r"-?(?:[1-9][0-9]{0,40}|0(?=\.))(?:\.[0-9]{0,30}[1-9])?|0")
TIME = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)[T ](?P<clock>\d\d:\d\d(?::\d\d)?)(?P<fraction>\.\d+)?"
    r" ?(?P<zone>Z|UTC|GMT|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?",
    re.ASCII,
)
UNIX = re.compile(r"[0-9]{1,11}")
# Excel's dates, of which the order of day and month is not to be seen.
YEAR_LAST = re.compile(
    r"(\d\d?)[./-](\d\d?)[./-](\d{4}|(?<=[./])\d\d),?[T ](\d\d?:\d\d)((?::\d\d)?(?:\.\d+)?.*)",
    re.ASCII,
)
ORDERS = {"dmy": (2, 1, 0), "mdy": (2, 0, 1), "ymd": (0, 1, 2)}  # where year, month and day stand
# How patterns of `strptime` write day and month, where nothing else tells which is which.
STROKES = {"dmy": "%d/%m/", "mdy": "%m/%d/"}
SPACED = re.compile(r"[+-]?[0-9]{1,3}(?:\s[0-9]{3})+(?:\.[0-9]*)?")
HEADER_ZONE = re.compile(
    r"(?:utc|gmt)?(?:null)?(?:([+-])([01]?\d|2[0-3])(?::?([0-5]\d))?)?", re.I | re.ASCII
)


class BadValue(Exception):
    """A cell that cannot be understood; the text says what stands there and why, and `setting` is
    one that would mend it."""

    def __init__(self, message: str, setting: str = "") -> None:
        super().__init__(message)
        self.setting = setting


def shown(text: str, limit: int = 40) -> str:
    """The text as it may be printed: no control characters, not longer than the limit."""
    clean = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


@lru_cache(maxsize=256)
def parse_decimal(text: str) -> Decimal | None:
    """The exact number, without trailing zeros; None for an empty cell."""
    text = text.strip()
    if SIMPLE.fullmatch(text):
        return Decimal(text)
    if text in EMPTY:
        return None
    if not NUMBER.fullmatch(text):
        raise _not_a_number(text)
    return _kept(Decimal(text.replace(",", "")), text)


def _not_a_number(text: str) -> BadValue:
    if DECIMAL_COMMA.fullmatch(text):
        message = _(
            "“%(text)s” is not a number with a decimal point; if this file has decimal commas, say"
            " so"
        )
        return BadValue(message % {"text": shown(text)}, "decimal_comma")
    message = _("“%(text)s” is not a number; write it as 1234.56")
    return BadValue(message % {"text": shown(text)})


def parse_subunits(text: str, decimals: int) -> Decimal | None:
    """As `parse_decimal`, of a whole number of what is 10⁻ᵈᵉᶜⁱᵐᵃˡˢ: wei, satoshi, lamports."""
    number = parse_decimal(text)
    if number is None:
        return None
    if number != number.to_integral_value():
        message = _("“%s” is not a whole number of the smallest unit, as this source writes it")
        raise BadValue(message % shown(text))
    return _kept(EXACT.scaleb(number, -decimals), text)


def with_point(text: str) -> str:
    """1.234,56 as 1,234.56; BadValue if a point stands where only a comma could."""
    swapped = text.translate(MARKS)
    if DECIMAL_COMMA.fullmatch(swapped.strip()) and not NUMBER.fullmatch(swapped.strip()):
        message = _("“%(text)s” has a decimal point, and this file was said to have commas")
        raise BadValue(message % {"text": shown(text)})
    return swapped


def _kept(number: Decimal, text: str) -> Decimal:
    if not number:
        return Decimal(0)
    if number.adjusted() >= INTEGER_DIGITS:
        message = _("“%(text)s” is too large: at most %(digits)d digits before the point are kept")
        raise BadValue(message % {"text": shown(text), "digits": INTEGER_DIGITS})
    try:
        number = trimmed(number)
    except DecimalException:
        raise BadValue(_too_fine(text)) from None
    if decimals(number) > DECIMALS:
        raise BadValue(_too_fine(text))
    return number


def trimmed(number: Decimal) -> Decimal:
    """Without trailing zeros, and without an exponent: 1E+2 is 100."""
    number = EXACT.normalize(number)
    return EXACT.quantize(number, ONE) if decimals(number) < 0 else number


def decimals(number: Decimal) -> int:
    return -int(number.as_tuple().exponent)


def plus(one: Decimal, other: Decimal) -> Decimal:
    return trimmed(EXACT.add(one, other))


def times(one: Decimal, other: Decimal) -> Decimal:
    """Exactly; BadValue if that has more digits than are kept."""
    try:
        product = EXACT.multiply(one, other)
    except DecimalException:
        raise BadValue(_too_fine(f"{plain(one)} × {plain(other)}")) from None
    return _kept(product, plain(product))


def _too_fine(text: str) -> str:
    message = _("“%(text)s” has too many decimals: at most %(decimals)d are kept")
    return message % {"text": shown(text), "decimals": DECIMALS}


def parse_money(text: str) -> Decimal | None:
    """A number that may carry its currency: `€1.50`, `-$3`, `249.73 USD`, `9 212.82$`."""
    text = re.sub(r"(?<=[0-9.])\s*(?:[A-Za-z]{3,5}|[$€£])$", "", text.strip())
    if SPACED.fullmatch(text):
        text = re.sub(r"\s", "", text)
    sign = text[:1] if text[:1] in ("-", "+") else ""
    rest = text[len(sign) :]
    if len(rest) > 1 and unicodedata.category(rest[0]) == "Sc":
        text = sign + rest[1:].lstrip()
    return parse_decimal(text)


def grouped(mark: str = ",") -> str:
    if mark == ".":
        return _("a point is taken as what groups the digits of thousands, not as a decimal point")
    return _("a comma is taken as what groups the digits of thousands, not as a decimal comma")


def other_currency(text: str, currency: str) -> str:
    """What an amount says that it is in, where that is not the currency; `$` is many dollars."""
    code = re.search(r"(?<=[0-9.])\s*([A-Za-z]{3,5})$", text.strip())
    sign = next((char for char in text if unicodedata.category(char) == "Sc"), "")
    stated = code[1].upper() if code else SIGNS.get(sign, "")
    return "" if stated in ("", currency) else stated


def plain(number: Decimal) -> str:
    """The number in digits, the same text for the same number."""
    return format(number, "f")


def parse_unix(text: str) -> datetime:
    """Seconds since 1970."""
    try:
        if not UNIX.fullmatch(text):
            raise OverflowError
        return datetime.fromtimestamp(int(text), UTC)
    except (OverflowError, ValueError, OSError):
        raise BadValue(
            _("“%(text)s” is not a Unix time in seconds, such as 1706710000")
            % {"text": shown(text)}
        ) from None


def parse_unix_ms(text: str) -> datetime:
    """Milliseconds since 1970."""
    if not re.fullmatch(r"[0-9]{4,14}", text):
        message = _("“%(text)s” is not a Unix time in milliseconds, such as 1706710000000")
        raise BadValue(message % {"text": shown(text)})
    return parse_unix(text[:-3]) + timedelta(milliseconds=int(text[-3:]))


def parse_glued(text: str, symbols: Sequence[str] = ()) -> tuple[Decimal, str]:
    """A number and the symbol behind it: `1.5 ETH`, `0.01BNB`. It may begin with a digit where a
    space is between them, or where it is one of the symbols that are expected: `5.11INCH`."""
    text = text.strip()
    match = re.fullmatch(r"([^\s]+)\s+([^\s]+)", text) or _expected(text, symbols)
    match = match or GLUED.fullmatch(text)
    number = parse_decimal(match[1]) if match else None
    if not match or number is None:
        message = _("“%(text)s” is not an amount and its currency, such as 1.5 ETH")
        raise BadValue(message % {"text": shown(text)})
    return number, match[2]


def _expected(text: str, symbols: Sequence[str]) -> re.Match[str] | None:
    found = (re.fullmatch(rf"([+-]?[0-9][0-9.,]*)({re.escape(each)})", text) for each in symbols)
    return next(filter(None, found), None)


def full_year(text: str) -> str:
    """24-01-31 as 2024-01-31; other text stays as it is."""
    return f"20{text}" if re.match(r"\d\d-\d\d-\d\d ", text) else text


def header_zone(text: str) -> tzinfo | None:
    """What a column's title says of its times: `UTC+02:00`, `+01`, `UTC`; None for nothing."""
    match = HEADER_ZONE.fullmatch(text)
    if not match or not text:
        return None
    sign, hours, minutes = match.groups("")
    offset = _offset(f"{sign or '+'}{hours:0>2}{minutes:0>2}")
    return timezone(offset) if offset else UTC


def rewritten_time(text: str, pattern: str) -> str:
    """The year first, as `read_time` understands it; empty if the text is not of the pattern."""
    try:
        moment = datetime.strptime(text.strip(), pattern)  # noqa: DTZ007
    except ValueError:
        return ""
    return moment.isoformat(" ")


def zone_named(name: str) -> tzinfo:
    """UTC as the one object that readers know by; ZoneInfoNotFoundError, ValueError or OSError
    where there is no such zone."""
    return UTC if name == "UTC" else ZoneInfo(name)


def parse_time(text: str, zone: tzinfo = UTC) -> datetime:
    """ISO date and time in UTC; the zone is for a time that names none.

    Of the hour that a clock change repeats, the first is taken; `doubt` says so.
    """
    return read_time(text, zone)[0]


@lru_cache(maxsize=256)
def read_time(text: str, zone: tzinfo) -> tuple[datetime, bool]:
    """As `parse_time`, and whether there may be a doubt."""
    text = text.strip()
    match = TIME.fullmatch(text)
    if not match:
        raise _not_a_time(text)
    day, clock, fraction, offset = match.groups("")
    local = not offset and zone is not UTC
    return _in_utc(f"{day} {clock}{fraction[:7]}", offset, zone, text), local or len(fraction) > 7


def _in_utc(moment: str, offset: str, zone: tzinfo, text: str) -> datetime:
    try:
        naive = datetime.fromisoformat(moment)
        if not offset:
            return naive.replace(tzinfo=zone).astimezone(UTC)
        utc = naive.replace(tzinfo=UTC)
        return utc if offset[0] not in "+-" else utc - _offset(offset)
    except (ValueError, OverflowError):
        raise _not_a_time(text) from None


def doubt(text: str, zone: tzinfo) -> str:
    """Why a time that was understood is another than the text says; empty for nearly all."""
    match = TIME.fullmatch(text.strip())
    if match and not match["zone"] and (reason := _clock_change(match, zone)):
        return reason
    if match and (match["fraction"] or "")[7:].strip("0"):
        return _("parts of a microsecond are cut off")
    return ""


def _clock_change(match: re.Match[str], zone: tzinfo) -> str:
    naive = datetime.fromisoformat(f"{match['date']} {match['clock']}")
    first = naive.replace(tzinfo=zone)
    if first.utcoffset() == first.replace(fold=1).utcoffset():
        return ""
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == naive:
        message = _(
            "in %(zone)s the clock was put back, so this time came twice: the first is taken"
        )
    else:
        message = _(
            "in %(zone)s the clock was put forward, so this time did not exist: it is taken as if"
            " the clock had not been changed yet"
        )
    return message % {"zone": zone}


def _offset(text: str) -> timedelta:
    size = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return -size if text[0] == "-" else size


def _not_a_time(text: str) -> BadValue:
    if YEAR_LAST.fullmatch(text):
        message = _(
            "“%(text)s” does not say which number is the day; say which comes first in this file"
        )
        return BadValue(message % {"text": shown(text)}, "date_order")
    message = _("“%(text)s” is not a date and time; write it as 2024-01-31 14:05:00")
    return BadValue(message % {"text": shown(text)})


def is_resaved(text: str) -> bool:
    """Whether it is a time as spreadsheets write it."""
    return bool(TIME.fullmatch(text) or YEAR_LAST.fullmatch(text))


def in_order(pattern: str, order: str) -> str:
    """The pattern with that first which the person says comes first."""
    for written in STROKES.values():
        pattern = pattern.replace(written, STROKES.get(order, written))
    return pattern


def refuse_other_order(text: str, pattern: str) -> None:
    """BadValue for a date whose day stands where the pattern has the month: then it has been the
    day in all of the file, also where both could be either."""
    orders = (order for order, written in STROKES.items() if written in pattern)
    order = next(orders, "") if "/" in text else ""
    if order and year_first(text) != year_first(text, order):
        raise _not_a_time(text)


def year_first(text: str, order: str = "") -> str:
    """31.01.2024 14:05 as 2024-01-31 14:05; `order` is dmy or mdy. Without it, text stays as it is
    that can be several dates; so does other text."""
    match = YEAR_LAST.fullmatch(text.strip())
    if not match:
        return text
    *parts, clock, rest = match.groups("")
    orders = [order] if order else list(ORDERS)[: 3 if len(parts[2]) == 2 else 2]
    dates = set(filter(None, (_date_in(parts, each) for each in orders)))
    return f"{dates.pop()} {clock:0>5}{rest}" if len(dates) == 1 else text


def _date_in(parts: Sequence[str], order: str) -> str:
    """Empty if there is no such day."""
    year, month, day = (int(parts[place]) for place in ORDERS[order])
    try:
        return date(year if year > 99 else 2000 + year, month, day).isoformat()
    except ValueError:
        return ""
