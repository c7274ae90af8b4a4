import re

import pytest
from django.test import Client

from ledgers.models import Ledger
from tests.browser.test_layout import is_page
from tests.ledgers.test_access import OF_LEDGER, needed, path_of

pytestmark = pytest.mark.django_db
MAIN = re.compile(r"<main.*</main>", re.DOTALL)
REGION = re.compile(r'<[^>]*\s(id="transactions?"|data-region)[\s>]')
# What one writes on is compared when it is saved; these one only chooses on.
CHOOSES = {"palette", "search_words", "transaction_columns", "transaction_filter"}


def test_every_page_that_only_shows_asks_for_itself_again(client: Client, ledger: Ledger) -> None:
    shown = {}
    for name in OF_LEDGER:
        answer = needed(name, "GET") and client.get(path_of(name, ledger))
        if answer and answer.status_code == 200 and is_page(answer):
            shown[name] = MAIN.search(answer.content.decode())[0]  # type: ignore[index]

    still = {name for name, main in shown.items() if not REGION.search(main)}
    assert {name for name in still if 'method="post"' not in shown[name]} == CHOOSES
    assert len(shown) > len(still) > len(CHOOSES)
