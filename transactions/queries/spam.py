"""What is marked as spam, and what looks like it. It is proposed with its reason, never decided."""

import re
import unicodedata
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext as _

from contacts.models import Address
from ledgers.models import Ledger
from transactions.models import Asset, SpamMark, SpamRow, Transaction
from transactions.queries.suspects import suspects
from txproject.text import unseen, visible

# Of each kind: the newest tokens, the unnamed addresses that are met most.
LOOKED_AT = 500
PROPOSED = 50
ADDRESS_OF_SITE = re.compile(
    r"https?:|www\.|t\.me/|[\w-]\.(?:com|net|org|io|xyz|app|site|top|gift|finance|fi|co|me|lol)\b",
    re.IGNORECASE,
)
CALL = re.compile(r"\b(?:claim|visit|reward|voucher|airdrop|bonus)\b", re.IGNORECASE)
KNOWN = ("BTC", "ETH", "USDT", "USDC", "DAI", "BNB", "WETH", "WBTC", "SOL", "TRX", "XRP", "MATIC")
# Letters that are drawn as Latin ones.
DRAWN_ALIKE = str.maketrans("АВСЕНІЈКМОРЅТХУΑΒΕΗΙΚΜΝΟΡΤΥΧΖ", "ABCEHIJKMOPSTXYABEHIKMNOPTYXZ")


@dataclass
class Proposal:
    what: Address | Asset
    reason: str


def marks(ledger: Ledger) -> list[SpamMark]:
    """The latest first, each with how many rows it hides."""
    rows = SpamRow.objects.filter(ledger=ledger).values_list("mark").annotate(n=Count("pk"))
    hidden = dict(rows)
    of = ledger.spam.select_related("address__contact", "asset", "marked_by").order_by("-pk")
    found = list(of)
    for each in found:
        each.n = hidden.get(each.pk, 0)  # type: ignore[attr-defined]
    return found


def proposals(ledger: Ledger) -> list[Proposal]:
    return [*tokens(ledger), *addresses(ledger)][:PROPOSED]


def tokens(ledger: Ledger) -> list[Proposal]:
    marked = ledger.spam.exclude(asset=None).values("asset")
    rows = Transaction.objects.alive().filter(ledger=ledger, hidden=False)
    received = rows.filter(received_asset=OuterRef("pk"))
    worked = Q(sent_asset=OuterRef("pk")) | Q(fee_asset=OuterRef("pk"))
    found = (
        ledger.assets.exclude(contract="")
        .exclude(pk__in=marked)
        .annotate(
            shown=Exists(received),
            used=Exists(Transaction.objects.alive().filter(worked, ledger=ledger)),
            named=Exists(
                received.filter(
                    Q(contact__isnull=False)
                    | Q(counterparty__contact__isnull=False)
                    | Q(counterparty__wallet__isnull=False)
                    | Q(sent_amount__gt=0)
                )
            ),
        )
        .order_by("-pk")[:LOOKED_AT]
    )
    coins = {*KNOWN, *ledger.assets.filter(contract="").values_list("symbol", flat=True)}
    return [Proposal(each, why) for each in found if each.shown and (why := reason(each, coins))]


def reason(asset: Asset, coins: set[str]) -> str:
    text = f"{asset.symbol} {asset.name}"
    if ADDRESS_OF_SITE.search(text):
        return _("its name leads to a site")
    plain = drawn(asset.symbol)
    if plain in coins and asset.symbol != plain:
        return _("its symbol is drawn like %(symbol)s") % {"symbol": plain}
    if asset.used or asset.named:  # type: ignore[attr-defined]
        return ""
    if CALL.search(text):
        return _("its name calls for something, and it only ever came in")
    return _("it only ever came in, from nobody that is named")


def drawn(symbol: str) -> str:
    """As a reader takes it: without what is not seen, in the letters that it looks like."""
    at = set(unseen(symbol))
    seen = "".join(c for n, c in enumerate(symbol) if n not in at)
    return unicodedata.normalize("NFKC", seen).translate(DRAWN_ALIKE).strip()


def addresses(ledger: Ledger) -> list[Proposal]:
    marked = ledger.spam.exclude(address=None).values("address")
    rows = ledger.transactions.alive().filter(
        hidden=False, contact__isnull=True, counterparty__isnull=False
    )
    met = rows.exclude(counterparty__in=marked).order_by().values_list("counterparty")
    most = [pk for pk, _n in met.annotate(n=Count("*")).order_by("-n", "counterparty")[:LOOKED_AT]]
    unnamed = list(ledger.addresses.unassigned().filter(pk__in=most))
    why = suspects(ledger, unnamed)
    return [Proposal(each, str(why[each.pk])) for each in unnamed if each.pk in why]


def shown_as(what: Address | Asset) -> str:
    if isinstance(what, Address):
        return visible(what.shown)
    return visible(f"{what.symbol} ({what.contract})")
