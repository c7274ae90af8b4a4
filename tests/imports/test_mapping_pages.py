"""Mapping the columns of a file that no format knows, as a browser without JavaScript does it."""

import re
from concurrent.futures import ThreadPoolExecutor, wait
from html import unescape
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client

from formats.mapping import Mapping
from imports.models import FormatMapping, ImportBatch, Upload, UploadBlock
from ledgers.models import Ledger, Role
from live.feed import listener_conninfo
from tests.factories import make_ledger, make_mapping, make_member, make_user
from tests.imports.test_mapping_command import moved
from tests.imports.test_pages import page, send
from tests.imports.uploads import work_off
from tests.live.helpers import is_waited_for
from tests.mappings import BANK, BANK_TOML, LEGS, LEGS_TOML, SHEET, SHEET_TOML
from transactions.models import Transaction

pytestmark = pytest.mark.django_db(transaction=True)
TABLE = "Day;Sum\n2024-01-31;1.5\n2024-02-01;-2\n2024-02-02;x\n"


def unknown(client: Client, ledger: Ledger, text: str = TABLE) -> str:
    """The page of a file that was looked at and not known."""
    path = send(client, ledger, ("table.csv", text))
    work_off()
    return path


def fields(client: Client, path: str) -> dict[str, Any]:
    """What the form would send as it is shown."""
    form = client.get(path).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in shown.items() if value not in (None, "", False)}


def said(mapping: Mapping) -> dict[str, Any]:
    """The same that TOML says, as the form has it."""
    listed = "|" not in mapping.date and "%" not in mapping.date
    return {
        **mapping.columns,
        **{f"{name}_always": value for name, value in mapping.constants.items()},
        **{f"type:{word}": kind for word, kind in mapping.types.items()},
        **{f"direction:{word}": way for word, way in mapping.directions.items()},
        **{"sign": mapping.sign, "decimal_mark": mapping.decimal_mark, "zone": mapping.zone},
        **{"joins": mapping.joins, "date": mapping.date if listed else "pattern"},
        **{"pattern": "" if listed else mapping.date, "name": mapping.name, "version": 1},
    }


def text_of(answer: Any) -> str:
    html = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(unescape(html).replace("\u2068", "").replace("\u2069", "").split())


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
    table: str, toml: str, sums: dict[str, str], client: Client, ledger: Ledger
) -> None:
    path = unknown(client, ledger, table)
    assert f"{path}mapping/" in page(client, path)
    data = said(Mapping.from_toml(toml))
    checked = client.post(f"{path}mapping/", data | {"check": "1"})
    assert checked.status_code == 200
    assert not FormatMapping.objects.exists()

    saved = client.post(f"{path}mapping/", data)
    assert (saved.status_code, saved["Location"]) == (303, path)
    work_off()
    client.post(f"{path}confirmed/", {"revision": Upload.objects.get().revision, "wallet": ""})
    work_off()

    assert moved() == sums
    first = list(Transaction.objects.values())
    again = unknown(client, ledger, table)
    assert f"Read as <b>{data['name']}</b>" in page(client, again)
    assert "Nothing in it is new." in page(client, again)
    assert list(Transaction.objects.values()) == first
    assert ImportBatch.objects.get().format == f"mapping:{data['name']}"


def test_page_and_toml_know_the_same_rows(client: Client, ledger: Ledger) -> None:
    path = unknown(client, ledger, SHEET)
    client.post(f"{path}mapping/", said(Mapping.from_toml(SHEET_TOML)))

    row = FormatMapping.objects.get()
    toml = client.get(f"/{ledger.slug}/imports/mappings/{row.pk}/mapping.toml")

    assert toml["Content-Disposition"] == 'attachment; filename="sheet.toml"'
    mapping = Mapping.from_toml(toml.content.decode())
    written = Mapping.from_toml(SHEET_TOML)
    assert (mapping.columns, mapping.date, mapping.name) == (written.columns, "excel", "Sheet")
    assert {*mapping.identity} == {*written.columns.values()}
    assert mapping.header == ("Tag", "Ein", "Aus", "Kosten", "Was")


def test_guess_is_what_a_person_would_choose(client: Client, ledger: Ledger) -> None:
    bank = fields(client, f"{unknown(client, ledger, BANK)}mapping/")
    legs = fields(client, f"{unknown(client, ledger, LEGS)}mapping/")
    sheet = fields(client, f"{unknown(client, ledger, SHEET)}mapping/")

    assert bank["time"] == "Buchungstag"
    assert (bank["amount"], bank["asset"], bank["fee"]) == ("Betrag", "Währung", "Gebühr")
    assert (bank["decimal_mark"], bank["sign"]) == (",", "signed")
    assert bank["date"] == "%d.%m.%Y %H:%M:%S|%d.%m.%Y %H:%M|%d.%m.%Y"
    assert (legs["time"], legs["joins"], legs["date"]) == ("Time", "Order", "iso")
    assert (legs["amount"], legs["asset"], legs["fee"]) == ("Change", "Coin", "Fee")
    assert (sheet["time"], sheet["date"], sheet["sign"]) == ("Tag", "excel", "columns")
    assert (sheet["sent"], sheet["received"], sheet["fee"]) == ("Aus", "Ein", "Kosten")


def test_first_rows_are_shown_as_they_would_come_in(client: Client, ledger: Ledger) -> None:
    path = f"{unknown(client, ledger)}mapping/"
    data = fields(client, path) | {"asset_always": "BTC", "check": "1"}

    answer = client.post(path, data)

    shown = text_of(answer)
    assert answer.status_code == 200
    assert "2 Deposit 2024-01-31 00:00:00 1.5 BTC" in shown
    assert "3 Withdrawal 2024-02-01 00:00:00 2 BTC" in shown
    assert "4 Sum: “x” is not a number; write it as 1234.56" in shown


def test_what_is_missing_stands_beside_its_field(client: Client, ledger: Ledger) -> None:
    path = f"{unknown(client, ledger)}mapping/"
    data = fields(client, path) | {"check": "1"}

    wrong = {
        "asset": client.post(path, data),
        "time": client.post(path, data | {"asset_always": "BTC", "time": ""}),
        "date": client.post(path, data | {"asset_always": "BTC", "date": ""}),
        "pattern": client.post(path, data | {"date": "pattern", "pattern": "%d"}),
        "zone": client.post(path, data | {"asset_always": "BTC", "zone": "Berlin"}),
        "sign": client.post(path, data | {"asset_always": "BTC", "sign": "words", "type": "Sum"}),
        "name": client.post(path, data | {"asset_always": "BTC"} | {"check": ""}),
    }
    del data["check"]
    wrong["name"] = client.post(path, data | {"asset_always": "BTC"})

    assert {name: answer.status_code for name, answer in wrong.items()} == dict.fromkeys(wrong, 422)
    errors = {name: list(answer.context["form"].errors) for name, answer in wrong.items()}
    assert errors == {name: [name] for name in wrong} | {"pattern": ["asset"]}
    assert not FormatMapping.objects.exists()


def test_words_are_asked_for_with_what_they_seem_to_mean(client: Client, ledger: Ledger) -> None:
    path = f"{unknown(client, ledger, 'Date,Type,Amount,Coin\n2024-01-31,Buy,1,BTC\n')}mapping/"
    data = fields(client, path)
    assert (data["sign"], data["type:Buy"], data["direction:Buy"]) == ("words", "trade", "in")

    shown = text_of(client.post(path, data | {"check": "1", "direction:Buy": "out"}))

    assert "2 Trade 2024-01-31 00:00:00 1 BTC" in shown


def test_file_that_was_mapped_is_mapped_otherwise(client: Client, ledger: Ledger) -> None:
    path = unknown(client, ledger)
    client.post(
        f"{path}mapping/",
        fields(client, f"{path}mapping/") | {"asset_always": "BTC", "name": "Mine"},
    )
    work_off()
    data = fields(client, f"{path}mapping/")
    assert (data["name"], data["asset_always"], data["version"]) == ("Mine", "BTC", 1)

    client.post(f"{path}mapping/", data | {"asset_always": "ETH", "name": "Yours"})
    work_off()

    assert "Read as <b>Yours</b>" in page(client, path)
    assert FormatMapping.objects.get().mapping["constants"] == {"asset": "ETH"}


def test_mapping_of_another_header_is_fitted_to_the_file(client: Client, ledger: Ledger) -> None:
    make_mapping(ledger, "Mine")
    path = unknown(client, ledger, "Tag;Sum\n2024-01-31;1.5\n")
    client.post(path, {"format": "mapping:Mine"})
    work_off()
    assert "This is not the header of “Mine”" in page(client, path)
    data = fields(client, f"{path}mapping/")
    assert (data["name"], data["amount"], "time" in data) == ("Mine", "Sum", False)

    client.post(f"{path}mapping/", data | {"time": "Tag"})
    work_off()

    assert "Read as <b>Mine</b>" in page(client, path)
    assert FormatMapping.objects.get().mapping["header"] == ["Tag", "Sum"]


def test_confirmed_file_comes_in_as_it_was_shown(client: Client, ledger: Ledger) -> None:
    """Though its mapping is another one since, or is gone."""
    row = make_mapping(ledger, "Mine")
    path = unknown(client, ledger, "Day;Sum\n2024-01-31;1.5\n")
    assert "Read as <b>Mine</b>" in page(client, path)

    row.delete()
    assert "2024-01-31" in page(client, path)
    client.post(f"{path}confirmed/", {"revision": Upload.objects.get().revision})
    work_off()

    assert moved() == {"BTC": "1.5"}
    batch = ImportBatch.objects.get()
    assert "Mine" in page(client, f"/{ledger.slug}/imports/{batch.pk}/")


def test_two_mappings_of_one_header_are_asked_about(client: Client, ledger: Ledger) -> None:
    for name in ("One", "Two"):
        make_mapping(ledger, name)
    path = unknown(client, ledger, "Day;Sum\n2024-01-31;1.5\n")
    assert "The file can be of several formats: “One”, “Two”." in page(client, path)

    client.post(path, {"format": "mapping:Two"})
    work_off()

    assert "Read as <b>Two</b>" in page(client, path)


def test_mapping_of_another_ledger_reads_nothing_here(client: Client, ledger: Ledger) -> None:
    make_mapping(make_ledger())

    assert "The format is not known" in page(client, unknown(client, ledger))


def test_file_that_is_no_table_says_so(client: Client, ledger: Ledger) -> None:
    path = send(client, ledger, ("x.csv", b"a\0b"))
    work_off()

    assert "This is a binary file" in page(client, f"{path}mapping/")


def test_mappings_are_listed_renamed_and_deleted(client: Client, ledger: Ledger) -> None:
    row = make_mapping(ledger, "Mine")
    make_mapping(make_ledger(), "Theirs")
    path = f"/{ledger.slug}/imports/mappings/"
    html = page(client, path)
    assert "Day, Sum" in html
    assert "Theirs" not in html
    data = fields(client, f"{path}{row.pk}/")

    answer = client.post(f"{path}{row.pk}/", data | {"name": "Ours"})

    row.refresh_from_db()
    assert (answer.status_code, row.name, str(row.edited_by)) == (303, "Ours", "ana")
    assert row.mapping["columns"] == {"time": "Day", "amount": "Sum"}
    removed = f"{path}{row.pk}/removed/"
    assert "Delete “Ours”?" in page(client, removed)
    assert client.post(removed, {"version": row.version - 1}).status_code == 409
    assert client.post(removed, {"version": row.version}).status_code == 303
    assert FormatMapping.objects.filter(ledger=ledger).count() == 0


def test_name_that_is_taken_is_refused(client: Client, ledger: Ledger) -> None:
    make_mapping(ledger, "Mine")
    row = make_mapping(ledger, "Other")
    path = f"/{ledger.slug}/imports/mappings/{row.pk}/"

    answer = client.post(path, fields(client, path) | {"name": "MINE"})

    assert answer.status_code == 422
    assert "There is a mapping “MINE” already." in answer.content.decode()


def test_second_of_two_who_save_is_shown_both(client: Client, ledger: Ledger) -> None:
    row = make_mapping(ledger, "Mine")
    path = f"/{ledger.slug}/imports/mappings/{row.pk}/"
    data = fields(client, path)
    client.post(path, data | {"name": "First"})

    answer = client.post(path, data | {"name": "Second"})

    assert answer.status_code == 409
    shown = text_of(answer)
    assert "First" in shown
    assert "Second" in answer.content.decode()
    row.refresh_from_db()
    assert row.name == "First"


def toml_file(content: str | bytes, name: str = "given.toml") -> dict[str, Any]:
    data = content if isinstance(content, bytes) else content.encode()
    return {"file": SimpleUploadedFile(name, data)}


def test_toml_is_added(client: Client, ledger: Ledger) -> None:
    path = f"/{ledger.slug}/imports/mappings/"

    first = client.post(path, toml_file(BANK_TOML))
    again = client.post(path, toml_file(BANK_TOML))
    unnamed = client.post(path, toml_file(BANK_TOML.replace('name = "Meine Bank"', "")))

    assert [each.status_code for each in (first, again, unnamed)] == [303, 422, 303]
    assert "There is a mapping “Meine Bank” already" in again.content.decode()
    rows = FormatMapping.objects.values_list("name", "created_by__username")
    assert [*rows] == [("given", "ana"), ("Meine Bank", "ana")]


@pytest.mark.parametrize(
    ("toml", "reason"),
    [
        ('[columns]\ntime = "T"\n', "columns.amount: say which column has the amount"),
        ("[columns", "this is not TOML"),
        (b"\xff", "it is not UTF-8"),
        (f'name = "{"x" * 41}"\n' + SHEET_TOML.partition("\n")[2], "name: write at most 40"),
        (SHEET_TOML.replace("Sheet", "She\\u200bet"), "a character in it that nobody can see"),
    ],
)
def test_broken_toml_names_the_field(
    toml: str | bytes, reason: str, client: Client, ledger: Ledger
) -> None:
    answer = client.post(f"/{ledger.slug}/imports/mappings/", toml_file(toml))

    assert answer.status_code == 422
    assert reason in answer.content.decode()
    assert not FormatMapping.objects.exists()


def test_viewer_sees_mappings_and_changes_none(ledger: Ledger) -> None:
    row = make_mapping(ledger, "Mine")
    viewer = make_user("val")
    make_member(ledger, viewer, Role.VIEWER)
    client = Client()
    client.force_login(viewer)
    path = f"/{ledger.slug}/imports/mappings/"

    html = page(client, path)

    assert "Mine" in html
    assert f"{row.pk}/removed/" not in html
    assert client.get(f"{path}{row.pk}/mapping.toml").status_code == 200
    assert client.post(path, toml_file(BANK_TOML)).status_code == 403
    assert client.get(f"{path}{row.pk}/").status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_list_needs_as_many_queries_for_three_as_for_one(
    count: int, client: Client, ledger: Ledger, django_assert_num_queries: Any
) -> None:
    for _ in range(count):
        make_mapping(ledger, created_by=make_user(), edited_by=make_user())

    with django_assert_num_queries(6):
        client.get(f"/{ledger.slug}/imports/mappings/")


def test_archive_that_was_unpacked_has_no_mapping(client: Client, ledger: Ledger) -> None:
    path = send(client, ledger, ("x.csv", b"Day;Sum\n2024-01-31;1.5\n"))
    Upload.objects.update(state=Upload.State.UNPACKED)
    UploadBlock.objects.all().delete()

    assert client.get(f"{path}mapping/").status_code == 303


def test_two_who_map_one_file_at_once_make_a_mapping_each(client: Client, ledger: Ledger) -> None:
    path = unknown(client, ledger)
    mine = fields(client, f"{path}mapping/") | {"asset_always": "BTC", "name": "Mine"}
    client.post(f"{path}mapping/", mine | {"asset_always": "ETH", "name": "Theirs"})

    client.post(f"{path}mapping/", mine)
    work_off()

    assert {each.name for each in FormatMapping.objects.all()} == {"Mine", "Theirs"}
    assert "Read as <b>Mine</b>" in page(client, path)


def test_who_maps_a_file_that_is_read_otherwise_in_this_very_moment_is_told(
    client: Client, ledger: Ledger
) -> None:
    path = unknown(client, ledger)
    mine = fields(client, f"{path}mapping/") | {"asset_always": "BTC", "name": "Mine"}

    def save() -> Any:
        try:
            return client.post(f"{path}mapping/", mine, follow=True)
        finally:
            connections.close_all()

    with psycopg.connect(listener_conninfo()) as other, ThreadPoolExecutor(1) as pool:
        other.execute("UPDATE imports_upload SET revision = revision + 1")
        saving = pool.submit(save)
        while not is_waited_for(other):
            assert not saving.done()
            wait([saving], timeout=0.01)
        other.commit()
        answer = saving.result()

    assert "Something else is shown now: look at it first." in text_of(answer)
    assert FormatMapping.objects.get().name == "Mine"


def test_mapping_is_saved_to_the_one_that_was_shown(client: Client, ledger: Ledger) -> None:
    """Though the file is read by another one meanwhile."""
    for name in ("One", "Two"):
        make_mapping(ledger, name)
    path = unknown(client, ledger, "Day;Sum\n2024-01-31;1.5\n")
    client.post(path, {"format": "mapping:One"})
    work_off()
    shown = fields(client, f"{path}mapping/")
    client.post(path, {"format": "mapping:Two"})
    work_off()

    client.post(f"{path}mapping/", shown | {"name": "First"})

    assert {each.name for each in FormatMapping.objects.all()} == {"First", "Two"}


def test_conflict_over_a_mapping_of_another_header_keeps_the_columns_of_the_file(
    client: Client, ledger: Ledger
) -> None:
    row = make_mapping(ledger, "Mine")
    path = unknown(client, ledger, "Tag;Sum\n2024-01-31;1.5\n")
    client.post(path, {"format": "mapping:Mine"})
    work_off()
    data = fields(client, f"{path}mapping/") | {"time": "Tag"}
    FormatMapping.objects.write(row.pk, expected_version=row.version, by=None, name="Theirs")

    answer = client.post(f"{path}mapping/", data)

    assert answer.status_code == 409
    form = answer.context["form"]
    assert 'value="Tag" selected' in str(form["time"])
    assert not form.errors
    again = data | {"version": form["version"].value()}
    assert client.post(f"{path}mapping/", again).status_code == 303
    assert FormatMapping.objects.get().mapping["columns"] == {"time": "Tag", "amount": "Sum"}


def test_title_of_two_lines_is_mapped(client: Client, ledger: Ledger) -> None:
    """A browser sends each end of a line as two characters."""
    table = 'Day;"Sum\n(net)";"Kind\nof row"\n2024-01-31;1.5;"Paid\nout"\n'
    path = f"{unknown(client, ledger, table)}mapping/"
    chosen = fields(client, path) | {"amount": "Sum\n(net)", "type": "Kind\nof row"}
    chosen |= {"sign": "signed", "asset_always": "BTC", "identity": ["Day", "Sum\n(net)"]}
    chosen |= {"type:Paid\nout": "fee", "name": "Mine"}
    content = urlencode({sent(name): sent(value) for name, value in chosen.items()}, doseq=True)

    answer = client.post(path, content, content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 303, answer.context["form"].errors
    mapping = FormatMapping.objects.get().mapping
    assert mapping["columns"]["amount"] == "Sum\n(net)"
    assert mapping["types"] == {"Paid\nout": "fee"}


def sent(value: Any) -> Any:
    if isinstance(value, list):
        return [sent(each) for each in value]
    return value.replace("\n", "\r\n") if isinstance(value, str) else value
