"""What the assertions of app/assertions.py find in each variant, with the requests of a test."""

import logging
import multiprocessing
import threading
from collections.abc import Iterable

from diagnosis.app.assertions import Watch
from diagnosis.app.variants import VARIANTS, find
from diagnosis.lab.server import KEY, NEW, seed
from diagnosis.lab.stores import postgresql
from diagnosis.lab.table import lines


def caught(names: Iterable[str]) -> dict[str, list[str]]:
    """Each in a process of its own: some leave a thread or a session behind."""
    chosen = list(names)
    with multiprocessing.get_context("fork").Pool(2, maxtasksperchild=1) as pool:
        return dict(zip(chosen, pool.map(found_in, chosen, chunksize=1), strict=True))


def found_in(name: str) -> list[str]:
    with postgresql(f"caught_{name}") as store:
        seed(store)
        variant = find(name)()
        watches: list[Watch] = []
        variant.watch = lambda app, engine: watches.append(Watch(app, engine, ["/"]))
        visited(variant.create(store.url))
        return list(watches[0].found)  # before the database is dropped, which is watched too


def visited(app) -> None:
    client = app.test_client()
    for _ in range(2):
        client.get("/")
        client.get("/")
        client.post(f"/label/{KEY}", data={"label": NEW})
        client.post("/contact", data={"address": "a1", "name": "Maria"})
    client.get("/")
    logging.disable()  # some fail when two are at once
    two_at_once(app)


def two_at_once(app) -> None:
    """Pages are read while a change is made, of a row that nobody has locked."""

    def write() -> None:
        app.test_client().post("/label/1", data={"label": "two"})

    writing = threading.Thread(target=write, daemon=True)
    writing.start()
    for _ in range(30):
        if writing.is_alive():
            app.test_client().get("/")


def report(only: Iterable[str] | None) -> int:
    every = ["right", *(name for name, each in VARIANTS.items() if not each.needs)]
    found = caught(only or every)
    print(lines(["variant", "found"], [[name, "; ".join(all_)] for name, all_ in found.items()]))
    return 1 if found.get("right") else 0
