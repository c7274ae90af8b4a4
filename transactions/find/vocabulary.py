"""The words that there are, the same in every language, and what can stand behind them."""

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from transactions.find.words import NONE
from transactions.models import Status

NO_LABEL = NONE
# The ending of a filter that leaves out, beside one that takes in.
BUT = "_but"


class Kind(NamedTuple):
    """A word whose values are names: of which rows of the ledger, and how a filter knows them."""

    rows: str
    field: str
    key: str
    unknown: Any


KINDS = {
    "wallet": Kind("wallets", "name", "pk", _("no wallet is called “%(name)s”")),
    "type": Kind("", "", "", _("no type is called “%(name)s”")),
    "asset": Kind("assets", "symbol", "symbol", _("no asset is called “%(name)s”")),
    "contact": Kind("contacts", "name", "pk", _("no contact is called “%(name)s”")),
    "label": Kind("labels", "name", "pk", _("no label is called “%(name)s”")),
    "source": Kind("batches", "format", "format", _("no imported file has the format “%(name)s”")),
}
# Of `is`: the filter, and what it is where that is so, and where it is not.
STATES = {
    "hidden": ("hidden", "only", ""),
    "failed": ("status", "failed", "ok"),
    "spam": ("hidden", "spam", ""),
    "new": ("review", "new", "reviewed"),
}
UNLABELLED = "unlabelled"
CHOSEN = {
    "status": tuple(Status.values),
    "hidden": ("only", "all", "spam", "with-spam"),
    "review": ("new", "reviewed"),
    "transfers": ("once",),
}
# The longer sign first.
BOUNDS = {">=": "min", "<=": "max", ">": "above", "<": "below"}
# An example of each, and what it means.
WORDS = {
    "label": ("label:tax", _("a label; label:none is without any")),
    "wallet": ("wallet:kraken", _("a wallet")),
    "type": ("type:fee", _("a type")),
    "asset": ("asset:ETH", _("an asset that came in, went out or was a fee")),
    "contact": ('contact:"Blue Harbor"', _("a contact")),
    "amount": ("amount:>100", _("more than that; also >= < <= and 5..10")),
    "before": ("before:2024-01", _("before that year, month or day begins")),
    "after": ("after:2024", _("after it has ended")),
    "since": ("since:2024-01-31", _("from its beginning")),
    "until": ("until:2024-01", _("up to its end")),
    "date": ("date:2024-01..2024-03", _("in it, or from one to another")),
    "address": ("address:0x52908", _("an address, whole or its beginning")),
    "hash": ("hash:0x9f3a", _("a hash or reference, whole or its beginning")),
    "note": ('note:"paid back"', _("words of the note, or their beginnings")),
    "source": ("source:kraken_ledgers", _("the format of the imported file")),
    "import": ("import:12", _("the number of an import")),
    "is": ("is:hidden", _("also is:new, is:spam, is:failed and is:unlabelled")),
    "status": ("status:failed", _("or status:ok")),
    "hidden": ("hidden:all", _("hidden ones too; hidden:only is just these")),
    "review": ("review:new", _("what nobody has looked at yet; or review:reviewed")),
    "transfers": ("transfers:once", _("of each transfer only the end that sent it")),
}
ALIASES = {
    **{"метка": "label", "кошелёк": "wallet", "кошелек": "wallet", "тип": "type"},
    **{"актив": "asset", "контакт": "contact", "сумма": "amount", "до": "before"},
    **{"после": "after", "с": "since", "по": "until", "дата": "date", "адрес": "address"},
    **{"хеш": "hash", "заметка": "note", "источник": "source", "импорт": "import"},
    **{"статус": "status"},
}


def canonical(name: str) -> str:
    return ALIASES.get(name, name)
