"""Reading text as if it were an uploaded file."""

import io
from collections import defaultdict
from pathlib import Path
from typing import Any

from formats.detection import detect
from formats.parsing.files import TextFile, copy_of
from formats.parsing.records import BuiltTransaction, Options, Row
from imports.pipeline.checking import no_progress
from imports.pipeline.importer import Import, import_file
from imports.pipeline.reading import read

FIXTURES = Path(__file__).parent.parent / "fixtures" / "formats"


def file_of(text: str | bytes, name: str = "test.csv") -> TextFile:
    data = text if isinstance(text, bytes) else text.encode()
    return copy_of(name, io.BytesIO(data))


def opened(text: str | bytes, format: str = "auto", **options: Any) -> tuple[Any, Any]:
    """The reader and its table."""
    kind, table = detect(file_of(text, options.get("file_name", "test.csv")), format)
    return kind(table, Options(**options)), table


def lines_of(text: str | bytes, format: str = "auto", **options: Any) -> list[Any]:
    """What every data line became."""
    return list(read(*opened(text, format, **options)))


def built_of(text: str | bytes, **options: Any) -> list[BuiltTransaction]:
    """The transactions of a file without errors."""
    reader, table = opened(text, **options)
    units: dict[Any, list[Any]] = defaultdict(list)
    for line in read(reader, table):
        if isinstance(line, Row):
            units[line.unit or line.line].append(line)
    return [built for rows in units.values() for built in reader.build(rows)]


def entries_of(text: str | bytes, **options: Any) -> list[Any]:
    return [built.entry for built in built_of(text, **options)]


def identities_of(text: str | bytes, **options: Any) -> list[Any]:
    return [line.identity for line in lines_of(text, **options)]


def amount(part: Any) -> str:
    """`1.5 ETH`; empty where there is no part."""
    return f"{part.amount:f} {part.asset.symbol}" if part else ""


def shape(entry: Any) -> tuple[str, str, str, str]:
    """Type, sent, received, fee."""
    return entry.type, amount(entry.sent), amount(entry.received), amount(entry.fee)


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def run(
    ledger: Any, text: str | bytes, wallet: str = "Main", progress: Any = no_progress, **kw: Any
):
    """Import into the wallet, which is made if there is none; `options` are the reader's."""
    data = text if isinstance(text, bytes) else text.encode()
    name = kw.pop("name", "test.csv")
    options = Options(**kw.pop("options", {}))
    job = Import(ledger, wallet, **{"create_wallet": True, "options": options} | kw)
    return import_file(job, io.BytesIO(data), name, progress)


def counts(result: Any) -> tuple[int, int, int, int, int, int]:
    """Lines, imported, duplicates, skipped, errors, transactions; the lines add up."""
    skipped, errors = len(result.skipped), len(result.errors)
    assert result.lines == result.imported + result.duplicates + skipped + errors
    return (
        result.lines,
        result.imported,
        result.duplicates,
        skipped,
        errors,
        result.transactions,
    )


def koinly(lines: int, start: int = 0) -> str:
    """A file of that many different deposits."""
    header = "Date,Sent Amount,Sent Currency,Received Amount,Received Currency,Label"
    rows = (f"2024-01-02 03:04,,,{n + 1}.5,COIN{n % 7}," for n in range(start, start + lines))
    return "\n".join([header, *rows, ""])
