"""JSON as files have it: lines, lists and documents."""

import json

import pytest

from formats.parsing import json_documents
from formats.parsing.records import ImportFailed, Row, RowError
from tests.imports.helpers import lines_of, opened

ROW = {
    "Date": "2024-01-02 03:04:05",
    "Sent Amount": "",
    "Sent Currency": "",
    "Received Amount": "1",
    "Received Currency": "ETH",
}
ROWS = [ROW, ROW | {"Received Amount": 0.5, "Description": "Zürich ₿"}]
LINES = "".join(f"{json.dumps(row)}\n" for row in ROWS)


@pytest.mark.parametrize(
    "text",
    [
        LINES,
        json.dumps(ROWS),
        json.dumps(ROWS, indent=1, ensure_ascii=False),
        "\ufeff" + json.dumps({"rows": ROWS}),
        json.dumps({"a": {"b": [1, [2]]}, "rows": ROWS, "c": []}, indent=2),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_rows_are_found_wherever_they_are(text, encoding):
    text = text if encoding == "utf-8" else "\ufeff" + text.lstrip("\ufeff")
    _reader, table = opened(text.encode(encoding))

    records = list(table.records())
    amount = table.columns.index["received"]
    assert [(record.line, record.cells[amount]) for record in records] == [(1, "1"), (2, "0.5")]
    for record in records:
        assert table.record_at(record.at, record.line, is_last=False) == record


def test_columns_are_all_keys_of_all_objects():
    first, second = lines_of(json.dumps(ROWS))

    assert (first.value.note, second.value.note) == ("", "Zürich ₿")


def test_line_may_leave_out_what_the_next_one_has():
    text = LINES.replace('"Sent Amount": "", ', "", 1)

    assert [type(line) for line in lines_of(text)] == [Row, Row]


def test_one_object_in_a_line_is_a_row():
    assert [type(line) for line in lines_of(json.dumps(ROW))] == [Row]


def test_item_that_is_no_object_is_named():
    lines = lines_of(json.dumps([ROW, 5, ROW]))

    message = "this is no object, as the others of the list are"
    assert lines[1] == RowError(2, "", message)
    assert [type(line) for line in lines] == [Row, RowError, Row]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (json.dumps(ROWS)[:-1], "not JSON: Expecting “,”: line 1"),
        (json.dumps({"rows": ROWS})[:40], "not JSON: "),
        (json.dumps(ROWS) + "more", "not JSON: Expecting the end"),
        ('{"a" 1}', "not JSON: Expecting “:”"),
        ("[{}, " + "[" * 100_000, "nested too deeply"),
        (json.dumps([ROW | {"Description": "x" * (1 << 20)}]), "longer than a million characters"),
        (json.dumps({"meta": {"version": 1}}, indent=1), "no list of rows"),
        (json.dumps([{"a": 1, "b": 2}]), "Seen as header: “a, b”"),
    ],
)
def test_document_that_is_no_table_is_refused(text, problem):
    with pytest.raises(ImportFailed, match=problem):
        opened(text)


def test_document_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(json_documents, "LARGEST", 1 << 20)

    with pytest.raises(ImportFailed, match="A JSON document of more than 1 MB cannot be read"):
        opened(json.dumps(ROWS * 8000, indent=1))
