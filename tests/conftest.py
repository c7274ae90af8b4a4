import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.handlers.base import BaseHandler
from django.core.management.commands import flush
from django.db import connection
from django.db.backends.base.creation import TEST_DATABASE_PREFIX
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.transaction import atomic, set_rollback
from django.test import Client
from django.test.client import ClientHandler
from django.test.signals import setting_changed
from django.utils import translation
from whitenoise.middleware import WhiteNoiseMiddleware
from xdist.scheduler import LoadScopeScheduling

from launcher.locks import locked
from ledgers.models import Ledger, Role, User
from ledgers.sessions import SessionStore
from tests.factories import make_keller, make_member, make_user
from tests.guards import watched
from txproject.environ import data_folder

pytest_plugins = ["tests.timing"]

# They load the machine with many readers and writers, and are judged by the clock: one after the
# other, in one process.
CHECKERS = (
    "tests/freshness/test_checker.py",
    "tests/diagnosis/test_laboratory.py",
    "tests/diagnosis/test_reference.py",
)
# Begun last, these would be waited for alone.
LONGEST = (
    *CHECKERS,
    "tests/kit/test_probe.py",
    "tests/kit/test_plugin.py",
    "tests/imports/test_own_export.py",
    "tests/watch/test_metrics.py",
    "tests/watch/test_requests.py",
    "tests/watch/test_health.py",
    "tests/imports/test_import_process.py",
    "tests/imports/test_kills.py",
    "tests/launcher/test_launcher.py",
    "tests/freshness/test_deployment.py",
    "tests/backups/test_backup.py",
    "tests/backups/test_restore.py",
)
ORDER = {module: n for n, module in enumerate(LONGEST)}


# Those that give a test whole pages.
CLIENTS = {"client", "members", "admin"}


def asks_or_commits(item: Any) -> bool:
    """Whether it asks for pages, or commits rows that have to be deleted after it: ten times what
    a function costs that is called in a transaction."""
    database = item.get_closest_marker("django_db")
    commits = database is not None and database.kwargs.get("transaction", False)
    return commits or not CLIENTS.isdisjoint(item.fixturenames)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is there before the first test stays until the last: it is looked through for garbage
    once, and not again with each test's own."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()


def module_of(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in filter(asks_or_commits, items):
        item.add_marker("slow")
    items.sort(key=lambda item: ORDER.get(module_of(item.nodeid), len(ORDER)))


class ByModule(LoadScopeScheduling):
    """Tests of a module share its servers."""

    def _split_scope(self, nodeid: str) -> str:
        module = module_of(nodeid)
        return "checkers" if module in CHECKERS else module


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByModule:
    return ByModule(config, log)


TEMPLATE = "test_template"
MADE_IN = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_modify_db_settings_parallel_suffix: None,
    django_db_blocker: Any,
) -> None:
    """The workers copy one database, which the first of them has migrated."""
    if run := getattr(request.config, "workerinput", {}).get("testrunuid"):
        with locked(data_folder() / "template"), django_db_blocker.unblock():
            make_template(run)
        connection.settings_dict["TEST"]["TEMPLATE"] = TEMPLATE


def make_template(run: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(MADE_IN, [TEMPLATE])
        if cursor.fetchone() == (run,):
            return
    name, test = connection.settings_dict["NAME"], connection.settings_dict["TEST"]
    of_worker, test["NAME"] = test["NAME"], TEMPLATE
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON DATABASE {TEMPLATE} IS '{run}'")
    connection.close()
    connection.settings_dict["NAME"], test["NAME"] = name, of_worker


# What post_migrate makes: kept, it need not be made again after each test.
KEPT = {"auth_permission", "django_content_type"}
# What triggers write while other rows are deleted.
COUNTS = {"transactions_monthcount"}


CUT_OFF = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture(scope="session", autouse=True)
def servers_keep_their_connections(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """As in production; their threads outlive them, so the database is asked before it goes."""
    yield
    if connection.settings_dict["NAME"].startswith(TEST_DATABASE_PREFIX):  # some test asked for one
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(CUT_OFF)


@pytest.fixture(scope="session", autouse=True)
def commits_do_not_wait_for_the_disk(django_db_setup: None, django_db_blocker: Any) -> None:
    """Each would for 5 ms. No test's own database has to outlive a crash of its server."""
    if not connection.settings_dict["NAME"].startswith(TEST_DATABASE_PREFIX):  # none asks for one
        return
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        cursor.execute("SET synchronous_commit = off")


FEW = 1000  # rows
MORE = "SELECT count(*) FROM (SELECT FROM transactions_transaction LIMIT %s) AS rows"


@pytest.fixture(scope="session", autouse=True)
def few_rows_are_deleted(django_db_setup: None) -> Iterator[None]:
    """Truncating all tables with their indexes takes half a second after each test, deleting
    thousands of rows with their triggers much longer."""
    truncate = DatabaseOperations.sql_flush

    def sql_flush(self: Any, style: Any, tables: set[str], **options: Any) -> list[str]:
        with self.connection.cursor() as cursor:
            cursor.execute(MORE, [FEW])
            many = cursor.fetchone() == (FEW,)
        if many:
            return truncate(self, style, set(tables) - KEPT, **options)
        counts_last = sorted(set(tables) - KEPT, key=COUNTS.__contains__)
        deletes = [f'DELETE FROM "{table}"' for table in counts_last]
        return ["; ".join(["SET CONSTRAINTS ALL DEFERRED", *deletes])]  # asked once, not 60 times

    with pytest.MonkeyPatch.context() as patch:
        # Of the class: beside a browser's event loop Django has another connection.
        patch.setattr(DatabaseOperations, "sql_flush", sql_flush)
        patch.setattr(flush, "emit_post_migrate_signal", lambda *_of, **_command: None)
        yield


# What a handler keeps of its middleware.
CHAIN = (
    *("_view_middleware", "_template_response_middleware", "_exception_middleware"),
    "_middleware_chain",
)


@pytest.fixture(scope="session", autouse=True)
def clients_share_their_middleware() -> Iterator[None]:
    """Each Client would make its own, and look through all static files for it. A setting that
    a test changes makes it anew."""
    made: dict[str, Any] = {}
    load = BaseHandler.load_middleware

    def load_once(handler: ClientHandler, is_async: bool = False) -> None:
        if not made:
            load(handler, is_async)
            made.update({name: getattr(handler, name) for name in CHAIN})
        for name, value in made.items():
            setattr(handler, name, value)

    def forget(**_setting: Any) -> None:
        made.clear()

    setting_changed.connect(forget)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ClientHandler, "load_middleware", load_once)
        yield
    setting_changed.disconnect(forget)


def once(look: Any) -> Any:
    """What WhiteNoise has found in these folders is taken again."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}

    def look_once(middleware: WhiteNoiseMiddleware, *where: str) -> None:
        of = (middleware.static_prefix, *where)
        if of not in found:
            before, middleware.files = middleware.files, {}
            look(middleware, *where)
            found[of], middleware.files = middleware.files, before
        middleware.files.update(found[of])

    return look_once


@pytest.fixture(scope="session", autouse=True)
def static_files_are_looked_for_once() -> Iterator[None]:
    """They stay as they are while the tests run, and each new chain of middleware looks for them:
    40 ms after each setting that a test changes."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("update_files_dictionary", "add_files_from_finders"):
            patch.setattr(WhiteNoiseMiddleware, name, once(getattr(WhiteNoiseMiddleware, name)))
        yield


@pytest.fixture(autouse=True)
def language_goes_with_its_test() -> Iterator[None]:
    """A request leaves that of its reader to the thread."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def no_request_leaves_a_transaction_open() -> Iterator[None]:
    """Its next query would be answered from an old snapshot."""
    with watched() as found:
        yield
    assert found == []


@pytest.fixture(scope="module")
def for_module(django_db_setup: None, django_db_blocker: Any) -> Iterator[Callable[..., Any]]:
    """Calls what makes the rows that every test of a module begins with: the transaction of each
    test is inside theirs. Not where a test commits."""

    def make(build: Callable[..., Any], *args: Any) -> Any:
        with django_db_blocker.unblock():
            return build(*args)

    around = atomic()
    make(around.__enter__)
    yield make
    make(set_rollback, True)
    make(around.__exit__, None, None, None)


@pytest.fixture(scope="module")
def made() -> Any:
    """What is made for all tests of a module, by a fixture of its own; with `make_keller`."""
    return None


@pytest.fixture
def user(made: Any, db: None) -> User:
    return make_user("ana") if made is None else User.objects.get(username="ana")


@pytest.fixture
def ledger(made: Any, user: User) -> Ledger:
    """Of that user."""
    return make_keller(user) if made is None else Ledger.objects.get(slug="keller")


def logged_in(user: User) -> Client:
    """Its session is a row like that of a login, without what else a login reads and writes."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


@pytest.fixture
def client(user: User, ledger: Ledger) -> Client:
    """Logged in as the owner of `ledger`."""
    return logged_in(user)


@pytest.fixture
def annotator(ledger: Ledger) -> User:
    ben = make_user("ben")
    make_member(ledger, ben, Role.ANNOTATOR)
    return ben
