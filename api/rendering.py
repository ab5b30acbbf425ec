"""Pages: Jinja2 templates that escape everything they are given; and descriptions in Turtle."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse

from kg.vocab import rebased

__all__ = ["render", "render_text", "render_turtle", "render_xml"]

_FOLDER: Final = Path(__file__).parent / "pages"
_PAGES: Final = Environment(
    loader=FunctionLoader(lambda name: rebased((_FOLDER / name).read_text("utf-8"))),
    autoescape=select_autoescape(disabled_extensions=("ttl",), default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(page: str, *, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401 - what templates take
    """The page ``pages/PAGE.html`` as a response that depends on what the client accepts."""
    content = _PAGES.get_template(f"{page}.html").render(values)
    return HTMLResponse(content, status, headers={"Vary": "Accept"})


def render_text(page: str, **values: Any) -> str:  # noqa: ANN401 - what templates take
    """A part of a page, ``pages/PAGE.html``, to be sent inside of something else."""
    return _PAGES.get_template(f"{page}.html").render(values)


def render_turtle(page: str, **values: Any) -> str:  # noqa: ANN401 - what templates take
    """The description ``pages/PAGE.ttl``; what is put into it is IRIs and numbers only."""
    return _PAGES.get_template(f"{page}.ttl").render(values)


def render_xml(page: str, **values: Any) -> str:  # noqa: ANN401 - what templates take
    """The document ``pages/PAGE.xml``, escaped as HTML is."""
    return _PAGES.get_template(f"{page}.xml").render(values)
