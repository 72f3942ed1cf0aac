"""The search backend on PostgreSQL: the tsvector names the candidates, their text decides.

A tsvector holds positions only up to 16,383 and no more than 256 of a lexeme, so in a long text a
phrase of its positions would miss hits. Its lexemes alone are complete: an entry that holds them all
is a candidate, and the folded text beside them (`title_text`, `body_text`) is searched for the term
itself.
"""

from collections import Counter
from collections.abc import Iterable
from functools import reduce
from operator import add, or_
from typing import Any

from django.contrib.postgres.search import SearchQueryField, SearchRank, SearchVectorField
from django.db.models import BooleanField, F, FloatField, Func, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce, StrIndex
from django.db.models.lookups import GreaterThan
from modelsearch.backends.database.postgres import postgres as stock
from modelsearch.query import Fuzzy

from portal.search.bigrams import MARK, Term, index_tokens, normalise
from portal.search.indexing import COLUMNS, BigramIndex, BigramIndexer, FieldText, lines
from portal.search.matching import BigramCompiler, field_pattern

# The rank saturates after a few occurrences, so no more than these are stored; where they are is not.
MAX_OCCURRENCES = 4
# A tsvector holds 1 MB. A text with more different pairs than this (no text that means something has
# them below half a million characters) gets the MARK alone, which makes it a candidate for everything.
MAX_VECTOR_BYTES = 900_000
# The text decides, so a long term need not ask the index for more than this.
MAX_LEXEMES = 32
# `body_text` ends with the texts for autocomplete, for which modelsearch has no column.
PART = "\x1d"


def vector(texts: Iterable[FieldText]) -> Cast:
    """Return a tsvector of the texts, written out because PostgreSQL's own parser knows no bigrams."""
    weighed: dict[str, list[str]] = {}
    for _, text, weight in sorted(texts, key=lambda found: found.weight):
        for token, count in Counter(index_tokens(text)).items():
            places = weighed.setdefault(token, [])
            places += [weight] * min(count, MAX_OCCURRENCES - len(places))
    weighed.pop(MARK, None)
    # Two bytes count the places of a lexeme, two more hold each, and one may align them.
    if sum(len(token.encode()) + 3 + 2 * len(places) for token, places in weighed.items()) > MAX_VECTOR_BYTES:
        weighed = {MARK: ["D"]}
    # Tokens hold letters, digits and accents only: no quote and no backslash to escape.
    literal = " ".join(
        f"'{token}':" + ",".join(f"{place}{weight}" for place, weight in enumerate(places, start=1))
        for token, places in weighed.items()
    )
    return Cast(Value(literal, output_field=TextField()), SearchVectorField())


def lexemes(term: Term) -> list[str]:
    """Return the term's tokens as a tsquery writes them."""
    quoted = [f"'{token}'" for token in term.tokens if token != MARK]
    if term.is_open:
        quoted[-1] += ":*"
    return list(dict.fromkeys(quoted))[:MAX_LEXEMES]


def tsquery(text: str) -> Cast:
    """Return a tsquery as it is written, past PostgreSQL's parser of words."""
    return Cast(Value(text, output_field=TextField()), SearchQueryField())


class Holds(Func):
    """The operator between a tsvector and a tsquery."""

    arg_joiner = " @@ "
    template = "(%(expressions)s)"
    output_field = BooleanField()


def body_part(number: int) -> Func:
    """Return one of the two parts of `body_text`."""
    return Func(F("body_text"), Value(PART), Value(number), function="split_part", output_field=TextField())


# The folded text that decides for each tsvector.
FOLDED = {"title_folded": F("title_text"), "body_folded": body_part(1), "autocomplete_folded": body_part(2)}


class PostgresIndexer(BigramIndexer, stock.ObjectIndexer):
    """Reads an object for the index."""

    def stored(self, columns: dict[str, list[FieldText]]) -> dict[str, Any]:
        """Return each column as a tsvector, and the folded texts beside them."""
        text = {column: lines(texts, normalise) for column, texts in columns.items()}
        return {column: vector(texts) for column, texts in columns.items()} | {
            "title_text": text["title"],
            "body_text": text["body"] + PART + text["autocomplete"],
        }


class PostgresIndex(BigramIndex, stock.PostgresIndex):
    """Wagtail's own index table with bigrams in it."""

    indexer_class = PostgresIndexer
    stored_fields = (*COLUMNS, "title_text", "body_text", "title_norm")


class PostgresCompiler(BigramCompiler, stock.PostgresSearchQueryCompiler):
    """Compiles `search()`."""

    def holding(self, term: Term) -> QuerySet[Any]:
        """Return the primary keys of the objects that hold a term in a searched field."""
        entries = stock.IndexEntry.objects.filter(content_type__in=self.content_types()).alias(**FOLDED)
        candidate = tsquery(f"({' & '.join(lexemes(term))}) | '{MARK}'")
        found = (Q(Holds(F(column), candidate)) & self._decide(f"{column}_folded", term) for column in self.columns)
        return entries.filter(reduce(or_, found)).values_list(self.primary_key("object_id"))

    def _decide(self, folded: str, term: Term) -> Q:
        contained = Q(GreaterThan(StrIndex(F(folded), Value(term.needle)), 0))
        if self.fields:
            contained &= Q(**{f"{folded}__regex": field_pattern(self.fields, term.needle)})
        return contained

    def score(self, terms: list[Term]) -> Any:
        """Return PostgreSQL's rank of the object's entry: of its title, weighed by brevity, and of its text.

        It ranks by any of the terms, which takes linear time; that all are there is not its business.
        """
        any_of = tsquery(" | ".join(dict.fromkeys(lexeme for term in terms for lexeme in lexemes(term))))
        ranks = [SearchRank(F(column), any_of, weights=self.sql_weights) for column in self.columns]
        rank = reduce(add, ranks) if len(ranks) == 1 else ranks[0] * F("title_norm") + ranks[1]
        entry = stock.IndexEntry.objects.filter(
            content_type__in=self.content_types(), object_id=Cast(OuterRef("pk"), TextField())
        )
        return Coalesce(Subquery(entry.values_list(rank)[:1], output_field=FloatField()), 0.0)

    def search(self, config: Any, start: int, stop: int | None, **options: Any) -> QuerySet[Any]:
        """Return the matching objects; the fuzzy search that PostgreSQL alone knows stays as it is."""
        if isinstance(self.query, Fuzzy):
            stock_search: Any = stock.PostgresSearchQueryCompiler.search
            return stock_search(self, config, start, stop, **options)
        return super().search(config, start, stop, **options)


class PostgresAutocompleteCompiler(PostgresCompiler, stock.PostgresAutocompleteQueryCompiler):
    """Compiles `autocomplete()`."""

    columns = ("autocomplete",)
    LAST_TERM_IS_PREFIX = True


class PostgresSearchBackend(stock.PostgresSearchBackend):
    """The stock backend with bigrams."""

    index_class = PostgresIndex
    query_compiler_class = PostgresCompiler
    autocomplete_query_compiler_class = PostgresAutocompleteCompiler
