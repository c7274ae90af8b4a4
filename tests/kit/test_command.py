"""What the probe says where something cannot be used: one sentence, and status 2."""

import pytest

from tests.kit.conftest import Lab

GIVEN = {
    "--url": "http://127.0.0.1:9/",
    "--dsn": "postgresql+psycopg://",
    "--change": "UPDATE book SET reader = :new WHERE id = 1",
}


@pytest.fixture(scope="module", autouse=True)
def _tables(lab: Lab) -> None:
    assert lab("tests.kit.fill").returncode == 0


def told(lab: Lab, **other: str) -> tuple[int, str]:
    options = GIVEN | {f"--{name}": value for name, value in other.items()}
    done = lab("session_policy", "probe", *(word for pair in options.items() for word in pair))
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("dsn", "nonsense", "The database cannot be reached, correct --dsn: "),
        ("dsn", "postgresql+psycopg://127.0.0.1:9/", "The database cannot be reached, "),
        ("change", "DELETE FROM book", "Write --change as UPDATE table SET … WHERE …, or say "),
        ("change", "UPDATE books SET a = 1 WHERE id = 1", "There is no table books: correct "),
        ("change", "UPDATE book SET a = 1 WHERE id = 1", "SELECT id, a FROM book WHERE id = 1: "),
        ("change", "UPDATE book SET reader = 'x' WHERE id = 0", "No row matches WHERE id = 0: "),
        ("url", "http://127.0.0.1:9/", "http://127.0.0.1:9/ cannot be asked: "),
        ("url", "nonsense", "nonsense cannot be asked: "),
    ],
)
def test_bad_input_gets_a_sentence(lab: Lab, option: str, value: str, sentence: str) -> None:
    status, text = told(lab, **{option: value})

    assert status == 2
    assert text.startswith(sentence)
    assert text.count("\n") == 1
