"""Each refusal names what to do next, and who does it gets the file in."""

import re
import shlex

import pytest
from django.core.management import CommandError, call_command

from formats.parsing.records import Hint, ImportFailed
from imports.console import refusal
from tests.factories import make_address, make_contact, make_ledger, make_wallet
from tests.formats.test_etherscan import HEADER, ME, YOU, transaction
from tests.imports.helpers import FIXTURES, koinly
from transactions.models import Transaction

EXPLORER = f"{HEADER}\n{transaction(out='1')}\n"


def command(capsys, *args: str) -> tuple[int, str]:
    """The exit status, and all that was said."""
    try:
        call_command("import_transactions", *args)
    except CommandError as error:
        out, err = capsys.readouterr()
        return error.returncode, f"{out}{err}{error}"
    out, err = capsys.readouterr()
    return 0, out + err


def options_in(said: str) -> list[str]:
    """What the advice says to type, with the first of several choices."""
    (advice,) = re.findall(r"Type (--[^\n]*)\.", said)
    option, _and, choices = advice.partition(", or ")[0].partition(" and one of: ")
    return [*shlex.split(option), *shlex.split(choices.partition(",")[0].partition(" (")[0])]


@pytest.fixture
def file(tmp_path):
    def written(text: str) -> str:
        path = tmp_path / "file.csv"
        path.write_text(text)
        return str(path)

    return written


@pytest.mark.parametrize(
    ("text", "args"),
    [
        (koinly(1), ["--ledger=keller", "--wallet=Other"]),
        (koinly(1), ["--ledger=other", "--wallet=My own"]),
        (koinly(1), ["--ledger=keller", "--wallet=My own", "--format=coinbase"]),
        (EXPLORER, ["--ledger=keller", "--wallet=My own"]),
        (
            EXPLORER.replace("(ETH)", "(BNB)"),
            ["--ledger=keller", "--wallet=My own", f"--owner-address={ME}"],
        ),
        (
            EXPLORER,
            ["--ledger=keller", "--wallet=My own", f"--owner-address={ME}", "--chain=moon"],
        ),
    ],
    ids=["wallet", "ledger", "format", "owner", "coin", "chain"],
)
def test_option_that_a_refusal_names_gets_the_file_in(ledger, capsys, file, text, args):
    make_wallet(ledger, "My own")
    before = command(capsys, file(text), *args)

    after = command(capsys, file(text), *args, *options_in(before[1]))

    assert (before[0], after[0]) == (2, 0), (before, after)
    assert Transaction.objects.count() == 1


def test_own_address_of_another_wallet_names_that_wallet(ledger, capsys, file):
    make_wallet(ledger, "Mine")
    make_address(ledger, ME, wallet=make_wallet(ledger, "My own"))
    args = [file(EXPLORER), "--ledger=keller", "--wallet=Mine", f"--owner-address={ME}"]

    status, said = command(capsys, *args)

    assert (status, options_in(said)) == (2, ["--wallet", "My own"])


def test_own_address_of_a_contact_says_what_to_do_about_it(ledger, capsys, file):
    make_wallet(ledger, "Mine")
    make_address(ledger, ME, contact=make_contact(ledger, "Maria"))
    args = [file(EXPLORER), "--ledger=keller", "--wallet=Mine", f"--owner-address={ME}"]

    _status, said = command(capsys, *args)

    assert "If it is yours, take it from the contact first, on its page." in said


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (b"", "Export it again."),
        (b"\0\1", "save it as CSV, and import that."),
        (b"\x81", "save it as UTF-8, and import that."),
        (
            b"a,b\n1,2\n",
            "Type --format and one of: accointing (Accointing template), ",
        ),
    ],
)
def test_file_that_is_of_no_use_says_what_would_be(ledger, capsys, tmp_path, content, advice):
    make_wallet(ledger, "Mine")
    path = tmp_path / "file.csv"
    path.write_bytes(content)

    status, said = command(capsys, str(path), "--ledger=keller", "--wallet=Mine")

    assert (status, advice in said) == (2, True), said


def test_bad_lines_say_how_to_go_on(ledger, capsys, file):
    make_wallet(ledger, "Mine")
    args = [file(koinly(2).replace(",1.5,", ",one,")), "--ledger=keller", "--wallet=Mine"]

    refused = command(capsys, *args)
    skipped = command(capsys, *args, "--skip-bad")

    advice = "Correct the lines named above, or leave them out: --skip-bad."
    assert (refused[0], advice in refused[1]) == (1, True)
    assert (skipped[0], advice in skipped[1]) == (0, False)


def test_ledger_that_is_missing_is_made_in_the_browser(db, capsys):
    args = [str(FIXTURES / "koinly.csv"), "--ledger=keller", "--wallet=Mine"]

    assert "log in, and make one in the menu" in command(capsys, *args)[1]
    make_ledger(slug="second")
    assert "Type --ledger second" in command(capsys, *args)[1]


def test_time_zone_that_is_unknown_shows_what_one_looks_like(ledger, capsys):
    args = ["file.csv", "--ledger=keller", "--wallet=Mine", "--timezone=Mars"]

    with pytest.raises(CommandError, match="names are such as Europe/Berlin"):
        call_command("import_transactions", *args)


def test_advice_is_quoted_for_the_shell():
    error = ImportFailed(
        "No.", Hint("wallet", {"it's mine": "", "plain": "of Ann"}), Hint("skip_bad")
    )

    text = "No. Type --wallet and one of: 'it'\"'\"'s mine', plain (of Ann), or --skip-bad."
    assert refusal(error) == text
    assert refusal(ImportFailed("No.")) == "No."


def test_other_address_is_offered_where_two_are_in_every_row(ledger, capsys, file):
    make_wallet(ledger, "Mine")

    _status, said = command(capsys, file(EXPLORER), "--ledger=keller", "--wallet=Mine")

    assert f"Type --owner-address and one of: {ME}, {YOU}." in said
