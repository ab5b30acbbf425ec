"""Load a release into a remote store: into an empty dataset, by SPARQL 1.1 Update, counted at the end, and named last.

Stores differ in everything but the standard: few replace a whole dataset at once, and the graph of a claim is so small
that one request for each would take hours. So a release goes into a dataset of its own, some thousand quads a request.
The triple that says which release it is comes last, when every graph has been counted; a service opens no endpoint
without it, so nobody reads a dataset that is half loaded. To switch is to point the service at the new one (ADR 0009).
"""

from __future__ import annotations

import io
import re
import time
from collections import Counter, defaultdict
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeAlias

import zstandard

from kg.errors import QueryError, ReleaseError
from kg.store.remote_http import Exchange, update_request
from kg.vocab import BASE, GRAPH, META_GRAPH

from .remote import count_graphs, find_digests
from .verification import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from .reading import PublishedRelease
    from .remote import RemotePlace

__all__ = ["load_remote"]

_Progress: TypeAlias = "Callable[[str, int, int], None]"
# Graph ("" for the default graph), and a triple as SPARQL writes it.
_Quad: TypeAlias = tuple[str, str]

_BATCH_QUADS: Final = 5000
_BATCH_CHARACTERS: Final = 2**21
_UPDATE_S: Final = 300.0
# A store that is started anew is back within half a minute.
_PAUSES_S: Final = (1.0, 2.0, 4.0, 8.0, 16.0)
_NAMED_MAX: Final = 3
_WORDS_MAX: Final = 300

# Says that a load has begun; the update that names the release takes it away.
_LOADING_GRAPH: Final = f"{GRAPH}loading"
_MARKER: Final = f'<{BASE}dataset> <http://purl.org/dc/terms/identifier> "{{}}" .'
_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})|\\\\([uU])|\\.")
_MUST_ESCAPE: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r"}


def load_remote(release: PublishedRelease, place: RemotePlace, *, is_rehearsal: bool, progress: _Progress) -> int:
    """Bring a release into a remote dataset that is empty, or that an earlier call has begun to fill.

    Args:
        release: it is verified first.
        place: where the dataset is.
        is_rehearsal: stop before the first quad is sent.
        progress: told the stage, and how many quads of how many are done.

    Returns:
        How many quads had to be sent; 0 if the dataset held the whole release already.

    Raises:
        ReleaseError: the release does not verify; the dataset holds something else; or it does not hold what it was
            sent. What was sent stays there, and another call goes on from it.
    """
    progress("verify the release", 0, 0)
    verify(release)
    expected = Counter(graph for graph, _ in _quads(release, place))
    progress("count what is there", 0, 0)
    there = count_graphs(place)
    if there == expected and find_digests(place, META_GRAPH) == {release.digest}:
        return 0
    _refuse_other(release, expected, there, place)
    missing = frozenset(graph for graph, count in expected.items() if there[graph] != count)
    unsent = sum(expected[graph] for graph in missing)
    if not is_rehearsal:
        marker = _MARKER.format(release.digest)
        note = _insertion([(_LOADING_GRAPH, marker)])
        _send(note, place)
        unnamed = (quad for quad in _quads(release, place) if quad[0] in missing and quad != (META_GRAPH, marker))
        _send_all(unnamed, place, unsent, progress)
        progress("count again", 0, 0)
        _refuse_difference(expected - Counter([META_GRAPH]) + Counter([_LOADING_GRAPH]), count_graphs(place))
        _send(f"{note.replace('INSERT', 'DELETE', 1)} ; {_insertion([(META_GRAPH, marker)])}", place)
        _refuse_difference(expected, count_graphs(place))
        progress("send", unsent, unsent)
    return unsent


def _quads(release: PublishedRelease, place: RemotePlace) -> Iterator[_Quad]:
    with release.dataset.open("rb") as packed, zstandard.ZstdDecompressor().stream_reader(packed) as plain:
        for line in io.TextIOWrapper(plain, encoding="utf-8", newline="\n"):
            graph, triple = _split(line.rstrip("\n"))
            yield graph or place.default_graph, triple


def _split(line: str) -> _Quad:
    """Graph and triple of a canonical N-Quads line."""
    subject, predicate, rest = line.removesuffix(" .").split(" ", 2)
    end = rest.rfind('"')  # of a literal; no name holds a quotation mark
    cut = rest.find(" ", end + 1)
    term, graph = (rest, "") if cut < 0 else (rest[:cut], rest[cut + 2 : -1])
    names = subject + predicate + rest[end + 1 :]
    if subject.startswith("_") or rest.startswith("_") or "\\" in names:
        raise ReleaseError("The release has a blank node or an escaped name, which cannot be sent twice alike.")
    if "\\" in term:
        term = _ESCAPE.sub(_plain, term)
    return graph, f"{subject} {predicate} {term} ."


def _plain(match: re.Match[str]) -> str:
    r"""An escape of N-Quads as SPARQL can have it.

    SPARQL 1.1 §19.2 reads \uXXXX before it knows what a literal is, and it may do so behind another backslash too.
    """
    code_point = match[1] or match[2]
    if code_point:
        character = chr(int(code_point, 16))
        return _MUST_ESCAPE.get(character, character)
    return f"\\\\\\u{ord(match[3]):04X}" if match[3] else match[0]


def _send_all(quads: Iterable[_Quad], place: RemotePlace, total: int, progress: _Progress) -> None:
    sent = 0
    for batch in _batches(quads):
        _send(_insertion(batch), place)
        sent += len(batch)
        progress("send", sent, total)


def _batches(quads: Iterable[_Quad]) -> Iterator[list[_Quad]]:
    batch: list[_Quad] = []
    characters = 0
    for quad in quads:
        if len(batch) == _BATCH_QUADS or (batch and characters + len(quad[1]) > _BATCH_CHARACTERS):
            yield batch
            batch, characters = [], 0
        batch.append(quad)
        characters += len(quad[1])
    if batch:
        yield batch


def _insertion(quads: Sequence[_Quad]) -> str:
    graphs: defaultdict[str, list[str]] = defaultdict(list)
    for graph, triple in quads:
        graphs[graph].append(triple)
    parts = ("\n".join(ts) if not g else f"GRAPH <{g}> {{ {' '.join(ts)} }}" for g, ts in graphs.items())
    return "INSERT DATA {\n" + "\n".join(parts) + "\n}"


def _send(update: str, place: RemotePlace) -> None:
    """Send an update, and again while the endpoint may come back; what is inserted twice is there once."""
    for pause_s in (*_PAUSES_S, None):
        failure = _try(update, place)
        if not failure:
            return
        if pause_s is not None:
            time.sleep(pause_s)
    raise ReleaseError(f"{failure} What was sent is kept: the same command goes on from there.")


def _try(update: str, place: RemotePlace) -> str:
    """Send an update once; why it failed, if another time may do better, or else "".

    Raises:
        ReleaseError: the endpoint refuses it.
    """
    try:
        with Exchange(update_request(place.update, update), timeout_s=_UPDATE_S) as exchange:
            status, words = exchange.response.status, exchange.excerpt()
    except QueryError as error:
        return str(error)
    if status in range(200, 300):
        return ""
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"The remote endpoint answers {status}."
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise ReleaseError(f"The remote endpoint answers {status}: set KG_PUBLISH_USER and KG_PUBLISH_PASSWORD.")
    if status in range(300, 400):
        raise ReleaseError(f"The remote endpoint answers {status}, a redirect; give the address that it leads to.")
    said = " ".join(words.split())[:_WORDS_MAX]
    raise ReleaseError(f"The remote endpoint refuses an update ({status}): {said}")


def _refuse_other(release: PublishedRelease, expected: Counter[str], there: Counter[str], place: RemotePlace) -> None:
    if find_digests(place, META_GRAPH) - {release.digest}:
        raise ReleaseError(
            "The remote dataset holds another release. Each release takes a dataset of its own: write {release} into "
            "the address, where the release's id shall stand. See docs/scale-out.md."
        )
    is_begun = find_digests(place, _LOADING_GRAPH) == {release.digest}
    is_ours = all(count <= expected[graph] for graph, count in there.items() if graph != _LOADING_GRAPH)
    if there.total() and not (is_begun and is_ours):
        raise ReleaseError(
            "The remote dataset is not empty, and not what an earlier call has left. Give it an empty one. If it is "
            "empty, its default graph takes in other graphs: see --default-graph in docs/scale-out.md."
        )


def _refuse_difference(expected: Counter[str], there: Counter[str]) -> None:
    wrong = sorted(graph for graph in expected.keys() | there.keys() if expected[graph] != there[graph])
    if wrong:
        raise ReleaseError(
            f"The remote dataset does not hold what it was sent: {_name(wrong)}, {len(wrong)} in all, differ in their "
            "number of triples. It may keep numbers or dates otherwise; see docs/scale-out.md."
        )


def _name(graphs: Sequence[str]) -> str:
    return ", ".join(f"<{graph}>" if graph else "the default graph" for graph in graphs[:_NAMED_MAX])
