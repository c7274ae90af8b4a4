import codecs
import hashlib
import io

import pytest

from formats.parsing import lines as physical
from formats.parsing.files import Record, copy_of
from formats.parsing.records import ImportFailed, Row, RowError, Skipped
from tests.imports.helpers import lines_of, opened

HEADER = "Date,Sent Amount,Sent Currency,Received Amount,Received Currency,Description"
ROW = "2024-01-02 03:04:05,,,1,ETH,note"


def records_of(data: bytes, delimiter: str = ",") -> list[Record]:
    return list(copy_of("test.csv", io.BytesIO(data)).records(delimiter))


def read(*lines: str, end: str = "\n") -> list:
    return lines_of("\n".join([HEADER, *lines]) + end)


def notes(data: bytes) -> list[str]:
    return [row.value.note for row in lines_of(data)]


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "empty"),
        (b"\n \r\n\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\xef\xbb\xbf\n", "empty"),
        (b"a,b\n1,\x002\n", "binary"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "binary"),
        (b"PK\x03\x04" + b"\xff\x8d" * 30, "ZIP or gzip archive"),
        (b"QK\x03\x04" + b"\xff\x8d" * 30, "neither UTF-8 nor text of Windows"),
        (b"\xff\xfe", "empty"),
        ("\ufeff \n".encode("utf-16-be"), "empty"),
        ("\ufeffa,\0b".encode("utf-16-le"), "binary"),
        (b"\xff\xfea\0,\0b", "begins as UTF-16"),
        (b"\xfe\xff\xdc\0\0,", "begins as UTF-16"),
    ],
)
def test_what_is_no_text_is_refused(data, complaint):
    with pytest.raises(ImportFailed, match=complaint):
        copy_of("test.csv", io.BytesIO(data))


def test_nul_is_found_far_into_a_file():
    with pytest.raises(ImportFailed, match="binary"):
        copy_of("test.csv", io.BytesIO(b"a,b\n" * 1_000_000 + b"\0"))


@pytest.mark.parametrize(
    ("encoded", "encoding"),
    [
        ("Zürich €5".encode(), "utf-8"),
        (b"\xef\xbb\xbf" + "Zürich €5".encode(), "utf-8"),
        ("Zürich €5".encode("cp1252"), "cp1252"),
        (codecs.BOM_UTF16_LE + "Zürich €5".encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + "Zürich €5".encode("utf-16-be"), "utf-16-be"),
    ],
)
def test_encoding_is_found(encoded, encoding):
    file = copy_of("test.csv", io.BytesIO(encoded))

    assert file.encoding == encoding
    assert [record.cells for record in file.records(",")] == [["Zürich €5"]]


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("Zahlung für Büromaterial, Straße, £5, 3 m²", "cp1252"),
        ("très élevé, garçon, où, naïve", "cp1252"),
        ("São João, coração, señor, año, €5", "cp1252"),
        ("però, così, perché, città, più", "cp1252"),
        ("Datum, Měna, Částka, Příchozí úhrada, účet", "cp1250"),
        ("Wpłata, kwota, opłata, Łódź, źródło", "cp1250"),
        ("Összeg, díj, tőzsde, fűtés", "cp1250"),
        ("Дата, Сумма, Комиссия, №5", "cp1251"),
        ("Сума, комісія, гаманець, їх", "cp1251"),
        ("1\u00a0234,5", "cp1252"),
        ("Größe, créée", "cp1252"),
        ("operações, août", "cp1252"),
    ],
)
def test_code_page_is_that_of_likely_letters(text, page):
    file = copy_of("test.csv", io.BytesIO(f"a\n{text}\n".encode(page)))

    assert file.encoding == page
    assert [record.cells[0] for record in file.records("\t")] == ["a", text]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_of_utf_16_are_where_they_say(encoding, newline):
    # Characters of which one byte, or both, is that of a newline.
    lines = [HEADER, ROW, ROW.replace("note", "Ċਊĸ਀\U0001f600"), ROW]
    text = "\ufeff" + newline.join([*lines, ""])

    _reader, table = opened(text.encode(encoding))

    records = list(table.records())
    assert [record.cells[-1] for record in records] == ["note", "Ċਊĸ਀\U0001f600", "note"]
    for record in records:
        assert table.record_at(record.at, record.line, is_last=False) == record
    assert table.file.ends_with_newline == newline.endswith("\n")


def test_utf_16_that_ends_in_a_row_is_cut():
    lines = lines_of(f"\ufeff{HEADER}\n{ROW[:-6]}".encode("utf-16-le"))

    assert lines == [RowError(2, "", "the file ends in the middle of this row")]


def test_character_split_between_two_blocks_is_still_utf8():
    data = b"x" * ((1 << 20) - 1) + "€".encode()

    assert copy_of("test.csv", io.BytesIO(data)).encoding == "utf-8"


def test_file_is_copied_so_that_it_can_be_read_twice():
    data = b"a,b\n1,2\n"

    file = copy_of("test.csv", io.BytesIO(data))

    assert list(file.records(",")) == list(file.records(",")) != []
    assert file.sha256 == hashlib.sha256(data).hexdigest()


def test_lines_are_physical_and_blank_ones_do_not_count():
    records = records_of(b'a,b\n\n"x\ny",2\r\n   \n3,4')

    assert [(record.line, record.cells) for record in records] == [
        (1, ["a", "b"]),
        (3, ["x\ny", "2"]),
        (6, ["3", "4"]),
    ]


def test_unclosed_quote_spoils_its_own_line_only():
    lines = read(ROW, '2024-01-02 03:04:05,,,1,ETH,"open', ROW, ROW)

    assert [type(line) for line in lines] == [Row, RowError, Row, Row]
    assert (lines[1].line, lines[1].message) == (3, "a quotation mark is opened and not closed")
    assert [line.line for line in lines] == [2, 3, 4, 5]


def test_text_after_a_closing_quote_is_an_error_of_its_line():
    lines = read('2024-01-02 03:04:05,,,1,ETH,"a"b', ROW)

    assert [line.line for line in lines] == [2, 3]
    assert lines[0].message == "the quotation marks in this row do not match"
    assert isinstance(lines[1], Row)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("size", [2, 6, 64])
def test_records_are_the_same_however_much_is_read_at_once(monkeypatch, size, encoding):
    text = 'a,b\n\n"é\n\nü,",2\r\n"open,3\r"a"b,4\n\r\n5,"6\n7\n8\n9"\n,\n"open,10\n11,12'
    mark = codecs.BOM_UTF16_LE.decode("utf-16-le") if encoding.startswith("utf-16") else ""
    data = (mark + text).encode(encoding)
    whole = records_of(data)

    monkeypatch.setattr(physical, "FIRST", size)
    monkeypatch.setattr(physical, "MOST", size)

    assert records_of(data) == whole
    assert [(each.line, each.cells) for each in whole] == [
        (1, ["a", "b"]),
        (3, ["é\n\nü,", "2"]),
        (6, []),
        (7, []),
        (9, ["5", "6\n7\n8\n9"]),
        (13, ["", ""]),
        (14, []),
        (15, ["11", "12"]),
    ]


@pytest.mark.slow
def test_line_after_a_million_empty_ones_is_not_waited_for():
    with pytest.raises(ImportFailed, match="1,000,000 empty lines follow line 2"):
        records_of(b"a,b\n1,2\n" + b"\n" * 1_000_001 + b"3,4")


def test_quote_that_closes_on_a_later_line_is_one_row():
    lines = read('2024-01-02 03:04:05,,,1,ETH,"two\nlines"', ROW)

    assert [line.line for line in lines] == [2, 4]
    assert lines[0].value.note == "two\nlines"


def test_giant_cell_is_an_error_of_its_line():
    lines = read(f"2024-01-02 03:04:05,,,1,ETH,{'x' * 200_000}", ROW)

    assert lines[0].message == "a cell is longer than 131072 characters"
    assert isinstance(lines[1], Row)


@pytest.mark.parametrize("end", ["\n", ""])
def test_last_line_may_do_without_a_newline(end):
    assert [line.value.note for line in read(ROW, end=end)] == ["note"]


def test_file_cut_in_the_middle_of_a_row_names_its_line():
    lines = read(ROW, ROW[:-6], end="")

    assert isinstance(lines[0], Row)
    assert lines[1] == RowError(3, "", "the file ends in the middle of this row")


def test_file_cut_inside_a_quoted_cell_names_its_line():
    lines = read(ROW, '2024-01-02 03:04:05,,,1,"ET', end="")

    assert lines[1] == RowError(3, "", "a quotation mark is opened and not closed")


def test_short_row_lacks_what_is_optional_only():
    lines = read("2024-01-02 03:04:05,,,1,ETH", "2024-01-02 03:04:05,,,1")

    assert lines[0].value.note == ""
    assert lines[1] == RowError(3, "", "the row has 4 cells under a header of 6")


def test_cells_beyond_the_header_have_to_be_empty():
    lines = read(f"{ROW},, ", f"{ROW},more")

    assert lines[0].value.note == "note"
    assert lines[1] == RowError(3, "", "the row has 7 cells under a header of 6")


def test_row_of_empty_cells_is_skipped():
    assert read(",,,,,", ROW)[0] == Skipped(2, "the row is empty")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiter_is_found(delimiter):
    text = f"{HEADER}\n{ROW}\n".replace(",", delimiter)

    assert notes(text.encode()) == ["note"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_any_newline_will_do(newline):
    assert notes(f"{HEADER}\n{ROW}\n".replace("\n", newline).encode()) == ["note"]


def test_line_quoted_as_one_cell_is_taken_apart():
    text = f'"{HEADER}"\n"2024-01-02 03:04:05,,,1,ETH,""a, b"""\n{ROW}\n'

    assert notes(text.encode()) == ["a, b", "note"]


def test_header_may_come_after_other_lines():
    text = f'"Some, words"\n\nTransactions\nUser,me\n\n{HEADER}\n{ROW}\n'

    lines = lines_of(text)

    assert [line.line for line in lines] == [7]


def test_header_alone_is_a_file_without_lines():
    assert read() == []


def test_byte_order_marks_in_the_header_do_not_matter():
    header = ",".join(f"\ufeff{cell}" for cell in HEADER.split(","))

    assert notes(f"{header}\n{ROW}\n".encode()) == ["note"]


def test_cell_that_no_index_could_hold_is_an_error():
    lines = read(f"2024-01-02 03:04:05,,,1,{'E' * 201},note")

    assert lines[0] == RowError(
        2, "Received Currency", "the cell has 201 characters, at most 200 are kept"
    )
