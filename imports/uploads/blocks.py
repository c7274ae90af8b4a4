"""The bytes of an uploaded file: deflated into rows of the database, and read again from there."""

import hashlib
import io
import zlib
from collections.abc import Iterable
from functools import partial
from typing import IO

from django.db import transaction
from django.utils.translation import gettext as _

from formats.parsing.files import TextFile
from formats.parsing.records import ImportFailed
from imports.models import ImportBatch, Upload, UploadBlock
from imports.pipeline.result import ImportResult
from ledgers.models import Ledger, User

BLOCK = 1 << 20
LEVEL = 1  # a worker waits for it
MOST = 1 << 40  # bytes


def store(
    ledger: Ledger, by: User | None, name: str, source: Iterable[bytes], limit: int = MOST
) -> Upload:
    """All of the file or nothing; ImportFailed if it has more than `limit` bytes."""
    digest = hashlib.sha256()
    with transaction.atomic():
        upload = Upload.objects.create(ledger=ledger, uploaded_by=by, file_name=name, size=0)
        for number, block in enumerate(blocks_of(source)):
            upload.size += len(block)
            if upload.size > limit:
                message = _(
                    "The file is larger than %(limit)d MB: split it, or ask whoever runs"
                    " this site for more."
                )
                raise ImportFailed(message % {"limit": limit >> 20})
            digest.update(block)
            data = zlib.compress(block, LEVEL)
            UploadBlock.objects.create(ledger=ledger, upload=upload, number=number, data=data)
        upload.sha256 = digest.hexdigest()
        upload.save(update_fields=["size", "sha256"])
    return upload


def keep(result: ImportResult, file: TextFile) -> None:
    """The file of an import that came by a command, if the ledger keeps files."""
    batch = ImportBatch.objects.select_related("ledger").filter(pk=result.batch or 0).first()
    if batch and batch.ledger.keeps_files:
        file.copy.seek(0)
        content = iter(partial(file.copy.read, BLOCK), b"")
        kept = store(batch.ledger, batch.imported_by, file.name, content)
        imported = {"state": Upload.State.IMPORTED, "batch": batch, "fraction": 1}
        Upload.objects.filter(pk=kept.pk).update(**imported, expires_at=None)


def blocks_of(source: Iterable[bytes]) -> Iterable[bytes]:
    """Of BLOCK bytes each but the last one, however the source is cut."""
    waiting = bytearray()
    for piece in source:
        waiting += piece
        while len(waiting) >= BLOCK:
            yield bytes(waiting[:BLOCK])
            del waiting[:BLOCK]
    if waiting:
        yield bytes(waiting)


class BlockReader(io.RawIOBase):
    """The file as it was uploaded, of which one block at a time is in memory."""

    def __init__(self, upload: Upload) -> None:
        self.upload, self.at = upload, 0
        self.number, self.block = -1, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.upload.size}[whence]
        self.at = max(0, start + offset)
        return self.at

    def tell(self) -> int:
        return self.at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        number, begin = divmod(self.at, BLOCK)
        if self.at >= self.upload.size:
            return 0
        if number != self.number:
            found = self.upload.blocks.values_list("data", flat=True).get(number=number)
            self.number, self.block = number, zlib.decompress(found)
        piece = self.block[begin : begin + len(buffer)]
        buffer[: len(piece)] = piece
        self.at += len(piece)
        return len(piece)


def opened(upload: Upload) -> IO[bytes]:
    return io.BufferedReader(BlockReader(upload), BLOCK)
