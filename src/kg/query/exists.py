"""EXISTS groups of several patterns, written anew so that each pattern is looked up by itself.

Oxigraph 0.5.13 evaluates the group behind EXISTS once for each row, and joins its patterns by hashing (oxigraph#885):
with two patterns, every row reads a whole predicate. At 1 M quads, "held on date D" does not finish in 60 s. So

    FILTER NOT EXISTS { ?r :ends ?e ; :date ?d FILTER(?d <= ?day) }

is asked as

    FILTER NOT EXISTS { ?r :ends ?e FILTER EXISTS { ?r :date ?d FILTER(?d <= ?day) } }

in the order in which each pattern shares a variable with what is known by then: with the query outside of the group,
or with a pattern before it.

Why both are equal. EXISTS asks whether the group has a solution once the row's bindings μ are substituted in it
(SPARQL 1.1 §8.3, §18.6). The group is Filter(F, Join(A, B)) (§18.2.2); a basic graph pattern without labelled blank
nodes is the join of its triple patterns (§18.3.1), and joining GRAPH blocks of one name or variable is joining inside
of one. It has a solution exactly if A under μ has one, ν, such that B under μ has one compatible with ν that F takes;
and, B being one pattern, these are the solutions of B under μ ∪ ν. That is EXISTS { B FILTER F } tested on ν. A filter
sees the same terms in either place: those of its variables that patterns bind are bound where it is put, and all others
come from μ, or from nowhere, in both. A sequence path is a join by definition (§18.2.2.4), a blank node in brackets is
a variable that nothing else names (§4.1.4), and a UNION that is all of the group has a solution exactly if a branch
has one. Blank nodes of the data stand for themselves, as every engine takes them.

What is left as it is: groups with anything but triples, FILTER, GRAPH and UNION alone (OPTIONAL, MINUS, BIND, VALUES,
sub-queries, SERVICE, collections, triple terms, labelled blank nodes); BOUND, RAND, UUID, STRUUID or BNODE in a filter;
a filter inside of GRAPH that tests EXISTS or a variable bound outside of the block; a path that may have no step and
shares a variable that is not sure to be a node of the graph (such a path matches any term once it is substituted, but
only nodes while it is open, §18.4); patterns that no variable leads to; texts with code point escapes; and, in a group
inside of another, an EXISTS that shares a variable with the query outside which the group's own triples do not bind:
Oxigraph lets the EXISTS see the other group's value of it, or not, by how it joins the two.

It is hardly ever slower: where the pattern that a row leads to has thousands of matches and another, to which nothing
leads, only a few, the own join of the engine reads the few for each row, and this form looks up the thousands; both
took the same time, within a fifth. ``bench/rewrites.py`` has the figures.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from .groups import Constraint, Group, Pattern, UnreadableGroupError, read_group, union_of
from .scopes import Scopes, UnmatchedBracketError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .tokens import Token

__all__ = ["nest_exists"]

# Each level is a call in the engine; and what is longer, or more, is machines' work and would hold up other requests.
_PATTERNS: Final = range(2, 17)
_GROUPS: Final = range(1, 33)
_TOKENS_MAX: Final = 500
# New variables begin so; a query that holds this is left alone.
_FRESH: Final = "via__"


def nest_exists(text: str, tokens: Sequence[Token]) -> tuple[str, tuple[str, ...]]:
    """Nest the patterns of every EXISTS group where the result is provably the same.

    Args:
        text: an admitted query without code point escapes.
        tokens: its tokens, without those of the PREFIX lines.

    Returns:
        The query to ask, and a sentence for each group that was nested.
    """
    try:
        scopes = Scopes(tokens)
    except UnmatchedBracketError:
        return text, ()
    if len(scopes.exists) not in _GROUPS or _FRESH in text:
        return text, ()
    nesting = _Nesting(text, scopes, is_sure=all(map(scopes.sees_only_its_row, scopes.exists)))
    asked = "".join([text[: tokens[0].start], nesting.render(0, len(tokens)), text[nesting.end_of(len(tokens) - 1) :]])
    return (asked, tuple(nesting.sentences)) if nesting.sentences else (text, ())


@dataclass(slots=True)
class _Nesting:
    text: str
    scopes: Scopes
    is_sure: bool  # every EXISTS sees only the row that it tests
    sentences: list[str] = field(default_factory=list)

    def end_of(self, place: int) -> int:
        """Where a token ends in the text."""
        token = self.scopes.tokens[place]
        return token.start + len(token.text)

    def render(self, start: int, end: int) -> str:
        """The text from one token up to another, its EXISTS groups nested."""
        pieces, position, after = [], self.scopes.tokens[start].start, start
        for brace in self.scopes.exists:
            if after <= brace < end:
                pieces += [self.text[position : self.scopes.tokens[brace].start], self._nested(brace)]
                after = self.scopes.pairs[brace]
                position = self.end_of(after)
        return "".join([*pieces, self.text[position : self.end_of(end - 1)]])

    def _inside(self, brace: int) -> str:
        """A group in braces as it stands, but for the EXISTS groups in it."""
        first = brace + 1
        return self.text[self.scopes.tokens[brace].start : self.scopes.tokens[first].start] + self.render(
            first, self.scopes.pairs[brace] + 1
        )

    def _nested(self, brace: int) -> str:
        """The group behind EXISTS as it is asked; says so if it is not as it was written."""
        if not (self.is_sure or self.scopes.tests_the_whole(brace)):
            return self._inside(brace)
        place, counts = len(self.sentences), list[int]()
        written = self._group(brace, brace, counts)
        if counts:
            self.sentences.insert(place, self._sentence(brace, sum(counts)))
        return written

    def _sentence(self, brace: int, patterns: int) -> str:
        negation = self.scopes.tokens[brace - 2].text.upper() if brace > 1 else ""
        line = self.text.count("\n", 0, self.scopes.tokens[brace].start) + 1
        name = "NOT EXISTS" if negation == "NOT" else "EXISTS"
        return f"{name} on line {line} was nested so that each of its {patterns} patterns is looked up by itself."

    def _group(self, brace: int, outermost: int, counts: list[int]) -> str:
        """A group in braces; adds to ``counts`` how many patterns were nested in it, or in each of its branches."""
        start, end = brace + 1, self.scopes.pairs[brace]
        branches = self._branches(start, end)
        if branches:
            return "{ " + " UNION ".join(self._group(branch, outermost, counts) for branch in branches) + " }"
        found = self._order(start, end, outermost)
        if found is None:
            return self._inside(brace)
        counts.append(len(found[1]))
        return self._nest(*found)

    def _branches(self, start: int, end: int) -> list[int]:
        """The braces of `{ … } UNION { … }`; none if the group is anything else."""
        branches = []
        while start < end and self.scopes.tokens[start].text == "{":
            branches.append(start)
            start = self.scopes.pairs[start] + 1
            if start == end:
                return branches
            if self.scopes.tokens[start].text.upper() != "UNION":
                break
            start += 1
        return []

    def _order(self, start: int, end: int, outermost: int) -> tuple[Group, list[Pattern]] | None:
        if end - start > _TOKENS_MAX:
            return None
        try:
            group = read_group(self.scopes.tokens, start, end, fresh=f"{_FRESH}{start}_")
        except UnreadableGroupError:
            return None
        if len(group.patterns) not in _PATTERNS or not _is_movable(group):
            return None
        order = _connected(group.patterns, self._known(group, outermost))
        return None if order is None else (group, order)

    def _known(self, group: Group, outermost: int) -> frozenset[str]:
        """Variables of a group that stand outside of the EXISTS, too."""
        names = union_of(pattern.variables for pattern in group.patterns)
        return frozenset(name for name in names if self.scopes.is_outside(name, outermost))

    def _nest(self, group: Group, order: Sequence[Pattern]) -> str:
        """Each pattern with the filters that can be decided by then, around the next."""
        waiting, levels = list(group.constraints), []
        of_patterns = union_of(pattern.variables for pattern in order)
        bound: frozenset[str] = frozenset()
        for pattern in order:
            bound |= pattern.variables
            decided = [one for one in waiting if one.variables & of_patterns <= bound]
            waiting = [one for one in waiting if one not in decided]
            levels.append(" ".join([str(pattern), *(self.render(one.start, one.end) for one in decided)]))
        return "{ " + " FILTER EXISTS { ".join(levels) + " }" * len(levels)


def _is_movable(group: Group) -> bool:
    return all(_sees_the_same(one, group.patterns) for one in group.constraints) and all(
        _is_sure_of_nodes(path, group.patterns) for path in group.patterns if path.may_be_empty
    )


def _sees_the_same(constraint: Constraint, patterns: Sequence[Pattern]) -> bool:
    """Whether a filter may leave its GRAPH: nothing outside of its block binds a variable of it."""
    if constraint.inside is None:
        return True
    return constraint.variables & union_of(pattern.variables for pattern in patterns) <= constraint.inside


def _is_sure_of_nodes(path: Pattern, patterns: Sequence[Pattern]) -> bool:
    """Whether each end that a path shares with another pattern is a node of its graph in some triple."""
    others = [pattern for pattern in patterns if pattern is not path]
    shared = path.ends & union_of(pattern.variables for pattern in others)
    nodes = union_of(other.ends for other in others if other.graph == path.graph and not other.may_be_empty)
    return shared <= nodes


def _connected(patterns: Sequence[Pattern], known: frozenset[str]) -> list[Pattern] | None:
    """The patterns in an order in which something known leads to each; None if there is no such order."""
    waiting, order = list(patterns), []
    while waiting:
        reached = [one for one in waiting if one.variables & known or not one.variables]
        if not reached:
            return None
        chosen = min(reached, key=lambda one: (len(one.variables - known), one.may_be_empty, not one.ends & known))
        waiting.remove(chosen)
        order.append(chosen)
        known |= chosen.variables
    return order
