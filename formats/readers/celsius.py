"""Celsius: a line per asset that moved. The two lines of a swap have their time in common."""

from datetime import UTC

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LegsFormat
from formats.parsing.exchanges import Leg, kind_of, only_done
from formats.parsing.records import Row, SkipRow
from formats.parsing.tables import Cells

TIMES = "%B %d, %Y %I:%M %p"
KINDS = {
    "swap": "trade",
    **dict.fromkeys(("interest", "reward", "award", "bonus"), "reward"),
    **dict.fromkeys(("withdrawal", "outbound"), "withdrawal"),
    **dict.fromkeys(("deposit", "inbound", "transfer"), "deposit"),
}


class Celsius(LegsFormat):
    name = "celsius"
    title = "Celsius transactions"
    family = "celsius"
    site = "Celsius"
    how = gettext_lazy("Profile → Transaction history → Download CSV. The site itself is closed.")
    documentation = (
        "https://github.com/BittyTax/BittyTax/blob/master/src/bittytax/conv/parsers/celsius.py"
    )
    required = {
        "id": r"internal id",
        "time": r"date and time",
        "type": r"transaction type",
        "asset": r"coin type",
        "amount": r"coin amount",
        "confirmed": r"confirmed",
    }

    def read(self, cells: Cells) -> Row[Leg]:
        if cells.text("confirmed").lower() == "no":
            raise SkipRow(_("it moved nothing: it is not confirmed"))
        only_done(cells, "confirmed", {"yes"})
        identity, time = cells.required("id"), cells.time_as("time", TIMES, UTC)
        kind = kind_of(cells, "type", KINDS)
        change = cells.required_amount("amount")
        leg = Leg(time, kind, change, cells.required("asset"))
        unit = f"swap {time.isoformat()}" if kind == "trade" else ""
        return Row((identity,), leg, unit=unit)
