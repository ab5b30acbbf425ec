"""``kg link``: propose links to another dataset, for a person to decide on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

import typer

from kg.errors import SettingsError
from kg.identity import read_decisions
from kg.identity.candidates import Undecided, written
from kg.identity.endpoint import Endpoint, LimitReachedError, Politeness
from kg.identity.harvest import harvest, open_state
from kg.identity.things import read_things
from kg.importers import read_inputs
from kg.publication import current_release
from kg.rdf import open_index
from kg.settings import load_settings
from kg.store.remote_http import Address

from .talk import progress, say

if TYPE_CHECKING:
    from kg.identity.candidates import Candidate

__all__ = ["link"]

_FOLDER: Final = Path("candidates")
_PAUSE_S: Final = Politeness().pause_s
_REQUESTS_MAX: Final = Politeness().requests_max


def link(
    endpoint: Annotated[str, typer.Option(help="Address of the other dataset's SPARQL endpoint.")],
    out: Annotated[
        Path | None, typer.Option(help="File for the candidates; candidates/HOST.sssom.tsv if left out.")
    ] = None,
    classes: Annotated[
        list[str] | None,
        typer.Option("--class", help="IRI of a class; its things are looked for, and no others. Repeatable."),
    ] = None,
    pause_s: Annotated[float, typer.Option("--pause", min=0.1, max=3600, help="Seconds between requests.")] = _PAUSE_S,
    requests_max: Annotated[
        int, typer.Option("--requests", min=1, max=100_000, help="Most requests in this run; run it again to go on.")
    ] = _REQUESTS_MAX,
) -> None:
    """Look for things of the current release in another dataset, by name and by what they are linked with already.

    Without --class it asks about public persons, organisations, places, elections, offices and laws. What is about a
    person without a public role is never sent.

    Writes candidates, best first, as SSSOM; what has been decided, for or against, is left out. Nothing is linked: see
    docs/linking.md for how a person decides. A run that was stopped goes on from its file FILE.state.

    Example: kg link --endpoint https://query.wikidata.org/sparql --class https://w3id.org/habeas/ontology#Organisation
    """
    settings, address = load_settings(), Address(endpoint)
    file = _outside(out or _FOLDER / f"{urlsplit(endpoint).hostname}.sssom.tsv", settings.data)
    inputs = read_inputs(settings.data, with_manifest=False)
    undecided = Undecided(read_decisions((found.path, found.content) for found in inputs.links))
    things = read_things(open_index(current_release(settings.releases).store), classes or ())
    remote = Endpoint(address, Politeness(pause_s=pause_s, requests_max=requests_max))
    with open_state(file.with_name(f"{file.name}.state"), endpoint=endpoint, things=things) as state:
        try:
            with progress() as tell:
                harvest(remote, things, state, told=lambda done, total: tell("link", done, total))
        except LimitReachedError as error:
            say(f"{error} Run this again to go on.")
        finally:
            found = [candidate for candidate in state.found if undecided.is_open(candidate.subject, candidate.object)]
            _write(file, found, endpoint)
            say(f"{len(state.done)} of {len(things)} things are done; {len(state.skipped)} have too many namesakes.")
            say(f"{len(found)} candidates: {file}")


def _outside(file: Path, data: Path) -> Path:
    """A file that no build reads.

    Raises:
        SettingsError: it lies in the data folder.
    """
    if file.resolve().is_relative_to(data.resolve()):
        raise SettingsError(f"{file}: candidates do not go into {data}, where decisions are. Choose another --out.")
    return file


def _write(file: Path, found: list[Candidate], endpoint: str) -> None:
    """Write all of the file or leave the old one, also where the power fails."""
    beside = file.with_name(f"{file.name}.tmp")
    with beside.open("w", encoding="utf-8") as stream:
        stream.write(written(found, endpoint=endpoint))
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # or the name may still lead to the old one
    finally:
        os.close(folder)
