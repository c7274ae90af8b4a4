"""A file that this wallet has had: if all its lines are still known, it need not be read again.

A reader is a function of the file and of what is said of it: the same file, options and program
give the same rows. What has become of these rows is asked of the database each time.
"""

import sys
from array import array
from dataclasses import asdict
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.db import connection
from django.utils.translation import get_language

import contacts.chains
import formats
from formats.parsing.records import Remark, Skipped
from imports.models import ImportBatch
from imports.pipeline.checking import Checked
from imports.pipeline.deflated import Deflated
from imports.pipeline.kinds import mapping_by
from imports.pipeline.known import KnownLines, numbers, unpacked
from imports.pipeline.report import said

PROGRAM = (formats, contacts.chains)  # what makes rows of a file
# Lines that an import brought or knew, and those of their rows that a person has deleted. They are
# found by their keys alone: of a new table the planner takes all other conditions for rare.
THERE = """
    SELECT string_agg(int8send(line.id), '') FILTER (
            WHERE line.wallet_id = %s AND line.family = %s AND t.undone_import_id IS NULL
        ), array_agg(t.id) FILTER (WHERE t.deleted_at IS NOT NULL)
    FROM (
        SELECT of.id FROM transactions_transaction AS t
        JOIN transactions_sourceline AS of ON of.transaction_id = t.id
        WHERE t.ledger_id = %s AND t.batch_id = %s
        UNION SELECT unnest(%s::bigint[])
    ) AS its JOIN transactions_sourceline AS line USING (id)
    JOIN transactions_transaction AS t ON t.id = line.transaction_id
"""


def reading(checked: Checked) -> str:
    """Names the rows and remarks that a file gives."""
    kind, options = type(checked.reader), asdict(checked.reader.options)
    of_file = (kind.name, mapping_by(kind), options, get_language(), checked.table.file.sha256)
    return sha256(repr((program(), of_file)).encode()).hexdigest()


@cache
def program() -> str:
    files = (file for each in PROGRAM for file in sorted(folder(each.__file__).rglob("*.py")))
    return sys.version + sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def folder(file: str | None) -> Path:
    assert file
    return Path(file).parent


def is_known(checked: Checked, lines: KnownLines, batch: ImportBatch) -> bool:
    """Whether it was read before for this import and all of it is known still; the lines are then
    as if it had been read again. A file with errors is: they decide whether it may come in."""
    same = ImportBatch.objects.filter(ledger=batch.ledger_id, wallet=batch.wallet_id, errors=0)
    same = same.filter(reading=batch.reading, undone_at=None).exclude(pk=batch.pk)
    before = same.order_by("pk").last()
    if not before or not before.lines:
        return False
    known, deleted = there(before, lines)
    if len(known) != before.imported + before.duplicates:
        return False
    lines.fresh, lines.known, lines.deleted = bytearray(len(known)), known, deleted
    checked.lines = before.lines
    checked.skipped = Deflated(Skipped, (Skipped(**each) for each in said(before, "skipped")))
    checked.remarks = Deflated(Remark, (Remark(**each) for each in said(before, "remarks")))
    return True


def there(batch: ImportBatch, lines: KnownLines) -> tuple["array[int]", set[int]]:
    knew = list[int](unpacked(batch.known_lines))
    of = [batch.wallet_id, lines.family, batch.ledger_id, batch.pk, knew]
    with connection.cursor() as cursor:
        cursor.execute(THERE, of)
        known, deleted = cursor.fetchone()
    return numbers(known), set(deleted or ())
