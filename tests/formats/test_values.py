from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from formats.parsing.values import (
    BadValue,
    full_year,
    header_zone,
    parse_decimal,
    parse_glued,
    parse_money,
    parse_time,
    parse_unix,
    plain,
    shown,
)

NINES = "9" * 78
SMALLEST = f"0.{'0' * 35}1"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("0E-18", "0"),
        ("0e999999", "0"),
        ("0.000", "0"),
        ("007", "7"),
        ("1.50", "1.5"),
        ("100", "100"),
        ("1E2", "100"),
        ("1.5e3", "1500"),
        ("9.1E-7", "0.00000091"),
        ("-3.605E-05", "-0.00003605"),
        ("+0.00000001", "0.00000001"),
        (".5", "0.5"),
        ("0.", "0"),
        ("3,067.671", "3067.671"),
        ("1,000", "1000"),
        ("12,345,678.9", "12345678.9"),
        (" 7 ", "7"),
        ("0.10000000000000000000000000000000000000000000000000", "0.1"),
        (NINES, NINES),
        (f"-{NINES}", f"-{NINES}"),
        (SMALLEST, SMALLEST),
        ("1e-36", SMALLEST),
        (f"{NINES}.{'9' * 36}", f"{NINES}.{'9' * 36}"),
    ],
)
def test_decimal_is_exact_and_trimmed(text, number):
    assert plain(parse_decimal(text)) == number


@pytest.mark.parametrize("text", ["", " ", "-", "--", "n/a", "N/A"])
def test_decimal_of_an_empty_cell_is_none(text):
    assert parse_decimal(text) is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("NaN", "not a number"),
        ("sNaN", "not a number"),
        ("Infinity", "not a number"),
        ("-inf", "not a number"),
        ("0,5", "not a number"),
        ("0,123", "not a number"),
        ("1,23", "not a number"),
        ("1.2.3", "not a number"),
        ("1 000", "not a number"),
        ("1_000", "not a number"),
        ("٣", "not a number"),
        ("$1", "not a number"),
        (".", "not a number"),
        ("e5", "not a number"),
        ("1e", "not a number"),
        ("0x10", "not a number"),
        ("1e9999999999", "not a number"),
        ("1e200000", "too large"),
        ("1e78", "too large"),
        (f"1{'0' * 78}", "too large"),
        (f"-{'9' * 79}", "too large"),
        ("1e-37", "too many decimals"),
        (f"{SMALLEST}1", "too many decimals"),
        ("1e-200000", "too many decimals"),
        (f"0.{'1' * 300}", "too many decimals"),
    ],
)
def test_decimal_refuses_what_cannot_be_kept(text, complaint):
    with pytest.raises(BadValue, match=complaint):
        parse_decimal(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("€3343.11229989", "3343.11229989"),
        ("-€597.49846", "-597.49846"),
        ("$121,898.55", "121898.55"),
        ("+£5", "5"),
        ("249.73 USD", "249.73"),
        ("249.73USDC", "249.73"),
        ("9287.38", "9287.38"),
        ("0 USD", "0"),
    ],
)
def test_money_may_carry_its_currency(text, number):
    assert plain(parse_money(text)) == number


def test_money_of_an_empty_cell_is_none():
    assert parse_money(" ") is None


@pytest.mark.parametrize("text", ["€", "$€5", "EUR", "5 € 5"])
def test_money_refuses_what_is_no_amount(text):
    with pytest.raises(BadValue):
        parse_money(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2020-09-27T18:36:58Z", datetime(2020, 9, 27, 18, 36, 58)),
        ("2025-01-17 16:57:02 UTC", datetime(2025, 1, 17, 16, 57, 2)),
        ("2018-01-01 14:25 UTC", datetime(2018, 1, 1, 14, 25)),
        ("2020-03-15 10:00:00", datetime(2020, 3, 15, 10)),
        ("2020-03-15 10:00:00.1234", datetime(2020, 3, 15, 10, 0, 0, 123400)),
        ("2020-03-15T10:00:00.123456789Z", datetime(2020, 3, 15, 10, 0, 0, 123456)),
        ("2020-03-15T10:00:00+02:00", datetime(2020, 3, 15, 8)),
        ("2020-03-15T10:00:00-0530", datetime(2020, 3, 15, 15, 30)),
        (" 2020-03-15 10:00:00 ", datetime(2020, 3, 15, 10)),
    ],
)
def test_time_becomes_utc(text, moment):
    assert parse_time(text) == moment.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2021-01-15 12:00:00", datetime(2021, 1, 15, 11)),
        ("2021-07-15 12:00:00", datetime(2021, 7, 15, 10)),
        ("2021-07-15 12:00:00Z", datetime(2021, 7, 15, 12)),
        ("2021-10-31 02:30:00", datetime(2021, 10, 31, 0, 30)),
    ],
)
def test_time_without_a_zone_is_in_the_given_one(text, moment):
    assert parse_time(text, ZoneInfo("Europe/Berlin")) == moment.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2020-02-30 10:00:00",
        "2020-13-01 10:00:00",
        "2020-01-01 25:00:00",
        "2020-01-01",
        "20-03-15 10:00:00",
        "0001-01-01 00:00:00+14:00",
        "2020-01-01 10:00:00+24:00",
        "2020-01-01 10:00:00+01:60",
        "2020-W01-1T00:00",
        "٢٠٢٠-01-01 10:00:00",
    ],
)
def test_time_refuses_what_is_no_time(text):
    with pytest.raises(BadValue, match="not a date and time"):
        parse_time(text)


def test_unix_time_is_seconds():
    assert parse_unix("1507383978") == datetime(2017, 10, 7, 13, 46, 18, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "-1", "1.5", "1507383978000", "99999999999999", "now", "１"])
def test_unix_time_refuses_anything_else(text):
    with pytest.raises(BadValue, match="not a Unix time"):
        parse_unix(text)


def test_number_that_needs_no_look_is_the_same_as_one_that_does():
    for text in ("12.5", "-0.000001", "40", "0", "-7"):
        assert parse_decimal(text) == parse_decimal(f"{text}0" if "." in text else f"{text}.0")
        assert str(parse_decimal(text)) == text


def test_shown_text_holds_no_control_characters_and_is_short():
    assert shown("a\x1b[31mb\r\n") == "a�[31mb��"
    assert shown("x" * 100) == "x" * 39 + "…"


def test_plain_writes_no_exponent():
    assert plain(Decimal("1E-30")) == f"0.{'0' * 29}1"


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        *(("UTC+02:00", 2), ("UTC-05:30", -5.5), ("+01", 1), ("+01:00", 1), ("UTC", 0)),
        *(("UTC+0", 0), ("UTC+8", 8), ("-00:30", -0.5), ("GMTnull", 0), ("UTC+1300", 13)),
    ],
)
def test_zone_in_a_title_is_understood(text, hours):
    zone = header_zone(text)

    assert datetime(2024, 1, 1, tzinfo=zone).utcoffset().total_seconds() == hours * 3600


@pytest.mark.parametrize("text", ["", "local", "UTC+x", "UTC+24:00", "UTC+99", "UTC+01:60"])
def test_title_that_names_no_zone_has_none(text):
    assert header_zone(text) is None


def test_short_year_becomes_a_full_one():
    assert full_year("24-01-31 10:00:00") == "2024-01-31 10:00:00"
    assert full_year("2024-01-31 10:00:00") == "2024-01-31 10:00:00"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("5.11INCH", ("5.1", "1INCH")), ("5 1INCH", ("5", "1INCH")), ("5BNB", ("5", "BNB"))],
)
def test_symbol_that_is_expected_may_begin_with_a_digit(text, expected):
    number, symbol = parse_glued(text, ("1INCH", "USDT"))

    assert (plain(number), symbol) == expected


@pytest.mark.parametrize("text", ["9 212.5$", "9 212.5", "9212.5 USD", "$9,212.5", "9212.5€"])
def test_money_may_be_spaced_and_have_its_sign_behind(text):
    assert plain(parse_money(text)) == "9212.5"
