"""What a script may send in place of a passkey; the real ones are in tests/browser/."""

import json

import pytest
from django.test import Client

from ledgers.models import User
from tests.accounts.helpers import add_app, is_in, log_in

pytestmark = pytest.mark.slow

RAW = {"id": "eA", "rawId": "eA", "type": "public-key"}
PARTS = {"clientDataJSON": "e30", "authenticatorData": "eA", "signature": "eA"}
NONSENSE = [
    *(1, "x", [], {}, {"id": 1}, {"response": None}, RAW, RAW | {"response": {}}),
    RAW | {"response": []},
    RAW | {"response": PARTS},
    RAW | {"response": PARTS | {"userHandle": "MQ"}},
    RAW | {"response": PARTS | {"authenticatorData": "A" * 60, "userHandle": "enp6enp6enp6enp6"}},
    RAW | {"response": PARTS | {"clientDataJSON": "W10", "authenticatorData": "A" * 50}},
    RAW | {"response": {"clientDataJSON": "e30", "attestationObject": "oA"}},
]


@pytest.mark.parametrize("sent", NONSENSE, ids=str)
def test_nonsense_is_no_passkey(user: User, sent: object) -> None:
    add_app(user)
    client, half, inside = Client(), log_in(), Client()
    inside.force_login(user)
    client.get("/login/passkey/", headers={"Accept": "application/json"})
    half.get("/login/factor/")
    inside.get("/account/again/factor/")
    inside.post("/account/again/", {"password": "secret"})
    given = {"credential": json.dumps(sent), "name": "x"}

    answers = [
        client.post("/login/passkey/", given),
        half.post("/login/factor/", given),
        inside.post("/account/passkeys/new/", given),
    ]

    assert [answer.status_code for answer in answers] == [302, 200, 200]
    assert [is_in(client), is_in(half)] == [False, False]
