"""The search backend on SQLite: FTS5 keeps the position of every token, so its phrases are exact."""

import re
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import F, FloatField, Func, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce
from modelsearch.backends.database.sqlite import sqlite as stock
from modelsearch.backends.database.sqlite.query import MatchExpression

from portal.search.bigrams import CJK, MARK, Term, index_tokens
from portal.search.indexing import BigramIndex, BigramIndexer, FieldText, lines
from portal.search.matching import BigramCompiler, field_pattern

# FTS5's tokeniser takes accents off and folds case by tables of its own; what it might change is
# written as a number, so that its tokens are ours.
_CHANGEABLE = re.compile(f"[^a-z0-9{CJK}]")


def fts_tokens(tokens: list[str]) -> str:
    """Return tokens as a text that FTS5 takes apart into exactly these."""
    return " ".join(_CHANGEABLE.sub(lambda found: f"{MARK}{ord(found[0]):06x}", token) for token in tokens)


def fts_text(text: str) -> str:
    """Return a text as FTS5 stores it."""
    return f" {fts_tokens(index_tokens(text))} "


def fts_phrase(term: Term) -> str:
    """Return the FTS5 expression for a term."""
    return f'"{fts_tokens(term.tokens)}"' + ("*" if term.is_open else "")


def fts_needle(term: Term) -> str:
    """Return what the stored text contains if and only if it matches the term."""
    return f" {fts_tokens(term.tokens)}" + ("" if term.is_open else " ")


class Rank(Func):
    """FTS5's own rank, turned round so that more is better; a title weighs five times its text."""

    template = f"(-bm25({stock.SQLiteFTSIndexEntry._meta.db_table}, 1.0, 1.0, 5.0))"
    output_field = FloatField()


class RankOfObject(Func):
    """The rank of one object among the hits.

    The hits stand in FROM, not in a subquery correlated by modelsearch's fashion: so SQLite ranks
    them all once instead of searching anew for every row (2,500 hits of 10,000: 1.5 s).
    """

    template = "(SELECT hit.rank FROM %(expressions)s)"
    arg_joiner = " AS hit WHERE hit.key = "
    output_field = FloatField()


class SQLiteIndexer(BigramIndexer, stock.ObjectIndexer):
    """Reads an object for the index."""

    def stored(self, columns: dict[str, list[FieldText]]) -> dict[str, Any]:
        """Return each column as one row of tokens."""
        return {column: lines(texts, fts_text) for column, texts in columns.items()}


class SQLiteIndex(BigramIndex, stock.SQLiteIndex):
    """Wagtail's own index table with bigrams in it."""

    indexer_class = SQLiteIndexer


class SQLiteCompiler(BigramCompiler, stock.SQLiteSearchQueryCompiler):
    """Compiles `search()`."""

    def holding(self, terms: list[Term], any_term: bool) -> Q:
        """Return the condition that an object holds all of the terms, or any, in the searched fields."""
        return reduce(or_ if any_term else and_, [Q(pk__in=self._keys(term)) for term in terms])

    def score(self, terms: list[Term]) -> Any:
        """Return FTS5's rank of the object's entry among the entries that hold any of the terms."""
        ranked = self._hits(terms).annotate(key=F("index_entry__object_id"), rank=Rank()).values("key", "rank")
        # Only a subquery with a limit is never merged into the query around it.
        hits = Subquery(ranked[: 2**62], output_field=FloatField())
        return Coalesce(RankOfObject(hits, Cast("pk", TextField())), 0.0)

    def _keys(self, term: Term) -> QuerySet[Any]:
        hits = self._hits([term])
        if self.fields:
            pattern = field_pattern(self.fields, fts_needle(term))
            hits = hits.filter(reduce(or_, (Q(**{f"index_entry__{name}__regex": pattern}) for name in self.columns)))
        return hits.values_list(self.primary_key("index_entry__object_id"))

    def _hits(self, any_of: list[Term]) -> QuerySet[Any]:
        match = MatchExpression(list(self.columns), Value(" OR ".join(map(fts_phrase, any_of))))
        return stock.SQLiteFTSIndexEntry.objects.filter(match, index_entry__content_type__in=self.content_types())


class SQLiteAutocompleteCompiler(SQLiteCompiler, stock.SQLiteAutocompleteQueryCompiler):
    """Compiles `autocomplete()`."""

    columns = ("autocomplete",)
    LAST_TERM_IS_PREFIX = True


class SQLiteSearchBackend(stock.SQLiteSearchBackend):
    """The stock backend with bigrams."""

    index_class = SQLiteIndex
    query_compiler_class = SQLiteCompiler
    autocomplete_query_compiler_class = SQLiteAutocompleteCompiler
