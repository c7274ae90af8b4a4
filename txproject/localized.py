"""Numbers and days as the reader’s language writes them. No catalogue is asked for each of them:
they stand in every row."""

from datetime import date, datetime
from functools import cache
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import get_format
from django.utils.translation import get_language, pgettext_lazy

MONTHS = (
    pgettext_lazy("short, after a day", "Jan"),
    pgettext_lazy("short, after a day", "Feb"),
    pgettext_lazy("short, after a day", "Mar"),
    pgettext_lazy("short, after a day", "Apr"),
    pgettext_lazy("short, after a day", "May"),
    pgettext_lazy("short, after a day", "Jun"),
    pgettext_lazy("short, after a day", "Jul"),
    pgettext_lazy("short, after a day", "Aug"),
    pgettext_lazy("short, after a day", "Sep"),
    pgettext_lazy("short, after a day", "Oct"),
    pgettext_lazy("short, after a day", "Nov"),
    pgettext_lazy("short, after a day", "Dec"),
)


@cache
def marks(language: str | None) -> dict[int, str]:
    grouping, decimal = (get_format(f"{name}_SEPARATOR") for name in ("THOUSAND", "DECIMAL"))
    return str.maketrans({",": grouping, ".": decimal})


@cache
def months(language: str | None) -> list[str]:
    return list(map(str, MONTHS))


def reader_marks() -> dict[int, str]:
    """The marks of the reader's language, for whoever writes many numbers."""
    return marks(get_language())


def number(digits: str) -> str:
    """Of 1,234.5, for a page: what groups its digits may be a space, which breaks no line."""
    return digits.translate(reader_marks())


def thousands(n: int) -> str:
    return number(f"{n:,}")


def grouped(n: int) -> str:
    """The same within a sentence, where every space is a plain one."""
    return thousands(n).replace("\xa0", " ")


def reader_months() -> list[str]:
    return months(get_language())


def day(of: date) -> str:
    return f"{of.day} {reader_months()[of.month - 1]}"


def full_day(of: date) -> str:
    return f"{day(of)} {of.year}"


def moment(of: datetime) -> str:
    local = timezone.localtime(of)
    return f"{full_day(local)}, {local:%H:%M}"


class NumberField(forms.DecimalField):
    """Takes a number as it is typed, or copied from a page."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and get_format("DECIMAL_SEPARATOR") == ",":
            value = "".join(value.split()).replace(",", ".")
        return super().to_python(value)
