"""Names that somebody makes while a file with them is imported."""

import io
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import psycopg
import pytest
from django.db import connections

from contacts.files import BookImport, import_book
from contacts.files.importer import BookResult
from ledgers.models import Ledger
from live.feed import listener_conninfo
from tests.live.helpers import is_waited_for

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "0x" + "1" * 40
MAKE = """
    INSERT INTO contacts_contact (ledger_id, name, note, created_at, version)
    VALUES (%s, 'maria', %s, now(), 1)
"""


def imported_while_made(ledger: Ledger, line: str, note: str = "") -> BookResult:
    """The import of a line, which waits for the end of a transaction that makes the contact."""

    def run() -> Any:
        try:
            file = io.BytesIO(f"name,chain,address,note\n{line}\n".encode())
            return import_book(BookImport(ledger), file, "book.csv")
        finally:
            connections.close_all()

    with psycopg.connect(listener_conninfo()) as other, ThreadPoolExecutor(1) as pool:
        other.execute(MAKE, [ledger.pk, note])
        importing = pool.submit(run)
        while not is_waited_for(other):
            assert not importing.done()
            wait([importing], timeout=0.01)
        other.commit()
        return importing.result()


def test_address_is_that_contacts(ledger: Ledger) -> None:
    result = imported_while_made(ledger, f"Maria,,{ADDRESS},")

    assert (result.imported, result.contacts) == (1, 0)
    address = ledger.addresses.get()
    assert address.contact == ledger.contacts.get()


@pytest.mark.parametrize(("theirs", "note", "imported"), [("", "mine", 1), ("theirs", "theirs", 0)])
def test_their_note_is_not_overwritten(
    ledger: Ledger, theirs: str, note: str, imported: int
) -> None:
    result = imported_while_made(ledger, "Maria,,,mine", theirs)

    assert (result.imported, result.contacts) == (imported, 0)
    assert ledger.contacts.get().note == note
    assert [skipped.reason for skipped in result.skipped] == (
        [] if imported else ["“maria” has another note already"]
    )
