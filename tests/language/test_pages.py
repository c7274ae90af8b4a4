"""Pages speak the language of whoever reads them, and what machines read stays as it is."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from history.models import Entry
from imports.models import Upload
from imports.uploads.blocks import store
from imports.uploads.tending import give_up
from ledgers.models import Ledger, User
from live.writers import Way, writing
from rules.models import Run
from tests.factories import make_address, make_rule, make_run, make_transaction
from tests.imports.uploads import upload, work_off
from transactions.models import Transaction
from txproject.language import VARIABLES, of_terminal
from txproject.localized import full_day, grouped, thousands

LIST = "/keller/transactions/"
RUSSIAN = {"Accept-Language": "ru-RU,ru;q=0.9,en;q=0.5"}
JANUARY = datetime(2024, 1, 31, 14, 5, tzinfo=UTC)


def shown(client: Client, path: str = LIST, **headers: str) -> str:
    return client.get(path, headers=headers).text


def language_of(html: str) -> str:
    return re.findall(r'<html\s+lang="(\w+)"', html)[0]


def choose(user: User, language: str) -> None:
    User.objects.filter(pk=user.pk).update(language=language)


def test_browser_says_which_language(client: Client) -> None:
    english, russian = client.get(LIST), client.get(LIST, headers=RUSSIAN)

    assert language_of(english.text) == "en"
    assert "<h1>Transactions</h1>" in english.text
    assert language_of(russian.text) == "ru"
    assert "<h1>Транзакции</h1>" in russian.text
    assert russian.headers["Content-Language"] == "ru"
    assert "Accept-Language" in russian.headers["Vary"]


def test_user_says_it_before_his_browser(client: Client, user: User) -> None:
    choose(user, "ru")
    assert language_of(shown(client)) == "ru"

    choose(user, "en")
    assert language_of(shown(client, **RUSSIAN)) == "en"


def test_choice_is_kept_for_the_user_and_leads_back(client: Client, user: User) -> None:
    response = client.post("/language/", {"language": "ru", "next": "/keller/contacts/"})
    other_browser = Client()
    other_browser.force_login(user)

    assert response.headers["Location"] == "/keller/contacts/"
    assert "<h1>Контакты</h1>" in shown(other_browser, "/keller/contacts/")


@pytest.mark.parametrize("language", ["", "xx", "ru-RU", "../en"])
def test_any_other_choice_is_that_of_the_browser(client: Client, user: User, language: str) -> None:
    choose(user, "ru")

    client.post("/language/", {"language": language})

    user.refresh_from_db()
    assert user.language == ""
    assert language_of(shown(client)) == "en"


def test_choice_needs_a_login_and_a_post(client: Client) -> None:
    assert Client().post("/language/").headers["Location"].startswith("/login/")
    assert client.get("/language/").status_code == 405


def test_menu_shows_which_language_is_chosen(client: Client, user: User) -> None:
    choose(user, "ru")

    pressed = shown(client).split('value="ru"')[1].split(">")[0]

    assert 'aria-pressed="true"' in pressed


def test_languages_of_one_process_do_not_mix(client: Client, ledger: Ledger) -> None:
    """Jinja2 keeps what is imported without its context; threads keep their language."""
    make_transaction(ledger, occurred_at=JANUARY)

    pages = [shown(client), shown(client, **RUSSIAN), shown(client), shown(client, **RUSSIAN)]

    assert ["Add a label or note" in page for page in pages] == [True, False, True, False]
    assert ["Добавить метку или заметку" in page for page in pages] == [False, True, False, True]
    assert ["31 Jan" in page for page in pages] == [True, False, True, False]
    assert ["31 янв." in page for page in pages] == [False, True, False, True]


def test_page_that_fails_before_its_user_is_known_is_in_the_language_of_the_browser() -> None:
    response = Client().get("/login/?next=%00", headers=RUSSIAN)

    assert response.status_code == 400
    assert "Этот запрос прочитать нельзя" in response.text


def test_login_and_errors_of_others_are_translated(client: Client) -> None:
    assert "Имя пользователя" in shown(Client(), "/login/", **RUSSIAN)
    assert "Такой страницы нет" in shown(client, "/nowhere/", **RUSSIAN)


def test_numbers_and_days_are_written_as_the_language_writes_them() -> None:
    found = {}
    for language in ("en", "ru"):
        with translation.override(language):
            found[language] = (thousands(1234567), grouped(1234567), full_day(JANUARY))

    assert found == {
        "en": ("1,234,567", "1,234,567", "31 Jan 2024"),
        "ru": ("1\xa0234\xa0567", "1 234 567", "31 янв. 2024"),
    }


@pytest.mark.parametrize(
    ("n", "text"), [(2, "из 2 транзакций"), (21, "из 21 транзакции"), (25, "из 25 транзакций")]
)
def test_number_of_all_has_its_plural(client: Client, ledger: Ledger, n: int, text: str) -> None:
    for k in range(n):
        make_transaction(ledger, type="fee" if k else "gift")

    assert text in client.get(f"{LIST}?type=gift", headers=RUSSIAN).text


@pytest.mark.parametrize(("do", "text"), [("label", "Какая?"), ("contact", "Какой?")])
def test_what_a_bulk_edit_lacks_is_asked_for_by_its_gender(
    client: Client, ledger: Ledger, do: str, text: str
) -> None:
    given = {"row": make_transaction(ledger).pk, "scope": "selected", "do": do}

    page = client.post(f"{LIST}bulk/", given, headers=RUSSIAN).text

    assert re.findall(r"<span>(Как\w+\?)</span>", page) == [text]


def test_what_is_cancelled_is_said_by_its_gender(client: Client, ledger: Ledger) -> None:
    """A file is a masculine in Russian, and what a rule does is none."""
    rule = make_rule(ledger)
    make_run(ledger, rule=rule, state=Run.State.CANCELLED)

    page = client.get(f"/keller/rules/{rule.pk}/", headers=RUSSIAN).text

    assert "<b>Отменено.</b> Ничего не изменено." in page
    with translation.override("ru"):
        assert Upload.State.CANCELLED.label == "отменён"


def test_field_for_a_name_says_that_it_takes_new_ones(client: Client, ledger: Ledger) -> None:
    address = make_address(ledger)

    page = client.get(f"/keller/unidentified/{address.pk}/", headers=RUSSIAN).text

    assert 'placeholder="Имя контакта или новое имя"' in page


def test_who_takes_nothing_back_leaves_it_as_it_is(
    client: Client, ledger: Ledger, annotator: User
) -> None:
    tx = make_transaction(ledger)
    for note in ("mine", "another's"):
        with writing(Way.PAGE, annotator):
            Transaction.objects.filter(pk=tx.pk).update(note=note)
    mine = Entry.objects.filter(object_id=tx.pk, way=Way.PAGE).earliest("pk")

    page = client.post(f"/keller/history/{mine.pk}/reverted/", headers=RUSSIAN)

    assert page.status_code == 409
    assert "Оставить как есть" in page.text


def test_amounts_are_exact_in_every_language(client: Client, ledger: Ledger) -> None:
    make_transaction(ledger, received=("1234567.123456789123456789", "ETH"))

    english, russian = shown(client), shown(client, **RUSSIAN)

    assert "1,234,567.12345678</span>" in english
    assert "1\xa0234\xa0567,12345678</span>" in russian
    assert "<i>9123456789</i>" in english
    assert "<i>9123456789</i>" in russian


def test_no_space_of_a_number_is_taken_for_a_hidden_one(client: Client, ledger: Ledger) -> None:
    for _n in range(2):
        make_transaction(ledger, received=("1234567", "ETH"))
    name = {"contact_name": "Ana", "do": "hide", "which": "all"}

    client.post(f"{LIST}bulk/", name, headers=RUSSIAN)

    assert "U+00A0" not in shown(client, **RUSSIAN)


@pytest.mark.parametrize("typed", ["1234,5", "1234.5", "1 234,5", "1\xa0234,50"])
def test_russian_amount_is_taken_as_it_is_typed_or_copied(
    client: Client, ledger: Ledger, typed: str
) -> None:
    small, large = (make_transaction(ledger, received=(n, "ETH")) for n in ("1234.4", "1234.6"))

    page = client.get(LIST, {"min": typed}, headers=RUSSIAN).text

    assert f'id="t{large.pk}"' in page
    assert f'id="t{small.pk}"' not in page
    assert "<b>1234,5" in page


def test_transaction_by_hand_is_shown_and_saved_with_commas(client: Client, ledger: Ledger) -> None:
    tx = make_transaction(ledger, received=("0.5", "ETH"))
    path = f"{tx.get_absolute_url()}edit/"

    form = shown(client, path, **RUSSIAN)
    values = {
        "version": tx.version,
        "occurred_at": "2026-05-04T12:00:00",
        "wallet": tx.wallet_id,
        "type": "deposit",
        "received_amount": "0,75",
        "received_asset": "ETH",
    }
    client.post(path, values, headers=RUSSIAN)

    assert 'value="0,5"' in form
    assert Transaction.objects.get().received_amount == Decimal("0.75")


@pytest.mark.parametrize("kind", ["csv", "jsonl", "koinly.csv"])
def test_exports_are_the_same_in_every_language(client: Client, ledger: Ledger, kind: str) -> None:
    make_transaction(ledger, received=("1234567.5", "ETH"), occurred_at=JANUARY, note="хлеб")
    path = f"{LIST}export/?as={kind}"

    english = client.get(path).getvalue()
    russian = client.get(path, headers=RUSSIAN).getvalue()

    assert english == russian
    assert b"1234567.5" in russian


@pytest.mark.django_db(transaction=True)
def test_worker_says_what_is_wrong_in_the_language_of_whoever_asked(ledger: Ledger) -> None:
    with translation.override("ru"):
        made = upload(ledger, "\n")
    work_off()

    made.refresh_from_db()
    assert made.problem == "Файл пуст. Экспортируйте его ещё раз."


def test_what_ended_without_a_result_is_said_in_the_language_of_the_reader(
    client: Client, ledger: Ledger
) -> None:
    """Nobody asked for that text: it is translated where it is shown."""
    lost = store(ledger, None, "lost.csv", [b"a\n"], 1 << 20)
    Upload.objects.filter(pk=lost.pk).update(state=Upload.State.CHECKING, job=1)
    with translation.override("ru"):
        give_up()

    path = f"/keller/imports/uploads/{lost.pk}/"
    assert "ended without a result" in shown(client, path)
    assert "кончилась без результата" in shown(client, path, **RUSSIAN)


@pytest.mark.parametrize(
    ("variables", "spoken"),
    [
        ({}, "en"),
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LC_ALL": "ru_RU.UTF-8"}, "ru"),
        ({"LC_ALL": "C.UTF-8", "LANG": "ru_RU.UTF-8"}, "en"),
        ({"LANGUAGE": "ru:en", "LC_ALL": "C.UTF-8"}, "ru"),
        ({"LANGUAGE": "en", "LC_ALL": "ru_RU.UTF-8"}, "en"),
        ({"LANGUAGE": "", "LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_terminal_says_its_language_as_it_does_to_other_programs(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], spoken: str
) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert of_terminal() == spoken


@pytest.mark.slow
def test_commands_and_settings_speak_the_language_of_the_terminal() -> None:
    """The second is said before there are settings."""
    help_text = said_by("LANGUAGE=ru", "import_ledger", "--help")
    refusal = said_by("LANGUAGE=ru", "check", "DEBUG=perhaps")

    assert "Создать книгу из того, что записала export_ledger" in help_text
    assert "DEBUG — ни «да», ни «нет» (1 или 0)." in refusal


OURS = {"DJANGO_SETTINGS_MODULE": "txproject.settings"}


def said_by(*line: str) -> str:
    variables = dict(part.split("=") for part in line if "=" in part)
    arguments = [part for part in line if "=" not in part]
    command = [sys.executable, "manage.py", *arguments]
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    where = {"cwd": settings.BASE_DIR, "env": os.environ | OURS | variables}
    return subprocess.run(command, check=False, **output, **where).stdout
