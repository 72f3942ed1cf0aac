"""The search page finds an issue by its number, and says what to do where nothing is found."""

import pytest

from tests.factories import IssueFactory

pytestmark = pytest.mark.django_db


def test_a_number_leads_to_its_issue(client):
    issue = IssueFactory(is_public=True)
    for written in (issue.number, issue.number.lower(), issue.number.replace("-", " ")):
        response = client.get("/search/", {"q": f" {written} "})
        assert response["Location"] == issue.get_absolute_url()


def test_the_number_of_a_hidden_issue_is_not_known(client):
    issue = IssueFactory(is_public=False)
    assert client.get("/search/", {"q": issue.number}).status_code == 200


def test_nothing_on_either_side_points_to_neither(client):
    assert "另一边" not in client.get("/search/", {"q": "没有这个词"}).content.decode()
