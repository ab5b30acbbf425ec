"""The questions that the data must answer, asked over HTTP of a built release."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

FOLDER = Path(__file__).with_name("competency")
QUESTIONS = sorted(path.parent for path in FOLDER.glob("*/query.rq"))


def test_there_are_questions() -> None:
    assert len(QUESTIONS) >= 30
    assert [question.name[:2] for question in QUESTIONS] == [f"{n:02}" for n in range(1, len(QUESTIONS) + 1)]


@pytest.mark.parametrize("folder", QUESTIONS, ids=lambda folder: folder.name)
def test_the_release_answers(folder: Path, habeas: str) -> None:
    query = (folder / "query.rq").read_text(encoding="utf-8")

    answer = httpx.post(
        f"{habeas}/sparql", data={"query": query}, headers={"Accept": "text/tab-separated-values"}, timeout=30
    )

    assert answer.status_code == 200, answer.text
    assert answer.text == (folder / "expected.tsv").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", QUESTIONS, ids=lambda folder: folder.name)
def test_the_question_stands_in_words(folder: Path) -> None:
    lines = (folder / "question.md").read_text(encoding="utf-8").splitlines()
    query = (folder / "query.rq").read_text(encoding="utf-8")

    assert lines[0].startswith("# ")
    assert lines[0].endswith("?")
    assert query.startswith(lines[0]), "the query begins with its question"
    assert len(" ".join(lines[1:]).split()) >= 15, "what a naive answer gets wrong"
