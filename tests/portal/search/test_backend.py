"""Search through the whole of modelsearch, on the database that the tests run on."""

import random
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.test import override_settings
from modelsearch.backends import get_search_backend
from modelsearch.index import AutocompleteField, FilterField, SearchField
from modelsearch.query import MATCH_ALL, MATCH_NONE, And, Or, Phrase, PlainText
from wagtail.documents.models import Document
from wagtail.models import Page
from wagtail.rich_text import get_text_for_indexing

from portal.search.bigrams import MARK, normalise
from portal.search.indexing import header
from portal.search.matching import field_pattern

pytestmark = pytest.mark.django_db

TITLES = [
    "居民议事厅开放",
    "居民的议事规则",
    "议事 厅",
    "低保申请指南",
    "高龄津贴2023年度发放",
    "凤凰社区",
    "龙凤",
    "凤",
    "AA制说明",
    "AA，制度",
    "Community Council café",
    "council of the community",
    "王𬱖先生",
]
HOSTILE = [
    "AND", "a OR b", "NOT", "NEAR(议事 厅)", "议事*", "title:议事", "^议事", "(", ")", "'", '"', "''''", "\\", "\\'", "%", "_",
    "{title}:x", "议事' & '厅", "'议事':*", "\x00", "议\x00事", "\ud800", "低保\udfff", "😀", "“", "-", "--", "; DROP TABLE x", MARK,
    "议" * 10_000, "x" * 10_000, "a" + "\u0301\u0316" * 5_000, "x " * 5_000, "(" * 10_000, "“" * 10_001, '"议事" ' * 2_000,
    " ".join(chr(0x4E00 + number) for number in range(5_000)), " ".join(str(number) for number in range(2_000)),
]  # fmt: skip


@pytest.fixture(autouse=True)
def at_once():
    """Let modelsearch's task run as the object is saved; with the database queue a worker would."""
    with override_settings(TASKS={"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}):
        yield


@pytest.fixture
def pages() -> None:
    root = Page.objects.get(depth=1)
    for number, title in enumerate(TITLES):
        root.add_child(instance=Page(title=title, slug=f"search-{number}"))


@pytest.fixture
def document(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Document]:
    """Return a function that indexes a plain model with a long text, which no stock model has."""
    extra = [SearchField("minutes"), SearchField("summary"), AutocompleteField("minutes"), FilterField("file_size")]
    monkeypatch.setattr(Document, "search_fields", [*Document.search_fields, *extra])

    def indexed(minutes: str = "", title: str = "纪要", **fields: Any) -> Document:
        summary = fields.pop("summary", "")
        made = Document.objects.create(title=title, file="minutes.pdf", **fields)
        made.minutes, made.summary = minutes, summary
        get_search_backend().add(made)
        return made

    return indexed


def titles(query: Any, **options: Any) -> set[str]:
    return {page.title for page in Page.objects.search(query, **options)}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("议事厅", {"居民议事厅开放"}),
        ("议事", {"居民议事厅开放", "居民的议事规则", "议事 厅"}),
        ("厅 议事", {"居民议事厅开放", "议事 厅"}),
        ("低保", {"低保申请指南"}),
        ("高龄津贴", {"高龄津贴2023年度发放"}),
        ("凤", {"凤凰社区", "龙凤", "凤"}),
        ("“居民议事”", {"居民议事厅开放"}),
        ('"居民议事"', {"居民议事厅开放"}),
        ("居民 议事", {"居民议事厅开放", "居民的议事规则"}),
        ("AA制", {"AA制说明"}),
        ("ａａ", {"AA制说明", "AA，制度"}),
        ("2023年", {"高龄津贴2023年度发放"}),
        ("202", set()),
        ("COMMUNITY", {"Community Council café", "council of the community"}),
        ("“community council”", {"Community Council café"}),
        ("communit", set()),
        ("café", {"Community Council café"}),
        ("cafe", set()),
        ("𬱖先", {"王𬱖先生"}),
        ("议事厅长", set()),
    ],
)
def test_finds_every_page_and_nothing_else(pages, query, found):
    assert titles(query) == found
    assert Page.objects.search(query).count() == len(found)
    assert titles(query, order_by_relevance=False) == found


@pytest.mark.parametrize("query", HOSTILE, ids=lambda query: ascii(query[:12]))
def test_no_query_is_an_error(pages, query):
    for results in (Page.objects.search(query), Page.objects.autocomplete(query), Page.objects.search(Phrase(query))):
        assert len(list(results)) == results.count()


@pytest.mark.parametrize("query", ["", " ", "，。", "“”", "***", "\x00", MARK])
def test_punctuation_finds_nothing(pages, query):
    assert titles(query) == set()
    assert list(Page.objects.autocomplete(query)) == []


def test_combined_queries(pages):
    assert titles(PlainText("低保 津贴", operator="or")) == {"低保申请指南", "高龄津贴2023年度发放"}
    assert titles(Or([PlainText("低保"), Phrase("community council")])) == {"低保申请指南", "Community Council café"}
    assert titles(And([PlainText("议事"), ~PlainText("议事厅")])) == {"居民的议事规则", "议事 厅"}
    assert titles(And([PlainText("低保"), MATCH_ALL])) == {"低保申请指南"}
    assert titles(Or([PlainText("低保"), MATCH_NONE])) == {"低保申请指南"}
    assert "低保申请指南" not in titles(~PlainText("低保"))
    assert set(TITLES) <= titles(MATCH_ALL)


def test_autocomplete_takes_the_last_word_unfinished(pages):
    assert {page.title for page in Page.objects.autocomplete("community coun")} == {
        "Community Council café",
        "council of the community",
    }
    assert {page.title for page in Page.objects.autocomplete("议事厅")} == {"居民议事厅开放"}
    assert not list(Page.objects.autocomplete("comm council"))


def test_filters_slices_scores_and_facets(pages):
    found = Page.objects.filter(title__contains="议事").live().search("居民")
    assert {page.title for page in found} == {"居民议事厅开放", "居民的议事规则"}
    every = list(Page.objects.search("凤"))
    assert [list(Page.objects.search("凤")[start : start + 2]) for start in (0, 2)] == [every[:2], every[2:]]
    assert Page.objects.search("凤")[1:].count() == 2
    assert all(isinstance(page.score, float) for page in Page.objects.search("凤").annotate_score("score"))
    by_title = [page.title for page in Page.objects.order_by("title").search("凤", order_by_relevance=False)]
    assert by_title == sorted(by_title)
    assert sum(Page.objects.search("凤").facet("live").values()) == 3


def test_saving_replaces_the_entry_and_deleting_removes_it(pages):
    page = Page.objects.get(title="低保申请指南")
    page.title = "临时救助"
    page.save()
    assert titles("低保") == set()
    assert titles("救助") == {"临时救助"}
    page.delete()
    assert titles("救助") == set()


def test_the_whole_index_is_rebuilt(pages):
    backend = get_search_backend()
    backend.reset_indexes()
    assert titles("低保") == set()
    for _ in range(2):
        call_command("update_index", verbosity=0)
        assert titles("低保") == {"低保申请指南"}
    Page.objects.filter(title="低保申请指南")._raw_delete(using="default")
    call_command("update_index", verbosity=0)
    assert titles("低保") == set()


def test_a_plain_model_with_tags(document):
    made = document(title="纪要")
    made.tags.add("适老化改造")
    get_search_backend().add(made)
    assert list(Document.objects.search("老化")) == [made]
    assert list(Document.objects.search("纪要 改造")) == [made]
    assert list(Document.objects.autocomplete("改造")) == [made]


def test_fields_and_their_borders(document):
    one = document("低保政策，Council", summary="议事", file_size=1)
    other = document("议事", summary="低保政策", file_size=2)
    assert set(Document.objects.search("低保政策")) == {one, other}
    assert list(Document.objects.search("低保政策", fields=["minutes"])) == [one]
    assert list(Document.objects.search("低保政策", fields=["summary"])) == [other]
    assert list(Document.objects.search("低保", fields=["title"])) == []
    assert list(Document.objects.search("counc", fields=["minutes"])) == []
    assert set(Document.objects.search("低", fields=["minutes", "summary"])) == {one, other}
    assert list(Document.objects.autocomplete("低保 counc", fields=["minutes"])) == [one]
    assert list(Document.objects.search("低" * 10_000, fields=["minutes"])) == []
    assert list(Document.objects.filter(file_size=2).search("低保")) == [other]
    # A phrase does not reach from one field into the next, and no query finds what marks a field.
    assert list(Document.objects.search(Phrase("Council 议事"))) == []
    assert list(Document.objects.search(b"minutes".hex())) == []


def test_a_field_is_not_mistaken_for_one_whose_name_begins_alike():
    line = header("summary_en") + normalise("议事")
    assert re.search(field_pattern(["summary_en"], "议事"), line)
    assert not re.search(field_pattern(["summary"], "议事"), line)


def test_a_hit_in_the_title_comes_first(document):
    text = "各社区学习有关政策，研究部署下一步工作。" * 3
    in_text = document(text + "低保" + text)
    in_title = document(text, title="低保申请")
    document(text)
    assert list(Document.objects.search("低保")) == [in_title, in_text]
    assert list(Document.objects.search("低保")[:1]) == [in_title]


def test_rich_text_is_cut_at_its_blocks(document):
    text = get_text_for_indexing("<p>居民</p><p>议事<b>厅</b></p><ul><li>低</li><li>保</li></ul>甲<br/>乙")
    made = document(text)
    assert list(Document.objects.search("议事厅")) == [made]
    for query in ("居民议事", "低保", "甲乙", "br"):
        assert list(Document.objects.search(query)) == []


def random_text(seed: int, characters: int, length: int) -> str:
    source = random.Random(seed)
    return "".join(chr(0x4E00 + source.randrange(characters)) for _ in range(length))


@pytest.mark.parametrize("characters", [3, 300, 20_000], ids=["repeating", "usual", "all different"])
def test_a_text_of_100_000_characters_is_exact(document, characters):
    text = random_text(characters, characters, 100_000)
    made = document(text)
    other = document(random_text(characters + 1, characters, 30_000))
    for start in (0, 16_380, 65_533, 99_980):
        query = text[start : start + 20]
        assert list(Document.objects.search(query)) == [made]
        assert list(Document.objects.autocomplete(query)) == [made]
        # The same pairs but one, which is there too, elsewhere or nowhere: not the text.
        absent = query[:10] + query[:10]
        assert set(Document.objects.search(absent)) == ({made} if absent in text else set())
    assert list(Document.objects.search(text[40_000:50_000])) == [made]
    assert other not in Document.objects.search(text[500:520])
