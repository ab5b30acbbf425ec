"""Pages: Jinja2 templates that escape everything they are given."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

__all__ = ["render"]

_PAGES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(page: str, *, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401 - what templates take
    """The page ``pages/PAGE.html`` as a response that depends on what the client accepts."""
    content = _PAGES.get_template(f"{page}.html").render(values)
    return HTMLResponse(content, status, headers={"Vary": "Accept"})
