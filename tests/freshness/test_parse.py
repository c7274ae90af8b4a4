from datetime import timedelta

import pytest
from django.test import Client

from ledgers.models import Ledger
from tests.factories import NOON, make_transaction
from tests.freshness.ours.parse import parsed
from transactions.queries import listing as listings


@pytest.mark.parametrize(("most", "counts", "total"), [(500, (2, 2, 2), 2), (1, (2, 2), None)])
def test_list_is_read_before_its_totals_have_come(
    client: Client,
    ledger: Ledger,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    counts: tuple[int, ...],
    total: int | None,
) -> None:
    for n in range(2):
        make_transaction(ledger, occurred_at=NOON + timedelta(minutes=n))
    monkeypatch.setattr(listings, "MAX_SUMMED", most)

    shown = parsed(client.get(f"/{ledger.slug}/transactions/").content.decode(), {})

    assert len(shown.rows) == 2
    assert (shown.counts, shown.total) == (counts, total)
