"""The checker at the running server: it acquits the application and convicts broken variants."""

import pytest

from .convict import GUILTY, convicted, tried
from .ours.driver import Txproject
from .ours.server import Place
from .run import Run


def test_application_is_acquitted(place: Place) -> None:
    report = Run(Txproject(place), seconds=10, faults=True).go()

    assert report.violations == [], "\n".join(report.lines())
    assert len(report.history.pages) > 50
    assert report.faults


@pytest.mark.parametrize("variant", sorted(GUILTY))
def test_broken_variant_is_convicted(place: Place, variant: str) -> None:
    report = tried(place, variant)

    assert convicted(report, variant), "\n".join(report.lines())
