"""What is missing, or wrong, is told in a word and soon: Java, the master, its workers."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.spark import require_spark

require_spark()

from kg.errors import KgError, SettingsError  # noqa: E402 - they stand behind what they need
from kg.spark.starting import check_java, check_master, stderr_to, why_not_started  # noqa: E402
from tests.serving import free_port  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "master", ["local", "local[2]", "local[*,3]", "local-cluster[2,1,1024]", "yarn", "k8s://h:443"]
)
def test_masters_of_every_kind_are_taken(master: str) -> None:
    check_master(master)


@pytest.mark.parametrize(
    "master", ["", "spark", "spark://", "spark://host", "spark://host:x", "http://host:7077", "local[]", "mesos://h:1"]
)
def test_what_is_no_master_is_wrong_usage(master: str) -> None:
    with pytest.raises(SettingsError, match="is no master of Spark"):
        check_master(master)


@pytest.mark.parametrize("host", ["127.0.0.1", "nowhere.invalid", "a..b"])
def test_a_master_that_does_not_answer_is_told_of_at_once(host: str) -> None:
    with pytest.raises(KgError, match="No master of Spark can be reached"):
        check_master(f"spark://{host}:{free_port()},{host}:99999")


def test_no_java_is_told_with_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(KgError, match=r"There is no Java on this machine.*Install it"):
        check_java()

    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jvm"))
    with pytest.raises(KgError, match=r"There is no Java in JAVA_HOME.*set JAVA_HOME"):
        check_java()


def test_an_old_java_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    java = tmp_path / "bin" / "java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))

    with pytest.raises(KgError, match=r"not new enough\. Spark needs Java 17 or later"):
        check_java()


def test_what_is_started_writes_to_the_file_and_then_nothing_does(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with (tmp_path / "log").open("wb") as file, stderr_to(file):
        subprocess.run(["sh", "-c", "echo inside >&2"], check=True)
    os.write(2, b"outside\n")

    assert (tmp_path / "log").read_text() == "inside\n"
    assert capfd.readouterr().err == "outside\n"


def test_the_reason_of_spark_is_found_in_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text('WARNING: x\nException in thread "main" org.apache.spark.SparkException: No Hadoop.\n\tat a.b\n')
    assert why_not_started(log) == "No Hadoop."

    log.write_bytes(b"\xff\n")
    assert why_not_started(log) == ""


def test_on_one_machine_there_are_as_many_parts_as_cores_unless_told_otherwise(tmp_path: Path) -> None:
    script = (
        "from kg.spark import spark_session\n"
        "with spark_session('local[3]') as s: print(s.conf.get('spark.sql.shuffle.partitions'), end=' ')"
    )
    asked = "spark.driver.memory 512m\n"
    found = []
    for folder, text in ((tmp_path / "a", asked), (tmp_path / "b", f"{asked}spark.sql.shuffle.partitions 7\n")):
        folder.mkdir()
        (folder / "spark-defaults.conf").write_text(text)
        given = {**os.environ, "SPARK_CONF_DIR": str(folder)}
        run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=given, check=True)
        found.append(run.stdout.strip())

    assert found == ["3", "7"]
