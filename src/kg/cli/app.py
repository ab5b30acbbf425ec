"""The verbs of ``kg``, and the one place where an error becomes an exit code."""

from __future__ import annotations

import signal
import sys
from typing import Final

import duckdb
import typer

from kg.errors import KgError, NotConformingError, SettingsError

from .build import build
from .link import link
from .mint import mint
from .publish import publish
from .query import query
from .report import report
from .serve import serve
from .validate import validate
from .verify import verify

__all__ = ["app", "main"]

_FAILURE: Final = 3
_TERMINATED: Final = 128 + signal.SIGTERM
_EXIT_CODES: Final = {NotConformingError: 1, SettingsError: 2}

app = typer.Typer(
    name="kg",
    help="Habeas: human-rights events as claims, checked and served. Every verb has --help with an example.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for verb in (build, link, mint, publish, query, serve, validate, verify):
    app.command()(verb)
app.add_typer(report)


def main() -> None:
    """Run ``kg``; a KgError is told on stderr in its own words and ends with its exit code."""
    signal.signal(signal.SIGTERM, _end)
    try:
        app()
    except KgError as error:
        print(f"kg: {error}", file=sys.stderr)  # noqa: T201 - stderr is where a command talks
        raise SystemExit(_EXIT_CODES.get(type(error), _FAILURE)) from error
    except (OSError, duckdb.Error) as error:
        print(f"kg: {error}", file=sys.stderr)  # noqa: T201 - as above
        raise SystemExit(_FAILURE) from error


def _end(*_: object) -> None:
    """End as Ctrl-C ends: what is open is closed, and what is temporary removed."""
    raise SystemExit(_TERMINATED)
