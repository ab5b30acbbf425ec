"""What the README tells a stranger to paste gives what the README says it gives."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


def test_the_query_to_paste_gives_the_answer_beside_it(habeas: str) -> None:
    command = re.search(r"```sh\n(curl .*?)```", README, re.DOTALL)
    answer = re.search(r"```csv\n(.*?)```", README, re.DOTALL)
    assert command is not None
    assert answer is not None

    given = subprocess.run(
        ["bash", "-c", command[1].replace("http://127.0.0.1:8000", habeas)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert given.stdout.replace("\r\n", "\n") == answer[1]


def test_a_stranger_is_told_where_the_command_is() -> None:
    contributing = (Path(__file__).resolve().parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")

    assert all("`. .venv/bin/activate`" in text for text in (README, contributing))


def test_every_file_that_the_readme_links_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)

    assert len(links) > 5
    for link in links:
        assert (Path(__file__).resolve().parents[2] / link).exists(), link
