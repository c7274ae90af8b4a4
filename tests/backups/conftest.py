from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from ledgers.models import Ledger
from tests.backups.helpers import databases, django_in, execute
from tests.factories import make_contact, make_label, make_ledger, make_transaction, make_user


@pytest.fixture
def books(transactional_db: None) -> Ledger:
    """Amounts that no binary number holds, and what people wrote."""
    ledger = make_ledger(owner=make_user("ana"), name="Keller family", slug="keller")
    label = make_label(ledger, "Tax “2026”")
    for n in range(1, 6):
        make_transaction(
            ledger,
            sent=(Decimal(f"123456789012345678.00000000000000000{n}"), "ETH"),
            received=(Decimal(n), "BTC"),
            fee=("1e-36", "ETH"),
            note="Привет,\n\\tab\t",
            labels=[label],
        )
    make_contact(ledger, "Łukasz")
    return ledger


@pytest.fixture(scope="session")
def made() -> list[bytes]:
    """A backup takes seconds: what one test has made, the others take too."""
    return []


@pytest.fixture
def file(books: Ledger, tmp_path: Path, made: list[bytes]) -> Path:
    path = tmp_path / "a.backup"
    if made:
        path.write_bytes(made[0])
    else:
        call_command("backup", str(path), verbosity=0)
        made.append(path.read_bytes())
    return path


@pytest.fixture
def elsewhere(transactional_db: None) -> Iterator[str]:
    """Another database, empty, which is ours meanwhile."""
    name = f"{connection.settings_dict['NAME']}_elsewhere"
    execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    execute("CREATE DATABASE {} TEMPLATE template0", name)
    with django_in(name):
        yield name
    for each in databases(name):
        execute("DROP DATABASE {} WITH (FORCE)", each)
