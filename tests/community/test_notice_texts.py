from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.notice_texts import (
    ALLOWED,
    SMS_CHARACTERS,
    fill,
    is_sms,
    missing_placeholders,
    unknown_placeholders,
)
from community.shipped_templates import SHIPPED_TEMPLATES


def test_only_our_own_placeholders_are_filled() -> None:
    values = {"site": "共治", "count": 3, "url": "https://a.example/", "text": "张三的井盖"}
    assert fill("sms", "【{site}】{count} 件 {url} {text}{nonsense}", values) == "【共治】3 件 https://a.example/ "
    assert fill("email", "{text}", values) == "张三的井盖"


def test_a_value_is_never_read_for_placeholders() -> None:
    assert fill("email", "{text} {site}", {"text": "{site}{url}", "site": "共治", "url": "x"}) == "{site}{url} 共治"


@given(st.text(), st.text(min_size=20, alphabet="张三李四0123456789"))
def test_no_words_of_an_sms_let_the_text_in(words: str, secret: str) -> None:
    filled = fill("sms", words + "{text}{code}{ text }{0}", {"text": secret, "code": secret, "count": 1})
    assert secret not in filled.replace(words, "")


@pytest.mark.parametrize(
    ("kind", "words", "wrong"),
    [
        ("sms", "{site} {count} {url}", []),
        ("sms", "{text} {url}", ["{text}"]),
        ("sms", "{code} {url}", ["{code}"]),
        ("sms_code", "{code} {minutes}", []),
        ("email", "{name} {text}", ["{name}"]),
        ("email", "{text", ["{"]),
        ("email", "{text}}", ["}"]),
        ("email_digest_subject", "{site} {count}", []),
        ("email_subject", "{text}", ["{text}"]),
    ],
)
def test_unknown_placeholders(kind: str, words: str, wrong: list[str]) -> None:
    assert unknown_placeholders(kind, words) == wrong


def test_missing_placeholders() -> None:
    assert missing_placeholders("email", "您好 {url}") == ["{text}"]
    assert missing_placeholders("sms", "您好") == ["{url}"]
    assert missing_placeholders("sms_code", "{code}") == []


@pytest.mark.parametrize("row", SHIPPED_TEMPLATES, ids=[row["kind"] for row in SHIPPED_TEMPLATES])
def test_what_is_shipped_holds(row: dict[str, str]) -> None:
    kind = row["kind"]
    assert unknown_placeholders(kind, row["body"]) == []
    assert missing_placeholders(kind, row["body"]) == []
    if is_sms(kind):
        assert row["subject"] == ""
        values = {"site": "共治", "count": 12, "url": "https://gz.example/my/notices/", "code": "123456", "minutes": 5}
        assert len(fill(kind, row["body"], values)) <= SMS_CHARACTERS
    else:
        assert row["subject"]
        assert unknown_placeholders(f"{kind}_subject", row["subject"]) == []


def test_no_sms_may_hold_a_notices_words() -> None:
    assert [kind for kind, names in ALLOWED.items() if is_sms(kind) and "text" in names] == []
