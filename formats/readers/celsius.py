"""Celsius's transactions, as the application exported them and the website. A swap is two lines of
one minute, which nothing else ties together. What is set aside as collateral is still the user's.
"""

from datetime import UTC

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LegsFormat
from formats.parsing.exchanges import Leg, kind_of, only_done
from formats.parsing.records import Row, SkipRow, Value
from formats.parsing.tables import Cells

TIME = "%B %d, %Y %I:%M %p"
# The first that is found in what the line says. Before 2021 it says referred_award.
KINDS = {
    "loan": "payment",
    "collateral": "transfer",
    "swap": "trade",
    "outbound": "withdrawal",
    "withdrawal": "withdrawal",
    **dict.fromkeys(("reward", "award", "bonus", "interest"), "reward"),
    **dict.fromkeys(("deposit", "transfer"), "deposit"),
}
NAMES = {"MCDAI": "DAI"}


class Celsius(LegsFormat):
    name = "celsius"
    title = gettext_lazy("Celsius transactions")
    family = "celsius"
    site = "Celsius"
    how = gettext_lazy("Celsius has closed: take the file that you exported before. It is a CSV.")
    documentation = (
        "https://github.com/BittyTax/BittyTax/blob/master/src/bittytax/conv/parsers/celsius.py"
    )
    required = {
        "id": r"internal id",
        "time": r"date and time",
        "type": r"transaction type",
        "asset": r"coin type",
        "amount": r"coin amount",
        "value": r"usd value",
        "confirmed": r"confirmed",
    }

    def read(self, cells: Cells) -> Row[Leg]:
        if cells.text("confirmed").lower() == "no":
            raise SkipRow(_("it moved nothing: it is not confirmed"))
        only_done(cells, "confirmed", {"yes"})
        leg = self._leg(cells)
        unit = f"{leg.occurred_at:%Y-%m-%d %H:%M}" if leg.type == "trade" else ""
        return Row((cells.required("id"),), leg, unit=unit)

    def _leg(self, cells: Cells) -> Leg:
        symbol, worth = cells.required("asset"), cells.money("value", "USD")
        if cells.text("type"):
            kind = kind_of(cells, "type", KINDS)
        else:
            kind = "other"
            cells.unknown_type("type")
        return Leg(
            cells.time_as("time", TIME, UTC),
            kind,
            cells.required_amount("amount"),
            NAMES.get(symbol, symbol),
            value=Value(worth.copy_abs(), "USD") if worth else None,
        )
