"""The terms of a database by their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

from .terms import LITERAL, STRING, XSD, Term

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import duckdb

    from .compiling import Held

__all__ = ["Terms"]

T = TypeVar("T")
# Of a term's kind, lexical form, datatype and language.
_Form: TypeAlias = "Callable[[int, str, str, str], T]"
# Of so many terms, each of at most so many characters, what was written is kept; that is some ten megabytes at most.
_MOST_KEPT: Final = 20_000
_LONGEST_KEPT: Final = 256
_READ: Final = "SELECT id, kind, lexical, datatype, language FROM term WHERE id IN (SELECT unnest(?::INTEGER[]))"
_INTEGER: Final = XSD + "integer"
_KEPT: Final[WeakKeyDictionary[duckdb.DuckDBPyConnection, dict[_Form[Any], dict[int, Any]]]] = WeakKeyDictionary()


class Terms(Generic[T]):
    """Terms in one form.

    Args:
        db: the columns, whose dictionary does not change.
        parameters: of the query: a negative id stands for one of them (``compiling.statement``).
        form: makes what a term is written as of its kind, lexical form, datatype and language.
    """

    def __init__(self, db: duckdb.DuckDBPyConnection, parameters: Sequence[Term | str], form: _Form[T]) -> None:
        self.form = form
        self._db = db
        self._parameters = parameters
        self._kept: dict[int, T] = _KEPT.setdefault(db, {}).setdefault(form, {})

    def column(self, kind: Held, values: Sequence[Any]) -> list[T | None]:
        """What terms that are held in such a way are written as; NULL is no term."""
        if kind == "unbound":
            return [None] * len(values)
        if kind == "id":
            known = self._read({value for value in values if value is not None})
            return [None if value is None else known[value] for value in values]
        if kind == "term":
            return [self.form(*map(value.get, "kvdl")) if value and value["k"] else None for value in values]
        datatype = _INTEGER if kind == "int" else STRING
        return [None if value is None else self.form(LITERAL, str(value), datatype, "") for value in values]

    def _read(self, ids: set[int]) -> Mapping[int, T]:
        known = {number: self._kept[number] for number in ids & self._kept.keys()}
        known.update((number, self.form(*self._named(number))) for number in ids if number < 0)
        missing = ids - known.keys()
        if missing:
            known.update(self._looked_up(list(missing)))
        return known

    def _named(self, number: int) -> Term:
        term = self._parameters[-number - 1]
        assert isinstance(term, Term)
        return term

    def _looked_up(self, ids: list[int]) -> dict[int, T]:
        if len(self._kept) + len(ids) > _MOST_KEPT:
            self._kept.clear()
        found = {}
        with self._db.cursor() as cursor:  # the connection itself is in the middle of an answer
            for number, kind, lexical, datatype, language in cursor.execute(_READ, [ids]).fetchall():
                found[number] = written = self.form(kind, lexical, datatype, language)
                if len(lexical) + len(datatype) <= _LONGEST_KEPT and len(self._kept) < _MOST_KEPT:
                    self._kept[number] = written
        return found
