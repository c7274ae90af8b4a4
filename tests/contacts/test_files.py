"""Address books in and out: every line accounted for, nothing that a person wrote overwritten."""

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from contacts.chains import EVM_CHAIN_IDS, EVM_CHAINS
from contacts.files import BookImport, as_csv, import_book
from contacts.files.importer import BookResult
from contacts.models import Address, Contact, Wallet
from ledgers.models import Ledger
from tests.contacts.helpers import WRITTEN, written
from tests.factories import make_address, make_contact, make_ledger, make_wallet

ONE, TWO, THREE = (f"0x{digit * 40}" for digit in "123")
CHECKED = "0xa83114A443dA1CecEFC50368531cACE9F37fCCcb"
SAMPLES = Path(os.environ.get("TXPROJECT_SAMPLES", "")) / "address_book"
sampled = pytest.mark.skipif(not os.environ.get("TXPROJECT_SAMPLES"), reason="no sample files")


def run(ledger: Ledger, text: str, **kw: Any) -> BookResult:
    return import_book(BookImport(ledger, **kw), io.BytesIO(text.encode()), "book.csv")


def ours(*lines: str) -> str:
    return "\n".join(["name,chain,address,note", *lines, ""])


def counts(result: BookResult) -> tuple[int, int, int, int]:
    """Imported, duplicates, skipped, errors: with every line in one of them."""
    found = result.imported, result.duplicates, len(result.skipped), len(result.errors)
    assert sum(found) == result.lines
    return found


def book(ledger: Ledger) -> Any:
    contacts = ledger.contacts.order_by("name").values_list(*WRITTEN)
    fields = ("normalised", "family", "shown", "note", "contact__name", "wallet__name")
    return list(contacts), list(ledger.addresses.order_by("normalised").values_list(*fields))


def versions(ledger: Ledger) -> Any:
    return [
        list(rows.order_by("pk").values_list("pk", "version", "edited_at"))
        for rows in (ledger.contacts.all(), ledger.addresses.all(), ledger.wallets.all())
    ]


def reasons(result: BookResult) -> list[tuple[int, str]]:
    return [(skipped.line, skipped.reason) for skipped in result.skipped]


def test_book_makes_contacts_and_names_addresses(ledger: Ledger) -> None:
    unnamed = make_address(ledger, ONE)

    result = run(ledger, ours(f"Maria,evm,{ONE},home", f"Maria,ethereum,{TWO},", "Ben,,,a friend"))

    assert (counts(result), result.contacts) == ((3, 0, 0, 0), 2)
    maria, ben = ledger.contacts.order_by("-name")
    assert (maria.name, ben.note) == ("Maria", "a friend")
    assert set(maria.addresses.values_list("normalised", "note")) == {(ONE, "home"), (TWO, "")}
    assert Address.objects.get(pk=unnamed.pk).contact == maria


def test_book_imported_again_changes_nothing(ledger: Ledger) -> None:
    text = ours(f"Maria,evm,{ONE},home", "Ben,,,a friend", f"MARIA,evm,{TWO},")
    run(ledger, text)
    before = versions(ledger)

    result = run(ledger, text)

    assert (counts(result), versions(ledger)) == ((0, 3, 0, 0), before)


def test_address_under_another_name_is_left_and_told(ledger: Ledger) -> None:
    make_address(ledger, ONE, contact=make_contact(ledger, "Maria"))
    make_address(ledger, TWO, wallet=make_wallet(ledger, "Main"))
    before = book(ledger)

    result = run(ledger, ours(f"Ben,evm,{ONE},", f"Ben,evm,{TWO},"))

    assert reasons(result) == [
        (2, "0x1111…1111 is in the book as “Maria”, not as “Ben”"),
        (3, "0x2222…2222 is an own address, of the wallet “Main”, not “Ben”"),
    ]
    assert book(ledger) == before


def test_notes_are_filled_but_not_overwritten(ledger: Ledger) -> None:
    maria, ben = make_contact(ledger, "Maria", note="mine"), make_contact(ledger, "Ben")
    address = make_address(ledger, ONE, contact=maria, note="mine too")

    result = run(ledger, ours("Maria,,,theirs", "Ben,,,theirs", f"Maria,evm,{ONE},theirs"))

    assert counts(result) == (1, 0, 2, 0)
    assert [line for line, _reason in reasons(result)] == [2, 4]
    notes = [type(row).objects.get(pk=row.pk).note for row in (maria, ben, address)]
    assert notes == ["mine", "theirs", "mine too"]


def test_note_on_a_nobodys_address_stands_against_another(ledger: Ledger) -> None:
    make_address(ledger, ONE, note="who is this?")

    result = run(ledger, ours(f"Maria,evm,{ONE},theirs", f"Maria,evm,{ONE},"))

    assert counts(result) == (1, 0, 1, 0)
    assert ledger.addresses.get().note == "who is this?"


def test_bad_line_refuses_the_whole_file(ledger: Ledger) -> None:
    text = ours(f"Maria,evm,{ONE},", "Ben,evm,0x123,", f"Ann,bitcoin,{TWO},", f",evm,{TWO},")

    result = run(ledger, text)

    assert counts(result) == (0, 0, 1, 3)
    assert [(error.line, error.column) for error in result.errors] == [
        (3, "address"),
        (4, "address"),
        (5, "name"),
    ]
    assert not ledger.contacts.exists()
    assert counts(run(ledger, text, skip_bad=True)) == (1, 0, 0, 3)


def test_wrong_capitals_are_an_error_in_ours_and_none_in_exports(ledger: Ledger) -> None:
    wrong = CHECKED.swapcase().replace("0X", "0x")

    assert counts(run(ledger, ours(f"Maria,evm,{wrong},"))) == (0, 0, 0, 1)
    assert counts(run(ledger, f"address,name,chainId\n{wrong},Maria,1\n")) == (1, 0, 0, 0)


def test_what_is_taken_otherwise_is_said_with_its_line(ledger: Ledger) -> None:
    wrong = CHECKED.swapcase().replace("0X", "0x")
    accounts = f"address,address extras,chain,label,tags\n{ONE},share=50,evm,,\n{TWO},,evm,x,\n"
    safe = f"address,name,chainId\n{wrong},Maria, 1\neth:{TWO},Ben,1\n{THREE},Ann,999999\n"

    found = [run(ledger, text, dry_run=True) for text in (safe, accounts)]

    assert [[(r.line, r.column, r.written, r.read) for r in each.remarks] for each in found] == [
        [
            (2, "address", wrong, CHECKED),
            (3, "address", f"eth:{TWO}", TWO),
            (4, "chainId", "999999", "EVM, every chain"),
        ],
        [(2, "address extras", "share=50", ""), (2, "label", "", "0x1111…1111")],
    ]


def test_tags_that_are_not_kept_are_said(ledger: Ledger) -> None:
    make_address(ledger, ONE, note="mine")
    text = f"address,address extras,chain,label,tags\n{ONE},,evm,main,hot\n{TWO},,evm,main,cold\n"

    first, again = run(ledger, text), run(ledger, text)

    assert [counts(first), counts(again)] == [(2, 0, 0, 0), (0, 2, 0, 0)]
    said = [(2, "hot", "", "the note of the address stays")]
    for result in (first, again):
        assert [(r.line, r.written, r.read, r.reason) for r in result.remarks] == said
    assert ledger.addresses.get(normalised=ONE).note == "mine"


def test_chains_of_wallets_numbers_are_those_that_are_known() -> None:
    assert sorted(EVM_CHAIN_IDS.values()) == sorted(EVM_CHAINS)


def test_safe_book_with_one_address_under_two_names(ledger: Ledger) -> None:
    lines = [
        "address,name,chainId",
        f'{CHECKED},"Keller, Maria",1',
        f'{CHECKED.lower()},"Keller, Maria",137',
        f"{CHECKED.lower()},Somebody else,10",
        f"{TWO},Ben,mainnet",
        "",
    ]

    result = run(ledger, "\r\n".join(lines), skip_bad=True)

    assert (result.format, counts(result)) == ("safe", (1, 1, 1, 1))
    assert reasons(result) == [
        (4, "0xa831…CCcb is in the book as “Keller, Maria”, not as “Somebody else”")
    ]
    assert (result.errors[0].line, result.errors[0].column) == (5, "chainId")


def test_dry_run_says_the_same_and_writes_nothing(ledger: Ledger) -> None:
    text = ours(f"Maria,evm,{ONE},home", "Maria,,,note")

    dry = run(ledger, text, dry_run=True)
    assert (Contact.objects.count(), Address.objects.count()) == (0, 0)

    assert dry.as_json() == run(ledger, text).as_json()


def test_book_of_one_ledger_leaves_the_other_alone(ledger: Ledger) -> None:
    other = make_ledger()
    make_address(other, ONE, contact=make_contact(other, "Maria"))
    before = book(other)

    assert counts(run(ledger, ours(f"Ben,evm,{ONE},"))) == (1, 0, 0, 0)
    assert book(other) == before


def test_export_makes_the_same_book_elsewhere_and_changes_nothing_here(ledger: Ledger) -> None:
    texts = written("Maria", note='two\nlines, "quoted"')
    maria = make_contact(ledger, "Maria, née Keller", **texts)
    make_address(ledger, ONE, contact=maria, note="home")
    make_address(ledger, "bc1q2t0ad9cqars69ge9v7v7td7rpg3p7etgqfe0zn", contact=maria)
    make_address(ledger, CHECKED, contact=make_contact(ledger, "Ben"))
    make_contact(ledger, "Nobody yet")
    make_contact(ledger, "Äpfel  und ẞirnen", note="=1+1")
    before, empty = versions(ledger), make_ledger()
    text = as_csv(ledger)

    there, here = run(empty, text), run(ledger, text)

    assert (counts(there), counts(here)) == ((6, 0, 0, 0), (0, 6, 0, 0))
    assert book(empty) == book(ledger)
    assert (versions(ledger), as_csv(empty)) == (before, text)


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "'quoted", "'=1", f"={'x' * 199}"])
def test_no_cell_of_an_export_is_a_formula(ledger: Ledger, name: str) -> None:
    make_contact(ledger, name, note=f"{name[0]}\nnote")
    other = make_ledger()
    text = as_csv(ledger)

    result = run(other, text)

    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert counts(result) == (1, 0, 0, 0)
    assert book(other) == book(ledger)


def test_mark_of_what_is_no_formula_is_none_in_json(ledger: Ledger) -> None:
    line = json.dumps({"name": "'=1", "chain": "", "address": "", "note": ""})

    assert counts(run(ledger, line)) == (1, 0, 0, 0)
    assert ledger.contacts.get().name == "'=1"


def test_export_of_every_chain_family_is_read_again(ledger: Ledger) -> None:
    texts = [
        "qz5hccuhr036drq7m3mah3qf5x3f5phv05v5rtu5z2",
        "EbEjgkw4Z2jFtaDad7zj59LrfmyuznXJzCmQh2qUfMvjiUj",
        "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8",
        "rEb8TK3gBgk5auZkwc6sHnwrGVJH8DuaLh",
        "LVg2kJoFNg45Nbpy53h7Fe1wKyeXVRhMH9",
        "DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L",
        "cosmos1fl48vsnmsdzcv85q5d2q4z5ajdha8yu34mf0eh",
    ]
    maria = make_contact(ledger, "Maria")
    for text in texts:
        make_address(ledger, text, contact=maria)
    empty = make_ledger()

    assert counts(run(empty, as_csv(ledger))) == (len(texts), 0, 0, 0)
    assert book(empty) == book(ledger)


def test_own_accounts_become_wallets_once(ledger: Ledger) -> None:
    make_address(ledger, THREE, contact=make_contact(ledger, "Maria"))
    main = make_wallet(ledger, "Main")
    text = "\n".join(
        [
            "address,address extras,chain,label,tags",
            f"{ONE},,evm,main,hot;daily",
            f"{TWO},,evm,,",
            f"{THREE},,evm,Third,",
            "",
        ]
    )

    first, again = run(ledger, text), run(ledger, text)

    assert (counts(first), counts(again)) == ((2, 0, 1, 0), (0, 2, 1, 0))
    assert (first.wallets, Wallet.objects.count()) == (1, 2)
    assert ledger.addresses.get(normalised=ONE).wallet == main
    assert ledger.addresses.get(normalised=ONE).note == "hot, daily"
    assert ledger.addresses.get(normalised=TWO).wallet.name == "0x2222…2222"
    assert ledger.addresses.get(normalised=TWO).wallet.kind == "chain"


@sampled
def test_sample_of_an_address_book_goes_in_whole(ledger: Ledger) -> None:
    text = (SAMPLES / "rotki_address_book_entries.csv").read_text()

    first, again = run(ledger, text), run(ledger, text)

    assert (first.format, counts(first)) == ("rotki-addresses", (4, 0, 0, 0))
    assert counts(again) == (0, 4, 0, 0)
    assert set(ledger.contacts.values_list("name", flat=True)) == {
        *("harvey", "donna", "mike", "rachel")
    }


@sampled
def test_sample_of_own_accounts_makes_seven_wallets_and_tells_the_rest(ledger: Ledger) -> None:
    text = (SAMPLES / "rotki_blockchain-accounts.csv").read_text()

    first, again = run(ledger, text), run(ledger, text)

    assert (first.format, counts(first)) == ("rotki-accounts", (7, 0, 5, 0))
    assert (counts(again), first.wallets) == ((0, 7, 5, 0), 7)
    told = reasons(first)
    assert [line for line, _reason in told] == [9, 10, 11, 12, 13]
    assert ["from which many addresses" in reason for _line, reason in told] == [True] + [False] * 4
    assert [reason.endswith("of a validator, not an address.") for _line, reason in told[1:]] == (
        [True] * 4
    )


def command(*args: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(*args, stdout=out, stderr=err)
    except CommandError as error:
        return error.returncode, out.getvalue(), err.getvalue() + str(error)
    return 0, out.getvalue(), err.getvalue()


def test_command_says_what_is_taken_otherwise(ledger: Ledger, tmp_path: Path) -> None:
    file, report = tmp_path / "safe.csv", tmp_path / "report.json"
    file.write_text(f"address,name,chainId\n{ONE},Maria,999999\n")

    args = ("import_contacts", str(file), "--ledger", ledger.slug, "--report", str(report))
    _status, out, _err = command(*args)

    assert "Line 2: chainId: “999999” is taken as “EVM, every chain”: no chain of this" in out
    (remark,) = json.loads(report.read_text())[0]["remarks"]
    assert (remark["line"], remark["written"]) == (2, "999999")


def test_commands_say_what_became_of_each_file(ledger: Ledger, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(ours(f"Maria,evm,{ONE},"))
    bad.write_text(ours("Ben,evm,nonsense,"))
    report = tmp_path / "report.json"

    args = ("import_contacts", str(good), str(bad), "--ledger", ledger.slug)
    status, out, err = command(*args, "--report", str(report))

    assert status == 1
    assert "1 line, 1 imported, 0 known already, 0 skipped, 0 with an error; 1 new contact" in out
    assert f"{bad}:2: address: " in err
    first, second = json.loads(report.read_text())
    assert (first["imported"], second["errors"][0]["line"]) == (1, 2)


@pytest.mark.parametrize(
    "args",
    [
        ("import_contacts", "{file}", "--ledger", "nowhere"),
        ("import_contacts", "{file}", "--ledger", "keller", "--format", "unknown"),
        ("import_contacts", "{file}", "--ledger", "keller", "--format", "safe"),
        ("import_contacts", "/nowhere.csv", "--ledger", "keller"),
        ("export_contacts", "--ledger", "nowhere"),
        ("export_contacts", "--ledger", "keller", "/nowhere/book.csv"),
    ],
)
def test_commands_say_what_cannot_be_used(
    args: tuple[str, ...], ledger: Ledger, tmp_path: Path
) -> None:
    file = tmp_path / "good.csv"
    file.write_text(ours(f"Maria,evm,{ONE},"))

    status, _out, err = command(*(arg.format(file=file) for arg in args))

    assert (status, Contact.objects.count()) == (2, 0)
    assert "ype --" in err or "ame a" in err


def test_books_of_a_chain_that_is_unknown_names_the_known_ones(ledger: Ledger) -> None:
    (error,) = run(ledger, ours(f"Maria,moon,{ONE},")).errors

    assert error.column == "chain"
    assert error.message.startswith("“moon” is no chain that is known here. Known are: evm, ")


def test_export_command_writes_to_a_file_and_to_the_output(ledger: Ledger, tmp_path: Path) -> None:
    make_address(ledger, ONE, contact=make_contact(ledger, "Maria"))
    file = tmp_path / "book.csv"

    command("export_contacts", "--ledger", ledger.slug, str(file))
    _status, out, _err = command("export_contacts", "--ledger", ledger.slug)

    assert file.read_text() == out == as_csv(ledger)
    assert out == ours(f"Maria,evm,{ONE},")
