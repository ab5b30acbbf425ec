"""Names: how well spellings of one are told from others, found among many, and how fast.

    python bench/names.py [--sizes 10000 100000 1000000] [--queries 500] [--no-peers]

On the labelled pairs and persons of ``names/`` in the folder of HABEAS_SHARED (or ../shared), with invented names to
fill the index. Prints tables for bench/RESULTS.md. Times are CPU times of one core.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from environments import python_with
from figures import conditions, percentile, table
from made_names import made_names

from kg.names import LIKELY, compare
from kg.search import Entry, SearchIndex, write_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["Pair", "Person", "f1", "false_matches", "read_pairs", "read_persons", "recall", "write_names"]

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("HABEAS_SHARED") or ROOT.parent / "shared") / "names"
SLICES = ("by", "gen", "ofac", "world")
TRAPS = ("neg_brother", "neg_namesake", "neg_surname", "neg_mined")
BEST = 5


@dataclass(frozen=True, slots=True)
class Pair:
    """Two names, whether they are one person's, and where they are from."""

    left: str
    right: str
    match: bool
    slice: str
    kind: str


@dataclass(frozen=True, slots=True)
class Person:
    """A person's names in several languages, the one that is indexed first."""

    id: str
    slice: str
    names: tuple[str, ...]


def read_pairs(path: Path) -> list[Pair]:
    with path.open(encoding="utf-8") as file:
        return [Pair(r["name1"], r["name2"], r["match"] == "1", r["slice"], r["kind"]) for r in csv.DictReader(file)]


def read_persons(path: Path) -> list[Person]:
    persons = json.loads(path.read_text(encoding="utf-8"))
    return [Person(p["id"], p["slice"], tuple(name["name"] for name in p["names"])) for p in persons]


def f1(pairs: Sequence[Pair], scores: Sequence[float], threshold: float) -> float:
    """Harmonic mean of precision and recall, of what scores at least ``threshold``."""
    got = Counter((pair.match, score >= threshold) for pair, score in zip(pairs, scores, strict=True))
    hits = got[True, True]
    return 2 * hits / (2 * hits + got[False, True] + got[True, False])


def false_matches(pairs: Sequence[Pair], scores: Sequence[float], threshold: float) -> dict[str, float]:
    """The share of each kind of trap that scores at least ``threshold``."""
    fell = defaultdict(list)
    for pair, score in zip(pairs, scores, strict=True):
        if pair.kind in TRAPS:
            fell[pair.kind].append(score >= threshold)
    return {kind: sum(found) / len(found) for kind, found in sorted(fell.items())}


def write_names(persons: Sequence[Person], size: int, folder: Path) -> None:
    """An index of ``size`` names: the first of each person, and invented ones."""
    write_index(_entries(persons, size), folder)


def _entries(persons: Sequence[Person], size: int) -> Iterator[Entry]:
    known = [(person.id, person.names[0]) for person in persons]
    made = ((f"made:{number}", name) for number, name in enumerate(made_names(size - len(known))))
    for iri, name in (*known, *made):
        yield Entry(iri, {"en": name}, (name,), texts=("An invented sentence about somebody.",))


def recall(persons: Sequence[Person], find: Callable[[str], Sequence[str]]) -> dict[str, float]:
    """For how many of the names that are not indexed the person is among the first five, by slice and in all."""
    found = defaultdict(list)
    for person in persons:
        for name in person.names[1:]:
            hit = person.id in find(name)[:BEST]
            found[person.slice].append(hit)
            found["all"].append(hit)
    return {part: sum(hits) / len(hits) for part, hits in found.items()}


def best_threshold(pairs: Sequence[Pair], scores: Sequence[float]) -> float:
    return max((step / 100 for step in range(1, 100)), key=lambda threshold: f1(pairs, scores, threshold))


def timed(action: Callable[[str], object], texts: Sequence[str]) -> list[float]:
    """Milliseconds of CPU for each text, after some to warm up."""
    for text in texts[:20]:
        action(text)
    times = []
    for text in texts:
        began = time.process_time()
        action(text)
        times.append(1000 * (time.process_time() - began))
    return times


def ask_peers(pairs: Sequence[Pair], index: Sequence[str], queries: Sequence[str]) -> dict[str, dict]:
    """What names_peers.py answers; {} and a word on stderr where its environment cannot be made."""
    request = json.dumps({"pairs": [(p.left, p.right) for p in pairs], "index": index, "queries": queries})
    try:
        python = python_with("names-peers", "-r", ROOT / "bench" / "requirements-names.txt")
        script = ROOT / "bench" / "names_peers.py"
        done = subprocess.run([python, script], input=request, capture_output=True, text=True, check=True, timeout=7200)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"No peers: {error}", file=sys.stderr)
        return {}
    return json.loads(done.stdout)


def _pair_row(
    name: str, pairs: Sequence[Pair], scores: Sequence[float], threshold: float, pair_s: float
) -> list[object]:
    parts = [f1([p for p, _ in part], [s for _, s in part], threshold) for part in _parts(pairs, scores)]
    traps = false_matches(pairs, scores, threshold)
    return [name, threshold, f1(pairs, scores, threshold), *parts, *(traps[kind] for kind in TRAPS), 1e6 * pair_s]


def _parts(pairs: Sequence[Pair], scores: Sequence[float]) -> list[list[tuple[Pair, float]]]:
    both = list(zip(pairs, scores, strict=True))
    return [[(pair, score) for pair, score in both if pair.slice == part] for part in SLICES]


def print_pairs(pairs: Sequence[Pair], peers: dict[str, dict]) -> None:
    """Ours at the threshold that the code says, the peers at the one that is best for them on these very pairs."""
    began = time.process_time()
    scores = [compare(pair.left, pair.right).score for pair in pairs]
    rows = [_pair_row("Habeas", pairs, scores, LIKELY, (time.process_time() - began) / len(pairs))]
    for name, answer in peers.items():
        if "missing" in answer:
            rows.append([f"{name}: not measured ({answer['missing']})"])
            continue
        threshold = best_threshold(pairs, answer["scores"])
        rows.append(_pair_row(name, pairs, answer["scores"], threshold, answer["pair_s"]))
    heads = ["", "from score", "F1", *(f"F1 {part}" for part in SLICES), *(k.removeprefix("neg_") for k in TRAPS), "µs"]
    print(table(heads, rows), flush=True)


def print_recall(persons: Sequence[Person], size: int, peers: dict[str, dict], asked: Sequence[Person]) -> None:
    """Of all names, and of those that the peers were asked for."""
    with tempfile.TemporaryDirectory(prefix="habeas-bench-") as folder:
        write_names(persons, size, Path(folder))
        index = SearchIndex.open(Path(folder))

        def find(name: str) -> list[str]:
            return [hit.entry.iri for hit in index.match(name, limit=BEST)]

        rows = [_recall_row("Habeas, all names", recall(persons, find))]
        if peers:
            rows.append(_recall_row("Habeas, the names that the others were asked", recall(asked, find)))
    for name, answer in peers.items():
        if "found" in answer:
            rows.append(_recall_row(name, _peer_recall(persons, asked, answer["found"]), answer["query_s"]))
    print(table([f"recall@{BEST} among {size:,}", "all", *SLICES[:1], *SLICES[2:], "ms a query"], rows), flush=True)


def _recall_row(name: str, found: dict[str, float], query_s: float | None = None) -> list[object]:
    shares = [found.get(part) for part in ("all", "by", "ofac", "world")]
    return [name, *shares, None if query_s is None else 1000 * query_s]


def _peer_recall(
    persons: Sequence[Person], asked: Sequence[Person], found: Sequence[Sequence[int]]
) -> dict[str, float]:
    places = iter(found)
    ids = {place: person.id for place, person in enumerate(persons)}
    return recall(asked, lambda _: [ids.get(place, "") for place in next(places)])


def measure_size(persons: Sequence[Person], size: int) -> list[object]:
    """Build an index of one size and ask it."""
    names = [name for person in persons for name in person.names[1:]]
    begun = [name[:length] for name in names[::17] for length in (1, 2, 3, 5, 8)]
    with tempfile.TemporaryDirectory(prefix="habeas-bench-") as folder:
        began = time.process_time()
        write_names(persons, size, Path(folder))
        built = time.process_time() - began
        index = SearchIndex.open(Path(folder))
        matched = timed(lambda name: index.match(name, limit=BEST), names)
        searched = timed(index.search, names + begun)
        completed = timed(index.complete, begun)
        size_mb = sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6
    return [
        size,
        built,
        1e6 * built / size,
        size_mb,
        1000 * len(matched) / sum(matched),
        *(percentile(matched, share) for share in (0.5, 0.95, 1.0)),
        percentile(searched, 0.95),
        percentile(completed, 0.95),
    ]


def main() -> None:
    """Measure pairs, recall, speed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--recall-size", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=300, help="how many persons the peers are asked for")
    parser.add_argument("--no-peers", action="store_true")
    options = parser.parse_args()
    print(conditions(" ".join(["python bench/names.py", *sys.argv[1:]])), "\n", flush=True)
    pairs, persons = read_pairs(SHARED / "pairs.csv"), read_persons(SHARED / "persons.json")
    asked = random.Random(1).sample(persons, min(options.queries, len(persons)))
    peers = {}
    if not options.no_peers:
        index = [entry.names[0] for entry in _entries(persons, options.recall_size)]
        peers = ask_peers(pairs, index, [name for person in asked for name in person.names[1:]])
    print_pairs(pairs, peers)
    print_recall(persons, options.recall_size, peers, asked)
    heads = [
        "names",
        "build s",
        "µs a name",
        "MB",
        "match/s",
        "p50 ms",
        "p95 ms",
        "max ms",
        "search p95",
        "complete p95",
    ]
    print(table(heads, [measure_size(persons, size) for size in options.sizes]))


if __name__ == "__main__":
    main()
