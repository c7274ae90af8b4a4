"""The pages of imports, as a browser without JavaScript uses them."""

import csv
import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from imports.models import ImportBatch, Upload, UploadBlock
from imports.uploads.queue import cancel
from imports.uploads.tending import tend
from ledgers.models import Ledger, Role, User
from tests.factories import make_wallet
from tests.imports.helpers import fixture, run
from tests.imports.uploads import koinly, work_off, zipped
from transactions.models import Transaction

pytestmark = pytest.mark.django_db(transaction=True)


def send(client: Client, ledger: Ledger, *files: tuple[str, str | bytes]) -> str:
    """Where the answer leads."""
    data = [
        SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode())
        for name, text in files
    ]
    answer = client.post(f"/{ledger.slug}/imports/new/", {"file": data})
    assert answer.status_code == 303, answer.content.decode()
    return answer["Location"]


def page(client: Client, path: str) -> str:
    answer = client.get(path, follow=True)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_from_a_file_to_its_rows_and_back(client: Client, ledger: Ledger) -> None:
    path = send(client, ledger, ("may.csv", koinly("1.5", "0.25")))
    assert "Waiting" in page(client, path)
    work_off()
    html = page(client, path)
    assert "Koinly universal template" in html
    assert "1.75" in html
    revision = Upload.objects.get().revision

    client.post(f"{path}confirmed/", {"revision": revision})
    work_off()

    html = page(client, path)
    assert "Show 2 transactions" in html
    batch = ImportBatch.objects.get()
    assert (str(batch.imported_by), batch.way) == ("ana", "page")
    undone = f"/{ledger.slug}/imports/{batch.pk}/undone/"
    assert "2 rows of “may.csv” are taken out." in page(client, undone)
    client.post(undone)
    assert not ledger.transactions.alive().exists()
    client.post(f"/{ledger.slug}/imports/{batch.pk}/redone/")
    assert ledger.transactions.alive().count() == 2


def test_many_rows_are_taken_out_and_brought_back_by_a_worker(
    client: Client, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imports.views.undo.AT_ONCE", 1)
    batch = ImportBatch.objects.get(pk=run(ledger, koinly("1.5", "0.25")).batch)
    path = f"/{ledger.slug}/imports/{batch.pk}/"

    client.post(f"{path}undone/", {"keep": "1"})
    client.post(f"{path}undone/")  # there is a job already

    html = page(client, path)
    assert "being taken out" in html
    assert "Undo the import" not in html
    assert ledger.transactions.alive().count() == 2
    work_off()
    assert "This import was undone on" in page(client, path)
    assert not ledger.transactions.alive().exists()
    client.post(f"{path}redone/")
    assert "being brought back" in page(client, path)
    work_off()
    batch.refresh_from_db()
    assert (batch.undone_at, batch.job) == (None, None)
    assert ledger.transactions.alive().count() == 2


@pytest.mark.timeout(60)
def test_worker_takes_out_an_import_whose_rows_another_file_has_too(
    client: Client, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """These become the other import's, and the import is written before it says how far it is."""
    monkeypatch.setattr("imports.views.undo.AT_ONCE", 1)
    batch = run(ledger, koinly("1.5", "0.25")).batch
    run(ledger, koinly("1.5", "0.25", "3"))

    client.post(f"/{ledger.slug}/imports/{batch}/undone/")
    work_off()

    assert ImportBatch.objects.get(pk=batch).undone_at
    assert ledger.transactions.alive().count() == 3


def test_page_leads_to_the_rows_that_are_there_now(
    client: Client, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = run(ledger, koinly("1.5", "0.25", "3")).batch
    path = f"/{ledger.slug}/imports/{batch}/"
    Transaction.objects.filter(received_amount="3").update(note="mine", edited_at=timezone.now())
    assert "Show 3 transactions" in page(client, path)

    client.post(f"{path}undone/", {"keep": "1"})
    assert "Show 1 transaction <" in page(client, path)
    assert ", undone" in page(client, f"/{ledger.slug}/imports/")

    run(ledger, koinly("1.5", "0.25"))
    client.post(f"{path}redone/")
    again = page(client, path)
    assert "This import counts again. Its rows are those of a later one, and stay there." in again
    assert "Show 1 transaction <" in again
    assert ", undone" not in page(client, f"/{ledger.slug}/imports/")

    Transaction.objects.update(deleted_at=timezone.now())
    assert "transaction <" not in page(client, path)
    Transaction.objects.update(deleted_at=None)
    monkeypatch.setattr("imports.views.history.MANY", 0)
    assert "Show its transactions" in page(client, path)


def test_undoing_that_failed_says_so(client: Client, ledger: Ledger) -> None:
    batch = ImportBatch.objects.get(pk=run(ledger, koinly("1.5")).batch)
    ImportBatch.objects.filter(pk=batch.pk).update(job=123_456)  # of a job that is gone

    tend()

    html = page(client, f"/{ledger.slug}/imports/{batch.pk}/")
    assert "ended without a result, and nothing was changed" in html
    assert "Undo the import" in html


def test_file_that_is_imported_while_it_is_removed_is_not_said_to_be_removed(
    client: Client, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = send(client, ledger, ("may.csv", koinly("1.5")))
    work_off()

    def comes_too_late(row: Upload) -> bool:
        """The import, which it has waited for, is there."""
        client.post(f"{path}confirmed/", {"revision": row.revision})
        work_off()
        return cancel(row)

    monkeypatch.setattr("imports.views.uploads.cancel", comes_too_late)
    client.post(f"{path}removed/")

    html = page(client, f"/{ledger.slug}/imports/")
    assert ledger.transactions.alive().count() == 1
    assert "Nothing of it was written" not in html


def test_who_confirms_has_imported(client: Client, ledger: Ledger) -> None:
    path = send(client, ledger, ("may.csv", koinly("1.5")))
    work_off()
    other = User.objects.create_user("ben")
    ledger.memberships.create(user=other, role=Role.EDITOR)
    client.force_login(other)

    client.post(f"{path}confirmed/", {"revision": Upload.objects.get().revision})
    work_off()

    assert str(ImportBatch.objects.get().imported_by) == "ben"
    assert str(Upload.objects.get().uploaded_by) == "ana"


def test_rows_are_shown_by_what_happens_to_them(client: Client, ledger: Ledger) -> None:
    run(ledger, koinly("1"), wallet="Kraken")
    path = send(client, ledger, ("may.csv", koinly("1", "2", "x")))
    work_off()

    assert "“x” is not a number" in page(client, path)
    assert "known already" in page(client, f"{path}?rows=all")
    known = page(client, f"{path}?rows=known")
    assert "2024-03-01 10:00:00" in known
    assert "2024-03-01 10:01:00" not in known
    assert client.get(f"{path}?rows=nonsense").status_code == 404


def test_bad_rows_are_left_out_where_asked(client: Client, ledger: Ledger) -> None:
    path = send(client, ledger, ("may.csv", koinly("1", "x")))
    work_off()
    assert "Correct the rows" in page(client, path)

    client.post(path, {"wallet": "Kraken", "skip_bad": "on"})
    work_off()
    client.post(f"{path}confirmed/", {"revision": Upload.objects.get().revision})
    work_off()

    batch = ImportBatch.objects.get()
    assert (batch.imported, batch.errors, batch.wallet.name) == (1, 1, "Kraken")
    html = page(client, path)
    assert "“x” is not a number" in html
    base = f"/{ledger.slug}/imports/{batch.pk}"
    report = json.loads(client.get(f"{base}/report.json").getvalue())
    assert report["report"]["errors"][0]["line"] == 3
    assert "“x” is not a number" in client.get(f"{base}/report.csv").getvalue().decode()
    assert b"".join(client.get(f"{base}/file/")).decode() == koinly("1", "x")


def test_older_look_is_not_imported(client: Client, ledger: Ledger) -> None:
    path = send(client, ledger, ("may.csv", koinly("1")))
    work_off()
    before = Upload.objects.get().revision
    client.post(path, {"wallet": "Other"})
    work_off()

    answer = client.post(f"{path}confirmed/", {"revision": before}, follow=True)

    assert "Something else is shown now" in answer.content.decode()
    assert Upload.objects.get().state == "checked"


def test_wallet_that_was_renamed_since_is_named(client: Client, ledger: Ledger) -> None:
    make_wallet(ledger, "Coinbase")
    path = send(client, ledger, ("all.csv", fixture("cointracker_export.csv")))
    work_off()
    ledger.wallets.update(name="Renamed")

    client.post(f"{path}confirmed/", {"revision": Upload.objects.get().revision})
    work_off()

    html = page(client, path)
    assert "The wallet “Coinbase” has another name since you looked" in html
    assert "were new then" not in html


def test_several_files_are_confirmed_at_once(client: Client, ledger: Ledger) -> None:
    files = {f"{n}.csv": koinly(n, day=n) for n in range(1, 6)}
    where = send(client, ledger, ("all.zip", zipped(files)), ("more.csv", koinly(9, day=9)))
    work_off()
    assert "Import 6 files" in page(client, where)

    client.post(f"/{ledger.slug}/imports/confirmed/")
    work_off()

    assert ledger.transactions.count() == 6
    assert "9.csv" not in page(client, where)


def test_file_that_was_imported_before_says_when(client: Client, ledger: Ledger) -> None:
    run(ledger, koinly("1"), wallet="Kraken")

    path = send(client, ledger, ("again.csv", koinly("1")))
    work_off()

    html = page(client, path)
    assert "This very file was imported on" in html
    assert "Nothing in it is new." in html


def test_missing_option_is_asked_for(client: Client, ledger: Ledger) -> None:
    text = koinly("1").replace("Date,", "Datum,")
    path = send(client, ledger, ("may.csv", text))
    work_off()

    html = page(client, path)

    assert "The format is not known" in html
    assert "Check it again" in html


def test_cancelled_and_removed(client: Client, ledger: Ledger) -> None:
    path = send(client, ledger, ("may.csv", koinly("1")))

    client.post(f"{path}cancelled/")
    work_off()
    assert "Cancelled." in page(client, path)
    client.post(f"{path}removed/")

    assert not Upload.objects.exists()


def test_one_user_has_so_many_files_worked_on(client: Client, ledger: Ledger, settings) -> None:
    settings.UPLOADS_PER_USER = 2
    path = send(client, ledger, ("may.csv", koinly("1")))

    files = [SimpleUploadedFile(f"{n}.csv", koinly("2").encode()) for n in range(2)]
    answer = client.post(f"/{ledger.slug}/imports/new/", {"file": files})

    assert answer.status_code == 422
    assert "1 of your files are not done yet; at most 2 may be." in answer.content.decode()
    assert Upload.objects.count() == 1
    work_off()
    assert path != send(client, ledger, ("a.csv", koinly("2")), ("b.csv", koinly("3")))


def test_file_that_is_too_large_is_refused(client: Client, ledger: Ledger, settings) -> None:
    settings.MAX_UPLOAD_MB = 1
    file = SimpleUploadedFile("big.csv", b"x" * ((1 << 20) + 1))

    answer = client.post(f"/{ledger.slug}/imports/new/", {"file": file})

    assert answer.status_code == 422
    assert "“big.csv” is larger than 1 MB" in answer.content.decode()
    assert not Upload.objects.exists()


def test_every_line_is_in_the_report_and_the_first_on_the_page(
    client: Client, ledger: Ledger
) -> None:
    header, row = koinly("1,000").splitlines()
    empty = "," * header.count(",")
    run(ledger, "\n".join([header, *[empty] * 60, row.replace("1,000", '"1,000"'), *[empty] * 60]))
    batch = ImportBatch.objects.get()
    path = f"/{ledger.slug}/imports/{batch.pk}/"

    html = page(client, path)

    assert "21 more lines are in the report" in html
    assert html.count("left out:") == 99
    said = list(csv.DictReader(client.get(f"{path}report.csv").getvalue().decode().splitlines()))
    assert [int(each["line"]) for each in said] == list(range(2, 123))
    assert said[60]["kind"] == "remark"
    report = json.loads(client.get(f"{path}report.json").getvalue())["report"]
    assert {name: len(some) for name, some in report.items()} == {"skipped": 120, "remarks": 1}


def test_page_tells_how_far_the_undoing_is(client: Client, ledger: Ledger) -> None:
    batch = ImportBatch.objects.get(pk=run(ledger, koinly("1.5")).batch)
    began = timezone.now() - timedelta(seconds=30)
    ImportBatch.objects.filter(pk=batch.pk).update(job=1, fraction=0.5, began_at=began)

    html = page(client, f"/{ledger.slug}/imports/{batch.pk}/")

    assert "data-progress" in html
    assert "seconds left" in html
    assert 'value="0.500"' in html


def test_report_holds_no_formula(client: Client, ledger: Ledger) -> None:
    run(ledger, koinly("1", '"=HYPERLINK(""x"")"'), skip_bad=True)
    batch = ImportBatch.objects.get()

    text = client.get(f"/{ledger.slug}/imports/{batch.pk}/report.csv").getvalue().decode()

    assert "HYPERLINK" in text
    assert not [cell for line in csv.reader(text.splitlines()) for cell in line if cell[:1] == "="]


def test_file_is_not_kept_where_the_ledger_keeps_none(client: Client, ledger: Ledger) -> None:
    client.post(f"/{ledger.slug}/files/kept/", {"keeps": "0"})
    path = send(client, ledger, ("may.csv", koinly("1")))
    work_off()

    client.post(f"{path}confirmed/", {"revision": Upload.objects.get().revision})
    work_off()

    batch = ImportBatch.objects.get()
    assert "the file itself" not in page(client, path)
    assert client.get(f"/{ledger.slug}/imports/{batch.pk}/file/").status_code == 404
    assert not UploadBlock.objects.exists()


def test_deleted_row_comes_back_only_where_asked(client: Client, ledger: Ledger) -> None:
    run(ledger, koinly("1", "2"), wallet="Kraken")
    row = ledger.transactions.earliest("occurred_at")
    ledger.transactions.filter(pk=row.pk).update(deleted_at=timezone.now())
    path = send(client, ledger, ("may.csv", koinly("1", "2")))
    work_off()
    html = page(client, path)
    assert "1 row of it was deleted by somebody" in html
    assert "Nothing in it is new." in html

    client.post(path, {"wallet": "Kraken", "restore_deleted": "on"})
    work_off()
    assert "Bring 1 deleted row back" in page(client, path)
    client.post(f"{path}confirmed/", {"revision": Upload.objects.get().revision})
    work_off()

    assert ledger.transactions.alive().count() == 2
    assert Transaction.objects.get(pk=row.pk).edited_by == Upload.objects.get().uploaded_by
