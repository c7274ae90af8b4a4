"""Files that a spreadsheet has saved anew: decimal commas, and dates that end with the year."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from formats.parsing.values import BadValue, parse_decimal, with_point, year_first
from ledgers.models import Ledger
from tests.imports.helpers import entries_of, lines_of
from tests.imports.test_pages import page, send
from tests.imports.uploads import work_off

RESAVED = (
    "Date;Sent Amount;Sent Currency;Received Amount;Received Currency;Fee Amount;Fee Currency;"
    "Net Worth Amount;Net Worth Currency;Label;Description;TxHash\n"
    "07.10.2023 13:46;;;1.234,5;ETH;4,41E-04;ETH;;;;;ab\n"
)
DAY_FIRST = {"decimal_comma": True, "date_order": "dmy"}


def test_commas_and_dates_come_in_exactly() -> None:
    (entry,) = entries_of(RESAVED, **DAY_FIRST)

    assert entry.received.amount == Decimal("1234.5")
    assert entry.fee.amount == Decimal("0.000441")
    assert f"{entry.occurred_at:%Y-%m-%d %H:%M}" == "2023-10-07 13:46"


def test_identity_is_that_of_the_file_before() -> None:
    before = RESAVED.replace(";", ",").replace("1.234,5", "1234.5").replace("4,41", "4.41")
    before = before.replace("07.10.2023 13:46", "2023-10-07 13:46:00")
    (resaved,), (first,) = lines_of(RESAVED, **DAY_FIRST), lines_of(before)

    assert resaved.identity == first.identity


@pytest.mark.parametrize(
    ("options", "named"),
    [({}, "--decimal-comma"), ({"decimal_comma": True}, "--date-order")],
)
def test_refusal_names_the_option(options: dict[str, Any], named: str) -> None:
    (error,) = lines_of(RESAVED.replace("1.234,5", "0,5"), **options)

    assert named in error.message


@pytest.mark.parametrize(
    ("text", "number"),
    [("0,5", "0.5"), ("-1.234,56", "-1234.56"), ("1.500", "1500"), ("7", "7"), (",5", "0.5")],
)
def test_comma_is_the_mark(text: str, number: str) -> None:
    assert parse_decimal(with_point(text)) == Decimal(number)


def test_point_where_commas_were_said() -> None:
    with pytest.raises(BadValue, match="has a decimal point"):
        with_point("0.5")


@pytest.mark.parametrize(
    ("text", "order", "read"),
    [
        ("31.01.2024 14:05", "dmy", "2024-01-31 14:05"),
        ("1/31/2024 4:05:09", "mdy", "2024-01-31 04:05:09"),
        ("1/2/2024, 14:05 UTC", "dmy", "2024-02-01 14:05 UTC"),
        ("2024-01-31 14:05", "dmy", "2024-01-31 14:05"),
    ],
)
def test_year_comes_first(text: str, order: str, read: str) -> None:
    assert year_first(text, order) == read


def test_grouping_points_are_told() -> None:
    (line,) = lines_of(RESAVED, **DAY_FIRST)

    assert [remark.read for remark in line.remarks] == ["1234.5"]
    assert "a point is taken" in line.remarks[0].reason


@pytest.mark.django_db(transaction=True)
def test_options_are_chosen_on_the_page(client: Client, ledger: Ledger) -> None:
    path = send(client, ledger, ("resaved.csv", RESAVED))
    work_off()
    html = page(client, path)
    assert "--decimal-comma" in html
    assert "Nothing in it is new" not in html

    client.post(path, {"decimal_mark": ",", "date_order": "dmy"})
    work_off()

    html = page(client, path)
    assert "Import 1 row into" in html
    assert "1.234,5" in html
    assert "1234.5" in html


@pytest.mark.django_db
def test_command_takes_them(ledger: Ledger, tmp_path: Any) -> None:
    file = tmp_path / "resaved.csv"
    file.write_text(RESAVED)
    command = ("import_transactions", str(file), f"--ledger={ledger.slug}", "--wallet=Main")
    with pytest.raises(CommandError):
        call_command(*command, "--create-wallet")

    call_command(*command, "--create-wallet", "--decimal-comma", "--date-order=dmy")

    assert ledger.transactions.get().received_amount == Decimal("1234.5")
