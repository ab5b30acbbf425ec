"""What is asked of the inverted index: queries put together from terms, never parsed from text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tantivy import FieldType, Occur, Query, Schema

from kg.names import sounds

from .days import day_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["START_MAX", "Queries"]

_WORDS_MAX: Final = 12
_TYPES_MAX: Final = 64
_TERM_MAX: Final = 4096
# What a word found in a name is worth beside one in a text, and beside one that only sounds like it.
_NAME: Final = 3.0
_SOUND: Final = 0.5
# Fewer sounds than these begin too many names.
_SOUNDS_MIN: Final = 3
# A name that has these very words and no other stands before all else.
_WHOLE: Final = 1000.0
# Beginnings of so few letters begin too many words to look for them all; those of names are indexed.
START_MAX: Final = 2


class Queries:
    """Queries for indexes of one schema. Of many words the last count, of many types the first."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def iri(self, iri: str) -> Query:
        """The entry of an IRI."""
        return self._term("iri", iri)

    def name(self, words: Sequence[Mapping[str, float]], types: Sequence[str]) -> Query:
        """Entries that share keys with a name, those first whose keys weigh most: for each word, its heaviest key."""
        return self._all_of([_any_of(map(self._heaviest, words))], types)

    def prefix(self, words: Sequence[str], types: Sequence[str]) -> Query:
        """Entries with names that hold all words, the last as a beginning."""
        return self._all_of(self._each_word(words, ("name",)), types) if words else Query.empty_query()

    def text(self, words: Sequence[str], types: Sequence[str], days: tuple[str, str]) -> Query:
        """Entries whose names or texts hold all words, the last as a beginning, and that concern some of the days.

        A beginning of up to ``START_MAX`` letters is looked for in names only.
        """
        return self._all_of([*self._each_word(words, ("name", "text")), *self._within(*days)], types)

    def _heaviest(self, weights: Mapping[str, float]) -> Query:
        terms = ((self._term("key", key), weight) for key, weight in weights.items())
        return Query.disjunction_max_query([Query.const_score_query(term, weight) for term, weight in terms])

    def _each_word(self, words: Sequence[str], fields: Sequence[str]) -> list[Query]:
        if not words:
            return []
        *before, last = words[-_WORDS_MAX:]
        wanted = [_any_of(self._word(word, fields)) for word in dict.fromkeys(before)]
        ends = [*self._word(last, fields), *self._beginning(last, fields)]
        whole = Query.const_score_query(self._term("whole", " ".join(sorted(words))), _WHOLE)
        return [*wanted, _any_of([*ends, whole])]

    def _word(self, word: str, fields: Sequence[str]) -> Iterable[Query]:
        for field in fields:
            query = Query.term_query(self._schema, field, word, "freq")
            yield Query.boost_query(query, _NAME) if field == "name" else query
        for sound in sounds(word):
            if len(sound) >= _SOUNDS_MIN:
                yield Query.const_score_query(self._term("key", f"={sound}"), _SOUND)

    def _beginning(self, word: str, fields: Sequence[str]) -> Iterable[Query]:
        if len(word) <= START_MAX:
            yield Query.const_score_query(self._term("start", word), 1.0)
            return
        for field in fields:
            yield Query.regex_query(self._schema, field, f"{re.escape(word)}.*")
        for sound in sounds(word):
            if len(sound) >= _SOUNDS_MIN:
                beginning = Query.regex_query(self._schema, "key", f"={re.escape(sound)}.*")
                yield Query.const_score_query(beginning, _SOUND)

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
            any_type = Query.term_set_query(self._schema, "type", [_encodable(iri) for iri in types[:_TYPES_MAX]])
            wanted.append(Query.const_score_query(any_type, 0.0))
        return Query.boolean_query([(Occur.Must, query) for query in wanted]) if wanted else Query.all_query()

    def _term(self, field: str, value: str) -> Query:
        return Query.term_query(self._schema, field, _encodable(value), "basic")


def _any_of(queries: Iterable[Query]) -> Query:
    return Query.boolean_query([(Occur.Should, query) for query in queries])


def _encodable(text: str) -> str:
    """As much of a text as an index may hold, without the halves of characters (lone surrogates)."""
    return text[:_TERM_MAX].encode(errors="replace").decode()
