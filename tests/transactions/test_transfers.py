"""Pairs of one transfer: what is proposed, what is certain, what a decision does."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.queries.wallets import holdings
from ledgers.models import Ledger, User
from ledgers.undo import CannotUndo
from tests.factories import (
    NOON,
    coin,
    make_ends,
    make_ledger,
    make_pair,
    make_transaction,
    make_wallet,
)
from transactions.actions.transfers import (
    CannotDecide,
    accept_certain,
    decide,
    undecide,
    undecide_all,
)
from transactions.models import Asset, Transaction, TransferPair
from transactions.queries import transfers as queries
from transactions.queries.listing import totals
from transactions.queries.transfers import Proposed, newest_withdrawals, proposals

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
HASH = "0xAb" + "0" * 62


def found(ledger: Ledger) -> list[tuple[int, int, bool]]:
    """What is proposed, and whether it is certain."""
    return [
        (each.sent, each.received, each.certain)
        for each in proposals(ledger, newest_withdrawals(ledger))
    ]


def changed(row: Transaction, **values: Any) -> None:
    Transaction.objects.filter(pk=row.pk).update(**values)


def token(ledger: Ledger, contract: str = "0xa0b8") -> Asset:
    of = {"ledger": ledger, "symbol": "USDC", "chain": "ethereum"}
    return Asset.objects.get_or_create(contract=contract, **of)[0]


# What the two ends of 0.5 BTC are besides; None where they are not proposed, else if it is certain.
CASES: dict[str, tuple[bool | None, dict[str, Any], dict[str, Any]]] = {
    "equal amounts within the hour": (True, {}, {}),
    "less by a fee": (False, {}, {"received_amount": "0.49"}),
    "less by more than a fee": (None, {}, {"received_amount": "0.4899"}),
    "more than was sent": (None, {}, {"received_amount": "0.500000000000000001"}),
    "less by the fee that the column says": (
        False,
        {"fee_amount": "0.02", "fee": "BTC"},
        {"received_amount": "0.48"},
    ),
    "a fee of another asset is none": (
        None,
        {"fee_amount": "0.02", "fee": "ETH"},
        {"received_amount": "0.48"},
    ),
    "a day later": (True, {}, {"occurred_at": NOON + 24 * HOUR}),
    "more than a day later": (None, {}, {"occurred_at": NOON + 24.01 * HOUR}),
    "a little before": (True, {}, {"occurred_at": NOON - HOUR}),
    "long before": (None, {}, {"occurred_at": NOON - 1.01 * HOUR}),
    "same hash, in whatever case": (True, {"tx_hash": HASH}, {"tx_hash": HASH.upper()}),
    "same hash, less by a fee": (
        True,
        {"tx_hash": HASH},
        {"tx_hash": HASH, "received_amount": "0.499"},
    ),
    "same hash, less by much": (
        False,
        {"tx_hash": HASH},
        {"tx_hash": HASH, "received_amount": "0.1"},
    ),
    "same hash, days later": (
        True,
        {"tx_hash": HASH},
        {"tx_hash": HASH, "occurred_at": NOON + 99 * HOUR},
    ),
    "same hash, tied by something else": (
        True,
        {"tx_hash": HASH, "group_key": "R1"},
        {"tx_hash": HASH, "group_key": "R2"},
    ),
    "two hashes": (None, {"tx_hash": HASH}, {"tx_hash": "0x1"}),
    "one hash": (True, {"tx_hash": HASH}, {}),
    "another asset": (None, {}, {"asset": "ETH"}),
    "one wallet": (None, {}, {"wallet": "Kraken"}),
    "hidden": (None, {}, {"hidden": True}),
    "deleted": (None, {"deleted_at": NOON}, {}),
    "a gift": (None, {}, {"type": "gift"}),
    "transfers by their source": (True, {"type": "transfer"}, {"type": "transfer"}),
    "nothing moved": (None, {"sent_amount": "0"}, {"received_amount": "0"}),
}


@pytest.mark.parametrize("name", CASES)
def test_ends_that_fit_are_proposed(ledger: Ledger, name: str) -> None:
    certain, out, came = CASES[name]
    sent, received = make_ends(ledger)
    for row, values in ((sent, {**out}), (received, {**came})):
        if "fee" in values:
            values["fee_asset"] = coin(ledger, values.pop("fee"))
        if "asset" in values:
            values["received_asset"] = coin(ledger, values.pop("asset"))
        if "wallet" in values:
            values["wallet"] = ledger.wallets.get(name=values["wallet"])
        values.setdefault("group_key", values.get("tx_hash", ""))
        changed(row, **values)

    proposed = [] if certain is None else [(sent.pk, received.pk, certain)]

    assert found(ledger) == proposed


@pytest.mark.parametrize(
    ("contract", "tx_hash", "proposed"), [("", "", [False]), ("", HASH, [True]), ("0xbad", "", [])]
)
def test_token_of_an_exchange_that_names_no_contract_is_certain_by_its_hash_only(
    ledger: Ledger, contract: str, tx_hash: str, proposed: list[bool]
) -> None:
    there = token(ledger, contract) if contract else coin(ledger, "USDC")
    make_ends(ledger, sent=("9", there), received=("9", token(ledger)), tx_hash=tx_hash)

    assert [certain for *_ends, certain in found(ledger)] == proposed


def test_nobody_else_s_rows_are_looked_at(ledger: Ledger) -> None:
    sent, _received = make_ends(ledger)
    Transaction.objects.filter(received_amount__isnull=False).delete()
    make_ends(make_ledger())

    assert found(ledger) == []
    assert proposals(make_ledger(), [sent.pk]) == []


def test_where_several_fit_the_best_is_proposed_and_not_certain(ledger: Ledger) -> None:
    sent, received = make_ends(ledger)
    later = make_transaction(
        ledger,
        wallet=make_wallet(ledger, "Ledger"),
        received=("0.5", "BTC"),
        occurred_at=NOON + 2 * HOUR,
    )

    assert found(ledger) == [(sent.pk, received.pk, False)]
    make_pair(ledger, sent, received, state="refused")
    assert found(ledger) == [(sent.pk, later.pk, True)]


def test_each_row_is_in_one_proposal_at_most(ledger: Ledger) -> None:
    first = make_ends(ledger)
    second = make_ends(ledger, occurred_at=NOON + 2 * HOUR)
    make_ends(ledger, received=("0.499", "BTC"), occurred_at=NOON + 3.5 * HOUR)

    rows = [(sent, received) for sent, received, _certain in found(ledger)]

    assert {(first[0].pk, first[1].pk), (second[0].pk, second[1].pk)} <= set(rows)
    assert len({pk for both in rows for pk in both}) == 2 * len(rows)


def test_hash_goes_before_an_amount_that_fits_better(ledger: Ledger) -> None:
    sent, received = make_ends(ledger)
    same = make_ends(ledger, received=("0.499", "BTC"), tx_hash=HASH, group_key=HASH)

    assert found(ledger)[0][:2] == (same[0].pk, same[1].pk)
    make_pair(ledger, *same)
    assert found(ledger) == [(sent.pk, received.pk, True)]


def accepted(ledger: Ledger, sent: Transaction, received: Transaction, by: User) -> dict[str, Any]:
    return decide(ledger, sent.pk, received.pk, "accepted", by)


@pytest.mark.parametrize("state", ["accepted", "refused"])
def test_what_is_decided_is_not_proposed_until_it_is_taken_back(
    ledger: Ledger, user: User, state: str
) -> None:
    sent, received = make_ends(ledger)
    before = found(ledger)

    done = decide(ledger, sent.pk, received.pk, state, user)

    pair = ledger.transfers.get()
    assert (pair.state, pair.decided_by, found(ledger)) == (state, user, [])
    undecide(ledger, done, user)
    assert found(ledger) == before
    with pytest.raises(CannotUndo):
        undecide(ledger, done, user)


def test_refused_stays_refused_whatever_comes(ledger: Ledger, user: User) -> None:
    sent, received = make_ends(ledger)
    decide(ledger, sent.pk, received.pk, "refused", user)

    later, _received = make_ends(ledger, occurred_at=NOON + HOUR)

    assert [ends[:2] for ends in found(ledger)] == [(later.pk, received.pk)]


@pytest.mark.parametrize("end", ["sent", "received"])
def test_pair_whose_end_is_deleted_does_not_count_until_it_is_back(
    ledger: Ledger, end: str
) -> None:
    pair = make_pair(ledger)
    changed(getattr(pair, end), deleted_at=NOON)

    assert not ledger.transfers.standing().exists()
    changed(getattr(pair, end), deleted_at=None)
    assert ledger.transfers.standing().get() == pair


@pytest.mark.parametrize(
    "change",
    [
        lambda pair: {"sent_amount": "0.4"},
        lambda pair: {"sent_asset": coin(pair.ledger, "ETH")},
        lambda pair: {"received_amount": "1", "received_asset": coin(pair.ledger, "EUR")},
        lambda pair: {"wallet": pair.received.wallet},
    ],
)
def test_pair_whose_end_was_corrected_to_something_else_does_not_count(
    ledger: Ledger, change: Callable[[Any], dict[str, Any]]
) -> None:
    pair = make_pair(ledger)

    changed(pair.sent, **change(pair))

    assert not ledger.transfers.standing().exists()


def test_pair_that_does_not_stand_gives_way_to_another(ledger: Ledger, user: User) -> None:
    pair = make_pair(ledger)
    changed(pair.received, deleted_at=NOON)
    other = make_transaction(ledger, wallet=pair.received.wallet, received=("0.5", "BTC"))

    accepted(ledger, pair.sent, other, user)

    assert ledger.transfers.get().received == other
    changed(pair.received, deleted_at=None)
    assert ledger.transfers.standing().count() == 1
    assert found(ledger) == []


def test_pair_that_is_not_proposed_cannot_be_accepted(ledger: Ledger, user: User) -> None:
    sent, received = make_ends(ledger)
    stranger = make_ends(make_ledger())

    for ends in ((received, sent), (sent, stranger[1]), stranger):
        with pytest.raises(CannotDecide):
            accepted(ledger, *ends, user)

    assert not TransferPair.objects.exists()


def test_database_keeps_each_row_in_one_transfer_of_its_ledger(ledger: Ledger) -> None:
    pair = make_pair(ledger)
    sent, received = make_ends(ledger)

    for ends in ((pair.sent, received), (sent, pair.received), (sent, sent)):
        with pytest.raises(IntegrityError), transaction.atomic():
            make_pair(ledger, *ends)
    with pytest.raises(IntegrityError, match="same_ledger"), transaction.atomic():
        make_pair(make_ledger(), sent, received)
    make_pair(ledger, pair.sent, received, state="refused")


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_is_told(ledger: Ledger, user: User) -> None:
    sent, received = make_ends(ledger)
    start = Barrier(2)

    def both(_n: int) -> str:
        try:
            start.wait()
            accepted(ledger, sent, received, user)
        except CannotDecide as reason:
            return str(reason)
        finally:
            connections.close_all()
        return "accepted"

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(both, range(2)), key=len)

    assert said[0] == "accepted"
    assert said[1].startswith(("Somebody has decided", "The pair is not proposed any more"))
    assert ledger.transfers.count() == 1


def test_database_s_refusal_is_said_in_words(
    ledger: Ledger, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the other one is told who had looked before the first one wrote."""
    sent, received = make_ends(ledger)
    seen = proposals(ledger, [sent.pk])
    make_pair(ledger, sent, received)
    monkeypatch.setattr("transactions.actions.transfers.proposals", lambda *_of: seen)

    with pytest.raises(CannotDecide, match="Somebody has decided"):
        accepted(ledger, sent, received, user)


def test_all_certain_ones_are_accepted_at_once_and_undone_at_once(
    ledger: Ledger, user: User
) -> None:
    certain = [make_ends(ledger, occurred_at=NOON + n * 48 * HOUR) for n in range(3)]
    make_ends(ledger, received=("0.499", "BTC"), occurred_at=NOON - 99 * HOUR)
    one = accepted(ledger, *certain[0], user)

    n, done = accept_certain(ledger, user)

    assert (n, ledger.transfers.count()) == (2, 3)
    assert [certain for *_ends, certain in found(ledger)] == [False]
    assert undecide_all(ledger, done, user).startswith("2 transfers")
    assert ledger.transfers.get().pk == one["pair"]
    assert accept_certain(make_ledger(), user)[0] == 0


def test_as_many_as_fit_are_looked_through_at_once(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = [make_ends(ledger, occurred_at=NOON - n * 48 * HOUR) for n in range(5)]
    monkeypatch.setattr(queries, "SCOPE", 2)
    looked, last = [], ""

    while last is not None:
        page = Proposed(ledger, {"past": f"{last}"})  # type: ignore[arg-type]
        looked += [each.sent for each in page.rows]
        last = page.last

    assert looked == [sent.pk for sent, _received in ends]


def sums(ledger: Ledger, **only: Any) -> dict[str, tuple[Decimal, ...]]:
    rows = ledger.transactions.alive().filter(**only)
    return {each.symbol: (each.received, each.sent, each.fee, each.net) for each in totals(rows)}


def test_transfer_is_neither_in_nor_out_and_what_is_lost_is_a_fee(ledger: Ledger) -> None:
    ends = make_ends(ledger, received=("0.499", "BTC"), fee=("0.0002", "BTC"))
    make_transaction(ledger, received=("2", "BTC"))
    make_transaction(ledger, sent=("7", "ETH"), type="withdrawal")
    pair = make_pair(ledger, *ends)
    btc = tuple(map(Decimal, ("2", "0", "0.0014", "1.9986")))

    assert sums(ledger) == {"BTC": btc, "ETH": (0, 7, 0, -7)}
    of_one = sums(ledger, wallet=ends[0].wallet_id)["BTC"]
    assert of_one[1] == Decimal("0.5")
    pair.delete()
    assert sums(ledger)["BTC"] == tuple(map(Decimal, ("2.499", "0.5", "0.0004", "1.9986")))


@pytest.mark.slow
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    amounts=st.lists(
        st.tuples(st.sampled_from(["0.5", "0.495", "0.49", "3"]), st.integers(0, 30)),
        min_size=1,
        max_size=6,
    ),
    acts=st.lists(st.sampled_from(["accepted", "refused", "certain", "back"]), max_size=5),
)
def test_decisions_never_change_a_balance_or_a_net_total(
    db: None, user: User, amounts: list[tuple[str, int]], acts: list[str]
) -> None:
    ledger = make_ledger()
    for amount, hours in amounts:
        make_ends(ledger, received=(amount, "BTC"), occurred_at=NOON + hours * HOUR)
    before = balances(ledger)

    for act in acts:
        proposed = found(ledger)
        if act == "certain":
            accept_certain(ledger, user)
        elif act == "back":
            ledger.transfers.filter(pk=ledger.transfers.values("pk")[:1]).delete()
        elif proposed:
            decide(ledger, *proposed[0][:2], act, user)

        assert balances(ledger) == before
        assert all(total.fee >= 0 for total in totals(ledger.transactions.alive()))


def balances(ledger: Ledger) -> Any:
    held = holdings(ledger.wallets.all(), ledger)
    each = {pk: [(b.asset.pk, b.amount) for b in of.balances] for pk, of in held.items()}
    return each, [(total.symbol, total.net) for total in totals(ledger.transactions.alive())]


def test_ledger_takes_its_pairs_along(ledger: Ledger) -> None:
    make_pair(ledger)
    kept = make_pair(make_ledger())

    ledger.delete()

    assert TransferPair.objects.get() == kept


def test_pair_that_gave_way_is_back_when_that_is_undone(ledger: Ledger, user: User) -> None:
    """Its received end was deleted for a while; a refusal takes nothing from it."""
    sent, first = make_ends(ledger)
    second = make_transaction(
        ledger,
        wallet=first.wallet,
        occurred_at=first.occurred_at,
        type="deposit",
        received=("0.5", "BTC"),
    )
    kept = accepted(ledger, sent, first, user)["pair"]
    Transaction.objects.filter(pk=first.pk).update(deleted_at=NOON)
    refusal = decide(ledger, sent.pk, second.pk, "refused", user)
    assert ledger.transfers.filter(pk=kept).exists()
    undecide(ledger, refusal, user)

    other = accepted(ledger, sent, second, user)
    assert not ledger.transfers.filter(pk=kept).exists()
    undecide(ledger, other, user)

    Transaction.objects.filter(pk=first.pk).update(deleted_at=None)
    assert ledger.transfers.values_list("sent", "received", "decided_by").get() == (
        sent.pk,
        first.pk,
        user.pk,
    )
