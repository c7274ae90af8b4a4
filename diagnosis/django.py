"""The same trap in Django, for each variant: what would bring it back in this port, what rules it
out, and which tests fail if it returns. `./dev diagnose --counterparts` prints it."""

from dataclasses import dataclass

CHECKS, REQUESTS = "tests/live/test_checks.py", "tests/live/test_requests.py"
SNAPSHOTS = "tests/live/test_snapshot.py"
DATABASE = f"{CHECKS}::test_database_is_refused"
SETTING = f"{CHECKS}::test_setting_is_refused"
SECOND_DATABASE = f"{CHECKS}::test_second_database_is_refused"
DETECTED = "tests/freshness/test_checker.py::test_broken_variant_is_detected"
PASSES = "tests/freshness/test_checker.py::test_application_has_no_violation"
ASKS_AGAIN = f"{REQUESTS}::test_second_reading_asks_again"
NO_ROWS = f"{REQUESTS}::test_no_module_holds_rows"
IMPORTED = f"{REQUESTS}::test_nothing_is_read_while_the_application_is_imported"
GUARD = "tests/diagnosis/test_counterparts.py::test_transaction_that_a_request_leaves_open_is_found"
ONE_THREAD = "tests/diagnosis/test_counterparts.py::test_connection_is_of_one_thread"
SNAPSHOT = f"{SNAPSHOTS}::test_snapshot_shows_one_moment_whatever_is_written_meanwhile"
CLEAN = f"{SNAPSHOTS}::test_snapshot_cannot_write_and_leaves_the_connection_as_it_was"
IDLE = "tests/live/test_doctor.py::test_session_idle_in_a_transaction_is_found"
SAVED = "tests/transactions/test_editors.py::test_note_is_saved_and_leads_back"
ORDER = "tests/transactions/test_list.py::test_order_is_total"
ONCE = "tests/transactions/test_list.py::test_pages_hold_each_row_once"


@dataclass(frozen=True)
class Counterpart:
    returns: str
    ruled_out: str
    tests: tuple[str, ...]


AUTOCOMMIT = "AUTOCOMMIT off, or `set_autocommit(False)`, and a write that somebody else commits"
ROW_KEPT = "a row or an evaluated queryset in a module; there is no identity map to keep it alive"
NO_MEMORY = "Nothing read outlives its request; a queryset that is evaluated anew makes new objects"
CACHED = "`cache_page`, `cache.set`, `{% cache %}`, whoever clears it and wherever"
NO_CACHE = "live.E010, live.E013, live.E015: no cache remembers anything"
IN_CACHE = (
    f"{CHECKS}::test_middleware_is_refused",
    SETTING,
    f"{CHECKS}::test_cache_tag_in_all_templates_is_refused",
    DETECTED,
)

COUNTERPARTS = {
    "second_registry": Counterpart(
        AUTOCOMMIT,
        "live.E002; one connection per thread in autocommit, a write is one `atomic()`",
        (DATABASE, DETECTED, GUARD),
    ),
    "wrong_commit": Counterpart(
        "a second alias in DATABASES: `atomic()` on one, the write on the other",
        "live.E005, live.E006: one database, no routers",
        (SECOND_DATABASE, SETTING),
    ),
    "background_writer": Counterpart(
        "a thread that begins a transaction and leaves it open",
        "No thread of ours writes; a connection is in autocommit; the doctor names who is idle",
        (IDLE, DATABASE),
    ),
    "pool_without_reset": Counterpart(
        "a connection that goes back, or on to the next request, in a transaction",
        "live.E002; psycopg's pool rolls back what it is given back",
        (GUARD, DATABASE),
    ),
    "never_committed": Counterpart(
        "`set_rollback(True)`, or an error caught inside `atomic()` and answered with success",
        "A view answers after its `atomic()` has ended",
        (SAVED, PASSES),
    ),
    "savepoint_only": Counterpart(
        "an outer `atomic()`, as of ATOMIC_REQUESTS, that is rolled back after the inner one",
        "live.E003",
        (DATABASE, SAVED),
    ),
    "constant_scope": Counterpart(
        "one connection for all threads (`inc_thread_sharing`)",
        "Django refuses a connection to other threads",
        (ONE_THREAD,),
    ),
    "late_commit": Counterpart(
        "a write in `on_commit`, `response.close()` or a task, behind the answer",
        "A view answers after its `atomic()` has ended",
        (SAVED, PASSES),
    ),
    "global_session": Counterpart(ROW_KEPT, NO_MEMORY, (NO_ROWS, DETECTED)),
    "page_session": Counterpart(ROW_KEPT, NO_MEMORY, (NO_ROWS, DETECTED)),
    "expire_on_commit_off": Counterpart(
        "an instance that is shown or saved after an UPDATE past it",
        f"{NO_MEMORY}; a write names the version that it saw",
        (NO_ROWS, DETECTED),
    ),
    "never_removed": Counterpart(ROW_KEPT, NO_MEMORY, (NO_ROWS,)),
    "pushed_context": Counterpart(
        "a connection that is opened at import and lives on in a transaction",
        "Nothing is asked at import; autocommit",
        (IMPORTED, GUARD),
    ),
    "held_snapshot": Counterpart(
        "`snapshot()` that does not end, or `isolation_level` in OPTIONS",
        "live.E004; live/snapshot.py ends with its block and puts the connection back",
        (CLEAN, GUARD, DATABASE),
    ),
    "report_snapshot": Counterpart(
        "the same in a connection that only reads",
        "live.E002, live.E004",
        (GUARD, IDLE),
    ),
    "default_isolation": Counterpart(
        "another engine, or `default_transaction_isolation`",
        "live.E001, live.E004: pages choose their isolation, and PostgreSQL is the only engine",
        (DATABASE,),
    ),
    "module_rows": Counterpart(ROW_KEPT, NO_MEMORY, (NO_ROWS, ASKS_AGAIN, IMPORTED)),
    "kept_objects": Counterpart("a dictionary of rows by key", NO_MEMORY, (NO_ROWS,)),
    "choices_at_import": Counterpart(
        "choices of a form or filter that are read when its class is made",
        "Choices are read in the page's snapshot",
        (IMPORTED, ASKS_AGAIN),
    ),
    "lru_cache": Counterpart("`lru_cache` on what reads", NO_MEMORY, (ASKS_AGAIN,)),
    "flask_caching": Counterpart(CACHED, NO_CACHE, IN_CACHE),
    "cache_cleared_here": Counterpart(CACHED, NO_CACHE, IN_CACHE),
    "cache_cleared_elsewhere": Counterpart(CACHED, NO_CACHE, IN_CACHE),
    "cookie_rows": Counterpart(
        "rows in `request.session`",
        "What is shown comes from the URL and the database, nothing from the session",
        (ASKS_AGAIN,),
    ),
    "background_reader": Counterpart(
        "a thread that keeps rows for pages", NO_MEMORY, (ASKS_AGAIN, NO_ROWS)
    ),
    "lagging_standby": Counterpart(
        "a replica in DATABASES, a router, a standby among the hosts",
        "live.E005, live.E006, live.E007; the doctor asks the server",
        (SECOND_DATABASE, SETTING, DATABASE, DETECTED),
    ),
    "derived_copy": Counterpart(
        "a materialized view or a column with what other rows say",
        "Nothing derived is stored",
        (ASKS_AGAIN,),
    ),
    "no_tie_breaker": Counterpart(
        "ORDER BY without `pk` at its end", "Every order of a list is total", (ORDER, ONCE)
    ),
    "count_then_rows": Counterpart(
        "a page outside of `snapshot()`", "live/snapshot.py", (SNAPSHOT, DETECTED)
    ),
    "max_age": Counterpart(
        "`cache_control(max_age=…)`, conditional answers",
        "live.middleware.NoStore; live.E011, live.E012",
        (
            f"{REQUESTS}::test_no_answer_may_be_kept",
            f"{CHECKS}::test_pages_without_no_store_are_refused",
            f"{CHECKS}::test_middleware_is_refused",
        ),
    ),
    "back_button": Counterpart(
        "a page that is restored and does not ask again",
        "static/js/live.js reads again what comes from the back/forward cache",
        ("tests/browser/test_paging.py::test_page_that_the_browser_kept_is_read_again",),
    ),
}
