"""What the query compilers of both databases share: a tree of queries becomes one condition.

Each leaf is a condition of its own on the primary key, exact for any text, so that Not, And and Or
mean what they say however they are nested.
"""

from collections.abc import Iterator
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import FloatField, Q, QuerySet, Value
from django.db.models.functions import Cast
from modelsearch.query import And, Boost, MatchAll, Not, Or, Phrase, PlainText, SearchQuery
from modelsearch.utils import get_descendants_content_types_pks

from portal.search.bigrams import Term, parse_query, phrase
from portal.search.indexing import header

NOTHING = Q(pk__in=[])
# A pattern matched field by field need not be longer than this: the whole needle is looked for as well.
MAX_PATTERN = 200


def field_pattern(names: list[str], needle: str) -> str:
    """Return a regular expression, safe on both databases, for a needle in the lines of some fields.

    Needles and headers hold letters, digits, spaces and marks: nothing that needs escaping.
    """
    headers = "|".join(header(name) for name in names)
    return f"({headers})[^\n]*{needle[:MAX_PATTERN]}"


class BigramCompiler:
    """Mixed into the query compilers of modelsearch."""

    LAST_TERM_IS_PREFIX: bool
    columns: tuple[str, ...] = ("title", "body")
    queryset: QuerySet[Any]
    query: SearchQuery
    fields: list[str] | None
    order_by_relevance: bool

    def search(
        self, config: Any, start: int, stop: int | None, score_field: str | None = None, backend: Any = None
    ) -> QuerySet[Any]:
        """Return the matching objects, the best first if they are to be ordered by relevance."""
        if isinstance(self.query, MatchAll):
            return self.queryset[start:stop]
        queryset = self.queryset.filter(self.condition(self.query))
        terms = list(self.wanted(self.query))
        score = self.score(terms) if terms else Value(0.0, output_field=FloatField())
        if self.order_by_relevance and terms:
            queryset = queryset.order_by(score.desc(), "-pk")
        elif not queryset.query.order_by:
            queryset = queryset.order_by("-pk")  # pages of results need some fixed order
        if score_field:
            queryset = queryset.annotate(**{score_field: score})
        return queryset[start:stop]

    def condition(self, query: SearchQuery) -> Q:
        """Return what an object has to fulfil to match the query."""
        match query:
            case MatchAll():
                return ~NOTHING
            case Not():
                return ~self.condition(query.subquery)
            case Boost():
                return self.condition(query.subquery)
            case And() | Or():
                join = and_ if isinstance(query, And) else or_
                return reduce(join, [self.condition(part) for part in query.subqueries], Q())
        terms = self.terms(query)
        return self.holding(terms, getattr(query, "operator", "and") == "or") if terms else NOTHING

    def wanted(self, query: SearchQuery) -> Iterator[Term]:
        """Yield the terms that a result is the better for holding."""
        if isinstance(query, And | Or):
            for part in query.subqueries:
                yield from self.wanted(part)
        elif isinstance(query, Boost):
            yield from self.wanted(query.subquery)
        elif isinstance(query, PlainText | Phrase):
            yield from self.terms(query)

    def terms(self, query: SearchQuery) -> list[Term]:
        """Return the terms of a leaf of the tree."""
        if isinstance(query, Phrase):
            return phrase(query.query_string)
        if isinstance(query, PlainText):
            return parse_query(query.query_string, prefix=self.LAST_TERM_IS_PREFIX)
        raise NotImplementedError(f"`{type(query).__name__}` is not supported by this search backend.")

    def holding(self, terms: list[Term], any_term: bool) -> Q:
        """Return the condition that an object holds all of the terms, or any, in the searched fields."""
        raise NotImplementedError

    def score(self, terms: list[Term]) -> Any:
        """Return how well an object matches: more is better."""
        raise NotImplementedError

    def content_types(self) -> list[int]:
        """Return the types of the entries of the searched model and of those that inherit from it."""
        found: list[int] = get_descendants_content_types_pks(self.queryset.model)
        return found

    def primary_key(self, path: str) -> Cast:
        """Return the object id of an entry, which is text, as the primary key that it stands for."""
        field = self.queryset.model._meta.pk
        while field.remote_field:
            field = field.target_field
        return Cast(path, output_field=field)
