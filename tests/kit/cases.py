"""The four applications, and how they are asked."""

from dataclasses import dataclass
from pathlib import Path

APPS = Path(__file__).parent / "apps"


@dataclass(frozen=True)
class Case:
    module: str
    faults: tuple[str, ...]
    page: str
    change: str  # with :new for the value
    save: tuple[str, str]  # a form's address and its field
    other: tuple[str, str]  # of the other function that writes
    server: tuple[str, ...]  # options of gunicorn

    def lines(self, fault: str) -> set[int]:
        """Those that carry the comment of the fault."""
        text = (APPS / f"{self.module}.py").read_text().splitlines()
        marked = {n: line.partition("# fault:")[2].split() for n, line in enumerate(text, 1)}
        return {n for n, faults in marked.items() if fault in faults}


COMMON = ("uncommitted", "lost", "identity", "snapshot", "kept")
SYNC, THREADS = ("-w", "1"), ("-k", "gthread", "-w", "1", "--threads", "3")
CASES = (
    Case(
        "library",
        (*COMMON, "browser"),
        "/?shelf=A",
        "UPDATE book SET reader = :new WHERE id = 1",
        ("/loans/1", "reader"),
        ("/loans/3/remark", "remark"),
        SYNC,
    ),
    Case(
        "clinic",
        (*COMMON, "query"),
        "/visits/?doctor=Ива́нова",
        "UPDATE visit SET state = :new WHERE id = 1",
        ("/visits/1", "state"),
        ("/visits/3/room", "room"),
        SYNC,
    ),
    Case(
        "warehouse",
        (*COMMON, "browser"),
        "/goods",
        "UPDATE goods SET quality = :new WHERE code = 'G001'",
        ("/goods/G001/quality", "quality"),
        ("/goods/G003/checked", "checked"),
        THREADS,
    ),
    Case(
        "letters",
        (*COMMON, "order"),
        "/letters",
        "UPDATE letter SET address = :new WHERE id = 1",
        ("/letters/1", "address"),
        ("/letters/3/stamp", "stamp"),
        SYNC,
    ),
)
