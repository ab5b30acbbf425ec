"""The process that workers are forked from: what they share, and what it takes to start one."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
import zstandard

from kg.errors import ReleaseError
from kg.store.pool import WorkerPool
from tests.material_pool import LIMITS, ask, pool, run, zygote_of
from tests.material_processes import network_of

QUADS = range(100_000)
COUNT = "SELECT (COUNT(*) AS ?n) { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"


def threads_of(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def opens(pid: int, name: str) -> bool:
    """Whether a process has a file of that name open or mapped."""
    links = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
    return any(name in link for link in [*links, Path(f"/proc/{pid}/maps").read_text()])


def test_it_has_one_thread_before_and_after_it_forks(store_path: Path, dataset_path: Path) -> None:
    async def work() -> None:
        for dataset in (None, dataset_path):
            async with pool(store_path, dataset=dataset) as started:
                assert threads_of(zygote_of(started)) == 1
                assert await ask(started)
                assert threads_of(zygote_of(started)) == 1

    run(work)


def test_answers_from_memory_are_those_from_disk(store_path: Path, dataset_path: Path) -> None:
    async def work() -> list[bytes]:
        found = []
        for dataset in (None, dataset_path):
            async with pool(store_path, dataset=dataset) as started:
                found.append(await ask(started, COUNT))
                worker = min(started.worker_pids)
                assert opens(worker, str(store_path)) is (dataset is None)
        return found

    on_disk, in_memory = run(work)
    assert on_disk == in_memory
    assert b'"2002"' in on_disk


@pytest.mark.parametrize(("quads", "in_memory"), [(2002, True), (2002, False), (None, False)])
def test_a_release_is_held_in_memory_if_it_is_known_to_be_small_enough(
    store_path: Path, dataset_path: Path, quads: int | None, *, in_memory: bool
) -> None:
    limits = replace(LIMITS, memory_quads_max=2002 if in_memory else 2001)

    async def work() -> None:
        async with WorkerPool(store_path, limits, dataset=dataset_path, quads=quads) as started:
            assert opens(min(started.worker_pids), str(store_path)) is not in_memory

    run(work)


def test_it_has_left_the_network_as_its_workers_have(store_path: Path, dataset_path: Path) -> None:
    async def work() -> None:
        async with pool(store_path, dataset=dataset_path) as started:
            zygote = zygote_of(started)
            if network_of(zygote) == network_of(os.getpid()):
                pytest.skip("this kernel lets no process leave the network")
            assert {network_of(pid) for pid in started.worker_pids} == {network_of(zygote)}

    run(work)


@pytest.mark.parametrize("kept_bytes", [None, 0, 7, -20, -1])
def test_a_dataset_that_is_missing_or_cut_short_is_a_release_error(
    store_path: Path, dataset_path: Path, tmp_path: Path, kept_bytes: int | None
) -> None:
    dataset = tmp_path / "dataset.nq.zst"
    if kept_bytes is not None:
        dataset.write_bytes(dataset_path.read_bytes()[:kept_bytes])

    async def work() -> None:
        with pytest.raises(ReleaseError, match=r"dataset\.nq\.zst"):
            await WorkerPool(store_path, LIMITS, dataset=dataset, quads=2002).start()

    run(work)


def test_a_dataset_that_is_no_dataset_is_a_release_error(store_path: Path, tmp_path: Path) -> None:
    dataset = tmp_path / "dataset.nq.zst"

    async def work() -> None:
        for content in (b"not packed", zstandard.ZstdCompressor().compress(b"<x:a> no quad")):
            dataset.write_bytes(content)
            with pytest.raises(ReleaseError, match=r"dataset\.nq\.zst"):
                await WorkerPool(store_path, LIMITS, dataset=dataset, quads=1).start()

    run(work)


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Quads that take far more memory than all else that a worker has written."""
    lines = "".join(
        f'<http://example.com/{n}> <http://example.com/says> "a word, and the number {n}" .\n' for n in QUADS
    )
    path = tmp_path / "dataset.nq.zst"
    path.write_bytes(zstandard.ZstdCompressor().compress(lines.encode()))
    return path


def memory_of(pid: int) -> dict[str, int]:
    """What a process has mapped, in bytes, by kind (``proc_pid_smaps_rollup``)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)}


def test_workers_share_what_was_loaded_once(store_path: Path, many: Path) -> None:
    """What a worker alone has is a small part of what the dataset takes, which each of them sees."""

    async def work() -> None:
        limits = replace(LIMITS, memory_quads_max=len(QUADS))
        async with (
            pool(store_path) as without,
            WorkerPool(store_path, limits, dataset=many, quads=len(QUADS)) as started,
        ):
            for number in (1, len(QUADS) - 1):
                assert b"true" in await ask(started, f"ASK {{ <http://example.com/{number}> ?p ?o }}")
            dataset_bytes = memory_of(zygote_of(started))["Anonymous"] - memory_of(zygote_of(without))["Anonymous"]
            assert dataset_bytes > 200 * len(QUADS)
            assert len(started.worker_pids) == LIMITS.workers + 1
            for worker in started.worker_pids:
                memory = memory_of(worker)
                assert memory["Anonymous"] > dataset_bytes
                assert memory["Private_Dirty"] < dataset_bytes / 4

    run(work)
