"""Each broken variant has to be detected, by the rules that it breaks."""

from .history import Outcome
from .ours.driver import BALANCE, CUT_TO_THE_END, HISTORY, TRUTH, Txproject
from .ours.server import Place
from .pages import COUNTS, ONE_MOMENT
from .registers import LOST_UPDATE, STALE, WRITTEN_BACK
from .run import Report, Run
from .verdict import MISSING

# The rules by which each may be detected; which comes first is chance. Where a page shows what was
# there before, it may be taken for a write whose outcome is not known, and the database itself for
# what wrote the old value back.
EXPECTED_RULES = {
    "read_committed_paginator": {COUNTS, MISSING, ONE_MOMENT},
    "rows_in_a_local_cache": {STALE, ONE_MOMENT, WRITTEN_BACK},
    "evaluated_queryset": {STALE, MISSING, COUNTS, WRITTEN_BACK},
    "history_in_a_local_cache": {STALE, ONE_MOMENT, WRITTEN_BACK},
    "balances_in_a_local_cache": {STALE, ONE_MOMENT, WRITTEN_BACK},
    "autocommit_off": {STALE, MISSING, WRITTEN_BACK},
    "bare_save": {WRITTEN_BACK, STALE, LOST_UPDATE},
    "stock_admin": {WRITTEN_BACK, STALE, LOST_UPDATE},
    "standby": {STALE, MISSING, COUNTS, ONE_MOMENT, WRITTEN_BACK},
    "counted_and_read_apart": {COUNTS, MISSING, ONE_MOMENT},
    "joins_a_call_in_flight": {STALE, MISSING, WRITTEN_BACK, ONE_MOMENT},
    "lost_resync": {STALE, MISSING},
}
# What only an open page shows. The others are judged by pages that are asked for: how soon an
# open page has to follow is a matter of seconds, which a busy machine can exceed.
BY_OPEN_PAGES = {"joins_a_call_in_flight", "lost_resync"}
# What only this page shows.
ALONE = {"history_in_a_local_cache": HISTORY, "balances_in_a_local_cache": BALANCE}
LONGEST = 30  # seconds


def run_variant(place: Place, variant: str) -> Report:
    driver = Txproject(place, variant)
    if variant not in BY_OPEN_PAGES:
        driver.followed = ()
    if variant in ALONE:
        driver.views = (ALONE[variant], TRUTH)
    if variant == "lost_resync":
        # The last writes fall into the cut; no later one tells the open pages. Few write and few
        # are open, so that none still asks for what was announced before the cut.
        driver.faults = (CUT_TO_THE_END,)
        driver.ways = {"psql": Txproject.ways["psql"]}
        driver.adders, driver.comers = (), ()
        driver.followed = Txproject.followed[:2]
        return Run(driver, seconds=12, readers=1, faults=True, until_detected=True).go()
    return Run(driver, seconds=LONGEST, until_detected=True).go()


def detected(report: Report, variant: str) -> bool:
    rules = {wrong.rule for wrong in report.violations}
    return (
        bool(rules)
        and rules <= EXPECTED_RULES[variant]
        and any(write.outcome is Outcome.DONE for write in report.history.writes)
    )
