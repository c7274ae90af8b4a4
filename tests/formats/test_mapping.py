"""Tables that nobody knows, read as a person says."""

import re
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings

from formats.detection import detect, table_of
from formats.mapping import BadMapping, Mapping, format_of, numbered
from formats.parsing.records import ImportFailed, Options, Row, RowError, Skipped
from imports.pipeline.reading import read
from tests.imports.helpers import amount, file_of, shape
from tests.mappings import BANK, BANK_TOML, LEGS, LEGS_TOML, SHEET, SHEET_TOML

BASE: dict[str, Any] = {"columns": {"time": "T", "amount": "A"}, "constants": {"asset": "BTC"}}
COLUMNS: dict[str, str] = {"time": "T", "type": "K", "sent": "O", "received": "I", "asset": "C"}


def lines_of(mapping: Mapping, text: str, **options: Any) -> list[Any]:
    kind = format_of(mapping)
    kind, table = detect(file_of(text), kind.name, [kind])
    return list(read(kind(table, Options(**options)), table))


def built_of(mapping: Mapping, text: str) -> list[Any]:
    kind = format_of(mapping)
    kind, table = detect(file_of(text), kind.name, [kind])
    reader = kind(table, Options())
    units: dict[Any, list[Any]] = {}
    for line in read(reader, table):
        assert isinstance(line, Row), line
        units.setdefault(line.unit or line.line, []).append(line)
    return [built for rows in units.values() for built in reader.build(rows)]


def shapes(mapping: Mapping, text: str) -> list[Any]:
    return [shape(built.entry) for built in built_of(mapping, text)]


def one(text: str, **values: Any) -> Any:
    """What the only row of a table of T, A and whatever else becomes."""
    (line,) = lines_of(Mapping.of(BASE | values), text)
    return line.value if isinstance(line, Row) else line


def test_signed_amounts_with_a_decimal_comma() -> None:
    entries = [built.entry for built in built_of(Mapping.from_toml(BANK_TOML), BANK)]

    assert [shape(entry) for entry in entries] == [
        ("deposit", "", "1234.56 EUR", ""),
        ("withdrawal", "0.00000001 BTC", "", ""),
        ("payment", "20 EUR", "", "0.5 EUR"),
    ]
    # Midnight in Berlin.
    assert entries[0].occurred_at.isoformat() == "2024-01-30T23:00:00+00:00"
    assert entries[0].note == "Gehalt; Januar"


def test_rows_of_an_order_are_one_transaction() -> None:
    built = built_of(Mapping.from_toml(LEGS_TOML), LEGS)

    assert [(shape(each.entry), len(each.rows)) for each in built] == [
        (("trade", "300.3 EUR", "0.01 BTC", "0.45 EUR"), 3),
        (("deposit", "", "5 ETH", ""), 1),
        (("trade", "2 ETH", "", ""), 1),
        (("trade", "1 SOL", "", ""), 1),
        (("trade", "", "7 DOT", "0.1 DOT"), 1),
        (("fee", "", "", "1 BNB"), 1),
    ]
    assert {each.entry.group for each in built[:1]} == {"A-1"}


def test_rows_of_an_order_are_the_same_in_whatever_order_they_stand() -> None:
    mapping = Mapping.of(BASE | {"joins": "O"})
    rows = ["2024-01-31 10:00:05;1;A", "2024-01-31 10:00:00;2;A", "2024-01-31 10:00:09;3;A"]

    for some in (rows, rows[::-1]):
        (built,) = built_of(mapping, "\n".join(["T;A;O", *some, ""]))
        assert built.entry.occurred_at.isoformat() == "2024-01-31T10:00:00+00:00"
        assert shape(built.entry) == ("deposit", "", "6 BTC", "")


def test_rows_of_an_order_are_not_worth_what_one_of_them_is() -> None:
    columns = {"time": "T", "amount": "A", "asset": "C", "value": "V"}
    constants = {"value_asset": "USD"}
    mapping = Mapping.of({"columns": columns, "constants": constants, "joins": "O"})
    header, paid = "T;A;C;V;O", "2024-01-31;-50;EUR;55;A"
    fills = ["2024-01-31;1;BTC;20;A", "2024-01-31;2;BTC;35;A"]

    (legs,) = built_of(mapping, "\n".join([header, paid, fills[0], ""]))
    (several,) = built_of(mapping, "\n".join([header, *fills, ""]))

    assert (str(legs.entry.value.amount), several.entry.value) == ("55", None)


def test_dates_as_numbers_of_a_spreadsheet() -> None:
    entries = [built.entry for built in built_of(Mapping.from_toml(SHEET_TOML), SHEET)]

    assert [entry.occurred_at.isoformat() for entry in entries] == [
        "2024-01-31T14:05:00+00:00",
        "2024-02-29T00:00:00+00:00",
        "2024-03-01T23:59:59.500000+00:00",
    ]
    assert [shape(entry) for entry in entries] == [
        ("deposit", "", "0.1 BTC", ""),
        ("withdrawal", "0.123456789012345678901234567890123456 BTC", "", "0.0001 BTC"),
        ("reward", "", "3 BTC", ""),
    ]


@pytest.mark.parametrize(
    ("date", "written", "read"),
    [
        ("iso", "2024-01-31", "2024-01-31T00:00:00"),
        ("iso", "2024-01-31T14:05:00+02:00", "2024-01-31T12:05:00"),
        ("unix", "1706709900", "2024-01-31T14:05:00"),
        ("unix_ms", "1706709900250", "2024-01-31T14:05:00.250000"),
        ("excel", "61", "1900-03-01T00:00:00"),
        ("excel", "45322.5868055556", "2024-01-31T14:05:00"),
        ("%d.%m.%Y %H:%M|%d.%m.%Y", "31.01.2024", "2024-01-31T00:00:00"),
        ("%b %d, %Y %I:%M %p", "Jan 31, 2024 02:05 PM", "2024-01-31T14:05:00"),
        ("%Y-%m-%dT%H:%M:%S%z", "2024-01-31T14:05:00+0100", "2024-01-31T13:05:00"),
    ],
)
def test_ways_to_write_a_date(date: str, written: str, read: str) -> None:
    entry = one(f'T;A\n"{written}";1\n', date=date)

    assert entry.occurred_at.isoformat() == f"{read}+00:00"


@pytest.mark.parametrize(
    ("date", "written", "reason"),
    [
        ("iso", "31.01.2024", "“31.01.2024” is not a date and time"),
        ("excel", "2024", None),
        ("excel", "60", "“60” is no date as spreadsheets number them, such as 45322.5"),
        ("excel", "2958465.9999999999", "is no date as spreadsheets number them"),
        ("excel", "soon", "“soon” is not a number; write it as 1234.56"),
        ("unix", "1706709900000000", "is not a Unix time in seconds"),
        ("%d.%m.%Y", "2024-01-31", "as this source writes it: 31.01.2024"),
    ],
)
def test_date_that_is_written_otherwise(date: str, written: str, reason: str | None) -> None:
    line = one(f"T;A\n{written};1\n", date=date)

    if reason is None:
        assert line.occurred_at.year == 1905
    else:
        assert isinstance(line, RowError)
        assert (line.column, reason in line.message) == ("T", True)


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("T;A\n2024-01-31;-2\n", {}, ("withdrawal", "2 BTC", "", "")),
        ("T;A\n2024-01-31;0\n", {}, ("deposit", "", "0 BTC", "")),
        (
            "T;A;P;Q\n2024-01-31;-2;90;EUR\n",
            {"columns": {**BASE["columns"], "total": "P", "total_asset": "Q"}},
            ("trade", "2 BTC", "90 EUR", ""),
        ),
        (
            "T;A;F\n2024-01-31;-2;-0.5\n",
            {"columns": {**BASE["columns"], "fee": "F"}},
            ("withdrawal", "2 BTC", "", "0.5 BTC"),
        ),
        (
            "T;A;F\n2024-01-31;-2;0.5\n",
            {"columns": {**BASE["columns"], "fee": "F"}, "fee_included": True},
            ("withdrawal", "1.5 BTC", "", "0.5 BTC"),
        ),
        (
            "T;A;F\n2024-01-31;2;0.5\n",
            {"columns": {**BASE["columns"], "fee": "F"}, "fee_included": True},
            ("deposit", "", "2.5 BTC", "0.5 BTC"),
        ),
        (
            "T;O;I;C;F\n2024-01-31;0.00;2;EUR;0.5\n",
            {
                "columns": {name: COLUMNS[name] for name in ("time", "sent", "received", "asset")}
                | {"fee": "F"},
                "constants": {},
                "sign": "columns",
                "fee_included": True,
            },
            ("deposit", "", "2.5 EUR", "0.5 EUR"),
        ),
        (
            "T;A;F\n2024-01-31;;0.5\n",
            {"columns": {**BASE["columns"], "fee": "F"}},
            ("fee", "", "", "0.5 BTC"),
        ),
        (
            "T;A;F\n2024-01-31;-2;3\n",
            {
                "columns": {**BASE["columns"], "fee": "F"},
                "constants": {"asset": "BTC", "fee_asset": "EUR"},
                "fee_included": True,
            },
            ("withdrawal", "2 BTC", "", "3 EUR"),
        ),
        (
            "T;K;O;I;C\n2024-01-31;x;1;;EUR\n",
            {"columns": COLUMNS, "constants": {}, "sign": "columns"},
            ("withdrawal", "1 EUR", "", ""),
        ),
        (
            "T;O;I;C\n2024-01-31;1;2;EUR\n",
            {
                "columns": {"time": "T", "sent": "O", "received": "I", "received_asset": "C"},
                "constants": {"sent_asset": "BTC"},
                "sign": "columns",
            },
            ("trade", "1 BTC", "2 EUR", ""),
        ),
    ],
)
def test_sign_and_fee(text: str, values: Any, expected: Any) -> None:
    assert shapes(Mapping.of(BASE | values), text) == [expected]


WORDS: dict[str, Any] = {
    "columns": {"time": "T", "amount": "A", "type": "K"},
    "sign": "words",
    "types": {"Kauf": "trade", "Zins": "reward", "Storno": "skip", "Raus": "auto"},
    "directions": {"Kauf": "in", "Raus": "out", "Zins": "in"},
}


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Kauf", ("trade", "", "1 BTC", "")),
        ("ZINS", ("reward", "", "1 BTC", "")),
        ("raus", ("withdrawal", "1 BTC", "", "")),
    ],
)
def test_words_say_type_and_direction(word: str, expected: Any) -> None:
    assert shapes(Mapping.of(BASE | WORDS), f"T;A;K\n2024-01-31;1;{word}\n") == [expected]


def test_word_may_leave_its_rows_out() -> None:
    line = one("T;A;K\n2024-01-31;1;Storno\n", **WORDS)

    assert line == Skipped(2, "“Storno” is left out, as the mapping says")


def test_word_without_a_direction_is_an_error_where_words_say_it() -> None:
    line = one("T;A;K\n2024-01-31;1;Neu\n", **WORDS)

    assert line == RowError(2, "K", "the mapping does not say whether “Neu” is in or out")


def test_unknown_word_is_kept_as_other_where_the_sign_says_enough() -> None:
    signed = WORDS | {"sign": "signed", "directions": {}}
    (line,) = lines_of(Mapping.of(BASE | signed), "T;A;K\n2024-01-31;1;Neu\n")

    assert line.value.type == "other"
    assert [remark.column for remark in line.remarks] == ["K"]


def test_row_names_its_column() -> None:
    line = one("T;A;C\n2024-01-31;1;\n", columns={**BASE["columns"], "asset": "C"}, constants={})

    assert line == RowError(2, "C", "there is an amount, but no currency")


def test_fee_is_not_more_than_what_it_is_part_of() -> None:
    values = {"columns": {**BASE["columns"], "fee": "F"}, "fee_included": True}
    line = one("T;A;F\n2024-01-31;-1;2\n", **values)

    assert line == RowError(2, "F", "it is more than the amount that it is part of")


def test_everything_else_comes_along() -> None:
    columns = {
        **BASE["columns"],
        **{"hash": "H", "group": "G", "counterparty": "P", "label": "L", "note": "N"},
        "value": "V",
    }
    constants = {"asset": "BTC", "value_asset": "EUR", "type": "gift"}
    entry = one(
        "T;A;H;G;P;L;N;V\n2024-01-31;1;0xab;g;addr;rent;hello;-9\n",
        columns=columns,
        constants=constants,
    )

    assert (entry.tx_hash, entry.group, entry.counterparty) == ("0xab", "g", "addr")
    assert (entry.labels, entry.note, entry.type) == (("rent",), "hello", "gift")
    assert (str(entry.value.amount), entry.value.currency) == ("9", "EUR")


def test_row_is_known_by_its_mapped_columns_or_those_that_are_named() -> None:
    text = "T;A;N\n2024-01-31;1;one\n"
    (whole,) = lines_of(Mapping.of(BASE), text)
    (named,) = lines_of(Mapping.of(BASE | {"identity": ["N"]}), text)

    assert whole.identity == ("A", "1", "T", "2024-01-31")
    assert named.identity == ("N", "one")


@pytest.mark.parametrize("toml", [BANK_TOML, LEGS_TOML, SHEET_TOML])
def test_toml_comes_back_as_it_went(toml: str) -> None:
    mapping = Mapping.from_toml(toml)

    assert Mapping.from_toml(mapping.to_toml()) == mapping
    assert Mapping.of(mapping.as_dict()) == mapping


def test_toml_keeps_odd_characters() -> None:
    odd = 'a "b" \\ \n\t\x7f ü 😀 = [c]'
    columns = {"time": odd, "amount": "A"}
    mapping = Mapping.of(BASE | {"columns": columns, "name": odd})

    assert Mapping.from_toml(mapping.to_toml()) == mapping


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"colums": {}}, "colums"),
        ({"columns": "T"}, "columns"),
        ({"columns": {"time": 1, "amount": "A"}}, "columns.time"),
        ({"columns": {"amount": "A"}}, "columns.time"),
        ({"columns": {"time": "T"}}, "columns.amount"),
        ({"columns": {**BASE["columns"], "sum": "S"}}, "columns.sum"),
        ({"columns": {**BASE["columns"], "asset": "C"}}, "constants.asset"),
        ({"columns": {**BASE["columns"], "sent": "S"}}, "columns.sent"),
        ({"columns": {**BASE["columns"], "value": "V"}}, "columns.value_asset"),
        ({"columns": {**BASE["columns"], "fee_asset": "V"}}, "columns.fee_asset"),
        ({"constants": {}}, "columns.asset"),
        ({"constants": {"asset": "BTC", "time": "now"}}, "constants.time"),
        ({"constants": {"asset": " "}}, "constants.asset"),
        ({"constants": {"asset": "BTC", "type": "gold"}}, "constants.type"),
        ({"constants": {"asset": "BTC\0"}}, "constants.asset"),
        ({"sign": "minus"}, "sign"),
        ({"sign": "columns"}, "columns.sent"),
        ({"sign": "words"}, "columns.type"),
        (WORDS | {"directions": {}}, "directions"),
        (WORDS | {"directions": {"Kauf": "up"}}, "directions.Kauf"),
        (WORDS | {"types": {"Kauf": "buy"}}, "types.Kauf"),
        (WORDS | {"sign": "signed"}, "directions"),
        ({"types": {"Kauf": "trade"}}, "columns.type"),
        ({"date": "yesterday"}, "date"),
        ({"date": "%d.%m."}, "date"),
        ({"date": "%d.%m.%Y|%H:%M"}, "date"),
        ({"date": "%d%d%m%Y"}, "date"),
        ({"date": "%d.%m.%Y %Z"}, "date"),
        ({"zone": "Berlin"}, "zone"),
        ({"decimal_mark": ";"}, "decimal_mark"),
        ({"fee_included": "yes"}, "fee_included"),
        ({"header": "T"}, "header"),
        ({"header": ["T"]}, "columns.amount"),
        ({"header": ["T", "A"], "identity": ["X"]}, "identity"),
        ({"header": ["T", "A"], "joins": "X"}, "joins"),
        ({"identity": [1]}, "identity"),
    ],
)
def test_what_is_wrong_is_named(values: Any, field: str) -> None:
    with pytest.raises(BadMapping) as refused:
        Mapping.of(BASE | values)

    assert refused.value.field == field
    assert str(refused.value).startswith(f"{field}: ")


def test_broken_toml_says_where() -> None:
    with pytest.raises(BadMapping, match=r"this is not TOML: .*line 2"):
        Mapping.from_toml("[columns]\ntime = T\n")


def test_header_that_lacks_a_column_is_of_another_file() -> None:
    mapping = Mapping.of(BASE | {"header": ["T", "A", "N"]})

    assert format_of(mapping).match(["N", "A", "T", "new"])
    assert not format_of(mapping).match(["A", "T"])
    assert format_of(replace(mapping, header=())).match(["A", "T"])
    assert not format_of(mapping).match(["N", "a", "T"])


def test_titles_that_occur_again_are_told_apart() -> None:
    assert numbered(["A", " A ", "", "B", ""]) == ["A", "A (2)", "column 3", "B", "column 5"]
    columns = {"time": "T", "amount": "A (2)"}
    (line,) = lines_of(Mapping.of(BASE | {"columns": columns}), "A;T;A\nx;2024-01-31;5\n")
    assert amount(line.value.received) == "5 BTC"


def test_any_table_has_a_header() -> None:
    table = table_of(file_of("My bank\n\nDay;Sum;Sum\n1;2;3\n"))

    assert (table.columns.header, table.delimiter, table.header_line) == (
        ["Day", "Sum", "Sum (2)"],
        ";",
        3,
    )
    assert [record.cells for record in table.records()] == [["1", "2", "3"]]
    assert table_of(file_of('{"a": 1, "b": "x"}\n')).columns.header == ["a", "b"]
    with pytest.raises(ImportFailed, match="The file is empty"):
        table_of(file_of('"abc\n'))


def test_example_of_the_readme_is_a_mapping() -> None:
    readme = (settings.BASE_DIR / "README.md").read_text()
    (example,) = re.findall(r"```toml\n(.*?)```", readme, re.DOTALL)

    mapping = Mapping.from_toml(example)

    assert (mapping.name, mapping.joins, mapping.types) == ("My bank", "Order", {"Kauf": "trade"})


@pytest.mark.parametrize(
    "text",
    [
        '[columns]\ntime = "T"\namount = "A"\n[types]\n"a\\u0000" = "trade"\n',
        f"columns = {'[' * 100_000}",
    ],
    ids=["NUL", "nested"],
)
def test_toml_that_no_database_or_parser_takes_is_refused(text: str) -> None:
    with pytest.raises(BadMapping):
        Mapping.from_toml(text)
