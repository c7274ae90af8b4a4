"""Where a report leads to."""

import re
from pathlib import Path

import pytest
from session_policy.report import DOCS, MEANING

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("file", [DOCS, DOCS.replace(".md", ".ru.md")])
def test_each_family_has_a_heading(file):
    text = (ROOT / file).read_text()
    anchors = re.findall(r'^(?:## |<a id=")(\w+)(?:$|">)', text, re.MULTILINE)

    assert {each.lower() for each in anchors} == MEANING.keys()
