"""The checker at the running server: it acquits the application and convicts broken variants.

The variants that take longest are tried by ./dev freshness --convict, with all the others.
"""

import pytest

from .convict import GUILTY, convicted, tried
from .ours.driver import Txproject
from .ours.server import Place
from .run import Run

QUICK = ("counted_and_read_apart", "evaluated_queryset", "bare_save", "stock_admin")


def test_application_is_acquitted(place: Place) -> None:
    report = Run(Txproject(place), seconds=10, faults=True).go()

    assert report.violations == [], list(report.lines())
    assert len(report.history.pages) > 50
    assert report.faults


@pytest.mark.parametrize("variant", QUICK)
def test_broken_variant_is_convicted(place: Place, variant: str) -> None:
    assert variant in GUILTY

    report = tried(place, variant)

    assert convicted(report, variant), list(report.lines())
