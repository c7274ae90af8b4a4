"""Files that a spreadsheet has saved anew: decimal commas, and dates that end with the year."""

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from formats.parsing.values import BadValue, parse_decimal, with_point, year_first
from imports.console import complaint
from ledgers.models import Ledger
from tests.imports.helpers import entries_of, lines_of
from tests.imports.test_offers import offered
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

    assert f"({named}" in complaint("resaved.csv", error)


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
        ("1/2/24 14:05", "mdy", "2024-01-02 14:05"),
        ("31.01.2024 14:05", "", "2024-01-31 14:05"),
        ("1/31/2024 14:05", "", "2024-01-31 14:05"),
        ("1/31/24 4:05", "", "2024-01-31 04:05"),
        ("05.05.2024 14:05", "", "2024-05-05 14:05"),
    ],
)
def test_year_comes_first(text: str, order: str, read: str) -> None:
    assert year_first(text, order) == read


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("01.02.2024 14:05", ""),
        ("24/01/31 14:05", ""),
        ("31/01/24 14:05", ""),
        ("31.01.2024 14:05", "mdy"),
        ("31.02.2024 14:05", ""),
    ],
)
def test_date_that_is_several_or_none_stays(text: str, order: str) -> None:
    assert year_first(text, order) == text


@pytest.mark.parametrize("time", ["13.10.2023 13:46", "10/13/2023 13:46", "2023-10-13 13:46"])
def test_certain_date_needs_no_option(time: str) -> None:
    text = RESAVED.replace("07.10.2023 13:46", time)

    (entry,) = entries_of(text, decimal_comma=True)

    assert f"{entry.occurred_at:%Y-%m-%d %H:%M}" == "2023-10-13 13:46"


def test_clock_that_was_put_back_is_doubted_in_any_order() -> None:
    text = RESAVED.replace("07.10.2023 13:46", "26.10.2025 02:30")

    (line,) = lines_of(text, decimal_comma=True, zone=ZoneInfo("Europe/Berlin"))

    assert "came twice" in "".join(remark.reason for remark in line.remarks)


@pytest.mark.parametrize("hash", ["1.23E+45", "1,23457E+18", "-4E+76"])
def test_hash_that_a_spreadsheet_has_destroyed_is_refused(hash: str) -> None:
    (error,) = lines_of(RESAVED.replace(";ab", f";{hash}"), **DAY_FIRST)

    assert error.column == "TxHash"
    assert f"“{hash}” is what a spreadsheet has left of a hash" in error.message
    assert "export the file again" in error.message


@pytest.mark.parametrize("hash", ["1e+45", "0x12E+45", "E+45", "12E+45ab"])
def test_hash_that_only_looks_like_a_number_is_kept(hash: str) -> None:
    (line,) = lines_of(RESAVED.replace(";ab", f";{hash}"), **DAY_FIRST)

    assert line.value.tx_hash == hash


def test_amount_in_scientific_notation_is_exact() -> None:
    (entry,) = entries_of(RESAVED.replace("1.234,5", "1,5E+21"), **DAY_FIRST)

    assert entry.received.amount == Decimal("1500000000000000000000")


EXPLORER = (
    "Txhash;Blockno;UnixTimestamp;DateTime (UTC);From;To;ContractAddress;Value_IN(ETH);"
    "Value_OUT(ETH);CurrentValue @ $2264/Eth;TxnFee(ETH);TxnFee(USD);Historical $Price/Eth;Status;"
    "ErrCode;Method\n"
    f"0x{'4' * 64};4344914;1507383978;07.10.2017 13:46;0x{'a' * 40};0x{'b' * 40};;0,5;0;1132,02;"
    "4,41E-04;0,99;311,26;;;Transfer\n"
)


def test_export_of_an_explorer_that_a_spreadsheet_saved_comes_in_exactly() -> None:
    (entry,) = entries_of(EXPLORER, decimal_comma=True, owner_address=f"0x{'b' * 40}")

    assert (entry.received.amount, entry.sent, entry.fee) == (Decimal("0.5"), None, None)
    assert f"{entry.occurred_at:%Y-%m-%d %H:%M:%S}" == "2017-10-07 13:46:18"


def test_export_of_an_explorer_says_that_its_commas_are_to_be_told() -> None:
    (error,) = lines_of(EXPLORER, owner_address=f"0x{'b' * 40}")

    assert (error.column, error.setting) == ("Value_IN(ETH)", "decimal_comma")


def test_grouping_points_are_told() -> None:
    (line,) = lines_of(RESAVED, **DAY_FIRST)

    assert [remark.read for remark in line.remarks] == ["1234.5"]
    assert "a point is taken" in line.remarks[0].reason


@pytest.mark.django_db(transaction=True)
def test_options_are_chosen_on_the_page(client: Client, ledger: Ledger) -> None:
    path = send(client, ledger, ("resaved.csv", RESAVED))
    work_off()
    html = page(client, path)
    assert "Nothing in it is new" not in html
    assert offered(html) == [("decimal_mark", ",")]

    client.post(path, {"decimal_mark": ","})
    work_off()
    html = page(client, path)
    assert offered(html) == [("date_order", "dmy"), ("date_order", "mdy")]
    assert '<input type="hidden" name="decimal_mark" value=",">' in html
    client.post(path, {"decimal_mark": ",", "date_order": "dmy"})
    work_off()

    html = page(client, path)
    assert offered(html) == []
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
