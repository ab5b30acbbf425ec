"""Options that belong together, given to a verb as one value: the fields of a dataclass are the options."""

from __future__ import annotations

from dataclasses import fields
from functools import wraps
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["with_options"]


def with_options(name: str, kind: type[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Decorate a verb so that it takes the options of a dataclass, each with its default, as its argument ``name``."""
    hints = get_type_hints(kind, include_extras=True)

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def run(**values: Any) -> None:  # noqa: ANN401 - whatever the options are
            chosen = kind(**{option: values.pop(option) for option in hints})
            command(**values, **{name: chosen})

        own = get_type_hints(command, include_extras=True)
        shown = [p.replace(annotation=own[p.name]) for p in signature(command).parameters.values() if p.name != name]
        shown += [
            Parameter(field.name, Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name])
            for field in fields(kind)
        ]
        run.__annotations__ = {p.name: p.annotation for p in shown}
        run.__signature__ = signature(command).replace(parameters=shown)  # type: ignore[attr-defined] # where typer looks
        return run

    return decorate
