"""The file of candidates is the old one or the new one, whatever happens while it is written."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

STRACE = shutil.which("strace")


@pytest.mark.skipif(STRACE is None, reason="strace tells what is written to the disk, and in which order")
def test_the_file_is_on_the_disk_before_it_takes_its_name_and_the_name_after(tmp_path: Path) -> None:
    code = "import sys, pathlib, kg.cli.link as l; l._write(pathlib.Path(sys.argv[1]), [], 'https://o.example/')"
    log, file = tmp_path / "log", tmp_path / "c.tsv"
    assert STRACE is not None
    calls = "trace=fsync,rename,renameat,renameat2"
    subprocess.run([STRACE, "-y", "-e", calls, "-o", log, sys.executable, "-c", code, file], check=True)

    lines = [line for line in log.read_text().splitlines() if str(tmp_path) in line]
    assert [line.partition("(")[0].rstrip("at2") for line in lines] == ["fsync", "rename", "fsync"]
    assert "c.tsv.tmp>" in lines[0]
    assert f"{tmp_path}>" in lines[2]
    assert file.read_text().startswith("#mapping_set_id")
    assert [path.name for path in tmp_path.glob("c.tsv*")] == ["c.tsv"]
