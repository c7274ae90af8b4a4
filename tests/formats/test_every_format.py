"""Each format has files of its own in tests/fixtures/formats: `<format>.csv`, and
`<format>.<what>.csv` for each other header that its source has written. Values are invented."""

from pathlib import Path

import pytest

from formats import FORMATS
from formats.parsing.files import Record
from formats.parsing.records import RowError
from imports.pipeline.reading import read, understood
from tests.imports.helpers import opened

FILES = sorted((Path(__file__).parent.parent / "fixtures" / "formats").iterdir())


def test_every_format_has_a_file():
    assert {path.name.split(".")[0] for path in FILES} == {each.name for each in FORMATS}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_is_of_its_format_and_of_no_other(path):
    reader, table = opened(path.read_bytes(), file_name=path.name)

    assert reader.name == path.name.split(".")[0]
    lines = list(read(reader, table))
    assert lines
    assert not [line for line in lines if isinstance(line, RowError)]


@pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)
def test_format_says_where_its_files_come_from(kind):
    assert kind.site
    assert len(str(kind.how).split(". ")) == 2
    assert not kind.documentation or kind.documentation.startswith("https://")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_line_that_is_torn_is_an_error_and_no_more(path):
    reader, table = opened(path.read_bytes(), file_name=path.name)
    torn = Record(99, [], "a quotation mark is opened and not closed")

    assert understood(reader, table, torn) == RowError(99, "", torn.problem)
