"""What is said of lines, of as many as a file has."""

import pytest

from formats.parsing.records import Remark, Skipped
from imports.pipeline.deflated import Deflated, packed, unpacked


def test_what_was_added_is_read_again_and_again():
    said = [Remark(3, "Día", "1,5", "15", "“x”\n"), Remark(7, "", "", "", "")]

    kept = Deflated(Remark, said)

    assert len(kept) == 2
    assert [*kept] == [*kept] == said


@pytest.mark.slow
def test_a_line_that_is_left_out_needs_hardly_any_memory():
    count = 50_000

    kept = Deflated(Skipped, (Skipped(n, "the row is empty") for n in range(count)))

    assert len(packed(kept.as_json())) < 10 * count
    assert sum(1 for _each in kept) == count


def test_rows_are_packed_as_they_are():
    rows = [{"kind": "skipped", "line": 1}, {"kind": "error", "line": 2}]

    assert [*unpacked(packed(rows))] == rows
