"""The search backend on PostgreSQL: the tsvector names the candidates, their text decides.

A tsvector holds positions only up to 16,383 and no more than 256 of a lexeme, so in a long text a
phrase of its positions would miss hits. Its lexemes alone are complete: an entry that holds them all
is a candidate, and the folded text beside them (`title_text`, `body_text`) is searched for the term
itself.
"""

from collections import Counter
from collections.abc import Iterable
from functools import reduce
from operator import and_, or_
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQueryField, SearchRank, SearchVectorField
from django.db.models import BooleanField, F, FloatField, Func, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat
from modelsearch.backends.database.postgres import postgres as stock
from modelsearch.query import Fuzzy

from portal.search.bigrams import MARK, Term, index_tokens, normalise
from portal.search.indexing import COLUMNS, BigramIndex, BigramIndexer, FieldText, lines
from portal.search.matching import BigramCompiler, field_pattern

# The rank saturates after a few occurrences, so no more than these are stored; where they are is not.
MAX_OCCURRENCES = 4
# A tsvector holds 1 MB, about 80,000 different pairs. A text with more gets the MARK alone, which makes
# it a candidate for every query, and its text decides.
MAX_VECTOR_BYTES = 900_000
# The text decides, so a long term need not ask the index for more than this.
MAX_LEXEMES = 32
# Nor need a query of many terms, all of them required.
MAX_ASKED = 4
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


class Matches(Holds):
    """The operator between a text and a regular expression."""

    arg_joiner = " ~ "


class LikeEvery(Holds):
    """Whether a text holds every needle; the text is unpacked once for all of them."""

    arg_joiner = " LIKE ALL ("
    template = "(%(expressions)s::text[]))"


class LikeAny(LikeEvery):
    """Whether a text holds any needle."""

    arg_joiner = " LIKE ANY ("


def needles(terms: list[Term]) -> Value:
    """Return the patterns of LIKE for some terms, which hold no character that it gives a meaning to."""
    return Value([f"%{term.needle}%" for term in terms], output_field=ArrayField(TextField()))


def body_part(number: int) -> Func:
    """Return one of the two parts of `body_text`."""
    return Func(F("body_text"), Value(PART), Value(number), function="split_part", output_field=TextField())


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

    # The folded text that decides.
    text: Any = Concat(F("title_text"), body_part(1), output_field=TextField())

    def holding(self, terms: list[Term], any_term: bool) -> Q:
        """Return the condition that an object holds all of the terms, or any, in the searched fields."""
        join, like = (or_, LikeAny) if any_term else (and_, LikeEvery)
        asked = terms if any_term else sorted(terms, key=lambda term: -len(term.needle))[:MAX_ASKED]
        conditions = [reduce(join, map(self._candidate, asked)), Q(like(self.text, needles(terms)))]
        if self.fields:
            conditions.append(reduce(join, (self._in_fields(self.fields, term) for term in terms)))
        entries = stock.IndexEntry.objects.filter(*conditions, content_type__in=self.content_types())
        return Q(pk__in=entries.values_list(self.primary_key("object_id")))

    def _candidate(self, term: Term) -> Q:
        asked = tsquery(f"({' & '.join(lexemes(term))}) | '{MARK}'")
        return reduce(or_, (Q(Holds(F(column), asked)) for column in self.columns))

    def _in_fields(self, names: list[str], term: Term) -> Q:
        return Q(Matches(self.text, Value(field_pattern(names, term.needle))))

    def score(self, terms: list[Term]) -> Any:
        """Return PostgreSQL's rank of the object's entry: of its title, weighed by brevity, and of its text.

        It ranks by any of the terms, which takes linear time; that all are there is not its business.
        """
        any_of = tsquery(" | ".join(dict.fromkeys(lexeme for term in terms for lexeme in lexemes(term))))
        ranks = [SearchRank(F(column), any_of, weights=self.sql_weights) for column in self.columns]
        rank = ranks[0] if len(ranks) == 1 else ranks[0] * F("title_norm") + ranks[1]
        entry = stock.IndexEntry.objects.filter(
            content_type__in=self.content_types(), object_id=Cast(OuterRef("pk"), TextField())
        )
        return Coalesce(Subquery(entry.values_list(rank)[:1], output_field=FloatField()), 0.0)

    def search(  # type: ignore[override]  # (options pass through as they are)
        self, config: Any, start: int, stop: int | None, **options: Any
    ) -> QuerySet[Any]:
        """Return the matching objects; the fuzzy search that PostgreSQL alone knows stays as it is."""
        if isinstance(self.query, Fuzzy):
            stock_search: Any = stock.PostgresSearchQueryCompiler.search
            return stock_search(self, config, start, stop, **options)
        return super().search(config, start, stop, **options)


class PostgresAutocompleteCompiler(PostgresCompiler, stock.PostgresAutocompleteQueryCompiler):
    """Compiles `autocomplete()`."""

    columns = ("autocomplete",)
    text = body_part(2)
    LAST_TERM_IS_PREFIX = True


class PostgresSearchBackend(stock.PostgresSearchBackend):
    """The stock backend with bigrams."""

    index_class = PostgresIndex
    query_compiler_class = PostgresCompiler
    autocomplete_query_compiler_class = PostgresAutocompleteCompiler
