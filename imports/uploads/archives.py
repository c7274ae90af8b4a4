"""Files that hold files: ZIP, gzip, the sheets of XLSX. Each becomes an upload of its own. Nothing
is ever written to a path that an archive names, and no more is unpacked than the site takes of one
file."""

import csv
import gzip
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from openpyxl import load_workbook

from formats.parsing.records import ImportFailed
from formats.parsing.values import shown
from formats.readers.own import OwnExport
from imports.models import Upload
from imports.pipeline.checking import Progress
from imports.uploads.blocks import BLOCK, opened, store
from transactions.queries.export import harmless

MEMBERS = 100
ENCRYPTED = 1  # a flag of a member of a ZIP
ZIPS, GZIP = (b"PK\x03\x04", b"PK\x05\x06"), b"\x1f\x8b"
SHEET = "xl/workbook.xml"
CODE = re.compile(r"_x([0-9A-Fa-f]{4})_")  # how a workbook writes what XML cannot

# What Python's modules raise where an archive is not as it should be.
DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError),
    *(NotImplementedError, ValueError, IndexError, OverflowError),
)


def beginning(upload: Upload) -> bytes:
    with opened(upload) as file:
        return file.read(4)


def is_archive(upload: Upload) -> bool:
    start = beginning(upload)
    return start.startswith(GZIP) or start in ZIPS


def is_spreadsheet(upload: Upload) -> bool:
    if beginning(upload) not in ZIPS:
        return False
    with opened(upload) as file:
        try:
            return SHEET in zipfile.ZipFile(file).namelist()
        except DAMAGED:
            return False


def unpacked(upload: Upload, progress: Progress) -> Iterator[Upload]:
    """ImportFailed if it is no archive that can be read, or too large a one."""
    with opened(upload) as file:
        try:
            if beginning(upload).startswith(GZIP):
                yield member(upload, gzip_name(upload.file_name), gzip.GzipFile(fileobj=file))
            elif is_spreadsheet(upload):
                yield from sheets(upload, file)
            else:
                yield from members(upload, zipfile.ZipFile(file), progress)
        except DAMAGED as error:
            message = _("The archive is damaged: %s. Pack it anew, or upload what is in it.")
            raise ImportFailed(message % error) from None


def gzip_name(name: str) -> str:
    return name[:-3] if name.lower().endswith(".gz") else name


def stem(upload: Upload) -> str:
    return PurePosixPath(upload.file_name).stem


def of_text(upload: Upload, name: str, rows: Iterable[Iterable[str]]) -> Upload:
    """A table as CSV."""
    limit = settings.MAX_UPLOAD_MB << 20
    return store(upload.ledger, upload.uploaded_by, f"{name}.csv", csv_of(rows), limit)


def csv_of(rows: Iterable[Iterable[str]]) -> Iterator[bytes]:
    target = io.StringIO()
    writer = csv.writer(target)
    for row in rows:
        writer.writerow(row)
        if target.tell() > BLOCK:
            yield target.getvalue().encode()
            target.seek(0)
            target.truncate()
    yield target.getvalue().encode()


def sheets(upload: Upload, file: IO[bytes]) -> Iterator[Upload]:
    """Of a workbook, those that have anything in them."""
    try:
        book = load_workbook(file, read_only=True, data_only=True)
    except Exception as error:
        raise damaged(error) from error
    for sheet in book.worksheets:
        name = stem(upload) if len(book.worksheets) == 1 else f"{stem(upload)} {sheet.title}"
        made = of_text(upload, name, marked(filled(sheet)))
        if made.size:
            yield made
        else:
            made.delete()


def damaged(error: Exception) -> ImportFailed:
    """Whatever openpyxl, which checks little, makes of a workbook that is none."""
    message = _("The workbook cannot be read: %s. Save it anew, or as CSV.")
    return ImportFailed(message % shown(str(error) or type(error).__name__, 200))


def filled(sheet: Any) -> Iterator[list[str]]:
    """Its rows as text, without those at the end and between that are empty."""
    rows = sheet.iter_rows(values_only=True)
    while True:
        try:
            row = next(rows, None)
            cells = None if row is None else [cell_text(value) for value in row]
        except Exception as error:
            raise damaged(error) from error
        if cells is None:
            return
        if any(cells):
            yield cells


def marked(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """Of our own export, as its CSV has them: there a formula is marked, and not in a workbook."""
    header = next(rows, None)
    if header:
        yield header
        ours = OwnExport.match(header)
        yield from ([harmless(cell) for cell in row] if ours else row for row in rows)


def cell_text(value: Any) -> str:
    """A workbook keeps numbers in binary, with some fifteen digits: the shortest text that is the
    same number is what was typed."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return format(Decimal(repr(value)), "f")
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return CODE.sub(decoded, str(value))


def decoded(found: re.Match[str]) -> str:
    char = chr(int(found[1], 16))
    return char if char != "\0" and not "\ud800" <= char <= "\udfff" else found[0]


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
