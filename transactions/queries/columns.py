"""The columns of the list: which there are, and which of them are shown, in which order."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _


class Column(NamedTuple):
    name: str
    title: Any
    sort: str = ""


USUAL_COLUMNS = (
    Column("time", _("Time"), "time"),
    Column("type", _("Type, wallet")),
    Column("out", _("Out"), "amount"),
    Column("in", _("In"), "amount"),
    Column("fee", _("Fee")),
    Column("who", _("Counterparty")),
    Column("labels", _("Labels, note")),
)
# Read only where one of them is shown: queries/rows.py.
MORE_COLUMNS = (
    Column("value", _("Stated value")),
    Column("hash", _("Hash")),
    Column("group", _("Group")),
    Column("address", _("Own address")),
    Column("source", _("Source")),
    Column("imported", _("Imported")),
    Column("edited", _("Edited")),
)
COLUMNS = {column.name: column for column in (*USUAL_COLUMNS, *MORE_COLUMNS)}
USUAL = tuple(column.name for column in USUAL_COLUMNS)
MORE = frozenset(COLUMNS) - set(USUAL)
# It leads to the transaction, so it is never left out.
FIRST = "time"

type Names = tuple[str, ...]


def known(names: Iterable[str]) -> Names:
    """Those that there are, each once; none of them is all the same as not to say any."""
    found = dict.fromkeys(name for name in names if name in COLUMNS)
    return tuple(found if FIRST in found or not found else [FIRST, *found])


def in_query(query: QueryDict) -> Names:
    """`columns=time,out`, or once for each, as a form without scripts sends it."""
    return known(",".join(query.getlist("columns")).split(","))


def shown_columns(query: QueryDict, usual: str) -> Names:
    """Those of the URL, else the reader's usual ones."""
    return in_query(query) or known(usual.split(",")) or USUAL


def moved(names: Names, name: str, step: int) -> Names:
    """With one of them a place further up or down, as far as it goes."""
    if name not in names:
        return names
    at = names.index(name)
    rest = [*names[:at], *names[at + 1 :]]
    rest.insert(max(0, at + step), name)
    return tuple(rest)
