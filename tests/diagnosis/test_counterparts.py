"""The same traps in Django: what is said to rule them out is there, and is tested."""

import ast
import threading
from pathlib import Path

import pytest
from django.db import DatabaseError, connection

from diagnosis.django import COUNTERPARTS
from live.checks import CHECKS
from tests.diagnosis.recorded import VARIANTS
from tests.guards import left_open
from txproject.environ import BASE_DIR


def test_each_variant_has_a_counterpart() -> None:
    assert COUNTERPARTS.keys() == VARIANTS


def test_each_test_that_is_named_exists() -> None:
    named = {test for each in COUNTERPARTS.values() for test in each.tests}

    assert {test for test in named if not exists(*test.split("::"))} == set()
    assert all(each.tests for each in COUNTERPARTS.values())


def exists(path: str, name: str) -> bool:
    tree = ast.parse((BASE_DIR / Path(path)).read_text())
    return any(isinstance(node, ast.FunctionDef) and node.name == name for node in tree.body)


def test_each_check_that_is_named_exists() -> None:
    known = {name for check in CHECKS for name in check.__code__.co_consts}
    words = " ".join(each.ruled_out for each in COUNTERPARTS.values()).split()
    named = {word.rstrip(",;:") for word in words if word.startswith("live.E")}

    assert len(named) > 8
    assert named - known == set()


@pytest.mark.django_db(transaction=True)
def test_transaction_that_a_request_leaves_open_is_found() -> None:
    """By the guard that looks after every request of the suite."""
    connection.ensure_connection()
    assert left_open(0) == ""
    connection.set_autocommit(False)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

        assert left_open(0) == "the connection was left INTRANS"
    finally:
        connection.rollback()
        connection.set_autocommit(True)


@pytest.mark.django_db(transaction=True)
def test_connection_is_of_one_thread() -> None:
    found: list[type[BaseException]] = []
    ours = connection._connections[connection._alias]  # type: ignore[attr-defined]

    def use() -> None:
        try:
            ours.cursor()
        except DatabaseError as error:
            found.append(type(error))

    other = threading.Thread(target=use)
    other.start()
    other.join()

    assert found == [DatabaseError]
