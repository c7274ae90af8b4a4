"""What an import would do, without doing it."""

from collections import defaultdict
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import IO, Any

from django.db import connection

from formats import Format
from formats.detection import title_of
from formats.parsing.files import copy_of
from formats.parsing.records import AssetRef, BuiltTransaction
from formats.parsing.values import EXACT, plain, trimmed
from imports.pipeline.background import Background
from imports.pipeline.checking import Checked, Progress, no_progress
from imports.pipeline.importer import Import, fingerprint
from imports.pipeline.kinds import detected, mapping_by
from imports.pipeline.places import NamedWallets, OneWallet, Place
from imports.pipeline.rows import REMARKED, RowIndex
from imports.pipeline.stream import fresh_transactions
from ledgers.models import Ledger

PARTS = ("sent", "received", "fee")
# The balance of wallets in each of their assets, as the pages have it: without deleted rows; failed
# ones moved nothing, but their fee was paid.
BALANCES = """
    SELECT a.symbol, a.chain, a.contract, sum(moved.amount) FROM (
        SELECT received_asset_id AS asset_id, received_amount AS amount
            FROM transactions_transaction
            WHERE ledger_id = %(ledger)s AND wallet_id = ANY(%(wallets)s) AND deleted_at IS NULL
        UNION ALL SELECT sent_asset_id, -sent_amount FROM transactions_transaction
            WHERE ledger_id = %(ledger)s AND wallet_id = ANY(%(wallets)s) AND deleted_at IS NULL
        UNION ALL SELECT fee_asset_id, -fee_amount FROM transactions_transaction
            WHERE ledger_id = %(ledger)s AND wallet_id = ANY(%(wallets)s) AND deleted_at IS NULL
    ) AS moved JOIN transactions_asset AS a ON a.id = moved.asset_id GROUP BY a.id
"""
# The same hash in another wallet: perhaps the other end of it, perhaps the same file again.
ELSEWHERE = """
    SELECT w.name, count(*)
    FROM (SELECT DISTINCT upper(h) AS hash FROM unnest(%s::text[]) AS h) AS n
    JOIN transactions_transaction AS t ON t.ledger_id = %s AND upper(t.group_key) = n.hash
    JOIN contacts_wallet AS w ON w.id = t.wallet_id
    WHERE t.wallet_id <> ALL(%s::bigint[]) AND t.deleted_at IS NULL GROUP BY w.name
"""
# The same moment and amount in this wallet, from another format or by hand.
AGAIN = """
    SELECT coalesce(b.format, ''), count(*) FROM
        unnest(%s::timestamptz[], %s::numeric[], %s::numeric[], %s::bigint[])
            AS n (moment, sent, received, wallet)
    JOIN transactions_transaction AS t ON t.ledger_id = %s AND t.wallet_id = n.wallet
        AND t.occurred_at = n.moment AND t.deleted_at IS NULL
        AND (t.sent_amount = n.sent OR t.received_amount = n.received)
    LEFT JOIN transactions_importbatch AS b ON b.id = t.batch_id
    WHERE b.format IS DISTINCT FROM %s GROUP BY 1
"""


@dataclass(slots=True)
class Preview:
    """`found` is what a page shows of it, as JSON; `rows` the index of the rows, packed."""

    found: dict[str, Any]
    rows: bytes


def preview_file(
    job: Import, source: IO[bytes], name: str, progress: Progress = no_progress
) -> Preview:
    """ImportFailed if the file cannot be used. Nothing is written."""
    with closing(copy_of(name, source)) as file:
        kind, table = detected(file, job.ledger, job.format, job.mapping)
        reader: Format[Any] = kind(table, replace(job.options, file_name=name))
        index = RowIndex()
        checked = Checked(reader, table, progress, index=index)
        place: Place = NamedWallets(job, kind) if kind.names_wallets else OneWallet(job, kind, file)
        lines = place.lines
        sums = Sums(job.ledger, place, kind.name)
        with Background() as database:
            for chunk in fresh_transactions(checked, partial(database.ask, lines.look_up)):
                sums.add(chunk)
                database.ask(sums.compare, chunk)
    fresh = lines.fresh
    index.known(fresh)
    progress(1)
    found = {
        "format": kind.name,
        "mapping": mapping_by(kind),
        "delimiter": table.delimiter,
        "header": table.columns.header,
        "header_line": table.header_line,
        "recognised": [table.columns.title(each) for each in table.columns.index],
        "encoding": file.encoding,
        "ends_with_newline": file.ends_with_newline,
        "sha256": file.sha256,
        "owner_address": getattr(reader, "owner", ""),
        **place.found(),
        "lines": checked.lines,
        "new": sum(fresh),
        "known": len(fresh) - sum(fresh),
        "skipped": len(checked.skipped),
        "wrong": len(checked.errors),
        "settings": sorted({error.setting for error in checked.errors if error.setting}),
        "remarked": sum(bool(state & REMARKED) for state in index.states),
        "remarks": [str(remark) for remark in reader.remarks],
        "back": lines.back,
        "deleted": len(lines.deleted),
        "transactions": sums.rows,
        "assets": sums.assets(),
        "similar": sums.similar(),
        "fingerprint": fingerprint(fresh),
    }
    return Preview(found, index.packed())


class Sums:
    """What the new transactions add, asset by asset, and which of them are like others."""

    def __init__(self, ledger: Ledger, place: Place, format: str) -> None:
        self.ledger, self.place, self.format, self.rows = ledger, place, format, 0
        self.refs: dict[tuple[str, ...], AssetRef] = {}
        self.parts: dict[str, defaultdict[tuple[str, ...], Decimal]] = {
            part: defaultdict(Decimal) for part in PARTS
        }
        self.elsewhere: defaultdict[str, int] = defaultdict(int)
        self.again: defaultdict[str, int] = defaultdict(int)

    def add(self, chunk: list[BuiltTransaction]) -> None:
        self.rows += len(chunk)
        for entry in (built.entry for built in chunk):
            for name in PARTS:
                if part := getattr(entry, name):
                    key = part.asset.identity
                    self.refs.setdefault(key, part.asset)
                    self.parts[name][key] = EXACT.add(self.parts[name][key], part.amount)

    def compare(self, chunk: list[BuiltTransaction]) -> None:
        entries = [built.entry for built in chunk]
        columns = (
            [entry.occurred_at for entry in entries],
            [entry.sent and entry.sent.amount for entry in entries],
            [entry.received and entry.received.amount for entry in entries],
            self.place.of(chunk),
        )
        with connection.cursor() as cursor:
            cursor.execute(AGAIN, [*columns, self.ledger.pk, self.format])
            for name, count in cursor.fetchall():
                self.again[name] += count
            if self.place.compares_hashes:
                hashes = [entry.tx_hash for entry in entries if entry.tx_hash]
                cursor.execute(ELSEWHERE, [hashes, self.ledger.pk, [*self.place.lines.used]])
                for name, count in cursor.fetchall():
                    self.elsewhere[name] += count

    def assets(self) -> list[dict[str, Any]]:
        """Amounts as digits; `after` is the balance then, of the wallets together."""
        before = balances(self.ledger, self.place.lines.used)
        found = []
        for key, ref in sorted(self.refs.items(), key=lambda item: item[1].symbol.lower()):
            sent, received, fee = (self.parts[name][key] for name in PARTS)
            had = before.get(key, Decimal(0))
            after = EXACT.subtract(EXACT.add(had, received), EXACT.add(sent, fee))
            amounts = {"sent": sent, "received": received, "fee": fee, "after": after}
            shown = {name: plain(trimmed(amount)) for name, amount in amounts.items()}
            token = {"symbol": ref.symbol, "chain": ref.chain, "contract": ref.contract}
            found.append({**token, **shown, "below_zero": after < 0})
        return found

    def similar(self) -> list[dict[str, Any]]:
        other = [{"wallet": name, "rows": n} for name, n in sorted(self.elsewhere.items())]
        again = [{"format": title_of(name), "rows": n} for name, n in sorted(self.again.items())]
        return [*other, *again]


def balances(ledger: Ledger, wallets: Collection[int]) -> dict[tuple[str, ...], Decimal]:
    with connection.cursor() as cursor:
        cursor.execute(BALANCES, {"ledger": ledger.pk, "wallets": [*wallets]})
        return {
            AssetRef(symbol, "", chain, contract).identity: amount
            for symbol, chain, contract, amount in cursor.fetchall()
        }
