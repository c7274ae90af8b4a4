"""What the page reads, in SQLAlchemy. The same content as the product's page, statement for
statement where that is the fast way there too."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import (
    ARRAY,
    BigInteger,
    and_,
    any_,
    bindparam,
    delete,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased, joinedload, raiseload, selectinload

from bench.flask_page.models import (
    Address,
    Asset,
    Contact,
    Label,
    Ledger,
    Membership,
    Transaction,
    TransactionLabel,
    TransferPair,
    User,
    Wallet,
)

SIZE, MOST, OFFERED, MOST_SEEN = 50, 10_000, 200, 1_000
DUST = Decimal("0.00001")
PARTS = ("sent", "received", "fee")
# Statements that do not depend on the filters are built once: to build one takes longer than to
# run it. Keys go in as one array, so that psycopg can prepare the statement.
IDS = any_(bindparam("ids", type_=ARRAY(BigInteger)))
LEDGER, USER = bindparam("ledger", type_=BigInteger), bindparam("user", type_=BigInteger)

T = Transaction
ROWS = (
    select(T)
    .where(T.id == IDS)
    .options(
        joinedload(T.wallet),
        joinedload(T.sent_asset),
        joinedload(T.received_asset),
        joinedload(T.fee_asset),
        joinedload(T.contact),
        joinedload(T.counterparty).options(joinedload(Address.contact), joinedload(Address.wallet)),
        selectinload(T.labels),
        raiseload("*"),
    )
)
MEMBERSHIP = (
    select(Membership)
    .join(Membership.ledger)
    .options(joinedload(Membership.ledger))
    .where(Membership.user_id == USER, Ledger.slug == bindparam("slug"))
)
LEDGERS = (
    select(Ledger)
    .where(Ledger.id.in_(select(Membership.ledger_id).where(Membership.user_id == USER)))
    .order_by(Ledger.name)
)


def member(session: Session, user: int, slug: str) -> tuple[User, Membership] | None:
    who = session.get(User, user)
    if who is None or not who.is_active:
        return None
    found = session.scalar(MEMBERSHIP, {"user": user, "slug": slug})
    return (who, found) if found else None


def ledgers(session: Session, user: int) -> list[Ledger]:
    return session.scalars(LEDGERS, {"user": user}).all()


@contextmanager
def unprepared(session: Session) -> Iterator[None]:
    """For statements whose plan depends on the values: PostgreSQL plans a prepared one for any
    value after a while, and then reads half the ledger for a rare asset, or for a frequent one."""
    psycopg = session.connection().connection.driver_connection
    usual, psycopg.prepare_threshold = psycopg.prepare_threshold, None
    try:
        yield
    finally:
        psycopg.prepare_threshold = usual


# filters


def standing():
    """Pairs of one transfer that hold; to be joined with both ends."""
    sent, received = aliased(T), aliased(T)
    asset, other = aliased(Asset), aliased(Asset)
    statement = (
        select(TransferPair)
        .join(sent, TransferPair.sent_id == sent.id)
        .join(received, TransferPair.received_id == received.id)
        .join(asset, sent.sent_asset_id == asset.id)
        .join(other, received.received_asset_id == other.id)
        .where(
            TransferPair.state == "accepted",
            sent.wallet_id != received.wallet_id,
            sent.deleted_at.is_(None),
            received.deleted_at.is_(None),
            sent.received_asset_id.is_(None),
            received.sent_asset_id.is_(None),
            sent.sent_amount >= received.received_amount,
            asset.symbol == other.symbol,
        )
    )
    return statement, sent, received, asset


def conditions(session: Session, ledger: int, wanted: dict[str, list[str]]) -> list:
    found = [T.ledger_id == ledger, T.deleted_at.is_(None), T.hidden.is_(False)]
    if wallets := numbers(wanted.get("wallet")):
        found.append(T.wallet_id.in_(wallets))
    if types := wanted.get("type"):
        found.append(of_types(session, ledger, types))
    if symbols := wanted.get("asset"):
        named = select(Asset.id).where(Asset.ledger_id == ledger, Asset.symbol.in_(symbols))
        ids = session.scalars(named).all()
        columns = (T.sent_asset_id, T.received_asset_id, T.fee_asset_id)
        found.append(or_(*(column.in_(ids) for column in columns)))
    if contacts := numbers(wanted.get("contact")):
        theirs = select(Address.id).where(
            Address.ledger_id == ledger, Address.contact_id.in_(contacts)
        )
        at = session.scalars(theirs).all()
        through = and_(T.contact_id.is_(None), T.counterparty_id.in_(at))
        found.append(or_(T.contact_id.in_(contacts), through))
    if labels := numbers(wanted.get("label")):
        with_it = select(TransactionLabel.id).where(
            TransactionLabel.transaction_id == T.id, TransactionLabel.label_id.in_(labels)
        )
        found.append(with_it.exists())
    return found


def of_types(session: Session, ledger: int, types: list[str]):
    """The ends of a transfer are shown as one."""
    pairs, *_ = standing()
    of_ledger = pairs.with_only_columns(TransferPair.sent_id, TransferPair.received_id).where(
        TransferPair.ledger_id == ledger
    )
    ends = {pk for both in session.execute(of_ledger) for pk in both}
    if "transfer" in types:
        return or_(T.type.in_(types), T.id.in_(ends))
    return and_(T.type.in_(types), T.id.not_in(ends))


def numbers(texts: Iterable[str] | None) -> list[int]:
    return [int(text) for text in texts or () if text.isdecimal()]


# the page


def capped_count(session: Session, where: list) -> int:
    few = select(literal(1)).select_from(T).where(*where).limit(MOST + 1).subquery()
    with unprepared(session):
        return session.scalar(select(func.count()).select_from(few))


def rows(session: Session, where: list, count: int, page: int) -> list[Transaction]:
    """Counted from 1, or from the end with -1. The keys first: PostgreSQL plans the joins of fifty
    rows with a limit worse than those of fifty keys."""
    backwards = page < 0
    start = SIZE * (abs(page) - 1)
    time = T.occurred_at + timedelta(0) if count <= MOST else T.occurred_at
    order = [time.asc(), T.id.asc()] if backwards else [time.desc(), T.id.desc()]
    keys = select(T.id).where(*where).order_by(*order).offset(start).limit(SIZE)
    with unprepared(session):
        ids = session.scalars(keys).all()
    found = {tx.id: tx for tx in session.scalars(ROWS, {"ids": ids})}
    return [found[pk] for pk in (reversed(ids) if backwards else ids)]


def totals(session: Session, where: list) -> list[dict]:
    """Per symbol what came in, went out and was paid, the most used first."""
    columns = [getattr(T, f"{part}_asset_id") for part in PARTS]
    sums = [func.sum(getattr(T, f"{part}_amount")) for part in PARTS]
    statement = select(*columns, func.count(T.id), *sums).where(*where).group_by(*columns)
    with unprepared(session):
        lines = session.execute(statement).all()
    used = {pk for line in lines for pk in line[:3] if pk}
    assets = {a.id: a for a in session.scalars(select(Asset).where(Asset.id.in_(used)))}
    found: dict[str, dict] = {}
    for *ids, n, sent, received, fee in lines:
        moved = {part: assets[pk] for part, pk in zip(PARTS, ids, strict=True) if pk}
        amounts = {"sent": sent, "received": received, "fee": fee}
        for part, asset in moved.items():
            new = {"symbol": asset.symbol, "name": asset.name, "n": 0} | dict.fromkeys(PARTS, 0)
            total = found.setdefault(asset.symbol, new)
            total[part] += amounts[part]
        for symbol in {asset.symbol for asset in moved.values()}:
            found[symbol]["n"] += n
    for symbol, sent, received in transferred(session, where):
        found[symbol]["sent"] -= sent
        found[symbol]["received"] -= received
        found[symbol]["fee"] += sent - received
    return sorted(found.values(), key=lambda total: (-total["n"], total["symbol"]))


def transferred(session: Session, where: list):
    pairs, sent, received, asset = standing()
    listed = select(T.id).where(*where)
    statement = (
        pairs.with_only_columns(
            asset.symbol, func.sum(sent.sent_amount), func.sum(received.received_amount)
        )
        .where(TransferPair.sent_id.in_(listed), TransferPair.received_id.in_(listed))
        .group_by(asset.symbol)
    )
    with unprepared(session):
        return session.execute(statement).all()


def offered():
    """What the menus of the filters offer, in one statement."""
    symbols = select(Asset.symbol).where(Asset.ledger_id == LEDGER).distinct()
    symbols = symbols.order_by(Asset.symbol).limit(OFFERED).subquery()
    parts = [
        select(literal("asset").label("menu"), symbols.c.symbol.label("value"), symbols.c.symbol)
    ]
    for menu, entity in (("wallet", Wallet), ("contact", Contact), ("label", Label)):
        some = select(entity.id, entity.name).where(entity.ledger_id == LEDGER)
        some = some.order_by(entity.name).limit(OFFERED).subquery()
        parts.append(select(literal(menu), func.concat(some.c.id, ""), some.c.name))
    return union_all(*parts)


MENUS = offered()


def choices(session: Session, ledger: int) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for menu, value, name in session.execute(MENUS, {"ledger": ledger}):
        found.setdefault(menu, []).append((value, name))
    return found


# what stands beside some rows


def counted(rows_of):
    """Their number, at most one more than MOST_SEEN."""
    some = rows_of.limit(MOST_SEEN + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def occurrences():
    """Of addresses: how often they occur, and whether anything else than dust came from them."""
    other = aliased(T)
    same = and_(
        other.ledger_id == Address.ledger_id,
        other.counterparty_id == Address.id,
        other.deleted_at.is_(None),
    )
    n = counted(select(literal(1)).select_from(other).where(same).correlate(Address))
    more = or_(other.received_amount.is_(None), other.received_amount > DUST, other.sent_amount > 0)
    return select(Address.id, n, ~select(other.id).where(same, more).exists()).where(
        Address.id == IDS
    )


OCCURRENCES = occurrences()


def seen_and_dusty(session: Session, found: list[Transaction]) -> dict[int, tuple[int, bool]]:
    """For counterparties that nobody has named: how often they occur, and whether all of it was
    dust that came from them."""
    unnamed = list(nameless(found))
    if not unnamed:
        return {}
    lines = session.execute(OCCURRENCES, {"ids": unnamed})
    return {pk: (count, dust and count > 0) for pk, count, dust in lines}


def nameless(found: list[Transaction]) -> dict[int, Address]:
    at = {tx.counterparty.id: tx.counterparty for tx in found if tx.counterparty}
    return {pk: a for pk, a in at.items() if a.contact_id is None and a.wallet_id is None}


def alike(session: Session, ledger: int, found: list[Transaction]) -> dict[int, str]:
    """For those of them that look like an address of the book, whose that is."""
    ends = {pk: (at.normalised[:6], at.normalised[-4:]) for pk, at in nameless(found).items()}
    if not ends:
        return {}
    assigned = or_(Address.contact_id.is_not(None), Address.wallet_id.is_not(None))
    looks = or_(
        *(
            and_(
                func.upper(Address.normalised).like(f"{start.upper()}%"),
                Address.normalised.like(f"%{end}"),
            )
            for start, end in set(ends.values())
        )
    )
    statement = (
        select(Address)
        .options(joinedload(Address.contact), joinedload(Address.wallet))
        .where(Address.ledger_id == ledger, assigned, looks)
        .order_by(Address.id.desc())
    )
    with unprepared(session):
        book = {
            (at.normalised[:6], at.normalised[-4:]): (at.contact or at.wallet).name
            for at in session.scalars(statement)
        }
    return {pk: book[key] for pk, key in ends.items() if key in book}


def sizes():
    other = aliased(T)
    n = counted(
        select(literal(1))
        .select_from(other)
        .where(
            other.ledger_id == T.ledger_id,
            func.upper(other.group_key) == func.upper(T.group_key),
            other.deleted_at.is_(None),
        )
        .correlate(T)
    )
    return select(T.group_key, n).where(T.id == IDS)


SIZES = sizes()


def group_sizes(session: Session, found: list[Transaction]) -> dict[str, int]:
    one_of_each = {tx.group_key: tx.id for tx in found if tx.group_key}
    if not one_of_each:
        return {}
    return dict(session.execute(SIZES, {"ids": list(one_of_each.values())}).tuples().all())


def ends():
    pairs, sent, received, asset = standing()
    to, source = aliased(Wallet), aliased(Wallet)
    return (
        pairs.join(to, received.wallet_id == to.id)
        .join(source, sent.wallet_id == source.id)
        .with_only_columns(
            TransferPair.id, sent.id, received.id, to.name, source.name, asset.symbol,
            sent.sent_amount - received.received_amount,
        )
        .where(or_(TransferPair.sent_id == IDS, TransferPair.received_id == IDS))
    )  # fmt: skip


ENDS = ends()


def other_ends(session: Session, found: list[Transaction]) -> dict[int, dict]:
    """For those that are an end of a transfer, the other one."""
    ends = {}
    lines = session.execute(ENDS, {"ids": [tx.id for tx in found]})
    for pair, out, came, wallet, source, symbol, missing in lines:
        lost = {"pair": pair, "missing": (missing, symbol) if missing else None}
        ends[out] = {"id": came, "wallet": wallet, "is_to": True, **lost}
        ends[came] = {"id": out, "wallet": source, "is_to": False, **lost}
    return ends


def relabel(session: Session, ledger: int, key: int, add: list[int], remove: list[int]) -> None:
    """Of this ledger's own labels; adding and removing commute with what others do."""
    known = select(T.id, Label.id).join(Label, true()).where(
        T.id == key, T.ledger_id == ledger, Label.ledger_id == ledger, Label.id.in_(add)
    )  # fmt: skip
    if remove:
        of_row = TransactionLabel.transaction_id == key
        of_ledger = TransactionLabel.ledger_id == ledger
        gone = TransactionLabel.label_id.in_(remove)
        session.execute(delete(TransactionLabel).where(of_row, of_ledger, gone))
    for transaction_id, label_id in session.execute(known).all() if add else ():
        values = {"ledger_id": ledger, "transaction_id": transaction_id, "label_id": label_id}
        session.execute(insert(TransactionLabel).values(**values).on_conflict_do_nothing())
