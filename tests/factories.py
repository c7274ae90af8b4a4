"""Rows for tests, each with what it needs. Everything can be said by keyword."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from accounts.models import Invitation, hashed, until_in
from balances.models import StatedBalance
from contacts.chains import normalise
from contacts.models import Address, Contact, Wallet
from imports.models import FormatMapping, ImportBatch, Upload
from imports.pipeline.preview import preview_file
from imports.uploads.blocks import opened, store
from imports.uploads.options import import_of
from ledgers.models import Ledger, Membership, Role, User
from live.writers import Way, writing
from rules.actions import acting, apply
from rules.models import Effect, Rule, Run
from transactions.models import Asset, Label, SavedView, SpamMark, Transaction, TransferPair

numbers = count(1)
COUNTS = ("lines", "imported", "duplicates", "skipped", "errors", "transactions")
UPLOADED = (
    "Date,Sent Amount,Sent Currency,Received Amount,Received Currency\n"
    "2024-03-01 10:00:00 UTC,,,1.5,BTC\n"
)
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def make_user(name: str = "", **kw: Any) -> User:
    return User.objects.create_user(name or f"user{next(numbers)}", password="secret", **kw)


def make_ledger(owner: User | None = None, **kw: Any) -> Ledger:
    n = next(numbers)
    ledger = Ledger.objects.create(**{"name": f"Ledger {n}", "slug": f"ledger-{n}"} | kw)
    if owner:
        make_member(ledger, owner, Role.OWNER)
    return ledger


def make_keller(owner: User | None = None) -> Ledger:
    """That of most tests."""
    return make_ledger(owner=owner or make_user("ana"), name="Keller family", slug="keller")


def make_member(ledger: Ledger, user: User, role: Role) -> Membership:
    return Membership.objects.create(ledger=ledger, user=user, role=role)


def make_invitation(ledger: Ledger, token: str = "", **kw: Any) -> Invitation:
    """By an owner of its own, unless said otherwise."""
    if "by" not in kw:
        make_member(ledger, owner := make_user(), Role.OWNER)
        kw["by"] = owner
    of = {"role": Role.VIEWER, "token": hashed(token or str(next(numbers)))}
    return Invitation.objects.create(ledger=ledger, **of | {"expires_at": until_in(7)} | kw)


def make_wallet(ledger: Ledger, name: str = "", **kw: Any) -> Wallet:
    return Wallet.objects.create(ledger=ledger, name=name or f"Wallet {next(numbers)}", **kw)


def make_batch(ledger: Ledger, wallet: Wallet | None = None, **kw: Any) -> ImportBatch:
    """An import of no rows."""
    counts = dict.fromkeys(COUNTS, 0)
    of = {"ledger": ledger, "wallet": wallet or make_wallet(ledger), "file_name": "export.csv"}
    return ImportBatch.objects.create(**of | {"sha256": "0" * 64, "format": "koinly"} | counts | kw)


def make_mapping(ledger: Ledger, name: str = "", **kw: Any) -> FormatMapping:
    """Of tables with the columns Day and Sum, in bitcoins."""
    said = {"columns": {"time": "Day", "amount": "Sum"}, "constants": {"asset": "BTC"}}
    of = {"name": name or f"mapping {next(numbers)}", "mapping": {"header": ["Day", "Sum"]} | said}
    return FormatMapping.objects.create(**{"ledger": ledger} | of | kw)


def make_upload(ledger: Ledger, text: str = UPLOADED, **kw: Any) -> Upload:
    """A file that was looked at, and nobody has confirmed."""
    made = store(ledger, None, "export.csv", [text.encode()], 1 << 20)
    preview = preview_file(import_of(made), opened(made), made.file_name)
    values = {"state": Upload.State.CHECKED, "checked": preview.found, "rows": preview.rows}
    Upload.objects.filter(pk=made.pk).update(**values | kw)
    made.refresh_from_db()
    return made


def make_contact(ledger: Ledger, name: str = "", **kw: Any) -> Contact:
    return Contact.objects.create(ledger=ledger, name=name or f"Contact {next(numbers)}", **kw)


def make_label(ledger: Ledger, name: str = "", **kw: Any) -> Label:
    return Label.objects.create(ledger=ledger, name=name or f"label {next(numbers)}", **kw)


def make_view(ledger: Ledger, name: str = "", **kw: Any) -> SavedView:
    """The ledger's, of all its transactions, unless said otherwise."""
    name = name or f"view {next(numbers)}"
    of = {"name": name, "slug": slugify(name), "place": ledger.views.count() + 1}
    return SavedView.objects.create(**{"ledger": ledger} | of | kw)


def make_rule(ledger: Ledger, name: str = "", **kw: Any) -> Rule:
    """Of all transactions; it writes a note, unless said otherwise."""
    name = name or f"rule {next(numbers)}"
    of = {"name": name, "place": ledger.rules.count() + 1, "note": f"by {name}"}
    return Rule.objects.create(**{"ledger": ledger} | of | kw)


def make_run(ledger: Ledger, **kw: Any) -> Run:
    return Run.objects.create(**{"ledger": ledger, "rule": make_rule(ledger)} | kw)


def make_effect(ledger: Ledger) -> Effect:
    """Of one transaction."""
    with writing(Way.IMPORT):
        make_transaction(ledger)
    with transaction.atomic(), acting(None):
        apply(make_rule(ledger), None)
    return Effect.objects.filter(ledger=ledger).latest("pk")


def some_address(n: int | None = None) -> str:
    """A different EVM address each time."""
    return f"0x{next(numbers) if n is None else n:040x}"


def make_address(ledger: Ledger, text: str = "", **kw: Any) -> Address:
    found = normalise(text or some_address())
    return Address.objects.create(
        ledger=ledger,
        family=found.family,
        shown=found.shown,
        normalised=found.normalised,
        **kw,
    )


def coin(ledger: Ledger, symbol: str) -> Asset:
    return Asset.objects.get_or_create(ledger=ledger, symbol=symbol, contract="")[0]


def make_token(ledger: Ledger, symbol: str = "SCAM", **kw: Any) -> Asset:
    of = {"chain": "ethereum", "contract": some_address()}
    return Asset.objects.create(**{"ledger": ledger, "symbol": symbol} | of | kw)


def make_spam(ledger: Ledger, **kw: Any) -> SpamMark:
    """An address, unless an asset is said."""
    of = {} if "asset" in kw else {"address": make_address(ledger)}
    return SpamMark.objects.create(**{"ledger": ledger} | of | kw)


def make_transaction(ledger: Ledger, **kw: Any) -> Transaction:
    """A deposit of 1 ETH; `sent`, `received` and `fee` take (amount, symbol or asset)."""
    if not {"sent", "received", "fee"} & kw.keys():
        kw["received"] = ("1", "ETH")
    for part in {"sent", "received", "fee"} & kw.keys():
        amount, asset = kw.pop(part)
        kw[f"{part}_amount"] = Decimal(amount)
        kw[f"{part}_asset"] = coin(ledger, asset) if isinstance(asset, str) else asset
    labels = kw.pop("labels", ())
    if "wallet" not in kw:
        kw["wallet"] = ledger.wallets.first() or make_wallet(ledger)
    tx = Transaction.objects.create(
        **{"ledger": ledger, "occurred_at": NOON, "type": "deposit"} | kw
    )
    tx.labels.add(*labels, through_defaults={"ledger": ledger})
    return tx


def make_ends(ledger: Ledger, **kw: Any) -> tuple[Transaction, Transaction]:
    """0.5 BTC from Kraken to Cold, an hour apart; whatever one end has else, the other has too."""
    wallets = {wallet.name: wallet for wallet in ledger.wallets.filter(name__in=["Kraken", "Cold"])}
    kraken, cold = (wallets.get(name) or make_wallet(ledger, name) for name in ("Kraken", "Cold"))
    at = kw.pop("occurred_at", NOON)
    sent = {"wallet": kraken, "type": "withdrawal", "sent": kw.pop("sent", ("0.5", "BTC"))}
    received = {"wallet": cold, "type": "deposit", "received": kw.pop("received", ("0.5", "BTC"))}
    later = at + timedelta(hours=1)
    return (
        make_transaction(ledger, occurred_at=at, **sent, **kw),
        make_transaction(ledger, occurred_at=later, **received, **kw),
    )


def make_pair(ledger: Ledger, *ends: Transaction, **kw: Any) -> TransferPair:
    """Accepted, unless said otherwise."""
    sent, received = ends or make_ends(ledger)
    values = {"state": "accepted", "decided_at": NOON} | kw
    return TransferPair.objects.create(ledger=ledger, sent=sent, received=received, **values)


def make_balance(ledger: Ledger, asset: str = "ETH", **kw: Any) -> StatedBalance:
    """That its wallet held 1 ETH, unless said otherwise."""
    if "wallet" not in kw:
        kw["wallet"] = ledger.wallets.first() or make_wallet(ledger)
    of = {"asset": coin(ledger, asset), "at": NOON, "amount": Decimal(1)}
    return StatedBalance.objects.create(**{"ledger": ledger} | of | kw)
