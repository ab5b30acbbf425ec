"""Other ways to compare names and to find them; run by bench/names.py with the Python of an environment of its own.

Reads JSON from stdin: pairs of names, names to index, names to find. Writes for each peer that can be imported the
score of each pair, and the places of the five best of the index for each name to find; for the others, why not.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter, defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BEST = 5
# What logic-v2, which has no index of its own that takes single names, is given to order.
CANDIDATES = 50

Compare = "Callable[[str, str], float]"


def main() -> None:
    """Answer one request."""
    asked = json.load(sys.stdin)
    answer = {}
    for name, open_peer in {
        "ICU + trigram": trigram,
        "ICU + token-sort": token_sort,
        "nomenklatura logic-v2": logic,
    }.items():
        try:
            compare, find = open_peer(asked["index"])
        except ImportError as error:
            answer[name] = {"missing": str(error)}
            continue
        answer[name] = measure(compare, find, asked)
    json.dump(answer, sys.stdout)


def measure(compare: Callable[[str, str], float], find: Callable[[str], list[int]], asked: dict) -> dict:
    """Scores, finds, and CPU seconds for each."""
    began = time.process_time()
    scores = [compare(left, right) for left, right in asked["pairs"]]
    between = time.process_time()
    found = [find(name) for name in asked["queries"]]
    return {
        "scores": scores,
        "found": found,
        "pair_s": (between - began) / max(1, len(scores)),
        "query_s": (time.process_time() - between) / max(1, len(found)),
    }


def open_icu() -> Callable[[str], str]:
    """ICU's transliteration to plain small Latin letters, the words sorted."""
    from icu import Transliterator  # noqa: PLC0415 - may be missing

    latin = Transliterator.createInstance("Any-Latin; Latin-ASCII; Lower; [^a-z0-9 ] Remove")

    @lru_cache(None)
    def plain(name: str) -> str:
        return " ".join(sorted(latin.transliterate(name.replace("-", " ")).split()))

    return plain


def trigrams(text: str) -> frozenset[str]:
    padded = f"  {text} ".replace(" ", "  ")
    return frozenset(padded[place : place + 3] for place in range(len(padded) - 2))


def trigram(index: Sequence[str]) -> tuple:
    """Jaccard similarity of trigrams, as PostgreSQL's pg_trgm has it; found by an inverted index of them."""
    plain = open_icu()
    grams = [trigrams(plain(name)) for name in index]
    postings = defaultdict(list)
    for place, found in enumerate(grams):
        for gram in found:
            postings[gram].append(place)

    def compare(left: str, right: str) -> float:
        a, b = trigrams(plain(left)), trigrams(plain(right))
        return len(a & b) / len(a | b) if a or b else 0.0

    def find(name: str, best: int = BEST) -> list[int]:
        wanted = trigrams(plain(name))
        shared = Counter(place for gram in wanted for place in postings.get(gram, ()))
        return sorted(shared, key=lambda place: -shared[place] / len(wanted | grams[place]))[:best]

    return compare, find


def token_sort(index: Sequence[str]) -> tuple:
    """Rapidfuzz's ratio of the sorted words, of each name of the index."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415

    plain = open_icu()
    names = [plain(name) for name in index]

    def find(name: str) -> list[int]:
        return [place for _, _, place in process.extract(plain(name), names, scorer=fuzz.ratio, limit=BEST)]

    return lambda left, right: fuzz.ratio(plain(left), plain(right)) / 100, find


def logic(index: Sequence[str]) -> tuple:
    """OpenSanctions' matcher on rigour; it orders what trigrams find."""
    from followthemoney import model  # noqa: PLC0415
    from nomenklatura.matching import get_algorithm  # noqa: PLC0415

    algorithm = get_algorithm("logic-v2")
    config = algorithm.default_config()
    _, candidates = trigram(index)

    def person(name: str) -> object:
        return model.get_proxy({"id": name, "schema": "Person", "properties": {"name": [name]}})

    def compare(left: str, right: str) -> float:
        return algorithm.compare(person(left), person(right), config).score

    def find(name: str) -> list[int]:
        places = candidates(name, CANDIDATES)
        return sorted(places, key=lambda place: -compare(name, index[place]))[:BEST]

    return compare, find


if __name__ == "__main__":
    main()
