"""A file of answers is read as it is meant, or refused in one sentence."""

import json
import random
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from diagnosis.answers import Malformed, read
from diagnosis.by_hand import DOCS, PAGE, by_hand, questions
from diagnosis.verdict import Ask, Verdict, judge
from tests.diagnosis.recorded import RECORDED
from txproject.environ import BASE_DIR

FILES = 2400
SENTENCE = re.compile(r"[^\n]+\.")
RUSSIAN = PAGE.with_suffix(".ru.md")
WRONG = ["olD", "yes", "true", "\ud800", [[]], [0], [], {"a": 1}, {}, -1, 3, 0.5, True, False]
OPTIONAL = {"times", "selects", "last", "refused", "link", "back", "choice"}
type Change = Callable[[Any, random.Random], None]


def examples(page: Path) -> dict[str, Any]:
    """The answers that stand below the questions, as one file."""
    blocks = re.findall(r"```json\n(.*?)```", page.read_text(), re.S)
    found: dict[str, Any] = json.loads("{" + ",".join(blocks) + "}")
    return found


def nodes(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every container and the keys in it."""
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        yield tree, key
        if isinstance(value, dict | list):
            yield from nodes(value)


def mistyped(tree: Any, rng: random.Random) -> None:
    where, key = rng.choice([(w, k) for w, k in nodes(tree) if k != "last"])  # any text will do
    where[key] = rng.choice([value for value in WRONG if not fits(value, where[key])])


def fits(value: Any, known: Any) -> bool:
    """Whether it may be an answer of the same kind. No text in WRONG is a word of ours."""
    if isinstance(known, bool) or not isinstance(known, int | float):
        return isinstance(value, type(known)) and (isinstance(value, bool) or not value)
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def without_a_part(tree: Any, rng: random.Random) -> None:
    inner = [(w, k) for w, k in nodes(tree) if isinstance(w, dict) and w is not tree]
    where, key = rng.choice([(w, k) for w, k in inner if k not in OPTIONAL])
    del where[key]


def misspelt(tree: Any, rng: random.Random) -> None:
    where, key = rng.choice([(w, k) for w, k in nodes(tree) if isinstance(w, dict)])
    where[rng.choice([key.upper(), key + " ", f"{key}s", "ключ", ""])] = where.pop(key)


def damaged(text: str, rng: random.Random) -> bytes:
    whole = text.encode()
    cut = rng.randrange(len(whole))
    return rng.choice(
        [
            whole[:cut],
            whole + whole[cut:],
            whole.replace(b'"', b"'"),
            text.encode("utf-16"),
            rng.randbytes(cut),
            b"[" * cut * 100,
            text.replace("}", ",}").encode(),
            b"[" + whole + b"]",
            text.replace(": ", f": {'9' * cut}NaN").encode(),
            text.replace("{", '{"later": true, "later": false, ', 1).encode(),
            rng.choice([b"", b"null", b'"unknown"', b"0", b"true", b"{]", b"\x00", b"\xff"]),
        ]
    )


def malformed(count: int) -> Iterator[bytes]:
    rng = random.Random(16)
    whole = [examples(PAGE), *(each["seen"] for each in RECORDED)]
    changes: list[Change] = [mistyped, without_a_part, misspelt]
    for n in range(count):
        tree = deepcopy(rng.choice(whole))
        if n % 4 == 3:
            yield damaged(json.dumps(tree, ensure_ascii=False), rng)
        else:
            changes[n % 4](tree, rng)
            yield json.dumps(tree).encode()


@pytest.mark.slow
def test_malformed_files_are_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Thousands, each with one thing wrong: no traceback and no verdict."""
    file = tmp_path / "seen.json"
    for content in malformed(FILES):
        file.write_bytes(content)

        status = by_hand(["--judge", str(file)])

        said = capsys.readouterr()
        assert (status, said.out) == (2, ""), content
        assert SENTENCE.fullmatch(said.err.rstrip("\n")), content


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            '{"committed": {"at once": "old", "after 1 s": true}}',
            'committed, at once: "old" is no answer here, write true, false or "unknown".',
        ),
        (
            '{"commited": {}}',
            'The file: "commited" is none of committed, idle, later, pages, past, browser, busy,'
            " walk, import, answer.",
        ),
        ('{"idle": [{}]}', 'idle, 1: "wrote" is missing, write "unknown" if it is not known.'),
        (
            '{"pages": [{"row": {"shown": "ended", "connection": "", "fresh": "", "orm": ""}}]}',
            'pages, 1, row, shown: "ended" is no answer here, write "new", "old" or "unknown".',
        ),
        (
            '{"busy": {"lost": true}}',
            'busy, lost: true is no answer here, write a number or "unknown".',
        ),
        ('{"later": tru}', "It is not JSON at line 1, column 11: Expecting value."),
    ],
)
def test_sentence_says_where_and_what_to_write(tmp_path: Path, content: str, sentence: str) -> None:
    file = tmp_path / "seen.json"
    file.write_text(content)

    with pytest.raises(Malformed) as refused:
        read(file)

    assert str(refused.value) == sentence


def test_file_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert by_hand(["--judge", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err.endswith("none: It cannot be read: No such file or directory.\n")


@pytest.mark.parametrize("page", [PAGE, RUSSIAN], ids=["en", "ru"])
def test_answers_that_the_page_shows_are_read(tmp_path: Path, page: Path) -> None:
    file = tmp_path / "seen.json"
    file.write_text(json.dumps(examples(page)))

    assert read(file) == examples(page)


@pytest.mark.parametrize("each", RECORDED, ids=lambda each: f"{each['variant']} {each['layout']}")
def test_what_was_recorded_is_read(tmp_path: Path, each: dict[str, Any]) -> None:
    file = tmp_path / "seen.json"
    file.write_text(json.dumps(each["seen"]))

    assert judge(read(file)) == judge(each["seen"])


def test_any_answer_may_be_unknown(tmp_path: Path) -> None:
    """Each in turn, the outermost and the innermost."""
    file = tmp_path / "seen.json"
    whole = examples(PAGE)
    for turn in range(len(list(nodes(whole)))):
        tree = deepcopy(whole)
        where, key = list(nodes(tree))[turn]
        where[key] = "unknown"
        file.write_text(json.dumps(tree))

        assert isinstance(judge(read(file)), Verdict)


def test_next_question_is_asked_as_the_page_has_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "seen.json"
    file.write_text('{"committed": {"at once": false, "after 1 s": false}}')

    assert by_hand(["--judge", str(file)]) == 0
    assert capsys.readouterr().out == (
        f"Not decided yet. Look at this next.\n\n{questions()['idle']}\n"
    )


def test_page_has_the_questions_of_the_tree_in_their_order() -> None:
    asked, known, seen = [], {}, examples(PAGE)
    seen["committed"] = None  # goes both ways
    seen["pages"] = seen["past"] = []
    while isinstance(found := judge(known), Ask):
        asked.append(found.what)
        known[found.what] = seen[found.what]

    by_number = list(questions())
    assert sorted(asked, key=by_number.index) == by_number


def test_both_languages_ask_the_same() -> None:
    assert list(questions(RUSSIAN)) == list(questions())
    assert examples(RUSSIAN) == examples(PAGE)
    assert statements(RUSSIAN) == statements(PAGE)


def statements(page: Path) -> list[str]:
    return re.findall(r"```sql\n(.*?)```", page.read_text(), re.S)


def test_laboratory_asks_who_is_idle_as_the_page_does() -> None:
    laboratory = (BASE_DIR / "diagnosis/lab/stores.py").read_text()

    asked = [each for each in statements(PAGE) if "FROM pg_stat" in each or "innodb_trx" in each]
    assert len(asked) == 2
    assert all(each in laboratory for each in asked)


def test_every_link_of_the_diagnosis_leads_somewhere() -> None:
    pages = [BASE_DIR / "README.md", *DOCS.parent.glob("diagnosis*.md"), *DOCS.glob("*.md")]
    broken = [
        f"{page.name}: {link}"
        for page in pages
        for link in re.findall(r"\]\(((?!http)[^)]+)\)", page.read_text())
        if not leads(page, link)
    ]

    assert broken == []


def leads(page: Path, link: str) -> bool:
    path, _, part = link.partition("#")
    target = page.parent / path if path else page
    return target.exists() and (not part or part in parts(target))


def parts(page: Path) -> set[str]:
    """What can be linked to: headings, as GitHub names them, and names of our own."""
    text = page.read_text()
    headings = re.findall(r"^#+ (.*)$", text, re.M)
    named = (re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings)
    return {*named, *re.findall(r'<a id="(\w+)">', text)}
