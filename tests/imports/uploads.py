"""Files that are uploaded, and a worker that does what is to be done."""

import asyncio
import io
import zipfile
from typing import Any

from django.conf import settings

from imports.management.commands.run_worker import work
from imports.models import Upload
from imports.tasks import check, write
from imports.uploads.blocks import store
from imports.uploads.queue import queue
from ledgers.models import Ledger

KOINLY = (
    "Date,Sent Amount,Sent Currency,Received Amount,Received Currency,"
    "Fee Amount,Fee Currency,Net Worth Amount,Net Worth Currency,Label,Description,TxHash\n"
)


def koinly(*amounts: object, day: int = 1) -> str:
    """Deposits of so much BTC, one a minute."""
    lines = (
        f"2024-03-{day:02} 10:{n:02}:00 UTC,,,{amount},BTC,,,,,,,\n"
        for n, amount in enumerate(amounts)
    )
    return KOINLY + "".join(lines)


def work_off() -> None:
    """All jobs, in a worker of this process."""
    asyncio.run(work(1, once=True))


def upload(ledger: Ledger, content: str | bytes, name: str = "file.csv", **options: Any) -> Upload:
    data = content if isinstance(content, bytes) else content.encode()
    made = store(ledger, None, name, io.BytesIO(data), settings.MAX_UPLOAD_MB << 20)
    made.options = options
    queue(made, check)
    return made


def checked(ledger: Ledger, content: str | bytes, name: str = "file.csv", **options: Any) -> Upload:
    made = upload(ledger, content, name, **options)
    work_off()
    made.refresh_from_db()
    return made


def confirm(made: Upload) -> Upload:
    queue(made, write, Upload.State.QUEUED)
    work_off()
    made.refresh_from_db()
    return made


def zipped(files: dict[str, str | bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def encrypted(archive: bytes) -> bytes:
    """As if its members were: each header of one has the flag."""
    changed = bytearray(archive)
    for start, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        changed[archive.index(start) + flags] |= 1
    return bytes(changed)
