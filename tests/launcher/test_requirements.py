import re

from txproject.environ import BASE_DIR


def pins(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)\S*==(\S+)", (BASE_DIR / name).read_text(), re.MULTILINE))


def test_requirements_for_development_contain_the_others() -> None:
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()
