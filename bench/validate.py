"""Validation with all our shapes: the columns beside pySHACL, pyshacl-turbo, pyshifty and shacl-rust.

    python bench/validate.py [--reference 60000] [--quads 1000000] [--times 11] [--engines habeas,pySHACL,…]

Three data graphs with the same faults in every 500th triple (bench/graphs.py): a small one on which pySHACL, the
reference, is at its best; a middle one; and that one multiplied. Each engine gets the same two files, and its time is
that from the files to the report. On the small graph its results are held against the reference's, as a multiset of
focus node, path, value, component, shape and severity: only an engine that gives the same counts as a peer.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from comparison import differences
from datasets import OUT, ROOT, multiplied_release, release_of, with_columns
from environments import python_with
from figures import conditions, growth, say, table
from graphs import data_graph

from kg.resources import shapes_files
from kg.validation import Stage, read_shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Run", "best_peer", "summary"]

OURS, REFERENCE = "habeas", "pySHACL"
ENGINES = (OURS, REFERENCE, "pyshacl-turbo", "pyshifty", "shacl-rust")
SCRIPT = Path(__file__).with_name("validators.py")
DELTA = Path(__file__).with_name("validate_delta.py")


@dataclass(frozen=True, slots=True)
class Run:
    """One validation by one engine: what it took, or why there is nothing.

    ``differing`` counts the results that only one of engine and reference has; None where there is no reference.
    """

    engine: str
    triples: int
    seconds: float | None = None
    cpu_s: float | None = None
    peak_mib: float | None = None
    results: int | None = None
    differing: int | None = None
    trouble: str = ""
    steps: str = ""

    @property
    def rate(self) -> float:
        """Triples a second; 0.0 where it did not end."""
        return self.triples / self.seconds if self.seconds else 0.0


def validate(engine: str, data: Path, shapes: Path, deadline_s: float) -> tuple[Run, Counter[str]]:
    """One validation in a process of its own, and the lines that it gave."""
    triples, found = _count_lines(data), OUT / f"results-{engine}.txt"
    say(f"{engine}, {triples:,} triples …")
    try:
        python, environment = _python_of(engine)
        command = ["timeout", "--signal=KILL", str(deadline_s), python, SCRIPT, engine, data, shapes, found]
        ran = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=OUT, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        return Run(engine, triples, trouble=f"cannot be had: {error}"), Counter()
    if ran.returncode != 0:
        why = f"no answer in {deadline_s:.0f} s" if ran.returncode in (137, -9) else ran.stderr.strip()[-100:]
        return Run(engine, triples, trouble=why or f"ended with {ran.returncode}"), Counter()
    said = json.loads(ran.stdout)
    lines = Counter(found.read_text().splitlines())
    steps = ", ".join(f"{step} {seconds:.2f} s" for step, seconds in said.pop("steps").items())
    return Run(engine, triples, **said, results=lines.total(), steps=steps), lines


def _python_of(engine: str) -> tuple[Path | str, dict[str, str]]:
    if engine == OURS:
        return sys.executable, {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    return python_with("validate-peers", "-r", ROOT / "bench" / "requirements-validate.txt"), {}


def _count_lines(file: Path) -> int:
    with file.open("rb") as lines:
        return sum(1 for _ in lines)


def compare(engines: Sequence[str], data: Path, shapes: Path, deadline_s: float) -> list[Run]:
    """All engines on one data graph, each held against the reference; what differs is said on stderr.

    Raises:
        SystemExit: the reference did not end in time.
    """
    told = [validate(engine, data, shapes, deadline_s) for engine in engines]
    expected = next(lines for run, lines in told if run.engine == REFERENCE)
    if not all(run.seconds for run, _ in told if run.engine == REFERENCE):
        raise SystemExit(f"{REFERENCE} gave nothing on {data}. Choose a smaller --reference.")
    for run, lines in told:
        for what in differences(expected, lines) if run.seconds else ():
            say(f"{run.engine} against {REFERENCE}: {what}")
    return [
        replace(run, differing=((expected - lines) + (lines - expected)).total() if run.seconds else None)
        for run, lines in told
    ]


def best_peer(runs: Sequence[Run]) -> Run | None:
    """The run of the highest rate, at whatever size, among the peers that gave what the reference gave."""
    right = {run.engine for run in runs if run.differing == 0} - {OURS, REFERENCE}
    return max((run for run in runs if run.engine in right and run.seconds), key=lambda run: run.rate, default=None)


def summary(runs: Sequence[Run]) -> str:
    """The ratios that are aimed at: the rate on the largest graph against the peers' best rates, and the growth."""
    ours = sorted((run for run in runs if run.engine == OURS and run.seconds), key=lambda run: run.triples)
    if not ours:
        return f"{OURS} gave no report, so there is no ratio.\n"
    last, told = ours[-1], ""
    for peer, aim in ((_fastest(runs, REFERENCE), 100), (best_peer(runs), 10)):
        if peer is not None:
            told += (
                f"{last.rate / peer.rate:,.1f} × the rate of {peer.engine} on {peer.triples:,} triples (aim {aim}). "
            )
    if len(ours) > 1:
        by_ten = growth(*((run.triples, run.seconds or 0) for run in ours[-2:]))
        told += f"Ten times the data take {by_ten:.1f} × the time (aim 11), from {ours[-2].triples:,} triples on. "
    return f"{OURS} on {last.triples:,} triples: {last.rate:,.0f} triples/s, {last.peak_mib:,.0f} MiB. {told}\n"


def _fastest(runs: Sequence[Run], engine: str) -> Run | None:
    return max((run for run in runs if run.engine == engine and run.seconds), key=lambda run: run.rate, default=None)


def runs_table(runs: Sequence[Run]) -> str:
    """Each run a row."""
    heads = ["triples", "engine", "s", "CPU s", "triples/s", "peak MiB", "results", "differing", "of which"]
    rows = (
        [r.triples, r.engine, r.trouble or r.seconds, r.cpu_s, r.rate or None, r.peak_mib, r.results, r.differing]
        for r in runs
    )
    return table(heads, ([*row, run.steps] for row, run in zip(rows, runs, strict=True)))


def delta_report(releases: Path, times: int, changed: int = 1000) -> str:
    """How much less than everything is validated after a change, on the columns of a release."""
    held = with_columns(multiplied_release(releases, times) if times > 1 else releases)
    say(f"{changed:,} changed triples …")
    command = [sys.executable, DELTA, held / "current" / "columns" / "columns.duckdb", "--changed", str(changed)]
    ran = subprocess.run(command, capture_output=True, text=True, env=_python_of(OURS)[1], check=False)
    if ran.returncode != 0:
        return f"Not measured: what a change costs ({ran.stderr.strip()[-200:]}).\n"
    said = json.loads(ran.stdout)
    full = said["full"]["wall_s"]
    return "".join(
        f"{change['triples']:,} changed triples of {said['triples']:,} ({kind}) are validated in "
        f"{change['wall_s']:.3g} s, all in {full:.3g} s: 1/{full / change['wall_s']:.1f} (aim 1/8).\n"
        for kind, change in said["changes"].items()
    )


def main() -> None:
    """Measure and print."""
    options = _options()
    engines, releases = options.engines.split(","), release_of(options.quads)
    shapes = OUT / "shapes.ttl"
    files = [file for stage in Stage for file in shapes_files(stage)]
    shapes.write_text(read_shapes(files).graph.serialize(format="turtle"))
    runs = compare(engines, data_graph(release_of(options.reference), 1), shapes, options.deadline)
    for times in (1, options.times):
        data = data_graph(releases, times)
        for engine in (e for e in engines if not _is_hopeless(e, runs, data, options.deadline)):
            runs.append(validate(engine, data, shapes, options.deadline)[0])
    text = f"{conditions('bench/validate.py ' + ' '.join(sys.argv[1:]))}\n\n{runs_table(runs)}\n{summary(runs)}"
    if options.delta:
        text += f"\n{delta_report(releases, options.delta)}"
    (OUT / "validate.md").write_text(text)
    print(text)


def _is_hopeless(engine: str, runs: Sequence[Run], data: Path, deadline_s: float) -> bool:
    """Whether an engine is not asked, as by its last rate it would not end in time, or it gave nothing before."""
    last = next(run for run in reversed(runs) if run.engine == engine)
    return engine != OURS and (not last.rate or _count_lines(data) / last.rate > deadline_s)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", type=int, default=60_000, help="quads of the release that all are compared on")
    parser.add_argument("--quads", type=int, default=1_000_000, help="of the release that gives the larger graphs")
    parser.add_argument("--times", type=int, default=11, help="copies of that release's default graph, up to 23")
    parser.add_argument("--delta", type=int, default=10, help="copies in which triples change; 0 leaves it out")
    parser.add_argument("--engines", default=",".join(ENGINES), help=f"which, with commas; {REFERENCE} is needed")
    parser.add_argument("--deadline", type=float, default=120.0, help="seconds that one validation may take")
    options = parser.parse_args()
    if set(options.engines.split(",")) - set(ENGINES) or REFERENCE not in options.engines:
        parser.error(f"engines are {', '.join(ENGINES)}, and {REFERENCE} must be among those chosen")
    return options


if __name__ == "__main__":
    main()
