"""``kg publish``: load a release into a remote store."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from kg.publication import RemotePlace, current_release, load_remote, place_of, read_release
from kg.settings import load_settings
from kg.store.pool import PoolLimits
from kg.store.remote_http import Address

from .talk import progress, say

__all__ = ["publish"]


def publish(
    to: Annotated[str, typer.Option(help="SPARQL Update endpoint of an empty dataset.")],
    query: Annotated[str | None, typer.Option(help="SPARQL query endpoint of that dataset; --to if left out.")] = None,
    release: Annotated[str | None, typer.Option(help="Id of the release; the current one if left out.")] = None,
    default_graph: Annotated[
        str,
        typer.Option(help="Graph for the triples of the default graph, where the store has none of its own."),
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent, and send nothing.")] = False,
) -> None:
    """Load a release into a remote store and count it there, graph by graph.

    The dataset is empty at first, or holds a part of the release from an earlier call, which then goes on. What says
    which release it is comes last: a service with KG_REMOTE opens no endpoint without it. In an address, {release}
    stands for the release's id, so that each release has a dataset of its own. KG_PUBLISH_USER and KG_PUBLISH_PASSWORD
    are the name and password, if the store asks for one. See docs/scale-out.md.

    Example: kg publish --to http://127.0.0.1:7878/update --query http://127.0.0.1:7878/query
    """
    settings = load_settings()
    releases = settings.releases
    found = current_release(releases) if release is None else read_release((releases / release).resolve())
    user, password = os.environ.get("KG_PUBLISH_USER", ""), os.environ.get("KG_PUBLISH_PASSWORD", "")
    update, asked = (Address(place_of(url, found), user=user, password=password) for url in (to, query or to))
    place = RemotePlace(update, asked, PoolLimits.of(settings), default_graph)
    with progress() as tell:
        sent = load_remote(found, place, is_rehearsal=dry_run, progress=tell)
    if dry_run:
        say(f"{sent} quads of {found.id} would be sent.")
        return
    if sent == 0:
        say("The dataset holds the release already.")
    typer.echo(f"{found.id} {asked.url}")
