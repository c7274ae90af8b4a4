"""Runs in the laboratory's environment: requests as of a test, and what SessionPolicy reports.

Each application with each fault in a process of its own, as a fault may leave a thread behind.
"""

import json
import logging
import multiprocessing
import sys

import session_policy  # noqa: F401  (before the applications)
from sqlalchemy import create_engine

from tests.kit.apps import clinic, letters, library, warehouse
from tests.kit.cases import CASES, Case

URL = "postgresql+psycopg://"
APPS = {"clinic": clinic, "letters": letters, "library": library, "warehouse": warehouse}


def main() -> None:
    logging.disable()
    create_engine(URL)  # imports the driver, once for all
    forks = multiprocessing.get_context("fork")
    runs = [(case, fault) for case in CASES for fault in ("", *case.faults)]
    with forks.Pool(1, maxtasksperchild=1) as pool:
        found = pool.starmap(found_in, runs, chunksize=1)
    named = [(case.module, fault, each) for (case, fault), each in zip(runs, found, strict=True)]
    json.dump(named, sys.stdout)


def found_in(case: Case, fault: str) -> list[tuple[str, str, list[int]]]:
    """Family, text and lines of each report."""
    module = APPS[case.module]
    engine = create_engine(URL)
    module.fill(engine)
    engine.dispose()
    app = module.create_app(URL, fault)
    visited(app, case)
    return [(each.family, str(each), lines(each.places)) for each in app.policy.reports]


def visited(app, case: Case) -> None:
    for path, fields in (
        (case.page, None),
        (case.save[0], {case.save[1]: "first"}),
        (case.page, None),
        (case.other[0], {case.other[1]: "second"}),
        (case.page, None),
        (case.page, None),
    ):
        method = "POST" if fields else "GET"
        app.test_client().open(path, data=fields, method=method).close()
        app.policy.check()


def lines(places) -> list[int]:
    callers = [place.caller for place in places if place.caller]
    return [place.line for place in (*places, *callers)]


if __name__ == "__main__":
    main()
