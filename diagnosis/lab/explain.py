"""The tree in words: each question, its answer on what runs here, the verdict."""

from diagnosis.by_hand import questions, told
from diagnosis.lab.evidence import collected
from diagnosis.lab.server import Run
from diagnosis.verdict import judge


def explain(run: Run) -> None:
    seen, asked = collected(run), questions()
    for what, answer in seen.items():
        if what in asked:
            print(asked[what].splitlines()[0], f"   {said(answer)}", "", sep="\n")
    print(told(judge(seen)))


def said(answer) -> str:
    if isinstance(answer, list):
        return "\n   ".join(said(each) for each in answer) or "none"
    if isinstance(answer, dict):
        parts = (f"{name} ({said(value)})" if isinstance(value, dict) else f"{name} {said(value)}"
                 for name, value in answer.items())  # fmt: skip
        return ", ".join(parts) or "not looked at here"
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return str(answer) if answer != "" else "–"
