import gzip
import json
import stat
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from contacts.models import Wallet
from tests.factories import make_ledger, make_wallet
from tests.imports.helpers import FIXTURES, koinly
from transactions.models import Transaction

GOOD = str(FIXTURES / "etherscan.csv")
NUMBER = "“one” is not a number; write it as 1234.56"
KEYS = [
    "file",
    "format",
    "lines",
    "imported",
    "duplicates",
    "skipped",
    "errors",
    "remarks",
    "transactions",
    "restored",
    "batch",
]


@pytest.fixture
def wallet(ledger) -> Wallet:
    return make_wallet(ledger, "Main")


@pytest.fixture
def bad(tmp_path) -> str:
    path = tmp_path / "bad.csv"
    path.write_text(koinly(2).replace(",1.5,", ",one,"))
    return str(path)


def command(*files: str, **options) -> int:
    """The exit status."""
    try:
        call_command(
            "import_transactions", *files, **{"ledger": "keller", "wallet": "Main"} | options
        )
    except CommandError as error:
        sys.stderr.write(f"{error}\n")
        return error.returncode
    return 0


def report_of(capsys) -> list:
    return json.loads(capsys.readouterr().out)


def test_file_is_imported_and_said_so(wallet, capsys):
    assert command(GOOD) == 0

    out, err = capsys.readouterr()
    assert f"{GOOD} (etherscan): 4 lines, 4 imported, 0 known already" in out
    assert "4 transactions made" in out
    assert err == ""
    assert Transaction.objects.count() == 4


def test_report_has_an_object_per_file(wallet, capsys):
    assert command(GOOD, str(FIXTURES / "koinly.csv"), report="-") == 0

    out, err = capsys.readouterr()
    first, second = json.loads(out)
    assert list(first) == list(second) == KEYS
    assert first == {
        "file": GOOD,
        "format": "etherscan",
        "lines": 4,
        "imported": 4,
        "duplicates": 0,
        "skipped": [],
        "errors": [],
        "remarks": [
            {
                "line": 0,
                "column": "",
                "written": "",
                "read": "0xcccccccccccccccccccccccccccccccccccccccc",
                "reason": "whose file this is, its rows say: each has this address",
            }
        ],
        "transactions": 4,
        "restored": 0,
        "batch": Transaction.objects.earliest("pk").batch_id,
    }
    assert "4 imported" in err


def test_report_names_lines_that_were_left_out_or_bad(wallet, bad, capsys):
    assert command(bad, report="-") == 1

    (result,) = report_of(capsys)
    error = {"line": 2, "column": "Received Amount", "message": NUMBER, "setting": ""}
    assert result["errors"] == [error]
    assert result["skipped"] == [
        {"line": 3, "reason": "not imported, because the file has bad rows"}
    ]
    assert (result["lines"], result["imported"], result["batch"]) == (2, 0, None)


def test_report_is_written_to_a_file_as_a_whole(wallet, tmp_path):
    path = tmp_path / "report.json"
    path.write_text("old")

    assert command(GOOD, report=str(path)) == 0

    assert json.loads(path.read_text())[0]["imported"] == 4
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [path]


def test_report_that_cannot_be_written_is_2(wallet, tmp_path, capsys):
    assert command(GOOD, report=str(tmp_path / "missing" / "report.json")) == 2

    assert "The report cannot be written" in capsys.readouterr().err


def test_bad_rows_are_1_and_named_with_file_line_and_column(wallet, bad, capsys):
    assert command(bad) == 1

    assert f"{bad}:2: Received Amount: “one” is not a number" in capsys.readouterr().err
    assert not Transaction.objects.exists()


def test_bad_rows_that_are_skipped_are_0_and_still_named(wallet, bad, capsys):
    assert command(bad, skip_bad=True) == 0

    assert f"{bad}:2: " in capsys.readouterr().err
    assert Transaction.objects.count() == 1


def test_skipped_lines_are_named_with_their_reason(wallet, tmp_path, capsys):
    path = tmp_path / "file.csv"
    path.write_text(koinly(1) + ",,,,,\n" * 12)

    assert command(str(path)) == 0

    assert "Skipped lines 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, …: the row is empty" in (
        capsys.readouterr().out
    )


def test_every_file_is_tried_and_the_highest_status_returned(wallet, bad, tmp_path, capsys):
    missing = str(tmp_path / "missing.csv")

    assert command(bad, missing, GOOD) == 2

    err = capsys.readouterr().err
    assert f"{missing}: No such file or directory" in err
    assert "Not imported: 2 of 3 files." in err
    assert Transaction.objects.count() == 4


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "The file is empty."),
        (b"\x00\x01\x02", "This is a binary file"),
        (gzip.compress(b"Date,Amount\n", mtime=0), "This is a ZIP or gzip archive: unpack it"),
        (b"PK\x03\x04 and more", "This is a ZIP or gzip archive: unpack it"),
        (b"1,2,3\n4,5,6\n", "The format is not known. Seen as header: “1, 2, 3”"),
        (b"just words", "The format is not known. Seen as header: “just words”"),
    ],
)
def test_file_that_cannot_be_used_is_2(wallet, tmp_path, capsys, content, complaint):
    path = tmp_path / "file.csv"
    path.write_bytes(content)

    assert command(str(path), report="-") == 2

    out, err = capsys.readouterr()
    assert f"{path}: {complaint}" in err
    (result,) = json.loads(out)
    assert (result["format"], result["lines"]) == (None, 1)
    assert result["errors"][0]["message"].startswith(complaint)


def test_directory_is_2(wallet, tmp_path, capsys):
    assert command(str(tmp_path)) == 2

    assert f"{tmp_path}: Is a directory" in capsys.readouterr().err


def test_file_cut_in_the_middle_is_1(wallet, tmp_path, capsys):
    path = tmp_path / "file.csv"
    path.write_bytes((FIXTURES / "koinly.csv").read_bytes()[:-12])

    assert command(str(path)) == 1

    assert f"{path}:5: the file ends in the middle of this row" in capsys.readouterr().err
    assert not Transaction.objects.exists()


def test_unknown_ledger_names_those_that_exist(ledger, capsys):
    make_ledger(slug="second")

    assert command(GOOD, ledger="third") == 2

    out = capsys.readouterr().err
    assert "There is no ledger “third”." in out
    assert "keller" in out
    assert "second" in out


def test_unknown_wallet_names_those_that_exist(wallet, capsys):
    assert command(GOOD, wallet="Cold") == 2

    advice = "Type --create-wallet, or --wallet Main."
    assert f"There is no wallet “Cold” in “keller”. {advice}" in capsys.readouterr().err


def test_wallet_is_made_if_asked_for(ledger):
    assert command(GOOD, wallet="Cold", create_wallet=True) == 0

    assert str(Transaction.objects.first().wallet) == "Cold"


def test_unknown_format_names_the_known_ones(wallet, capsys):
    assert command(GOOD, format="excel") == 2

    said = capsys.readouterr().err
    assert "There is no format “excel”. Type --format and one of: " in said
    assert "binance_history (Binance transaction history), " in said


def test_owner_that_cannot_be_told_is_2(wallet, tmp_path, capsys):
    path = tmp_path / "file.csv"
    lines = Path(GOOD).read_text().splitlines()
    path.write_text("\n".join(lines[:2]))

    assert command(str(path)) == 2
    assert "Type --owner-address and one of: 0x" in capsys.readouterr().err

    assert command(str(path), owner_address="0x" + "C" * 40) == 0


def test_chain_decides_the_coin(wallet, tmp_path):
    path = tmp_path / "file.csv"
    path.write_text(Path(GOOD).read_text().replace("(ETH)", "(BNB)"))

    assert command(str(path)) == 2
    assert command(str(path), chain="bsc") == 0

    assert {str(row.fee_asset) for row in Transaction.objects.filter(type="fee")} == {"BNB"}


def test_dry_run_says_that_it_wrote_nothing(wallet, capsys):
    assert command(GOOD, dry_run=True) == 0

    assert "4 imported" in (out := capsys.readouterr().out)
    assert "Dry run: nothing was written." in out
    assert not Transaction.objects.exists()


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", ""])
def test_unknown_time_zone_is_refused(wallet, zone):
    with pytest.raises(CommandError, match="no time zone"):
        call_command(
            "import_transactions", GOOD, f"--timezone={zone}", ledger="keller", wallet="Main"
        )


def test_time_zone_is_used(wallet, tmp_path):
    path = tmp_path / "file.csv"
    path.write_text(koinly(1))

    call_command(
        *["import_transactions", str(path), "--timezone=Asia/Tokyo"],
        *["--ledger=keller", "--wallet=Main"],
    )

    assert Transaction.objects.get().occurred_at.isoformat() == "2024-01-01T18:04:00+00:00"
