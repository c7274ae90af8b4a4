"""At the running server: the application has no violation, broken variants are detected."""

import pytest

from .detection import EXPECTED_RULES, detected, run_variant
from .ours.driver import Txproject
from .ours.server import Place
from .run import Run


def test_application_has_no_violation(place: Place) -> None:
    # Open pages are current within seconds where the server has more to give than is asked for.
    report = Run(Txproject(place), seconds=10, readers=2, pause=0.25, faults=True).go()

    assert report.violations == [], "\n".join(report.lines())
    assert len(report.history.pages) > 50
    assert report.faults


@pytest.mark.parametrize("variant", sorted(EXPECTED_RULES))
def test_broken_variant_is_detected(place: Place, variant: str) -> None:
    report = run_variant(place, variant)

    assert detected(report, variant), "\n".join(report.lines())
