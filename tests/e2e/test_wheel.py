"""The wheel, installed alone into an empty environment, builds and serves a folder of sources."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import httpx
import pytest

from tests.material import group_of, write_data
from tests.serving import serve_command

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the commands of an environment that holds the wheel and what it depends on."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    subprocess.run(build, check=True, capture_output=True, timeout=120)
    (wheel,) = folder.glob("habeas_kg-*.whl")
    venv.create(folder / "env", with_pip=True)
    pip = [folder / "env/bin/python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    lock = ROOT / "requirements" / "runtime.lock"
    subprocess.run([*pip, "--require-hashes", "-r", lock], check=True, timeout=300)
    subprocess.run([*pip, "--no-deps", wheel], check=True, timeout=60)
    return folder / "env/bin"


def test_it_builds_and_serves_a_folder_of_sources(installed: Path, tmp_path: Path) -> None:
    data = write_data(tmp_path / "data", {"sources/a.trig": group_of(31, key="gruppe22", source_key="a")})
    command = [installed / "kg", "build", "--data", data, "--releases", tmp_path / "releases"]
    subprocess.run(command, check=True, cwd=tmp_path, capture_output=True, timeout=60)

    with serve_command(installed / "kg", tmp_path / "releases") as server:
        query = "SELECT ?size WHERE { ?group <https://w3id.org/habeas/ontology#size> ?size }"
        answer = httpx.get(f"{server.url}/sparql", params={"query": query}, headers={"Accept": "text/csv"})
        page = httpx.get(f"{server.url}/", headers={"Accept": "text/html"})

    assert answer.text == "size\r\n31\r\n"
    assert page.status_code == 200


def test_it_brings_no_top_level_module_of_a_common_name(installed: Path) -> None:
    done = subprocess.run(
        [installed / "python", "-c", "import kg, kg_api.app, importlib.util as u; print(u.find_spec('api'))"],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )

    assert done.stdout.strip() == "None"
