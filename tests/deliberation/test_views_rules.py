"""An issue's page says the numbers of the rules as the district has them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.test import Client

from community.models import Rule, User
from deliberation.states import IssueState
from tests.factories import District

ClientOf = Callable[[User], Client]
S = IssueState


def test_page_says_what_the_rules_say(client_of: ClientOf, district: District, issue_in: Any) -> None:
    issue = issue_in(S.RESOLVED)
    for key, value in {"issue.low_rating": 3, "issue.reworks": 1, "issue.answer": 8}.items():
        Rule.objects.filter(key=key).update(value=value)
    page = client_of(district.resident).get(f"/issues/{issue.number}/")
    assert page.context["rework_text"] == "打 3 分或更低就退回重办，最多 1 次，再不行由镇街督办。"
    assert page.context["rework_text"] in page.content.decode()
    assert page.context["if_late"] == "8 个工作日没有答复，自动结案，记为未答复"


def test_page_says_the_version_by_which_its_clock_runs(client: Client, issue_in: Any) -> None:
    issue = issue_in(S.RESOLVED, is_public=True)
    Rule.objects.create(
        key="issue.answer", value=9, unit="working_days", mark="P", citation="测试", in_force_from=date(2023, 11, 7)
    )
    answer = client.get(f"/issues/{issue.number}/")
    assert answer.context["if_late"] == "5 个工作日没有答复，自动结案，记为未答复"
