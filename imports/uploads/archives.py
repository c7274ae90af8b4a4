"""Files that hold files: ZIP, gzip, the sheets of XLSX. Each becomes an upload of its own. Nothing
is ever written to a path that an archive names, and no more is unpacked than the site takes of one
file."""

import gzip
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO

from django.conf import settings
from django.utils.translation import gettext as _

from formats.parsing.records import ImportFailed
from formats.parsing.workbooks import DAMAGED, ZIPS, is_workbook
from imports.models import Upload
from imports.pipeline.checking import Progress
from imports.pipeline.workbooks import tables_in
from imports.uploads.blocks import BLOCK, opened, store

MEMBERS = 100
ENCRYPTED = 1  # a flag of a member of a ZIP
GZIP = b"\x1f\x8b"


def beginning(upload: Upload) -> bytes:
    with opened(upload) as file:
        return file.read(4)


def is_archive(upload: Upload) -> bool:
    start = beginning(upload)
    return start.startswith(GZIP) or start in ZIPS


def unpacked(upload: Upload, progress: Progress) -> Iterator[Upload]:
    """ImportFailed if it is no archive that can be read, or too large a one."""
    with opened(upload) as file:
        try:
            if beginning(upload).startswith(GZIP):
                yield member(upload, gzip_name(upload.file_name), gzip.GzipFile(fileobj=file))
            elif is_workbook(file):
                yield from sheets(upload, file)
            else:
                yield from members(upload, zipfile.ZipFile(file), progress)
        except DAMAGED as error:
            message = _("The archive is damaged: %s. Pack it anew, or upload what is in it.")
            raise ImportFailed(message % error) from None


def gzip_name(name: str) -> str:
    return name[:-3] if name.lower().endswith(".gz") else name


def sheets(upload: Upload, file: IO[bytes]) -> Iterator[Upload]:
    limit = settings.MAX_UPLOAD_MB << 20
    for name, content in tables_in(file, upload.file_name, limit):
        yield store(upload.ledger, upload.uploaded_by, name, content, limit)


def members(upload: Upload, archive: zipfile.ZipFile, progress: Progress) -> Iterator[Upload]:
    files = [info for info in archive.infolist() if is_file(info)]
    if not files:
        raise ImportFailed(_("There is no file in this archive."))
    if any(info.flag_bits & ENCRYPTED for info in files):
        raise ImportFailed(_("The archive is encrypted: unpack it, and upload what is in it."))
    if len(files) > MEMBERS:
        message = _(
            "There are %(n)d files in this archive, and at most %(most)d are taken at once."
        )
        raise ImportFailed(message % {"n": len(files), "most": MEMBERS})
    limit = settings.MAX_UPLOAD_MB << 20
    if sum(info.file_size for info in files) > limit:
        message = _("Unpacked, the archive is larger than %(limit)d MB.")
        raise ImportFailed(message % {"limit": settings.MAX_UPLOAD_MB})
    for n, info in enumerate(files):
        with archive.open(info) as source:
            yield member(upload, PurePosixPath(info.filename).name, source)
        progress(n / len(files))


def is_file(info: zipfile.ZipInfo) -> bool:
    """Not a folder, nor what macOS adds."""
    path = PurePosixPath(info.filename)
    return not info.is_dir() and "__MACOSX" not in path.parts and not path.name.startswith(".")


def member(upload: Upload, name: str, source: IO[bytes] | gzip.GzipFile) -> Upload:
    pieces = iter(lambda: source.read(BLOCK), b"")
    limit = settings.MAX_UPLOAD_MB << 20
    made = store(upload.ledger, upload.uploaded_by, name, pieces, limit)
    if beginning(made).startswith((*ZIPS, GZIP)):
        message = _("There is an archive in the archive, “%s”: upload it by itself.")
        raise ImportFailed(message % name)
    return made
