"""``kg report``: what a release adds up to, with the claims behind every number."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg.publication import current_release, read_release
from kg.rdf import open_index
from kg.settings import load_settings
from kg.statistics import report_balance, report_disagreements, report_totals

from . import report_balance as balance_tables
from . import report_conflicts as conflicts_tables
from . import report_totals as totals_tables
from .tables import Format, render

if TYPE_CHECKING:
    from pyoxigraph import Store

__all__ = ["balance", "conflicts", "report", "totals"]

report = typer.Typer(
    name="report",
    help="What a release documents, added up: totals explained, stock and flow, disagreements.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_Release = Annotated[Path | None, typer.Option("--release", help="Folder of the release; the current one if left out.")]
_Form = Annotated[Format, typer.Option("--format", help="For a reader, or one row a claim for a machine.")]


@report.command()
def totals(
    release: _Release = None,
    form: _Form = Format.text,
    asked: Annotated[list[int] | None, typer.Option("--total", help="Explain this number, claimed or not.")] = None,
) -> None:
    """Explain each published running total from the one list of pardons, amnesties and releases.

    Every counting rule is tried: from when, up to which day, that day in or out, which kind of act, and which one group
    is left out. The plainest rule that gives the total is named, the others are told of, and a total that no rule gives
    is listed as unexplained. --total may be repeated.

    Example: kg report totals --total 146 --format csv
    """
    found = report_totals(_open(release), asked=asked or ())
    typer.echo(
        render(form, text=lambda: totals_tables.as_text(found), rows=lambda: totals_tables.as_rows(found)), nl=False
    )


@report.command()
def balance(release: _Release = None, form: _Form = Format.text) -> None:
    """Hold each month's stock of prisoners against the stock before, with those recognised and released in between.

    The stock that follows is stock + recognised - released, by one counter's own figures; where the counter publishes
    no releases, the documented list stands in. The residual is what no figure explains.

    Example: kg report balance
    """
    found = report_balance(_open(release))
    typer.echo(
        render(form, text=lambda: balance_tables.as_text(found), rows=lambda: balance_tables.as_rows(found)), nl=False
    )


@report.command()
def conflicts(release: _Release = None, form: _Form = Format.text) -> None:
    """List where claims disagree: the kind, the thing, the property, and who gives which value where.

    As text it ends with how many claims, sources, speakers and conflicts of each kind the release documents.

    Example: kg report conflicts --format json
    """
    found = report_disagreements(_open(release))
    typer.echo(
        render(form, text=lambda: conflicts_tables.as_text(found), rows=lambda: conflicts_tables.as_rows(found)),
        nl=False,
    )


def _open(release: Path | None) -> Store:
    found = current_release(load_settings().releases) if release is None else read_release(release.resolve())
    return open_index(found.store)
