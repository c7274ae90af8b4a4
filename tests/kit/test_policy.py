"""SessionPolicy: four applications with six faults each, and without any."""

import json
import sys

import pytest

from tests.kit.cases import CASES
from tests.kit.conftest import Lab


@pytest.fixture(scope="module")
def found(lab: Lab) -> dict[tuple[str, str], list[tuple[str, str, list[int]]]]:
    done = lab("tests.kit.drive")
    assert done.returncode == 0, done.stderr
    return {(module, fault): reports for module, fault, reports in json.loads(done.stdout)}


def test_each_fault_is_named_with_its_line(found) -> None:
    """The first report names it; what follows from it may come after."""
    for case in CASES:
        for fault in case.faults:
            family, text, lines = found[case.module, fault][0]
            sys.stdout.write(f"{case.module:10} {fault:12} {text}\n")
            assert (family, bool(case.lines(fault) & set(lines))) == (fault, True), text


def test_right_applications_are_not_accused(found) -> None:
    assert {case.module: found[case.module, ""] for case in CASES} == {
        case.module: [] for case in CASES
    }
