"""The address book in and out by the browser: a look at it first, nothing kept in between."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from contacts.files import as_csv
from ledgers.models import Ledger, Role, User
from tests.admin.helpers import Form
from tests.contacts.test_files import ONE, TWO, book, ours
from tests.factories import make_address, make_contact, make_member, make_user

ACCOUNTS = f"address,address extras,chain,label,tags\n{ONE},,evm,main,\n"


def url(ledger: Ledger) -> str:
    return reverse("contact_import", args=[ledger.slug])


def upload(client: Client, ledger: Ledger, text: str) -> Any:
    return client.post(url(ledger), {"file": SimpleUploadedFile("book.csv", text.encode())})


def sent_back(response: Any) -> dict[str, str]:
    parser = Form(response.content.decode(), "none")
    parser.wanted = None  # the form has no id
    parser.feed(response.content.decode())
    return {name: parser.data[name][0] for name in ("name", "content")}


def test_preview_tells_each_line_and_writes_nothing(client: Client, ledger: Ledger) -> None:
    make_address(ledger, TWO, contact=make_contact(ledger, "Ben"))
    before = book(ledger)

    response = upload(
        client, ledger, ours(f"Maria,evm,{ONE},", f"Ann,evm,{TWO},", "X,evm,0x12,", "Ben,,,")
    )

    page = response.content.decode()
    assert response.status_code == 200
    assert "1 to import, 1 known already, 1 left out." in page
    assert "1 is not understood." in page
    assert "0x2222…2222 is in the book as “Ben”, not as “Ann”" in page
    assert "address: “0x12” has 2 digits after 0x; an address has 40." in page
    assert "Import 1 line" in page
    assert book(ledger) == before


def test_preview_tells_what_is_taken_otherwise_than_written(client: Client, ledger: Ledger) -> None:
    text = f"address,name,chainId\n{ONE},Maria,999999\n{TWO},Ben,1\n"

    page = upload(client, ledger, text).content.decode()

    assert "1 is taken otherwise than written." in page
    assert page.count("chainId: “999999” is taken as “EVM, every chain”: no chain of this") == 1
    assert "otherwise" not in upload(client, ledger, ours(f"Ann,evm,{ONE},")).content.decode()


def test_preview_is_confirmed(client: Client, ledger: Ledger, user: User) -> None:
    preview = upload(client, ledger, ours(f"Maria,evm,{ONE},", "X,evm,0x12,"))

    response = client.post(url(ledger), sent_back(preview) | {"sure": "1"})

    assert (response.status_code, response.headers["Location"]) == (303, "/keller/contacts/")
    address = ledger.addresses.get()
    assert (address.contact.name, address.edited_by) == ("Maria", user)


def test_file_that_cannot_be_used_is_told_beside_the_field(client: Client, ledger: Ledger) -> None:
    assert "No file was chosen." in client.post(url(ledger)).content.decode()
    unknown = upload(client, ledger, "a,b\n1,2\n")
    broken = client.post(url(ledger), {"content": "no base64", "sure": "1"})
    large = upload(client, ledger, "x" * (1 << 20 | 1))

    assert "Seen as header: “a, b”" in unknown.content.decode()
    assert "did not arrive whole" in broken.content.decode()
    assert "larger than 1 MB" in large.content.decode()
    assert {unknown.status_code, broken.status_code, large.status_code} == {422}


def test_own_accounts_take_an_editor(client: Client, ledger: Ledger, annotator: User) -> None:
    theirs = Client()
    theirs.force_login(annotator)

    refused = upload(theirs, ledger, ACCOUNTS)
    preview = upload(client, ledger, ACCOUNTS)
    sure = sent_back(preview) | {"sure": "1"}

    assert refused.status_code == 422
    assert "takes the role of an editor" in refused.content.decode()
    assert theirs.post(url(ledger), sure).status_code == 422
    assert not ledger.wallets.exists()
    assert client.post(url(ledger), sure).status_code == 303
    assert ledger.wallets.get().name == "main"


def test_export_is_the_book_of_this_ledger_as_a_file(ledger: Ledger) -> None:
    make_address(ledger, ONE, contact=make_contact(ledger, "Maria"))
    viewer = make_user()
    make_member(ledger, viewer, Role.VIEWER)
    client = Client()
    client.force_login(viewer)

    response = client.get(reverse("contact_export", args=[ledger.slug]))

    assert response.content.decode() == as_csv(ledger)
    assert response.headers["Content-Disposition"].startswith('attachment; filename="keller-con')
