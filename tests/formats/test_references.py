"""References that refer to nothing join nothing, whatever source they are of."""

import pytest

from formats import FORMATS
from tests.imports.helpers import entries_of, identities_of, run, shape
from transactions.models import Transaction

KRAKEN = "txid,refid,time,type,subtype,aclass,asset,amount,fee,balance"
KOINLY = "Date,Sent Amount,Sent Currency,Received Amount,Received Currency,TxHash"
NOTHING = ["", "-", "N/A", "none", "null", "Unknown", "UNKNOWN"]
EARNED = [
    ("2024-01-01 08:00:01", "earn", "", "BTC.M", "-0.5"),
    ("2024-01-01 08:00:01", "earn", "", "XXBT", "0.5"),
    ("2024-01-01 09:00:00", "earn", "", "BTC", "0.00002"),
    ("2024-02-01 09:00:00", "earn", "", "ETH", "0.003"),
]


def kraken(*lines: tuple[str, ...], reference: str = "Unknown") -> str:
    rows = (
        f"L{n},{reference},{time},{kind},{subtype},currency,{asset},{amount},0,9"
        for n, (time, kind, subtype, asset, amount) in enumerate(lines, 1)
    )
    return "\n".join([KRAKEN, *rows, ""])


def shapes(*lines: tuple[str, ...], **kw: str) -> list:
    return [shape(entry) for entry in entries_of(kraken(*lines, **kw))]


@pytest.mark.parametrize("text", NOTHING)
@pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)
def test_every_format_knows_what_is_no_reference(kind, text):
    assert kind.reference(text) == ""
    assert kind.reference("R-1") == "R-1"


@pytest.mark.parametrize("reference", ["Unknown", "unknown", "N/A", "-"])
def test_unknown_refid_joins_two_halves_of_one_second_and_nothing_else(reference):
    entries = entries_of(kraken(*EARNED, reference=reference))

    assert [shape(entry) for entry in entries] == [
        ("transfer", "0.5 BTC", "0.5 BTC", ""),
        ("reward", "", "0.00002 BTC", ""),
        ("reward", "", "0.003 ETH", ""),
    ]
    assert {entry.group for entry in entries} == {""}
    assert entries[0].occurred_at.isoformat() == "2024-01-01T08:00:01+00:00"


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (("2024-01-01 08:00:02", "earn", "", "BTC", "0.5"), "another second"),
        (("2024-01-01 08:00:01", "earn", "", "BTC", "0.4"), "another amount"),
        (("2024-01-01 08:00:01", "earn", "", "ETH", "0.5"), "another asset"),
        (("2024-01-01 08:00:01", "earn", "reward", "BTC", "0.5"), "said to be a reward"),
    ],
)
def test_halves_that_do_not_fit_stand_by_themselves(other, why):
    found = shapes(EARNED[0], other)

    assert [kind for kind, *_parts in found] == ["transfer", "reward"], why


def test_what_is_not_an_internal_move_is_never_paired_by_its_time():
    deposit = ("2024-01-01 08:00:01", "deposit", "", "BTC", "0.5")
    withdrawal = ("2024-01-01 08:00:01", "withdrawal", "", "BTC", "-0.5")

    assert [kind for kind, *_parts in shapes(deposit, withdrawal)] == ["deposit", "withdrawal"]


@pytest.mark.parametrize("suffix", ["M", "F", "S", "B", "P", "HOLD"])
def test_halves_are_one_asset_whatever_its_place(suffix):
    lines = [
        (*line[:3], f"ADA{end}", line[4])
        for line, end in zip(EARNED[:2], ("", f".{suffix}"), strict=True)
    ]

    assert shapes(*lines) == [("transfer", "0.5 ADA", "0.5 ADA", "")]


def test_two_moves_of_one_second_are_two_pairs_with_a_refid_and_without():
    lines = [*EARNED[:2], *EARNED[:2]]

    pair = ("transfer", "0.5 BTC", "0.5 BTC", "")
    assert shapes(*lines) == shapes(*lines, reference="R1") == [pair, pair]


def test_half_that_went_out_alone_is_no_reward():
    assert shapes(EARNED[0]) == [("transfer", "0.5 BTC", "", "")]


def test_koinly_hash_that_says_nothing_joins_nothing_and_names_the_same_line():
    text = f"{KOINLY}\n2024-01-01 08:00,,,1,ETH,Unknown\n2024-02-01 08:00,,,2,ETH,0x\n"

    assert [(entry.tx_hash, entry.group) for entry in entries_of(text)] == [("", "")] * 2
    assert [name[1] for name in identities_of(text)] == ["Unknown", "0x"]


def test_file_that_was_read_before_is_known_line_by_line(ledger):
    text = kraken(*EARNED)
    first = run(ledger, text)

    again = run(ledger, text + "L9,Unknown,2024-03-01 09:00:00,earn,,currency,ETH,0.1,0,9\n")

    assert (first.transactions, again.duplicates, again.imported) == (3, 4, 1)
    assert not Transaction.objects.exclude(group_key="").exists()
    assert Transaction.objects.filter(type="transfer").count() == 1
