"""Tables that no format knows, by command."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from contacts.models import Wallet
from ledgers.models import Ledger
from tests.factories import make_ledger, make_mapping, make_wallet
from tests.mappings import BANK, BANK_TOML, LEGS, LEGS_TOML, SHEET, SHEET_TOML
from transactions.models import Transaction

pytestmark = pytest.mark.django_db
TABLE = "Day,Sum\n2024-01-31,1.5\n"


@pytest.fixture
def wallet(ledger: Ledger) -> Wallet:
    return make_wallet(ledger, "Main")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(TABLE)
    return path


def command(file: Path, **options: Any) -> tuple[int, str]:
    """The exit status, and what a refusal says."""
    try:
        call_command("import_transactions", str(file), ledger="keller", wallet="Main", **options)
    except CommandError as error:
        return error.returncode, str(error)
    return 0, ""


@pytest.mark.parametrize(
    ("table", "toml", "sums"),
    [
        (BANK, BANK_TOML, {"EUR": "1214.06", "BTC": "-0.00000001"}),
        (
            LEGS,
            LEGS_TOML,
            {"BTC": "0.01", "EUR": "-300.75", "ETH": "3", "SOL": "-1", "DOT": "6.9", "BNB": "-1"},
        ),
        (SHEET, SHEET_TOML, {"BTC": "2.976443210987654321098765432109876544"}),
    ],
    ids=["bank", "legs", "sheet"],
)
def test_table_comes_in_exactly_and_once(
    table: str, toml: str, sums: dict[str, str], wallet: Wallet, tmp_path: Path, capsys: Any
) -> None:
    file, mapping = tmp_path / "table.csv", tmp_path / "mapping.toml"
    file.write_text(table)
    mapping.write_text(toml)

    assert command(file, mapping=str(mapping)) == (0, "")
    first = list(Transaction.objects.values())
    assert command(file, mapping=str(mapping)) == (0, "")

    assert moved() == sums
    assert list(Transaction.objects.values()) == first
    assert "0 imported" in capsys.readouterr().out


def moved() -> dict[str, str]:
    """What each asset gained and lost."""
    sums: dict[str, Any] = {}
    for tx in Transaction.objects.all():
        for sign, side in ((1, "received"), (-1, "sent"), (-1, "fee")):
            asset, amount = getattr(tx, f"{side}_asset"), getattr(tx, f"{side}_amount")
            if asset:
                sums[asset.symbol] = sums.get(asset.symbol, 0) + sign * amount
    return {symbol: f"{total.normalize():f}" for symbol, total in sums.items()}


def test_saved_mapping_is_taken_by_name_and_by_header(
    ledger: Ledger, wallet: Wallet, file: Path
) -> None:
    make_mapping(ledger, "My table")

    assert command(file) == (0, "")
    assert command(file, mapping="my TABLE") == (0, "")

    tx = Transaction.objects.get()
    assert (tx.received_amount, tx.batch.format) == (1.5, "mapping:My table")


def test_mapping_of_another_ledger_is_none(
    ledger: Ledger, wallet: Wallet, file: Path, capsys: Any
) -> None:
    make_mapping(make_ledger(), "Theirs")
    make_mapping(ledger, "Ours", mapping={"columns": {}})

    status, text = command(file, mapping="Theirs")

    assert (status, text) == (2, "There is no mapping “Theirs” in “keller”. Type --mapping Ours.")


def test_unknown_table_names_the_option(wallet: Wallet, file: Path, capsys: Any) -> None:
    assert command(file)[0] == 2

    said = capsys.readouterr().err
    assert "The format is not known. Seen as header: “Day, Sum”" in said
    assert said.strip().endswith(", or --mapping FILE.toml.")


@pytest.mark.parametrize(
    ("toml", "reason"),
    [
        ('[columns]\ntime = "Day"\n', "columns.amount: say which column has the amount"),
        ("[columns\n", "this is not TOML: "),
        (b"\xff\xfe[", "this is not TOML: it is not UTF-8"),
        (b"#" * (1 << 18), "this is too long to be a mapping"),
        (None, "No such file or directory"),
    ],
)
def test_broken_mapping_is_named(
    toml: Any, reason: str, wallet: Wallet, file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "mapping.toml"
    if toml is not None:
        path.write_bytes(toml if isinstance(toml, bytes) else toml.encode())

    status, text = command(file, mapping=str(path))

    assert status == 2
    assert text.startswith(f"{path}: {reason}")


def test_format_and_mapping_are_not_both_taken(wallet: Wallet, file: Path) -> None:
    assert command(file, mapping="x.toml", format="koinly") == (
        2,
        "Name a format or a mapping, not both.",
    )


def test_mapping_of_another_header_says_which_was_seen(
    wallet: Wallet, tmp_path: Path, capsys: Any
) -> None:
    file, mapping = tmp_path / "table.csv", tmp_path / "my.toml"
    file.write_text("Tag,Sum\n2024-01-31,1.5\n")
    mapping.write_text('[columns]\ntime = "Day"\namount = "Sum"\n[constants]\nasset = "BTC"\n')

    assert command(file, mapping=str(mapping))[0] == 2

    said = capsys.readouterr().err
    assert "This is not the header of “my”. Seen as header: “Tag, Sum”." in said
