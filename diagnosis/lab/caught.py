"""What SessionPolicy of the kit reports of each variant, with the requests of a test."""

import logging
import multiprocessing
import threading
from collections.abc import Callable, Iterable

from session_policy import SessionPolicy  # before sessions are made

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
        policies: list[SessionPolicy] = []
        variant.watch = lambda app, engine: policies.append(SessionPolicy(app, engine))
        visited(variant.create(store.url), policies[0].check)
        return [str(each) for each in policies[0].reports]


def visited(app, check: Callable[[], None]) -> None:
    client = app.test_client()
    for n in range(2):
        client.get("/").close()
        client.get("/").close()
        client.post(f"/label/{KEY}", data={"label": f"{NEW} {n}"}).close()
        check()
        client.post("/contact", data={"address": "a1", "name": f"Maria {n}"}).close()
    client.get("/").close()
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
