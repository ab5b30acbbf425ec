"""``kg build`` and its sisters, as a person runs them."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kg.publication import current_release
from tests.material import dataset_of, group_of, write_data

ROOT = Path(__file__).resolve().parents[2]
KG = Path(sys.executable).with_name("kg")
DATA = ROOT / "data"
VERBS = ("build", "link", "mint", "publish", "query", "serve", "validate", "verify")


def kg(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``kg`` in a shell of its own, with nothing of this terminal."""
    variables = {**os.environ, "COLUMNS": "200", **environment}
    return subprocess.run(
        [KG, *map(str, arguments)], cwd=ROOT, env=variables, capture_output=True, text=True, timeout=120, check=False
    )


def copy_in_order(target: Path, *, backwards: bool) -> Path:
    """The project's own data, its files created in one order or the other."""
    files = sorted((path for path in DATA.rglob("*") if path.is_file()), reverse=backwards)
    assert len(files) > 50
    for file in files:
        place = target / file.relative_to(DATA)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)
    return target


def test_two_builds_of_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    """Whatever the time zone, the hash seed, the language or the order of the files."""
    dumps = []
    for backwards, environment in (
        (False, {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1", "LC_ALL": "C"}),
        (True, {"TZ": "America/Adak", "PYTHONHASHSEED": "2", "LC_ALL": "C.UTF-8"}),
    ):
        place = tmp_path / str(backwards)
        data = copy_in_order(place / "data", backwards=backwards)
        done = kg("build", "--data", data, "--releases", place / "releases", **environment)
        assert done.returncode == 0, done.stderr
        dumps.append(current_release(place / "releases").dataset.read_bytes())

    assert dumps[0] == dumps[1]


def test_a_corrupted_source_is_set_aside_and_the_rest_is_published(tmp_path: Path) -> None:
    data = copy_in_order(tmp_path / "data", backwards=False)
    seed = data / "sources" / "2024-11-07-ap-31-pardoned.trig"
    seed.write_bytes(seed.read_bytes()[:-200])

    done = kg("build", "--data", data, "--releases", tmp_path / "releases")

    assert done.returncode == 3
    assert "sources/2024-11-07-ap-31-pardoned.trig" in done.stderr
    assert "bytes where the manifest says" in done.stderr
    assert "Fetch the file again" in done.stderr
    release = current_release(tmp_path / "releases")
    assert done.stdout.strip() == str(tmp_path / "releases" / release.id)
    dump = dataset_of(release)
    assert "claim/ydudupku" not in dump
    assert "source/babel-2024-11-07" in dump
    published = (release.path / "report" / "quarantine.txt").read_text()
    assert published == "a-claim-says-something: 1\nfiles-are-whole-and-well-formed: 1\n", "how many, and no name"
    again = kg("build", "--data", data, "--releases", tmp_path / "releases")
    assert again.returncode == 3, "a source that is set aside is told of each time"


def test_strict_stops_and_publishes_nothing(tmp_path: Path) -> None:
    data = write_data(tmp_path / "data", {"sources/a.trig": "not TriG"})

    done = kg("build", "--strict", "--data", data, "--releases", tmp_path / "releases")

    assert done.returncode == 3
    assert "not well-formed TriG" in done.stderr
    assert not (tmp_path / "releases" / "current").exists()


def test_a_whole_that_does_not_conform_is_exit_code_1(tmp_path: Path) -> None:
    part = group_of(40, key="part2222", source_key="b").replace(
        "group:freed a hab:PersonGroup", "group:part a hab:PersonGroup ; hab:subgroupOf group:freed"
    )
    data = write_data(
        tmp_path / "data",
        {"sources/a.trig": group_of(31, key="whape222", source_key="a"), "sources/b.trig": part},
    )

    done = kg("build", "--data", data, "--releases", tmp_path / "releases")

    assert done.returncode == 1
    assert "group:part" in done.stderr


def test_progress_is_plain_lines_where_there_is_no_terminal(tmp_path: Path) -> None:
    data = write_data(tmp_path / "data", {"sources/a.trig": group_of(31, key="gruppe22", source_key="a")})

    done = kg("build", "--data", data, "--releases", tmp_path / "releases")

    assert "parse 2/2\n" in done.stderr
    assert "\x1b" not in done.stderr


def test_progress_is_bars_on_a_terminal(tmp_path: Path) -> None:
    data = write_data(tmp_path / "data", {"sources/a.trig": group_of(31, key="gruppe22", source_key="a")})
    command = [str(KG), "build", "--data", str(data), "--releases", str(tmp_path / "releases")]
    seen = bytearray()

    def keep(descriptor: int) -> bytes:
        chunk = os.read(descriptor, 1024)
        seen.extend(chunk)
        return chunk

    os.environ["TERM"], before = "xterm", os.environ.get("TERM", "")
    try:
        status = pty.spawn(command, keep)
    finally:
        os.environ["TERM"] = before

    assert os.waitstatus_to_exitcode(status) == 0
    assert "━" in seen.decode()


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(verb: str) -> None:
    done = kg(verb, "--help")

    assert done.returncode == 0
    assert re.search(rf"Example: kg {verb}", done.stdout)


def test_the_examples_of_the_verbs_that_end_do_what_they_say(tmp_path: Path) -> None:
    """In the order in which a person would use them; ``serve`` has tests of its own."""
    for verb in ("validate", "build", "verify", "query", "mint"):
        text = " ".join(kg(verb, "--help").stdout.split())
        found = re.search(rf"Example: (kg {verb} .*?)(?: (?:╭|Arguments|Options|Usage)|$)", text)
        assert found is not None, text
        command = found[1].replace("releases/current", str(tmp_path / "releases/current"))
        command = command.replace("--releases releases", f"--releases {tmp_path / 'releases'}")
        done = subprocess.run(
            ["bash", "-c", f'"{KG}" {command.removeprefix("kg ")}'],
            cwd=ROOT,
            env={**os.environ, "KG_RELEASES": str(tmp_path / "releases")},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("build", "--data", "nowhere"), 3, "no such folder"),
        (("verify", "nowhere"), 3, "not a release"),
        (("build", "--releases", "README.md"), 3, "README.md"),
        (("build", "--dta", "x"), 2, "No such option"),
        (("validate", "data/links/wikidata.sssom.tsv"), 3, "not a source"),
        (("validate", "/etc/hostname"), 3, "not a file below"),
    ],
)
def test_wrong_use_says_what_is_wrong_and_has_its_exit_code(arguments: tuple[str, ...], code: int, told: str) -> None:
    done = kg(*arguments)

    assert done.returncode == code
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_setting_that_cannot_be_used_is_wrong_usage() -> None:
    done = kg("verify", KG_PORT="many")

    assert done.returncode == 2
    assert "KG_PORT" in done.stderr


def test_validate_tells_a_machine_what_is_wrong(tmp_path: Path) -> None:
    data = write_data(tmp_path, {"sources/a.trig": group_of(-1, key="gruppe22", source_key="a")})

    done = kg("validate", "--data", data, "--format", "ndjson")

    assert done.returncode == 1
    assert '"source": "sources/a.trig"' in done.stdout


def test_only_what_conforms_is_accepted_into_the_manifest(tmp_path: Path) -> None:
    data = write_data(tmp_path, {"sources/a.trig": group_of(-1, key="gruppe22", source_key="a")})

    assert kg("validate", "--data", data, "--accept").returncode == 1
    assert "reference/gazette.trig" in (data / "manifest.json").read_text()
    assert "sources/a.trig" not in (data / "manifest.json").read_text()


def test_minted_keys_are_opaque_and_all_different() -> None:
    lines = kg("mint", "claim", "500").stdout.split()

    assert len(set(lines)) == 500
    for line in lines:
        assert re.fullmatch(r"https://w3id\.org/habeas/claim/[a-hjkmnp-z][2-9a-hjkmnp-z]{7}", line)


def test_the_data_of_the_project_conforms_and_is_what_its_manifest_says() -> None:
    done = kg("validate")

    assert done.returncode == 0, done.stdout
    assert done.stdout == ""


def test_a_manifest_that_cannot_be_read_is_written_anew(tmp_path: Path) -> None:
    data = write_data(tmp_path, {"manifest.json": "not JSON"})
    assert kg("build", "--data", data, "--releases", tmp_path / "releases").returncode == 3

    assert kg("validate", "--data", data, "--accept").returncode == 0
    assert kg("build", "--data", data, "--releases", tmp_path / "releases").returncode == 0
