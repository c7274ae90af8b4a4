"""Whose line it is, where the application and its libraries lie in one folder."""

import sysconfig
from pathlib import Path

import pytest
from session_policy.places import Whose, own

LIBRARIES = Path(sysconfig.get_path("purelib"))
PROJECT = LIBRARIES.parents[3]  # the root that has .venv in it


@pytest.fixture
def whose(monkeypatch):
    monkeypatch.setattr("session_policy.places.THEIRS", set())
    return Whose()


@pytest.mark.parametrize(
    ("root", "file", "theirs"),
    [
        (PROJECT, PROJECT / "app.py", True),
        (PROJECT, LIBRARIES / "flask/app.py", False),
        (LIBRARIES / "shop", LIBRARIES / "shop/views.py", True),
        (LIBRARIES / "shop", LIBRARIES / "shop2/views.py", False),
        (LIBRARIES / "shop", LIBRARIES / "sqlalchemy/orm/session.py", False),
        (PROJECT, "<string>", False),
        ("/srv/app", "/srv/app2/app.py", True),
    ],
)
def test_nearest_folder_says_whose_a_file_is(whose, root, file, theirs):
    own(str(root))

    assert whose[str(file)] is theirs
