"""Cutting texts and queries: a term's needle is in the folded text exactly where its tokens are in the index."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.search.bigrams import MARK, MAX_TERMS, Term, index_tokens, is_cjk, normalise, parse_query, phrase, split

# Few characters, so that a query often is in a text, and each kind that is treated in its own way.
ALPHABET = '居民议事aAB1２é\u0301 \t，。“"-—ｶﾞ々〇\u200b' + MARK
texts = st.text(ALPHABET, max_size=40)
# What may stand beside a text without growing together with its last letter, as an accent would.
surroundings = st.text("居民议事aA1 ，", max_size=10)
runs = st.text("居民议事", min_size=1, max_size=30)


def holds(text: str, query: str, prefix: bool = False) -> bool:
    terms = parse_query(query, prefix)
    return bool(terms) and all(term.needle in normalise(text) for term in terms)


def row_of_tokens(text: str, term: Term) -> bool:
    """Return whether the term's tokens stand side by side among the text's, as an index sees it."""
    stored, asked = index_tokens(text), term.tokens
    for start in range(len(stored) - len(asked) + 1):
        *whole, last = zip(stored[start : start + len(asked)], asked, strict=True)
        if all(one == other for one, other in whole) and (
            last[0].startswith(last[1]) if term.is_open else last[0] == last[1]
        ):
            return True
    return False


@given(runs, runs)
def test_a_run_matches_where_it_is_a_substring(run, query):
    assert holds(run, query) == (query in run)


@given(texts, texts, st.booleans())
def test_tokens_and_needle_agree(text, query, prefix):
    for term in parse_query(query, prefix):
        assert row_of_tokens(text, term) == (term.needle in normalise(text))


@given(surroundings, texts, surroundings)
def test_a_text_is_found_by_any_run_of_it(before, text, after):
    for part in split(text):
        if is_cjk(part):
            assert holds(before + text + after, part)


@given(texts, texts)
def test_words_are_found_whole(text, other):
    words = [part for part in split(text) if part != MARK and not is_cjk(part)]
    asked = [part for part in split(other) if part != MARK and not is_cjk(part)]
    for word in asked:
        assert holds(text, word) == (word in words)


@given(st.text(max_size=200))
def test_any_query_is_parsed(query):
    assert all(term.parts and term.tokens and term.needle.strip() for term in parse_query(query))


@pytest.mark.parametrize(
    ("text", "query", "found"),
    [
        ("居民议事厅", "议事厅", True),
        ("居民议事", "议事厅", False),
        ("议事，厅长", "议事厅", False),
        ("议事 厅", "议事厅", False),
        ("凤凰", "凤", True),
        ("龙凤", "凤", True),
        ("龙凤", "龙", True),
        ("龙", "凤", False),
        ("实行AA制度", "AA制", True),
        ("实行AA，制度", "AA制", False),
        ("实行AAA制度", "AA制", False),
        ("今年2023年度", "年2023年", True),
        ("2023 年", "2023年", True),
        ("２０２３年", "2023", True),
        ("2023年", "23年", False),
        ("Community councils", "council", False),
        ("COMMUNITY COUNCIL", "community Council", True),
        ("council of the community", "community council", True),
        ("council of the community", "“community council”", False),
        ("a community council", '"community council"', True),
        ("居民的议事", "居民 议事", True),
        ("居民的议事", "「居民 议事」", False),
        ("don't panic", "don’t", True),
        ("议\u200b事\u00ad厅\ufe00", "议事厅", True),
        ("人々と〇〇", "々と〇", True),
        ("ｶﾞｽ", "ガス", True),
        ("王𬱖𰻝先生", "𬱖𰻝", True),
        ("\ud800议事厅\x00", "\x00议事\udfff", True),
    ],
)
def test_what_is_found(text, query, found):
    assert holds(text, query) is found


@pytest.mark.parametrize("query", ["", " \u3000", "“”", '"', "，。！", "***", "\x00\ud800", "😀", MARK])
def test_nothing_to_look_for(query):
    assert parse_query(query) == []


def test_the_last_word_may_be_unfinished():
    assert holds("community council", "community coun", prefix=True)
    assert not holds("community council", "comm council", prefix=True)
    assert not holds("community council", '"coun"', prefix=True)
    assert holds("实行AAA制", "行AA", prefix=True)


def test_a_long_word_has_a_short_token_of_its_own():
    one, other = "x" * 5000 + "1", "x" * 5000 + "2"
    assert index_tokens(one) != index_tokens(other)
    assert len(index_tokens(one)[0]) < 256
    assert index_tokens(one)[0].startswith(parse_query("x" * 5000, prefix=True)[0].tokens[-1])


def test_terms_are_counted_once_and_capped():
    assert len(parse_query("议事 议事 低保")) == 2
    assert len(parse_query(" ".join(str(number) for number in range(5000)))) == MAX_TERMS


def test_a_phrase_keeps_its_white_space():
    assert [term.parts for term in phrase("居民 议事")] == [("居民", "议事")]
    assert phrase("！") == []


def test_a_pile_of_accents_costs_no_time():
    assert split("居民" + "a" + "\u0301\u0316" * 50_000 + "！" * 50_000 + "议事")[0::2] == ["居民", "议事"]
