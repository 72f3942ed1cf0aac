"""What the indexes of both databases share: which texts of an object go into which column."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.db.models import Model
from modelsearch.index import AutocompleteField
from modelsearch.utils import get_content_type_pk

from portal.search.bigrams import MARK, index_tokens

COLUMNS = ("title", "body", "autocomplete")
# A hit in a title counts more the shorter the title is; this is the length at which it counts once.
USUAL_TITLE_TOKENS = 10


class FieldText(NamedTuple):
    """The text of one indexed field, with the letter that PostgreSQL weighs it by."""

    name: str
    text: str
    weight: str


def header(name: str) -> str:
    """Return what opens the line of one field in a column, written so that no query can find it."""
    return f"\n{MARK}{MARK}{name.encode().hex()}{MARK}"


def lines(texts: Iterable[FieldText], encode: Callable[[str], str]) -> str:
    """Return a column as lines, one a text, so that no phrase reaches from one field into the next."""
    return "".join(header(name) + encode(text) for name, text, _ in texts)


class BigramIndexer:
    """Mixed into either ObjectIndexer of modelsearch, which knows how to read the fields."""

    search_fields: list[Any]
    obj: Model
    prepare_field: Any
    id: str

    def columns(self) -> dict[str, list[FieldText]]:
        """Return the object's texts by column, each under the name of the object's own field."""
        columns: dict[str, list[FieldText]] = {column: [] for column in COLUMNS}
        for field in self.search_fields:
            for found, *weight, text in self.prepare_field(self.obj, field):
                columns[self._column(found)].append(FieldText(field.field_name, text, "".join(weight)))
        return columns

    @staticmethod
    def _column(field: Any) -> str:
        if isinstance(field, AutocompleteField):
            return "autocomplete"
        return "title" if field.field_name == "title" else "body"

    def values(self) -> dict[str, Any]:
        """Return the columns of the object's entry."""
        columns = self.columns()
        length = sum(len(index_tokens(text)) for _, text, _ in columns["title"])
        return self.stored(columns) | {"title_norm": USUAL_TITLE_TOKENS / max(length, 1)}

    def stored(self, columns: dict[str, list[FieldText]]) -> dict[str, Any]:
        """Return the texts in the form that the database searches."""
        raise NotImplementedError


class BigramIndex:
    """Mixed into either index of modelsearch; writes an entry in one statement."""

    indexer_class: Any
    backend: Any
    entries: Any
    stored_fields: tuple[str, ...] = (*COLUMNS, "title_norm")

    def add_items(self, model: type[Model], objs: Iterable[Model]) -> None:
        """Write the entries of some objects of one model, replacing those they have."""
        content_type = get_content_type_pk(model)
        indexers = {indexer.id: indexer for indexer in (self.indexer_class(obj, self.backend) for obj in objs)}
        self.entries.bulk_create(
            [
                self.entries.model(content_type_id=content_type, object_id=key, **indexer.values())
                for key, indexer in indexers.items()
            ],
            update_conflicts=True,
            unique_fields=["content_type", "object_id"],
            update_fields=self.stored_fields,
        )

    def _refresh_title_norms(self, full: bool = False) -> None:
        """Do nothing: modelsearch reads the whole index here after every save; `values` has no need of it."""
