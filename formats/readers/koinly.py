"""Koinly's templates, universal and simple, which many tools write. Its labels that are a type of
ours become the type; others become labels."""

from django.utils.translation import gettext_lazy

from formats.parsing.records import AssetRef, Entry, Part
from formats.parsing.tables import Cells
from formats.readers.sided import Labelled

TYPES = {
    "airdrop": "airdrop",
    "fork": "airdrop",
    "staking": "reward",
    "reward": "reward",
    "mining": "reward",
    "interest": "reward",
    "lending interest": "reward",
    "cashback": "reward",
    "income": "income",
    "other income": "income",
    "salary": "income",
    "cost": "payment",
    "payment": "payment",
    "gift": "gift",
    "donation": "gift",
    "fee": "fee",
    "margin fee": "fee",
    "loan fee": "fee",
    "lost": "loss",
    "loss": "loss",
    "stolen": "loss",
    **dict.fromkeys(("to pool", "sent to pool", "from pool", "received from pool"), "transfer"),
    **dict.fromkeys(("stake", "unstake"), "transfer"),
}


class KoinlyLabels(Labelled):
    types = TYPES
    no_reference = Labelled.no_reference | {"0x"}

    def identity(self, cells: Cells, entry: Entry) -> tuple[str, ...]:
        time, *sides = super().identity(cells, entry)
        return (time, cells.text("hash"), *sides)


class Koinly(KoinlyLabels):
    name = "koinly"
    title = gettext_lazy("Koinly universal template")
    family = "koinly"
    site = "Koinly"
    how = gettext_lazy(
        "Many programs write this template. Choose “Koinly universal” where they ask for a format."
    )
    required = {
        "time": r"(?:koinly )?date",
        "sent": r"sent amount",
        "sent_asset": r"sent currency",
        "received": r"received amount",
        "received_asset": r"received currency",
    }
    without = (r"source families",)  # our own export
    optional = {
        "fee": r"fee amount",
        "fee_asset": r"fee currency",
        "value": r"net worth amount",
        "value_asset": r"net worth currency",
        "label": r"label|tag",
        "note": r"description",
        "hash": r"tx ?hash",
    }


class KoinlySimple(KoinlyLabels):
    name = "koinly_simple"
    title = gettext_lazy("Koinly simple template")
    family = "koinly_simple"
    site = "Koinly"
    how = gettext_lazy(
        "Some programs write this template. Choose “Koinly simple” where they ask for a format."
    )
    required = {
        "time": r"(?:koinly )?date",
        "amount": r"amount",
        "asset": r"currency",
        "label": r"label|tag",
        "hash": r"tx ?hash",
    }
    optional = {"note": r"description"}

    def parts(self, cells: Cells) -> dict[str, Part | None]:
        amount = cells.required_amount("amount")
        part = Part(amount.copy_abs(), AssetRef(cells.required("asset")))
        return {"sent" if amount < 0 else "received": part}
