from dataclasses import asdict, dataclass, field
from typing import Any

from formats.parsing.records import Remark, RowError, Skipped


@dataclass(slots=True)
class ImportResult:
    """What became of a file. Every data line is imported, a duplicate, skipped or an error."""

    file: str
    format: str | None = None
    lines: int = 0
    imported: int = 0
    duplicates: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    transactions: int = 0
    restored: int = 0
    batch: int | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
