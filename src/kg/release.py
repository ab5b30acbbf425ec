"""The build, top to bottom: source files in, one published release out.

Every stage is a relation in and a relation out, in the one database of the build (``columns/schema.sql``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Protocol

from .claims import Problem, check_claims, check_dates, quarantine, read_problems, refuse_two_levels
from .columns import COLUMNS_VERSION, count, load_triples, open_database, write_columns
from .derivation import derive
from .disclosure import disclose
from .documentation import document
from .errors import SourceError
from .identity import check_evidence, export_links, positive, read_decisions, resolve
from .importers import parse
from .publication import (
    PublishedRelease,
    account_sources,
    count_problems,
    define_dataset,
    describe_problems,
    find_release,
    inputs_digest,
    make_current,
    publish,
    tool_versions,
)
from .rdf import turtle_to_ntriples
from .resources import ontology_files, question_folders, rule_files, shapes_files
from .search import read_entries, write_index
from .takedown import read_takedowns, take_down
from .validation import validate_release, validate_sources
from .vocab import REPLACED_BY

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from .identity import Decision
    from .importers import Inputs

__all__ = ["BuildOutcome", "CheckOutcome", "OnProblem", "Progress", "build", "check"]


class OnProblem(Enum):
    """What a build does with a source that it cannot take."""

    SET_ASIDE = "set aside"
    STOP = "stop"


class Progress(Protocol):
    """Told of each stage: its name, how many steps are done, and how many there are (0 where that is unknown)."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Tell of one stage."""


@dataclass(frozen=True, slots=True)
class BuildOutcome:
    """A published release, whether it was there before, and the quarantine report ("" where every source was taken)."""

    release: PublishedRelease
    is_new: bool
    quarantine_report: str


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """Paths of the sources that can be taken and of those that cannot; the problems, as rows and as a report.

    ``warnings`` is the report of what does not keep a source from being taken, for those who write sources.
    """

    accepted: tuple[str, ...]
    refused: tuple[str, ...]
    problems: tuple[tuple[str, Problem], ...]
    report: str
    warnings: str


def check(inputs: Inputs, *, progress: Progress) -> CheckOutcome:
    """Do what a build does with sources before it takes them: parse → claims → validate.

    Raises:
        ClaimError: a claim has two levels.
        SourceError: a decision about a link breaks a rule.
    """
    decisions = _decisions(inputs)
    with TemporaryDirectory(prefix="habeas-check-") as folder, open_database(Path(folder) / "check.duckdb") as db:
        report, warnings = _take_sources(db, inputs, progress)
        check_evidence(db, decisions)
        rows = db.execute("SELECT id, path, verdict FROM source ORDER BY path").fetchall()
        paths = {number: path for number, path, _ in rows}
        return CheckOutcome(
            tuple(path for _, path, verdict in rows if verdict == "accepted"),
            tuple(path for _, path, verdict in rows if verdict != "accepted"),
            tuple((paths[problem.source], problem) for problem in read_problems(db)),
            report,
            warnings,
        )


def build(inputs: Inputs, releases: Path, *, on_problem: OnProblem, progress: Progress) -> BuildOutcome:
    """Build the release that follows from ``inputs`` and publish it in ``releases``; do nothing where it is there.

    Raises:
        SourceError: ``on_problem`` is STOP and a source has a problem; no source can be taken; or a decision about a
            link breaks a rule.
        ClaimError: a claim has two levels, or reviewed merges contradict each other.
        NotConformingError: the whole breaks a release shape. In each case nothing is published.
    """
    decisions = _decisions(inputs)
    digest = inputs_digest(inputs.contents)
    published = find_release(releases, digest)
    if published is not None:
        return _already_published(published, inputs, on_problem, progress)
    # Not beside the releases: what is not public stands in it, and a killed build would leave it there.
    with TemporaryDirectory(prefix="habeas-build-") as folder, open_database(Path(folder) / "build.duckdb") as db:
        # A warning may be about a source that is not public, so it stays out of what is published.
        report, _ = _take_sources(db, inputs, progress)
        if report and on_problem is OnProblem.STOP:
            raise _stopped(report)
        warnings, removed = _make_dataset(db, inputs, decisions, digest, progress)
        progress("publish", 0, 0)
        release = publish(
            db,
            releases,
            f"{datetime.now(UTC).date().isoformat()}-{digest}",
            manifest={
                "inputs": digest,
                "tools": tool_versions(),
                "removed": removed,
                "columns": {"version": COLUMNS_VERSION},
                **account_sources(db),
            },
            contents={
                "report/quarantine.txt": count_problems(db),
                "report/validation.txt": warnings,
                "columns": lambda folder: _write_columns(folder, progress),
                "search": lambda folder: write_index(read_entries(db), folder),
                **_pages(),
                **export_links(db, decisions),
            },
        )
    return BuildOutcome(release, is_new=True, quarantine_report=report)


def _already_published(
    release: PublishedRelease, inputs: Inputs, on_problem: OnProblem, progress: Progress
) -> BuildOutcome:
    """Make an earlier release of the same inputs the current one; its problems, told nowhere in it, are found anew."""
    report = ""
    if release.manifest()["not_public"]["quarantined"] > 0:
        report = check(inputs, progress=progress).report
        if on_problem is OnProblem.STOP:
            raise _stopped(report)
    make_current(release.path.parent, release.id)
    return BuildOutcome(release, is_new=False, quarantine_report=report)


def _take_sources(db: duckdb.DuckDBPyConnection, inputs: Inputs, progress: Progress) -> tuple[str, str]:
    """Parse → claims → validate: quarantine what cannot be taken, and return the reports of it and of warnings."""
    parse(db, inputs, parsed=lambda done: progress("parse", done, len(inputs.sources)))
    progress("claims", 0, 0)
    load_triples(db, b"".join(map(turtle_to_ntriples, ontology_files())), into="ontology")
    check_claims(db)
    check_dates(db)
    warnings = validate_sources(db, validated=lambda done: progress("validate", done, len(inputs.sources)))
    quarantine(db)
    refuse_two_levels(db)
    return describe_problems(db, {source.path: source.content for source in inputs.files}), warnings


def _make_dataset(
    db: duckdb.DuckDBPyConnection, inputs: Inputs, decisions: Sequence[Decision], digest: str, progress: Progress
) -> tuple[str, dict[str, str]]:
    """Disclose → take down → identity → derive → validate: what is public, made whole, and held to the release shapes.

    Returns:
        The report of warnings; and of what was taken down and may be told of, the day, by IRI.
    """
    if count(db, "source WHERE verdict = 'accepted'") == 0:
        raise SourceError("no source can be taken.", where="the data folder", remedy="See kg validate.")
    progress("disclose", 0, 0)
    disclose(db)
    check_evidence(db, decisions)
    judgements = positive(decisions)
    takedowns = (
        () if inputs.takedowns is None else read_takedowns(inputs.takedowns.content, where=inputs.takedowns.path)
    )
    merges = ((j.subject, j.object) for j in judgements if j.predicate == REPLACED_BY)
    removed = take_down(db, takedowns, merges)
    resolve(db, judgements)
    define_dataset(db, digest=digest)
    progress("derive", 0, 0)
    derive(db, rule_files(), dataset="dataset")
    progress("validate the release", 0, 0)
    return validate_release(db), removed


def _decisions(inputs: Inputs) -> tuple[Decision, ...]:
    return read_decisions((file.path, file.content) for file in inputs.links)


def _write_columns(folder: Path, progress: Progress) -> None:
    """Write the columns of the dump beside them: so they hold nothing that is not published."""
    progress("columns", 0, 0)
    write_columns(PublishedRelease(folder.parent.name, folder.parent).dataset, folder)


def _pages() -> dict[str, str]:
    """The ontology's own pages, below ``docs/``."""
    shapes = {stage: shapes_files(stage) for stage in ("source", "release")}
    return {f"docs/{name}": text for name, text in document(ontology_files(), shapes, question_folders()).items()}


def _stopped(report: str) -> SourceError:
    return SourceError(
        f"not every source can be taken:\n{report}", where="the data folder", remedy="Nothing was published."
    )
