"""No file makes an error of the program, writes a part of itself, or shows anything unescaped.

HOSTILE_FILES says how many, from the seed HOSTILE_FIRST on; a failure names the seed of its file.
"""

import os
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from formats.parsing.records import ImportFailed
from imports.models import Upload
from imports.pipeline.checking import no_progress
from imports.pipeline.preview import preview_file
from imports.uploads.archives import is_archive, unpacked
from imports.uploads.blocks import opened, store
from imports.uploads.options import import_of
from ledgers.models import Ledger
from tests.hostile.files import HTML, mutated

FIXTURES = sorted((Path(__file__).parent.parent / "fixtures" / "formats").iterdir())
COUNT = int(os.environ.get("HOSTILE_FILES", "60"))
FIRST = int(os.environ.get("HOSTILE_FIRST", "0"))
LONGEST = 10  # seconds
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.timeout(400 + COUNT),
    pytest.mark.filterwarnings("ignore:Duplicate name"),  # on purpose
]


def checked(upload: Upload) -> None:
    """As a worker does it."""
    preview = preview_file(import_of(upload), opened(upload), upload.file_name, no_progress)
    upload.state, upload.checked, upload.rows = Upload.State.CHECKED, preview.found, preview.rows
    upload.save()


def looked_at(ledger: Ledger, name: str, data: bytes) -> list[Upload]:
    """What a page could show of it; a file that is refused is said why."""
    limit = settings.MAX_UPLOAD_MB << 20
    try:
        made = store(ledger, None, name, [data], limit)
        files = list(unpacked(made, no_progress)) if is_archive(made) else [made]
    except ImportFailed:
        return []
    for file in files:
        try:
            checked(file)
        except ImportFailed as error:
            file.state, file.problem = Upload.State.REFUSED, str(error)
            file.checked = {"hints": [hint._asdict() for hint in error.hints]}
            file.save()
    return files


def shown(client: Client, ledger: Ledger, name: str, data: bytes) -> set[str]:
    """The states of what was in it, each looked at on its page."""
    began = time.monotonic()
    states: set[str] = set()
    for file in looked_at(ledger, name, data):
        states.add(file.state)
        answer = client.get(f"/{ledger.slug}/imports/uploads/{file.pk}/")
        assert answer.status_code == 200
        assert HTML not in answer.content.decode()
    assert time.monotonic() - began < LONGEST
    assert not ledger.transactions.exists()
    assert not ledger.wallets.exists()
    ledger.uploads.all().delete()
    return states


def test_no_file_makes_an_error(client: Client, ledger: Ledger, settings) -> None:
    settings.MAX_UPLOAD_MB = 2
    good = [path.read_bytes() for path in FIXTURES]
    states: set[str] = set()
    for seed in range(FIRST, FIRST + COUNT):
        try:
            states |= shown(client, ledger, *mutated(good, seed))
        except Exception as error:
            error.add_note(f"seed {seed}")
            raise
    assert states == {Upload.State.CHECKED, Upload.State.REFUSED}
