"""A mapping: what a person says of a table, checked field by field."""

import re
import tomllib
import zoneinfo
from collections.abc import Iterable
from dataclasses import MISSING, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, NoReturn, Self

from django.utils.translation import gettext as _

from formats.mapping import fields as known
from formats.mapping.toml import written
from formats.parsing.records import ImportFailed
from formats.parsing.tables import CURRENCY, LABEL, LONGEST
from formats.parsing.values import shown
from transactions.models import TransactionType

LIMITS = {"value_asset": CURRENCY, "label": LABEL}
SOME_DAY = datetime(2024, 11, 25, 14, 5, 7, tzinfo=UTC)


class BadMapping(ImportFailed):
    """`field` is what is wrong, as TOML calls it: `columns.time`; empty for the whole."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{shown(field, 100)}: {reason}" if field else reason)
        self.field, self.reason = field, reason


@dataclass(frozen=True, slots=True)
class Mapping:
    """`columns` and `constants` are by our names of fields. With a `header` it is for files that
    have all of these columns. `types` and `directions` are by the words of the type column; `joins`
    is the column whose value the rows of one transaction share. A row is known by the columns of
    `identity`: without them, by all that are mapped."""

    columns: dict[str, str]
    name: str = ""
    header: tuple[str, ...] = ()
    sign: str = known.SIGNED
    fee_included: bool = False
    date: str = known.ISO
    zone: str = ""
    decimal_mark: str = "."
    joins: str = ""
    identity: tuple[str, ...] = ()
    constants: dict[str, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    directions: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for check in CHECKS:
            check(self)

    @classmethod
    def of(cls, values: object) -> Self:
        """Of what JSON or TOML gives; BadMapping names the field that is wrong."""
        if not isinstance(values, dict):
            raise BadMapping("", _("this is no mapping"))
        defaults = {each.name: default_of(each) for each in fields(cls)}
        for name in values:
            one_of(name, "", defaults)
        if "columns" not in values:
            raise BadMapping("columns", _("say which columns there are"))
        return cls(**{name: like(defaults[name], name, value) for name, value in values.items()})

    @classmethod
    def from_toml(cls, text: str) -> Self:
        try:
            return cls.of(tomllib.loads(text))
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise BadMapping("", _("this is not TOML: %s") % error) from None

    def as_dict(self) -> dict[str, Any]:
        """As JSON and TOML have it, without what goes without saying."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
            if value != DEFAULTS.get(name)
        }

    def to_toml(self) -> str:
        return written(self.as_dict())

    def says(self, name: str) -> bool:
        """Whether the field has a column, or is the same in every row."""
        return name in self.columns or name in self.constants


def default_of(each: Any) -> Any:
    """An empty one where there is none."""
    return each.default if each.default is not MISSING else {}


DEFAULTS = {each.name: default_of(each) for each in fields(Mapping)}


def like(default: Any, name: str, value: object) -> Any:
    """The value, if it is of the same kind."""
    if isinstance(default, dict):
        return table(name, value)
    if isinstance(default, tuple):
        return texts(name, value)
    if isinstance(default, bool):
        return value if isinstance(value, bool) else refuse(name, _("write true or false"))
    return text(name, value)


def text(name: str, value: object) -> str:
    if not isinstance(value, str) or "\0" in value:
        refuse(name, _("write a text, in quotation marks"))
    return value


def texts(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        refuse(name, _("write a list of texts, in square brackets"))
    return tuple(text(name, each) for each in value)


def table(name: str, value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        refuse(name, _("write a table, such as [%s]") % name)
    return {text(name, str(key)): text(f"{name}.{key}", each) for key, each in value.items()}


def refuse(name: str, reason: str) -> NoReturn:
    raise BadMapping(name, reason)


def one_of(value: str, name: str, choices: Iterable[str]) -> None:
    """The name is that of the setting; empty where the value itself is one."""
    if value not in choices:
        message = _("“%(value)s” is none of %(choices)s")
        names = {"value": shown(value), "choices": ", ".join(choices)}
        refuse(name or value, message % names)


def check_fields(mapping: Mapping) -> None:
    if len(mapping.name) > known.NAME_LENGTH:
        refuse("name", _("write at most %d characters") % known.NAME_LENGTH)
    for name, title in mapping.columns.items():
        one_of(name, f"columns.{name}", known.FIELDS)
        check_column(mapping, f"columns.{name}", title)
    for name, value in mapping.constants.items():
        one_of(name, f"constants.{name}", known.CONSTANTS)
        if name in mapping.columns:
            refuse(f"constants.{name}", _("there is a column for it already: leave one out"))
        limit = LIMITS.get(name, LONGEST)
        if not 0 < len(value.strip()) <= limit:
            refuse(f"constants.{name}", _("write 1 to %d characters, or leave it out") % limit)


def check_column(mapping: Mapping, name: str, title: str) -> None:
    if not title or (mapping.header and title not in mapping.header):
        refuse(name, _("the header has no column “%s”") % shown(title))


def check_needed(mapping: Mapping) -> None:
    one_of(mapping.sign, "sign", known.MOVED)
    if "time" not in mapping.columns:
        refuse("columns.time", _("say which column has the time"))
    moved = known.MOVED[mapping.sign]
    if mapping.sign == known.IN_COLUMNS:
        if not any(name in mapping.columns for name in moved):
            refuse("columns.sent", _("say which columns have what went out and what came in"))
    elif "amount" not in mapping.columns:
        refuse("columns.amount", _("say which column has the amount"))
    for name in ("amount", "total", "sent", "received"):
        if name in mapping.columns and name not in moved:
            message = _("this is not read where the sign is told by “%s”: leave it out")
            refuse(f"columns.{name}", message % mapping.sign)


def check_assets(mapping: Mapping) -> None:
    shared = mapping.sign == known.IN_COLUMNS and mapping.says("asset")
    for name, asset in known.ASSETS.items():
        if (
            name not in mapping.columns
            and mapping.says(asset)
            and not (asset == "asset" and shared)
        ):
            refuse(f"columns.{asset}", _("there is no amount that it could be of"))
        stands = name == "fee" or (shared and name in known.MOVED[known.IN_COLUMNS])
        if name in mapping.columns and not mapping.says(asset) and not stands:
            refuse(f"columns.{asset}", _("say which column has the currency, or which it is"))


def check_words(mapping: Mapping) -> None:
    for word, kind in mapping.types.items():
        one_of(kind, f"types.{word}", known.TYPES)
    for word, direction in mapping.directions.items():
        one_of(direction, f"directions.{word}", (known.IN, known.OUT))
    by_word = mapping.sign == known.BY_WORD
    if (mapping.types or by_word) and "type" not in mapping.columns:
        refuse("columns.type", _("say which column has the words"))
    if by_word and not mapping.directions:
        refuse("directions", _("say which words mean in, and which mean out"))
    if mapping.directions and not by_word:
        refuse("directions", _("this is not read where the sign is told by “%s”") % mapping.sign)
    if constant := mapping.constants.get("type"):
        one_of(constant, "constants.type", TransactionType.values)


def check_writing(mapping: Mapping) -> None:
    one_of(mapping.decimal_mark, "decimal_mark", (".", ","))
    if mapping.date not in known.DATES and not is_pattern(mapping.date):
        message = _("write %(names)s, or a pattern with day, month and year such as %(example)s")
        names = {"names": ", ".join(known.DATES), "example": "%d.%m.%Y %H:%M"}
        refuse("date", message % names)
    if mapping.zone and mapping.zone not in zoneinfo.available_timezones():
        message = _("there is no time zone “%s”; names are such as Europe/Berlin")
        refuse("zone", message % shown(mapping.zone))


def is_pattern(text: str) -> bool:
    """A pattern of `strptime` that says which day it is, or several with | between. A zone's name
    in it would not be read."""
    return "%Z" not in text and all(map(tells_the_day, text.split("|")))


def tells_the_day(pattern: str) -> bool:
    try:
        read = datetime.strptime(SOME_DAY.strftime(pattern), pattern)  # noqa: DTZ007
    except (ValueError, re.error):
        return False
    return read.date() == SOME_DAY.date()


def check_known_by(mapping: Mapping) -> None:
    if mapping.joins:
        check_column(mapping, "joins", mapping.joins)
    for title in mapping.identity:
        check_column(mapping, "identity", title)


CHECKS = (
    *(check_fields, check_needed, check_assets, check_words),
    *(check_writing, check_known_by),
)
