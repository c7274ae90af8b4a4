"""The probe alone, from outside: real servers, each with one fault."""

import json
import re
import sys

import psycopg
import pytest

from tests.freshness.ours.server import Cluster
from tests.kit.cases import CASES
from tests.kit.conftest import Lab


def probed(lab: Lab, *faults: str) -> dict[tuple[str, str], str]:
    assert lab("tests.kit.fill").returncode == 0
    done = lab("tests.kit.probed", *faults)
    assert done.returncode == 0, done.stderr
    return {(module, fault): text for module, fault, text in json.loads(done.stdout)}


def named(text: str) -> list[str]:
    return re.findall(r"(?:^|, or )(\w+): ", text.partition("\n")[0])


@pytest.mark.slow
def test_writer_in_another_database_hides_which_it_is(lab: Lab, cluster: Cluster) -> None:
    """It holds the snapshots of the whole server."""
    with psycopg.connect(cluster.conninfo, dbname="postgres") as writer:
        writer.execute("SELECT pg_current_xact_id()")

        told = probed(lab, "identity", "snapshot")

    assert [named(text) for text in told.values()] == [["identity", "snapshot"]] * 2, told
    assert all("only SessionPolicy can tell" in text for text in told.values()), told


@pytest.mark.slow
def test_probe_names_most_faults_and_accuses_no_right_application(lab: Lab) -> None:
    told = probed(lab)
    for (module, fault), text in told.items():
        sys.stdout.write(f"{module:10} {fault or 'right':12} {text.partition(':')[0]}\n")
    right = [run for run, text in told.items() if named(text) == [run[1]]]

    assert len(right) >= 18, sorted(told.keys() - set(right))
    assert {told[case.module, ""].partition("\n")[0] for case in CASES} == {"Nothing was old."}
