"""From the files of the ontology, the shapes and the questions to the pages of a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.rdf import load_graphs
from kg.vocab import ONTOLOGY_GRAPH, SHAPES, rebased

from .mentions import find_mentions, list_shapes, read_questions
from .pages import render_pages
from .terms import read_vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

__all__ = ["document"]


def document(
    ontology: Sequence[Path], shapes: Mapping[str, Iterable[Path]], questions: Iterable[Path]
) -> dict[str, str]:
    """Describe the ontology and the shapes: HTML for people, and beside it the Turtle that it is made from, by path.

    Args:
        ontology: the modules and code lists, in Turtle; a code list lies in a folder ``vocabularies``.
        shapes: the shapes of each stage, in Turtle.
        questions: the folders of the competency questions.
    """
    stages = {stage: list(files) for stage, files in shapes.items()}
    graphs = {f"{SHAPES.rstrip('#')}/{stage}": files for stage, files in stages.items()}
    store = load_graphs({ONTOLOGY_GRAPH: ontology, **graphs})
    return {
        **render_pages(read_vocabulary(store), find_mentions(store, read_questions(questions)), list_shapes(store)),
        **_turtle(ontology),
        **_shapes_turtle(stages),
    }


def _turtle(ontology: Iterable[Path]) -> dict[str, str]:
    """Each file as it is, and all modules in one."""
    files: dict[str, str] = {}
    for path in ontology:
        folder = "vocab" if path.parent.name == "vocabularies" else "ontology"
        files[f"{folder}/{path.name}"] = rebased(path.read_text(encoding="utf-8"))
    for folder in ("ontology", "vocab"):
        files[f"{folder}.ttl"] = "\n".join(text for name, text in files.items() if name.startswith(f"{folder}/"))
    return files


def _shapes_turtle(stages: Mapping[str, Iterable[Path]]) -> dict[str, str]:
    """The shapes of each stage in one file, and all of them in one."""
    texts = {
        stage: "\n".join(rebased(path.read_text(encoding="utf-8")) for path in files) for stage, files in stages.items()
    }
    return {f"shapes/{stage}.ttl": text for stage, text in texts.items()} | {"shapes.ttl": "\n".join(texts.values())}
