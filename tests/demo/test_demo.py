import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import pairwise

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, F, Max, Min, Q, Sum
from django.utils import timezone

from contacts.chains import normalise, short
from demo.addresses import WRITERS, address, look_alike
from demo.fill import fill
from demo.parties import Size
from demo.people import people
from formats import FORMATS
from imports.models import SourceLine
from ledgers.models import Ledger, Role, User
from tests.factories import make_ledger, make_user
from transactions.models import Label, Transaction, TransactionType

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
NOW = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)


def demo(transactions: int | None = 40, **options: object) -> list[str]:
    out = StringIO()
    call_command("demo", stdout=out, transactions=transactions, **options)
    return out.getvalue().splitlines()


def filled(count: int, now: datetime = NOW) -> Ledger:
    owner = make_user()
    ledger = make_ledger(owner, time_zone="Europe/Berlin")
    fill(ledger, owner, count, now, lambda done: None)
    return ledger


def facts(ledger: Ledger) -> list[tuple[object, ...]]:
    """All but the numbers that the database gave."""
    return list(
        ledger.transactions.order_by("pk").values_list(
            "occurred_at", "wallet__name", "type", "sent_amount", "received_amount", "fee_amount",
            "received_asset__symbol", "tx_hash", "group_key", "counterparty__shown",
            "counterparty__contact__name", "note", "status", "hidden", "batch__file_name",
        )
    )  # fmt: skip


def test_demo_makes_a_ledger_and_a_superuser_who_owns_it() -> None:
    lines = demo(transactions=40)

    ledger, user = Ledger.objects.get(), User.objects.get()
    said = dict(line.split(": ", 1) for line in lines if ": " in line)
    assert (ledger.slug, ledger.name, ledger.time_zone) == ("demo", "Demo", "Europe/Berlin")
    assert ledger.memberships.get().user == user
    assert ledger.memberships.get().role == Role.OWNER
    assert user.is_superuser
    assert said == {"user": "demo", "password": said["password"]}
    assert re.fullmatch(r"([a-z]{6}-){2}[a-z]{6}", said["password"])
    assert user.check_password(said["password"])


def test_demo_again_changes_nothing_and_says_so() -> None:
    demo(transactions=40)
    before = facts(Ledger.objects.get()), User.objects.get().password

    lines = demo(transactions=None)

    assert (facts(Ledger.objects.get()), User.objects.get().password) == before
    assert lines == [
        "The ledger “demo” exists, with 40 transactions: unchanged.",
        "user: demo",
        "The password is the one it had.",
    ]


def test_demo_of_more_transactions_is_a_ledger_beside_the_first() -> None:
    demo(transactions=40)
    before = facts(Ledger.objects.get())

    first, again = demo(transactions=60), demo(transactions=60)

    assert first[0] == "The ledger “demo-2” has 60 transactions."
    assert again[0] == "The ledger “demo-2” exists, with 60 transactions: unchanged."
    assert facts(Ledger.objects.get(slug="demo")) == before
    assert Ledger.objects.get(slug="demo-2").transactions.count() == 60


def test_demo_leaves_a_ledger_that_is_named_and_exists_as_it_is() -> None:
    demo(transactions=40)

    lines = demo(transactions=60, ledger="demo")

    assert lines[0] == "The ledger “demo” exists, with 40 transactions: unchanged."
    assert Ledger.objects.get().transactions.count() == 40


def test_demo_leaves_a_user_that_exists_as_it_is() -> None:
    ben = make_user("ben")

    lines = demo(ledger="other", user="ben")

    ben.refresh_from_db()
    assert lines[1:] == ["user: ben", "The password is the one it had."]
    assert ben.check_password("secret")
    assert not ben.is_superuser
    assert Ledger.objects.of(ben).get().slug == "other"


@pytest.mark.parametrize("options", [{"ledger": "admin"}, {"ledger": "no slug"}, {"count": 0}])
def test_demo_that_is_refused_leaves_nothing(options: dict[str, object]) -> None:
    with pytest.raises(CommandError):
        demo(options.pop("count", 40), **options)

    assert not Ledger.objects.exists()
    assert not User.objects.exists()


@pytest.mark.parametrize("count", [1, 2, 37, 300])
def test_demo_makes_exactly_as_many_as_asked_for(count: int) -> None:
    assert filled(count).transactions.count() == count


def test_demo_is_the_same_every_time() -> None:
    assert facts(filled(300)) == facts(filled(300))


def test_demo_goes_from_three_years_ago_to_now() -> None:
    ledger = filled(500, now=(now := timezone.now()))

    times = ledger.transactions.aggregate(first=Min("occurred_at"), last=Max("occurred_at"))
    assert times["first"] - (now - timedelta(days=3 * 365)) < timedelta(days=8)
    assert timedelta(0) <= now - times["last"] < timedelta(days=8)


def test_demo_of_the_default_size_has_something_of_everything() -> None:
    ledger = filled(2000)

    rows = ledger.transactions
    types = Counter(rows.values_list("type", flat=True))
    assert set(types) == set(TransactionType.values)
    assert 400 < types["trade"] < 800
    assert types["loss"] < 30
    assert 0.08 < rows.exclude(note="").count() / 2000 < 0.16
    assert 20 <= rows.filter(hidden=True).count() <= 100
    assert 20 <= rows.filter(status="failed").count() <= 100
    sizes = rows.exclude(group_key="").values("group_key").annotate(n=Count("pk"))
    assert set(sizes.values_list("n", flat=True)) == {1, 2, 3}
    used = ledger.labels.filter(transactions__isnull=False)
    assert set(used.values_list("colour", flat=True)) == set(Label.Colour.values)
    assert 25 <= ledger.contacts.count() <= 30
    assert ledger.wallets.count() == 8
    assert rows.filter(counterparty__wallet__isnull=False, type="transfer").count() > 100
    nobody = Q(counterparty__contact=None, counterparty__wallet=None)
    assert rows.filter(nobody, counterparty__isnull=False, contact=None).count() > 100


def test_demo_spends_no_more_than_there_is() -> None:
    ledger = filled(2000)

    balances: Counter[tuple[int, int]] = Counter()
    for part, sign in (("received", 1), ("sent", -1), ("fee", -1)):
        moved = ledger.transactions.exclude(**{f"{part}_amount": None})
        for sums in moved.values("wallet", f"{part}_asset").annotate(n=Sum(f"{part}_amount")):
            balances[sums["wallet"], sums[f"{part}_asset"]] += sign * sums["n"]
    assert len(balances) > 30
    assert min(balances.values()) >= 0


def test_demo_keeps_a_rhythm() -> None:
    rows = filled(2000).transactions

    rents = rows.filter(labels__name="rent").values_list("occurred_at", flat=True)
    assert Counter((day.year, day.month) for day in rents).most_common(1)[0][1] == 1
    assert len(rents) == 36
    plan = rows.filter(labels__name="savings").order_by("occurred_at")
    weeks = pairwise(plan.values_list("occurred_at", flat=True))
    assert {round((after - before) / timedelta(days=7)) for before, after in weeks} == {1}


def test_demo_addresses_are_written_as_their_chains_do() -> None:
    ledger = filled(40)

    addresses = list(ledger.addresses.all())
    for one in addresses:
        assert normalise(one.shown) == (one.family, one.shown, one.normalised)
    assert {one.family for one in addresses} == {"evm", "bitcoin", "solana", "tron"}


def test_demo_has_addresses_that_look_like_those_of_contacts() -> None:
    ledger = filled(2000)

    seen = ledger.addresses.filter(pk__in=ledger.transactions.values("counterparty"))
    alike: dict[str, list[bool]] = {}
    for one in seen:
        alike.setdefault(short(one.shown), []).append(bool(one.contact_id))
    assert [True, False] in [sorted(named, reverse=True) for named in alike.values()]


def test_look_alike_is_another_address_that_is_shortened_alike() -> None:
    victim = address("evm", "victim")

    fake = look_alike(victim)

    assert fake.normalised != victim.normalised
    assert short(fake.shown) == short(victim.shown)


@pytest.mark.parametrize("family", WRITERS)
def test_address_is_of_its_family_and_the_same_for_one_name(family: str) -> None:
    assert address(family, "x").family == family
    assert address(family, "x") == address(family, "x")
    assert address(family, "x") != address(family, "y")


def test_demo_rows_of_the_last_months_have_their_lines() -> None:
    ledger = filled(2000)

    with_lines = set(SourceLine.objects.filter(ledger=ledger).values_list("transaction", flat=True))
    imported = ledger.transactions.filter(batch__isnull=False)
    assert set(imported.values_list("pk", flat=True)) == with_lines
    assert 100 < len(with_lines) < 400
    for batch in ledger.batches.all():
        lines = SourceLine.objects.filter(transaction__batch=batch)
        assert batch.lines == batch.imported == lines.count()
        assert batch.transactions == batch.rows.count()
        assert {len(line.cells) for line in lines} == {len(batch.header)}


def test_demo_lines_have_headers_that_their_readers_know() -> None:
    ledger = filled(2000)

    formats = {one.name: one for one in FORMATS}
    batches = {batch.format: batch.header for batch in ledger.batches.all()}
    assert set(batches) == {"etherscan", "etherscan_erc20", "kraken_ledgers", "coinbase"}
    assert all(formats[name].match(header) for name, header in batches.items())


def test_people_of_a_large_ledger_have_names_of_their_own() -> None:
    size = Size.of(1_000_000)

    names = [person.name.lower() for person in people(size.people)]
    assert (size.people, size.addresses) == (500, 20_120)
    assert len(set(names)) == 500


def test_demo_rows_with_a_hash_are_found_by_it() -> None:
    ledger = filled(600)

    hashed = ledger.transactions.exclude(tx_hash="")
    assert not hashed.exclude(group_key=F("tx_hash")).exists()
    assert hashed.filter(wallet__kind="chain").count() == hashed.count() > 100


def test_demo_hidden_rows_are_dust_that_nobody_asked_for() -> None:
    hidden = filled(600).transactions.filter(hidden=True)

    assert set(hidden.values_list("type", flat=True)) <= {"airdrop", "deposit"}
    assert not hidden.filter(received_asset__contract="").exists()
    assert Transaction.objects.filter(status="failed").exclude(fee_amount=None).exists()
