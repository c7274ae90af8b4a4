"""Withdrawals and deposits between own wallets that look like the two ends of one transfer.

Nothing of this is stored: it is found whenever it is looked at, so that it always fits the rows as
they are. Only what people decide is kept (models/transfer.py).

A withdrawal and a deposit fit where they are of two wallets and of one asset, no more arrived than
was sent, and they have the same hash, or: not more is missing than a network fee takes, the deposit
came within a day, and not both have a hash. Of those that fit, the better one has the same hash,
then less is missing, then it came sooner. A pair is proposed where each is the best for the other.

An exchange does not say the contract of a token, so a coin and a token of one symbol may be one
asset. Anybody can make a token of any symbol; without the hash that is never certain.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import IntEnum
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.http import QueryDict

from ledgers.models import Ledger
from transactions.models import TransactionType, TransferPair
from transactions.queries.listing import MAX_COUNT, page_size

# Of what was sent, where the source does not name a fee.
FEE_SHARE = Decimal("0.02")
AFTER, BEFORE = timedelta(hours=24), timedelta(hours=1)  # before: clocks differ
# Withdrawals that one page looks through.
SCOPE = 2_000

# OFFSET 0: looked up row by row. Joined, all pairs would be gone through for each row, since
# PostgreSQL expects hardly any of them to stand.
STANDING = "NOT EXISTS (SELECT FROM standing WHERE standing.{end}_id = {row}.id OFFSET 0)"
FREE = f"""
    {{row}}.ledger_id = %(ledger)s AND {{row}}.deleted_at IS NULL AND NOT {{row}}.hidden
    AND {{row}}.type = ANY(%({{end}}_types)s) AND {{row}}.{{end}}_amount > 0
    AND {{row}}.{{other}}_asset_id IS NULL AND {STANDING}
"""
FREE_SENT = FREE.format(row="s", end="sent", other="received")
FREE_RECEIVED = FREE.format(row="r", end="received", other="sent")
NEWEST = f"""
    WITH standing AS NOT MATERIALIZED ({{standing}})
    SELECT s.id FROM transactions_transaction AS s
    WHERE {FREE_SENT} AND (%(past)s::bigint IS NULL OR (s.occurred_at, s.id) <
        (SELECT p.occurred_at, p.id FROM transactions_transaction AS p
            WHERE p.ledger_id = %(ledger)s AND p.id = %(past)s))
    ORDER BY s.occurred_at DESC, s.id DESC LIMIT %(limit)s
"""  # noqa: S608 (our own text)
IS_FEE = """
    s.sent_amount - r.received_amount <= greatest(s.sent_amount * %(share)s,
        CASE WHEN s.fee_asset_id = s.sent_asset_id THEN s.fee_amount END)
"""
FITTING = f"""
    SELECT s.id AS sent_id, r.id AS received_id, s.sent_asset_id = r.received_asset_id AS one_asset,
        s.sent_amount - r.received_amount AS missing, r.occurred_at - s.occurred_at AS delay,
        CASE WHEN NOT ({IS_FEE}) THEN 3 WHEN s.tx_hash <> '' AND r.tx_hash <> '' THEN 1 ELSE 2 END
            AS rank
    FROM {{sent}} AS s JOIN alike ON alike.sent_id = s.sent_asset_id
    JOIN {{received}} AS r ON r.received_asset_id = alike.received_id
    WHERE {{free}} AND {{by}}
        AND s.wallet_id <> r.wallet_id AND r.received_amount <= s.sent_amount
        AND NOT EXISTS (SELECT FROM transactions_transferpair AS p
            WHERE p.sent_id = s.id AND p.received_id = r.id AND p.state = 'refused')
"""  # noqa: S608 (our own text)
SAME_HASH = "s.tx_hash <> '' AND r.tx_hash <> '' AND upper(s.tx_hash) = upper(r.tx_hash)"
IN_TIME = f"""(CASE WHEN s.tx_hash = '' OR r.tx_hash = '' THEN {IS_FEE} ELSE {SAME_HASH} END)
    AND {{}}.occurred_at BETWEEN {{}}.occurred_at - %({{}})s AND {{}}.occurred_at + %({{}})s"""
ROWS = "transactions_transaction"
DEPOSITS = [
    FITTING.format(sent="sent", received=ROWS, free=FREE_RECEIVED, by=by)
    for by in (
        IN_TIME.format("r", "s", "before", "s", "after"),
        f"{SAME_HASH} AND upper(r.group_key) = upper(s.tx_hash)",
    )
]
WITHDRAWALS = [
    FITTING.format(sent=ROWS, received="received", free=FREE_SENT, by=by)
    for by in (
        IN_TIME.format("s", "r", "after", "r", "before"),
        f"{SAME_HASH} AND upper(s.group_key) = upper(r.tx_hash)",
    )
]
BEST = """
    SELECT DISTINCT ON ({end}_id) *, count(*) OVER (PARTITION BY {end}_id, rank) AS choices
    FROM {found} ORDER BY {end}_id, rank, missing,
        delay < interval '0', abs(extract(epoch FROM delay)), {other}_id
"""
PROPOSED = f"""
    WITH standing AS NOT MATERIALIZED ({{standing}}),
    alike AS MATERIALIZED (
        SELECT a.id AS sent_id, b.id AS received_id FROM transactions_asset AS a
        JOIN transactions_asset AS b ON b.ledger_id = a.ledger_id AND b.symbol = a.symbol
            AND (b.id = a.id OR b.contract = '' OR a.contract = '')
        WHERE a.ledger_id = %(ledger)s),
    sent AS MATERIALIZED (
        SELECT * FROM {ROWS} AS s WHERE s.id = ANY(%(sent)s) AND {FREE_SENT}),
    deposits AS MATERIALIZED ({" UNION ".join(DEPOSITS)}),
    received AS MATERIALIZED (
        SELECT * FROM {ROWS} WHERE id IN (SELECT received_id FROM deposits)),
    withdrawals AS MATERIALIZED ({" UNION ".join(WITHDRAWALS)}),
    deposit AS ({BEST.format(end="sent", other="received", found="deposits")}),
    withdrawal AS ({BEST.format(end="received", other="sent", found="withdrawals")})
    SELECT sent_id, received_id, deposit.rank, deposit.one_asset, deposit.missing = 0,
        deposit.choices + withdrawal.choices - 2
    FROM deposit JOIN withdrawal USING (sent_id, received_id)
    ORDER BY array_position(%(sent)s, sent_id)
"""  # noqa: S608 (our own text)


class Rank(IntEnum):
    HASH = 1
    NEAR = 2
    HASH_FAR = 3  # the same hash, but more is missing than a fee takes


@dataclass(frozen=True, slots=True)
class Proposal:
    """`others` is how many rows fit one of the two as well."""

    sent: int
    received: int
    rank: Rank
    one_asset: bool
    equal: bool
    others: int

    @property
    def certain(self) -> bool:
        if self.others:
            return False
        return self.rank == Rank.HASH or (self.rank == Rank.NEAR and self.equal and self.one_asset)


def values(ledger: Ledger, **more: Any) -> dict[str, Any]:
    either = TransactionType.TRANSFER.value
    return {
        "ledger": ledger.pk,
        "sent_types": [TransactionType.WITHDRAWAL.value, either],
        "received_types": [TransactionType.DEPOSIT.value, either],
        "share": FEE_SHARE,
        "before": BEFORE,
        "after": AFTER,
        **more,
    }


def read(sql: str, ledger: Ledger, **more: Any) -> list[tuple[Any, ...]]:
    standing = TransferPair.objects.standing().filter(ledger=ledger)
    text, given = standing.values("sent_id", "received_id").query.sql_with_params()
    named = {f"standing_{n}": value for n, value in enumerate(given)}
    text %= tuple(f"%({name})s" for name in named)
    with connection.cursor() as cursor:
        cursor.execute(sql.format(standing=text), values(ledger, **named, **more))
        return list(cursor.fetchall())


def newest_withdrawals(ledger: Ledger, past: int | None = None) -> list[int]:
    """Those that are in no transfer yet, as many as are looked through at once; `past` is the last
    one that was looked at before."""
    return [pk for (pk,) in read(NEWEST, ledger, limit=SCOPE, past=past)]


def proposals(ledger: Ledger, sent: list[int]) -> list[Proposal]:
    """For these withdrawals, in their order."""
    return [
        Proposal(out, came, Rank(rank), *how)
        for out, came, rank, *how in read(PROPOSED, ledger, sent=sent)
    ]


@dataclass
class Proposed:
    """The proposals of as many withdrawals as are looked through at once, newest first."""

    ledger: Ledger
    query: QueryDict
    rows: list[Proposal] = field(init=False)
    # The last withdrawal that was looked at, where there are more.
    last: int | None = field(init=False)

    def __post_init__(self) -> None:
        past = self.query.get("past", "")
        known = past.isdecimal() and past.isascii() and len(past) < 19
        sent = newest_withdrawals(self.ledger, int(past) if known else None)
        self.rows = proposals(self.ledger, sent)
        self.last = sent[-1] if len(sent) == SCOPE else None

    @property
    def size(self) -> int:
        return page_size(self.query)

    @property
    def certain(self) -> list[Proposal]:
        return [proposal for proposal in self.rows if proposal.certain]

    def counted(self, rows: list[Proposal]) -> int:
        return len(rows)

    def ids(self, start: int, stop: int, backwards: bool = False) -> list[int]:
        """Of the withdrawals, each of which is in one proposal."""
        rows = self.rows[::-1] if backwards else self.rows
        found = [proposal.sent for proposal in rows[start:stop]]
        return found[::-1] if backwards else found


@dataclass
class Decided:
    """What was decided, the latest first."""

    ledger: Ledger
    query: QueryDict
    state: str
    rows: QuerySet[TransferPair] = field(init=False)

    def __post_init__(self) -> None:
        self.rows = self.ledger.transfers.filter(state=self.state)

    @property
    def size(self) -> int:
        return page_size(self.query)

    def counted(self, rows: QuerySet[TransferPair]) -> int:
        return rows.order_by()[: MAX_COUNT + 1].count()

    def ids(self, start: int, stop: int, backwards: bool = False) -> list[int]:
        rows = self.rows.order_by("pk" if backwards else "-pk")
        found = list(rows.values_list("pk", flat=True)[start:stop])
        return found[::-1] if backwards else found
