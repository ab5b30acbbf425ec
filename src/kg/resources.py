"""Where the files that ship with Habeas lie: inside the wheel, or beside ``src/`` in a checkout."""

from __future__ import annotations

from pathlib import Path

from .errors import KgError

__all__ = ["example_files", "ontology_files", "question_folders", "rule_files", "shapes_files", "shipped"]

_PACKAGE = Path(__file__).parent
# In a checkout the questions lie where they are tested, and the examples where they are shown.
_IN_CHECKOUT = {"examples": "api/queries/examples", "questions": "tests/conformance/competency"}


def shipped(name: str) -> Path:
    """The folder ``name`` ("ontology", "shapes", "questions", "examples") as it was shipped with this code.

    Raises:
        KgError: the installation is incomplete.
    """
    for folder in (_PACKAGE / "shipped" / name, _PACKAGE.parents[1] / _IN_CHECKOUT.get(name, name)):
        if folder.is_dir():
            return folder
    raise KgError(f"the folder {name}/ is missing from this installation of habeas-kg. Install it again.")


def _files(folder: Path, pattern: str) -> tuple[Path, ...]:
    files = tuple(sorted(folder.glob(pattern)))
    if not files:
        raise KgError(f"{folder} holds no {pattern}: this installation of habeas-kg is incomplete. Install it again.")
    return files


def ontology_files() -> tuple[Path, ...]:
    """The modules and code lists of the ontology (Turtle), sorted by path."""
    folder = shipped("ontology")
    return _files(folder, "*.ttl") + _files(folder, "vocabularies/*.ttl")


def rule_files() -> tuple[Path, ...]:
    """The rules that derive triples (SPARQL CONSTRUCT), in the order in which they run."""
    return _files(shipped("ontology"), "rules/*.rq")


def shapes_files(stage: str) -> tuple[Path, ...]:
    """The shapes of one stage, "source" or "release" (Turtle), sorted by path."""
    return _files(shipped("shapes"), f"{stage}/*.ttl")


def question_folders() -> tuple[Path, ...]:
    """The folders of the competency questions, sorted by path; each holds a ``query.rq``."""
    return tuple(path.parent for path in _files(shipped("questions"), "*/query.rq"))


def example_files() -> tuple[Path, ...]:
    """The queries to begin with (SPARQL), sorted by path."""
    return _files(shipped("examples"), "*.rq")
