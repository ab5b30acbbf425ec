"""A release as it may be seen: the current one as it is; a past one without what the current one no longer knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException

from kg.vocab import (
    CLAIM,
    CONFLICTS_GRAPH,
    DERIVED_GRAPH,
    ID,
    LINKS_GRAPH,
    META_GRAPH,
    ONTOLOGY_GRAPH,
    PROVENANCE_GRAPH,
    SOURCE,
)

from .documents import Reading, known_of, stated_in, status_of
from .representations import PROFILES, SCHEMA_ORG

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kg.publication import PublishedRelease

    from .documents import Quad
    from .service import Serving

__all__ = ["Seen"]

_OURS: Final = (ID, CLAIM, SOURCE)
# What was concluded from claims does not tell from which, so it is not shown once some of them may have gone.
_CONCLUDED: Final = (CONFLICTS_GRAPH, DERIVED_GRAPH)
# What stands in these was said by no claim.
_UNCLAIMED: Final = frozenset((LINKS_GRAPH, META_GRAPH, ONTOLOGY_GRAPH, PROVENANCE_GRAPH))
# schema.org has other terms, by which nobody can tell any more which claim said it.
_PAST_PROFILES: Final = tuple(profile for profile in PROFILES.values() if profile != SCHEMA_ORG)


@dataclass(frozen=True)
class Seen:
    """A release, and the current one beside it.

    Attributes:
        serving: the release that is read.
        current: the release that is served now; what it no longer knows is not shown, wherever it is read from.
        page_quads: how many quads one page of a document has at most.
        root: what stands before the paths of its documents: "" or "/release/ID".
        headers: further headers of its documents.
        links: further elements of their header Link.
    """

    serving: Serving
    current: Serving
    page_quads: int
    root: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    links: tuple[str, ...] = ()

    @property
    def state(self) -> tuple[str, str]:
        """What decides all that is shown: the two releases."""
        return self.serving.release.id, self.current.release.id

    @property
    def past_release(self) -> str:
        """The id of the release, where it is a past one; else empty."""
        return "" if self.serving is self.current else self.serving.release.id

    @property
    def profiles(self) -> tuple[str, ...]:
        """By which its documents are offered."""
        return _PAST_PROFILES if self.past_release else tuple(PROFILES.values())

    @property
    def reading(self) -> Reading:
        """From what its documents are read."""
        visible = self._visible if self.past_release else None
        return Reading(self.serving.backend, self.page_quads, visible)

    async def survivor_of(self, iri: str) -> str:
        """The IRI that a thing was merged into; empty where it stands for itself.

        Raises:
            HTTPException: 410, it was removed, and that may be told; 404, nothing is said of it, or may be.
        """
        if iri in _removed(self.current.release):
            raise HTTPException(410, "What was here has been removed, and will not come back.")
        known, survivor = await status_of(self.serving.backend, iri)
        if known and self.past_release:
            known = bool(await known_of(self.current.backend, [iri]))
        if not known:
            raise HTTPException(404, "The release that is served says nothing of this.")
        return survivor

    async def _visible(self, quads: list[Quad]) -> list[Quad]:
        """Those of which the current release knows all that they name, and who says them.

        In the default graph a triple does not name its claim: it is shown if one that is still known says it, or if
        no claim was needed to say it.
        """
        shown = await self._known([quad for quad in quads if quad.graph not in _CONCLUDED])
        graphs = await stated_in(self.serving.backend, [quad for quad in shown if not quad.graph])
        everywhere = set().union(*graphs.values())
        claims = {graph for graph in everywhere if graph.startswith(CLAIM)}
        telling = (await known_of(self.current.backend, claims)) | (everywhere & _UNCLAIMED)
        return [quad for quad in shown if quad.graph or not telling.isdisjoint(graphs.get(quad, ()))]

    async def _known(self, quads: list[Quad]) -> list[Quad]:
        named = {iri for quad in quads for iri in quad.iris if iri.startswith(_OURS)}
        hidden = named - await known_of(self.current.backend, named)
        return [quad for quad in quads if hidden.isdisjoint(quad.iris)]


@lru_cache(maxsize=8)
def _removed(release: PublishedRelease) -> frozenset[str]:
    """The IRIs of which the release tells that they were removed."""
    return frozenset(release.manifest().get("removed", ()))
