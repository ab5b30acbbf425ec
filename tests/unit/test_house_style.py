"""The measured bar: sizes of functions and modules, where broad ``except`` may stand, and what is exported."""

from __future__ import annotations

import ast
from pathlib import Path
from statistics import median, quantiles

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path for folder in ("src/kg", "api") for path in (ROOT / folder).rglob("*.py"))
TRANSLATORS = {"api/problems.py"}


def functions_of(tree: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body, its docstring left out."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


SIZES = sorted(lines_of(function) for path in MODULES for function in functions_of(ast.parse(path.read_text())))


def test_there_is_code_to_measure() -> None:
    assert len(MODULES) > 30
    assert len(SIZES) > 100


def test_functions_are_short() -> None:
    assert median(SIZES) <= 6
    assert quantiles(SIZES, n=10)[-1] <= 20
    assert SIZES[-1] <= 40


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_is_one_idea(path: Path) -> None:
    text = path.read_text()
    tree = ast.parse(text)

    assert text.count("\n") <= 400
    for function in functions_of(tree):
        parameters = function.args.posonlyargs + function.args.args + function.args.kwonlyargs
        assert len([p for p in parameters if p.arg not in {"self", "cls"}]) <= 5, function.name
    if any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in tree.body):
        assert "__all__" in text, "what is public stands in __all__"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_broad_except_stands_only_where_errors_are_translated(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ExceptHandler):
            broad = node.type is None or (
                isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}
            )
            assert not broad or name in TRANSLATORS or name.startswith("src/kg/cli"), f"{name}:{node.lineno}"
