"""What stands in the log, and what must not, whatever people send and files hold."""

import json
import logging
import sys
from decimal import Decimal, InvalidOperation

import psycopg
import pytest
from django.db import IntegrityError, connection
from django.test import RequestFactory

from tests.factories import make_ledger
from watch.logs import Json, Text, one_line
from watch.seen import Seen, current

SECRET = "0x52908400098527886E0F7030069857D2E4169EE7"


def record(message: str = "said", *args: object, error: bool = False, **more: object):
    exc_info = sys.exc_info() if error else None
    made = logging.LogRecord("of.test", logging.ERROR, "f.py", 1, message, args, exc_info)
    made.__dict__.update(more)
    return made


def raised(error: Exception) -> logging.LogRecord:
    try:
        raise error
    except Exception:
        return record(error=True)


def test_fields_are_one_object_on_one_line() -> None:
    token = current.set(Seen("an-id-of-8"))

    line = Json().format(record("two\nlines", fields={"route": "home", "user": 7}))

    current.reset(token)

    assert "\n" not in line
    found = json.loads(line)
    assert found.pop("time").endswith("+00:00")
    assert found == {
        "level": "ERROR",
        "logger": "of.test",
        "message": "two\nlines",
        "request_id": "an-id-of-8",
        "route": "home",
        "user": 7,
    }


@pytest.mark.parametrize(
    "forged",
    [
        "x\n2026-11-28 ERROR all: is lost",
        "x\r\nY",
        "x\x1b[2J",
        "x\u2028y",
        "x\u202eoops",
        "x\x00",
        "x\x85y",
    ],
)
def test_no_text_makes_a_line_or_moves_a_terminal(forged: str) -> None:
    text, line = Text().format(record("%s", forged)), Json().format(record("%s", forged))

    for each in (text, line):
        assert len(each.splitlines()) == 1
        assert each.isprintable()
    assert json.loads(line)["message"] == forged.strip()


def test_letters_stay_as_they_are() -> None:
    assert one_line("Сбой 1") == "Сбой 1"


@pytest.mark.parametrize(
    "error",
    [
        ValueError(f"no such address {SECRET}"),
        KeyError(SECRET),
        InvalidOperation(SECRET),
        OSError(2, "No such file", f"/home/me/{SECRET}.csv"),
        UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, "bad"),
        IntegrityError(f"Key (address)=({SECRET}) already exists."),
    ],
)
@pytest.mark.parametrize("formatter", [Text(), Json()])
def test_exceptions_say_their_class_and_place_and_quote_nothing(
    error: Exception, formatter: logging.Formatter
) -> None:
    said = formatter.format(raised(error))

    assert SECRET not in said
    assert type(error).__name__ in said
    assert "raise error" in said
    assert __file__ in said


def test_cause_comes_first_and_quotes_nothing_either() -> None:
    try:
        try:
            Decimal(SECRET)
        except InvalidOperation as error:
            raise RuntimeError(SECRET) from error
    except RuntimeError:
        said = Text().format(record(error=True))

    assert SECRET not in said
    assert said.index("InvalidOperation") < said.index("which led to") < said.index("RuntimeError")


def test_faults_of_code_and_of_getting_there_say_what_they_are() -> None:
    wrong = AttributeError("'NoneType' object has no attribute 'pk'")
    away = psycopg.OperationalError("connection refused\nIs it running?")

    assert "has no attribute 'pk'" in Text().format(raised(wrong))
    assert r"connection refused\nIs it running?" in Text().format(raised(away))


@pytest.mark.django_db
def test_database_names_its_rule_and_not_the_values() -> None:
    make_ledger(slug="secret-slug")
    query = "UPDATE ledgers_ledger SET uid = NULL WHERE slug = 'secret-slug'"
    double = (
        "INSERT INTO ledgers_ledger SELECT (jsonb_populate_record(l, '{\"id\": 99}')).*"
        " FROM ledgers_ledger AS l"
    )
    for statement in (query, double):
        with connection.cursor() as cursor:
            cursor.execute("SAVEPOINT before")
            try:
                cursor.execute(statement)
            except IntegrityError:
                said = Text().format(record(error=True))
            cursor.execute("ROLLBACK TO before")

        assert "secret-slug" not in said
        assert "23502" in said or "23505 ledgers_ledger ledgers_ledger_" in said


def test_paths_and_referers_in_messages_of_django_are_left_out() -> None:
    request = RequestFactory().get(f"/{SECRET}/?amount=1.5")
    reason = f"Referer checking failed - https://x/{SECRET}?amount=1.5 does not match."

    said = Text().format(
        record("Forbidden (%s): %s", reason, request.path, request=request, status_code=403)
    )

    assert said.endswith("of.test 403 no view")


def test_asyncio_does_not_quote_what_was_never_fetched() -> None:
    made = record(f"Task exception was never retrieved\nfuture: <Task {SECRET}>")
    made.name = "asyncio"

    assert SECRET not in Text().format(made)
