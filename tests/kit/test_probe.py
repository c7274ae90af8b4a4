"""The probe alone, from outside: real servers, each with one fault."""

import json
import sys

import pytest

from tests.kit.cases import CASES
from tests.kit.conftest import Lab


@pytest.mark.slow
def test_probe_names_most_faults_and_accuses_no_right_application(lab: Lab) -> None:
    assert lab("tests.kit.fill").returncode == 0
    done = lab("tests.kit.probed")
    assert done.returncode == 0, done.stderr
    told = {(module, fault): text for module, fault, text in json.loads(done.stdout)}
    for (module, fault), text in told.items():
        sys.stdout.write(f"{module:10} {fault or 'right':12} {text.partition(':')[0]}\n")
    right = [run for run, text in told.items() if run[1] and text.startswith(f"{run[1]}: ")]

    assert len(right) >= 18, sorted(told.keys() - set(right))
    assert {told[case.module, ""].partition("\n")[0] for case in CASES} == {"Nothing was old."}
