"""What is asked of the inverted index: queries put together from terms, never parsed from text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tantivy import FieldType, Occur, Query, Schema

from .days import day_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Queries"]

_WORDS_MAX: Final = 16
_TYPES_MAX: Final = 64
_NAME_BOOST: Final = 3.0


class Queries:
    """Queries for indexes of one schema."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def iri(self, iri: str) -> Query:
        """The entry of an IRI."""
        return Query.term_query(self._schema, "iri", iri, "basic")

    def name(self, words: Sequence[Mapping[str, float]], types: Sequence[str]) -> Query:
        """Entries that share keys with a name, those first whose keys weigh most: for each word, its heaviest key."""
        return self._all_of([self._any_of(map(self._heaviest, words))], types)

    def prefix(self, words: Sequence[str], types: Sequence[str]) -> Query:
        """Entries with a name that holds all words, the last as a beginning."""
        return self._all_of(self._each_word(words, ("name",)), types) if words else Query.empty_query()

    def text(self, words: Sequence[str], types: Sequence[str], days: tuple[str, str]) -> Query:
        """Entries whose names or texts hold all words, the last as a beginning, and that concern some of the days."""
        wanted = self._each_word(words, ("name", "text"))
        return self._all_of([*wanted, *self._within(*days)], types)

    def _each_word(self, words: Sequence[str], fields: Sequence[str]) -> list[Query]:
        last = len(words[:_WORDS_MAX]) - 1
        return [
            self._any_of(
                query
                for field in fields
                for query in (self._word(field, word), *([self._beginning(field, word)] if place == last else []))
            )
            for place, word in enumerate(words[:_WORDS_MAX])
        ]

    def _heaviest(self, weights: Mapping[str, float]) -> Query:
        terms = ((Query.term_query(self._schema, "key", key, "basic"), weight) for key, weight in weights.items())
        return Query.disjunction_max_query([Query.const_score_query(term, weight) for term, weight in terms])

    def _word(self, field: str, word: str) -> Query:
        query = Query.term_query(self._schema, field, word, "freq")
        return Query.boost_query(query, _NAME_BOOST) if field == "name" else query

    def _beginning(self, field: str, word: str) -> Query:
        return Query.regex_query(self._schema, field, f"{re.escape(word)}.*")

    def _within(self, not_before: str, not_after: str) -> Iterable[Query]:
        for field, day, is_lower in (("end", not_before, True), ("begin", not_after, False)):
            number = day_number(day)
            if day and number is None:
                yield Query.empty_query()
            elif number is not None:
                bounds = (number, None) if is_lower else (None, number)
                query = Query.range_query(self._schema, field, FieldType.Integer, *bounds)
                yield Query.const_score_query(query, 0.0)

    def _all_of(self, queries: Sequence[Query], types: Sequence[str]) -> Query:
        wanted = list(queries)
        if types:
            any_type = Query.term_set_query(self._schema, "type", list(types[:_TYPES_MAX]))
            wanted.append(Query.const_score_query(any_type, 0.0))
        return Query.boolean_query([(Occur.Must, query) for query in wanted]) if wanted else Query.all_query()

    def _any_of(self, queries: Iterable[Query]) -> Query:
        return Query.boolean_query([(Occur.Should, query) for query in queries])
