"""Faults that one page asked for again does not show: each gives the share of what was wrong."""

import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from sqlalchemy import delete, insert, update

from diagnosis.app.models import Transaction
from diagnosis.lab.server import PAGE, Site, row

PAGES = 3  # of all sixty rows
WALKS = 4
TABLE = Transaction.__table__


def walk(site: Site) -> dict:
    """All pages one after the other: quiet, and with a row that moves within its table, because
    it is changed, before the second page."""
    quiet = [is_torn(site, moves=False) for _ in range(WALKS)]
    moving = [is_torn(site, moves=True) for _ in range(WALKS)]
    return {"at once": share(quiet + moving), "quiet": share(quiet), "moving": share(moving)}


def is_torn(site: Site, moves: bool) -> bool:
    """Whether a row was there twice, or never."""
    seen: Counter[int] = Counter()
    for page in range(1, PAGES + 1):
        seen.update(list(site.ask(f"/?page={page}").labels()))
        if moves and page == 1:
            with site.store.engine.begin() as connection:
                connection.execute(update(TABLE).where(TABLE.c.id % 20 == 1).values(label="moved"))
    return len(seen) != 60 or max(seen.values()) > 1


def rows_come(site: Site) -> dict:
    """Pages of a wallet while its rows are imported one by one, and now and then all taken out."""
    over, committed = threading.Event(), [0]
    with ThreadPoolExecutor(1) as pool:
        importing = pool.submit(bring, site, over, committed)
        wrong = [is_wrong(site, committed) for _ in range(150)]
        over.set()
        importing.result()
    names = ("disagree", "missing")
    each = dict(zip(names, map(share, zip(*wrong, strict=True)), strict=True))
    return {"at once": share(list(map(any, wrong))), **each}


def bring(site: Site, over: threading.Event, committed: list[int]) -> None:
    with site.store.engine.connect() as connection:
        number = 1000
        while not over.is_set():
            committed[0] = 0
            connection.execute(delete(TABLE).where(TABLE.c.wallet == "D"))
            connection.commit()
            for _ in range(20):
                number += 1
                connection.execute(insert(TABLE), imported(number))
                connection.commit()
                committed[0] = number


def imported(number: int) -> dict:
    return row(number) | {"wallet": "D", "occurred_at": datetime(2026, 2, 1)}


def is_wrong(site: Site, committed: list[int]) -> tuple[bool, bool]:
    """Count and rows disagree; a row is missing that was there before the page was asked for."""
    before = committed[0]
    page = site.ask("/?wallet=D")
    still = before and generation(before) == generation(committed[0])
    missing = still and before not in page.labels()
    return page.count() != len(page.labels()), bool(missing)


def generation(number: int) -> int:
    return (number - 1001) // 20


def others_read(site: Site) -> dict:
    """Labels that are set one after the other while others read pages."""
    keys = range(1, 13)
    over = threading.Event()
    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read_until, site, over) for _ in range(3)]
        answers = {key: site.change(f"label {key}", key) for key in keys}
        over.set()
        for reader in readers:
            reader.result()
    done = [key for key, status in answers.items() if status == 303]
    lost = [site.store.committed(key) != f"label {key}" for key in done]
    return {"at once": share(lost), "lost": sum(lost), "refused": len(keys) - len(done)}


def read_until(site: Site, over: threading.Event) -> None:
    while not over.is_set():
        site.ask(PAGE)


def share(wrong: Sequence[bool]) -> float:
    return round(sum(wrong) / len(wrong), 2) if wrong else -1.0


LOOKS = {"walk": walk, "import": rows_come, "busy": others_read}
