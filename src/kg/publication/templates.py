"""The Turtle that a release says of itself, from templates in ``turtle/``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

__all__ = ["render"]

_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "turtle"),
    autoescape=False,  # noqa: S701 - Turtle; what is put into it is IRIs, numbers and our own words
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
# A JSON string without \u escapes is a Turtle string; with them, what is beyond 16 bits would be two halves.
_TEMPLATES.policies["json.dumps_kwargs"] = {"ensure_ascii": False}


def render(name: str, **facts: Any) -> str:  # noqa: ANN401 - what templates take
    """The template ``turtle/NAME`` with the facts filled in."""
    return _TEMPLATES.get_template(name).render(facts)
