"""A process of its own with the models: each line of standard input is one order, as JSON; each is
answered by one line, {"done": …} or {"unknown": …}."""

import io
import json
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
HEADER = (
    "Date,Sent Amount,Sent Currency,Received Amount,Received Currency,Fee Amount,"
    "Fee Currency,Net Worth Amount,Net Worth Currency,Label,Description,TxHash"
)
LABELS = [f"label {n}" for n in range(13)]
RULED = "ruled"  # the label that rules put on
# Rows by what is done with them beside all else: each of the first has a rule and a view named
# after it, and a fee, the next are with an address of their own, the last are reviewed.
NAMED, STRANGE, REVIEWED = range(1, 4), range(4, 7), range(7, 13)
CONTACTS = [f"contact {n}" for n in range(13)]
NOTE = "as it came"
FEE = "1"


def moment(number: int) -> datetime:
    """A row is known by its second."""
    return NOON + timedelta(seconds=number)


def amount(number: int) -> str:
    return f"{1 + number % 7}.{number:06d}1"


def lines(numbers: list[int]) -> str:
    rows = (
        f"{moment(n):%Y-%m-%d %H:%M:%S},,,{amount(n)},ETH,,,,,{LABELS[0]},{NOTE},h{n}"
        for n in numbers
    )
    return "\n".join([HEADER, *rows, ""])


def setup(slug: str, rows: int, sessions: int) -> dict[str, Any]:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from contacts.models import Contact
    from ledgers.models import Ledger, Role, User
    from ledgers.sessions import SessionStore
    from transactions.models import Label

    user = User.objects.filter(username="checker").first()
    user = user or User.objects.create_superuser("checker", password=None)
    ledger = Ledger.objects.create(name=slug, slug=slug)
    ledger.memberships.create(user=user, role=Role.OWNER)
    Label.objects.bulk_create(Label(ledger=ledger, name=name) for name in LABELS)
    Contact.objects.bulk_create(Contact(ledger=ledger, name=name) for name in CONTACTS)
    ledger.wallets.create(name="Given")
    ledger.wallets.create(name="Added")
    add(slug, "Given", list(range(1, rows + 1)))
    addresses = strangers(ledger)
    rules, views = of_rows(ledger)
    fees(ledger)
    keys = []
    for _ in range(sessions):
        store = SessionStore()
        store[SESSION_KEY] = str(user.pk)
        store[BACKEND_SESSION_KEY] = "ledgers.sessions.Backend"
        store[HASH_SESSION_KEY] = user.get_session_auth_hash()
        store.save()
        keys.append(store.session_key)
    wallets = dict(ledger.wallets.values_list("name", "pk"))
    contacts = dict(ledger.contacts.values_list("name", "pk"))
    labels = dict(ledger.labels.values_list("name", "pk"))
    here = {"wallets": wallets, "contacts": contacts, "labels": labels}
    here |= {"addresses": addresses, "rules": rules, "views": views}
    return {"ledger": ledger.pk, "sessions": keys, **here}


def strangers(ledger: Any) -> dict[int, tuple[int, str]]:
    """Key and text of the address of each row."""
    from contacts.models import Address

    found = {}
    for n in STRANGE:
        text = f"0x{ledger.pk:036x}{n:04x}"
        of = {"family": "evm", "shown": text, "normalised": text}
        address = Address.objects.create(ledger=ledger, **of)
        ledger.transactions.filter(occurred_at=moment(n)).update(counterparty=address)
        found[n] = address.pk, text
    return found


def of_rows(ledger: Any) -> tuple[dict[int, int], dict[int, int]]:
    """Keys of the rule and of the view of each row."""
    ruled, rules, views = ledger.labels.create(name=RULED), {}, {}
    for n in NAMED:
        rule = {"name": f"rule {n}", "query": f"hash=h{n}x&hidden=all", "adds": [ruled.pk]}
        rules[n] = ledger.rules.create(place=n, **rule).pk
        views[n] = ledger.views.create(place=n, name=f"view {n}", slug=f"v{n}").pk
    return rules, views


def fees(ledger: Any) -> None:
    """Of each row in a coin of its own, so that the wallet's balance of it is the row's."""
    for n in NAMED:
        coin = ledger.assets.create(symbol=f"FEE{n}")
        row = ledger.transactions.filter(occurred_at=moment(n))
        row.update(fee_amount=FEE, fee_asset=coin)


def add(slug: str, wallet: str, numbers: list[int]) -> None:
    from django.db import transaction

    from ledgers.models import Ledger
    from transactions.models import Label, Transaction, TransactionLabel

    ledger = Ledger.objects.get(slug=slug)
    coin, _ = ledger.assets.get_or_create(symbol="ETH", contract="")
    label = Label.objects.get(ledger=ledger, name=LABELS[0])
    common = {"ledger": ledger, "wallet": ledger.wallets.get(name=wallet), "type": "deposit"}
    with transaction.atomic():
        made = Transaction.objects.bulk_create(
            Transaction(
                **common,
                occurred_at=moment(n),
                received_amount=amount(n),
                received_asset=coin,
                note=NOTE,
                group_key=f"h{n}x",
            )
            for n in numbers
        )
        TransactionLabel.objects.bulk_create(
            TransactionLabel(ledger=ledger, transaction=tx, label=label) for tx in made
        )


def write(ledger: int, number: int, field: str, value: Any) -> None:
    from transactions.models import Transaction

    rows = Transaction.objects.filter(ledger=ledger, occurred_at=moment(number))
    assert rows.update(**{field: value}) == 1


def command(slug: str, numbers: list[int]) -> None:
    from django.core.management import call_command

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{numbers[0]}.csv"
        file.write_text(lines(numbers))
        call_command(
            *("import_transactions", str(file), "--ledger", slug, "--wallet", "Added"),
            stdout=io.StringIO(),
            stderr=io.StringIO(),
        )


ORDERS = {"setup": setup, "add": add, "write": write, "command": command}


def main() -> None:
    django.setup()
    from django.core.management import call_command
    from django.db import close_old_connections, connection

    if "--migrate" in sys.argv:
        call_command("migrate", interactive=False, verbosity=0)
    for line in sys.stdin:
        order = json.loads(line)
        close_old_connections()
        try:
            answer = {"done": ORDERS[order.pop("do")](**order)}
        except Exception as error:
            answer = {"unknown": repr(error)}
            connection.close()
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
