"""Validation against SHACL: shapes of two stages, a compiler to the columns, a reference engine, one kind of report."""

from __future__ import annotations

from .compiled import CompiledShapes, Coverage, Engine, compile  # noqa: A004 - read as validation.compile
from .preparation import Columns
from .reference import validate, validate_each
from .report import Severity, ValidationReport, ValidationResult, render_ndjson, render_text, render_turtle
from .shapes import Shapes, Stage, load_shapes, read_shapes
from .stages import validate_release, validate_sources

__all__ = [
    "Columns",
    "CompiledShapes",
    "Coverage",
    "Engine",
    "Severity",
    "Shapes",
    "Stage",
    "ValidationReport",
    "ValidationResult",
    "compile",
    "load_shapes",
    "read_shapes",
    "render_ndjson",
    "render_text",
    "render_turtle",
    "validate",
    "validate_each",
    "validate_release",
    "validate_sources",
]
