"""The search page: numbers, figures, both sides, and nothing found."""

import pytest

from portal.models import ReportedFigure
from portal.templatetags import charts
from tests.factories import IssueFactory
from tests.factories.portal import DisclosurePageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def public_issue(district):
    return IssueFactory(is_public=True)


def show(client, **asked):
    return client.get("/search/", asked).content.decode()
