"""Queries to begin with, and the prefixes that they use, as data: so that an editor finds them by asking the endpoint.

By the convention of https://github.com/sib-swiss/sparql-examples: each is an ``sh:SPARQLExecutable`` (SHACL Advanced
Features §5.1), and prefixes are declared with ``sh:declare`` (SHACL §5.2.1).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from kg.errors import KgError
from kg.rdf import convert_turtle
from kg.vocab import BASE, CLAIM, ID, SOURCE, rebased

from .templates import render

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["describe_examples"]

_NUMBER: Final = re.compile(r"^\d+-")
_PREFIX: Final = re.compile(r"^\s*@?prefix\s+([a-z][\w-]*):\s*<([^>]*)>", re.IGNORECASE | re.MULTILINE)
_QUESTION: Final = re.compile(r"# (.+)\n# Keywords: (.+)\n")
_FORM: Final = re.compile(r"^(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.MULTILINE)
# Beside those that the ontology and the examples use.
_OTHERS: Final = {
    "claim": CLAIM,
    "source": SOURCE,
    **{kind: f"{ID}{kind}/" for kind in ("event", "organisation", "person", "place")},
}
_N_TRIPLES: Final = "application/n-triples"


def describe_examples(examples: Iterable[Path], ontology: Iterable[Path]) -> bytes:
    """The triples of all examples and prefixes, as N-Triples without blank nodes.

    Args:
        examples: files ``NN-name.rq``; the first line of each is its question, the second its keywords.
        ontology: Turtle files, whose prefixes are declared too.

    Raises:
        KgError: an example does not begin so, or one prefix stands for two namespaces.
    """
    files = list(examples)
    prefixes = _prefixes([*files, *ontology])
    text = render("examples.ttl", base=BASE, examples=list(map(_example, files)), prefixes=prefixes)
    return convert_turtle(text, _N_TRIPLES, prefixes={})


def _example(path: Path) -> dict[str, Any]:  # what the template takes
    text = rebased(path.read_text("utf-8"))
    head, form = _QUESTION.match(text), _FORM.search(text)
    if head is None or form is None:
        raise KgError(f"{path}: its first two lines must be “# question” and “# Keywords: one, two”, then a query.")
    return {
        "name": _NUMBER.sub("", path.stem),
        "question": head[1],
        "keywords": head[2].split(", "),
        "form": form[1].lower(),
        "text": text,
    }


def _prefixes(files: Iterable[Path]) -> dict[str, str]:
    found = dict(_OTHERS)
    for path in files:
        for prefix, namespace in _PREFIX.findall(rebased(path.read_text("utf-8"))):
            if found.setdefault(prefix, namespace) != namespace:
                raise KgError(f"{path}: the prefix {prefix} stands for {found[prefix]} elsewhere. Choose another one.")
    return dict(sorted(found.items()))
