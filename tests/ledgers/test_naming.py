import psycopg
import pytest
from django.db import transaction
from psycopg.errors import LockNotAvailable

from contacts.models import Contact
from ledgers.models import Ledger
from ledgers.naming import named
from live.feed import listener_conninfo
from tests.factories import make_contact
from transactions.models import Label


@pytest.mark.django_db(transaction=True)
def test_nobody_deletes_what_was_found_before_it_is_used(ledger: Ledger) -> None:
    maria = make_contact(ledger, "Maria")

    with psycopg.connect(listener_conninfo()) as other, transaction.atomic():
        assert named(Contact, ledger.pk, "MARIA") == maria
        with pytest.raises(LockNotAvailable):
            other.execute(
                "SELECT FROM contacts_contact WHERE id = %s FOR UPDATE NOWAIT", [maria.pk]
            )


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["İstanbul", "Straße", "ǅ", "100%", "a_b", "ΟΔΟΣ"])
def test_name_of_any_script_is_made_once_and_found(ledger: Ledger, name: str) -> None:
    made = named(Contact, ledger.pk, name)

    assert made.name == name
    assert named(Contact, ledger.pk, name) == made
    first, *_others = again = Label.named(ledger.pk, [name, name.lower(), name.upper()])
    assert Label.named(ledger.pk, [each.name for each in again]) == again
    assert ledger.labels.filter(pk=first.pk).exists()
