import pytest

from formats.parsing.records import RowError, Skipped
from tests.imports.helpers import entries_of, lines_of, shape

HEADER = (
    "Date,Destination,Destination Amount,Destination Currency,Fee Amount,Fee Currency,Id,Origin"
    ",Origin Amount,Origin Currency,Status,Type"
)


def line(
    kind: str,
    origin: str,
    destination: str,
    fee: str = ",",
    status: str = "completed",
    time: str = "Wed Jan 31 2024 14:05:00 GMT+0000",
) -> str:
    return f"{time},{destination},{fee},0b6a1c1e,{origin},{status},{kind}"


def text(*lines: str) -> str:
    return "\n".join([HEADER, *lines, ""])


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (line("in", "sepa,100,EUR", "uphold,100,EUR"), [("deposit", "", "100 EUR", "")]),
        (
            line("in", "sepa,100,EUR", "uphold,99,EUR", "1,EUR"),
            [("deposit", "", "100 EUR", "1 EUR")],
        ),
        (line("in", "uphold,5,BAT", "uphold,5,BAT"), [("deposit", "", "5 BAT", "")]),
        (line("in", "uphold,9,XRP", "uphold,5,BAT"), [("deposit", "", "5 BAT", "")]),
        (
            line("in", "credit-card,25,GBP", "uphold,0.5,LTC"),
            [("trade", "25 GBP", "0.5 LTC", ""), ("deposit", "", "25 GBP", "")],
        ),
        (line("out", "uphold,5,XRP", "xrp-ledger,5,XRP"), [("withdrawal", "5 XRP", "", "")]),
        (line("out", "uphold,5,GBP", ",5,GBP"), [("withdrawal", "5 GBP", "", "")]),
        (
            line("out", "uphold,5,XRP", "xrp-ledger,4.5,XRP", "0.5,XRP"),
            [("withdrawal", "4.5 XRP", "", "0.5 XRP")],
        ),
        (
            line("out", "uphold,5,LTC", "xrp-ledger,900,XRP", "0.5,LTC"),
            [("trade", "4.5 LTC", "900 XRP", "0.5 LTC"), ("withdrawal", "900 XRP", "", "")],
        ),
        (
            line("out", "uphold,5,LTC", "xrp-ledger,899,XRP", "1,XRP"),
            [("trade", "5 LTC", "900 XRP", "1 XRP"), ("withdrawal", "899 XRP", "", "")],
        ),
        (
            line("transfer", "uphold,81,EUR", "uphold,1,LTC", "1,EUR"),
            [("trade", "80 EUR", "1 LTC", "1 EUR")],
        ),
        (
            line("transfer", "uphold,2,BAT", "uphold,1.5,BAT", "0.5,BAT"),
            [("transfer", "1.5 BAT", "1.5 BAT", "0.5 BAT")],
        ),
        (line("reward", "uphold,1,XRP", "uphold,1,XRP"), [("reward", "", "1 XRP", "")]),
        (line("staking-reward", "uphold,1,XRP", "uphold,1,XRP"), [("reward", "", "1 XRP", "")]),
        (line("quiz", "quizzes,1,XRP", "uphold,1,XRP"), [("other", "", "1 XRP", "")]),
        (line("quiz", "uphold,1,XRP", "quizzes,1,XRP"), [("other", "1 XRP", "", "")]),
    ],
)
def test_kinds_of_lines(written: str, expected: list[tuple[str, ...]]) -> None:
    assert [shape(entry) for entry in entries_of(text(written))] == expected


def test_both_transactions_of_a_line_are_of_one_group_and_say_where_from() -> None:
    entries = entries_of(text(line("in", "credit-card,25,GBP", "uphold,0.5,LTC")))

    assert [(entry.group, entry.note) for entry in entries] == [("0b6a1c1e", "credit-card")] * 2


def test_what_failed_moved_nothing() -> None:
    failed = line("in", "credit-card,25,GBP", "uphold,0.5,LTC", status="failed")

    assert lines_of(text(failed)) == [Skipped(2, "it moved nothing: its status is “failed”")]


@pytest.mark.parametrize(
    ("broken", "column"),
    [
        (line("in", "sepa,much,EUR", "uphold,1,EUR"), "Origin Amount"),
        (line("in", "sepa,1,", "uphold,1,EUR"), "Origin Currency"),
        (line("in", "sepa,1,EUR", "uphold,,EUR"), "Destination Amount"),
        (line("in", "sepa,1,EUR", "uphold,1,"), "Destination Currency"),
        (line("in", "sepa,1,EUR", "uphold,1,EUR", "1,"), "Fee Currency"),
        (line("out", "uphold,1,EUR", "sepa,1,EUR", "2,EUR"), "Fee Amount"),
        (line("quiz", "uphold,1,EUR", "uphold,1,EUR"), "Type"),
        (line("in", "sepa,1,EUR", "uphold,1,EUR", status="unheard of"), "Status"),
        (line("in", "sepa,1,EUR", "uphold,1,EUR", time="yesterday"), "Date"),
        (line("in", "sepa,1,EUR", "uphold,1,EUR").replace("0b6a1c1e", ""), "Id"),
    ],
)
def test_broken_line_names_its_column(broken: str, column: str) -> None:
    (error,) = lines_of(text(broken))

    assert isinstance(error, RowError)
    assert error.column == column
