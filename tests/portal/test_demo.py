import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from wagtail.models import Page
from wagtail.search.backends import get_search_backend

from community.models import Area, User
from deliberation.models import Issue
from portal.models import DisclosurePage, FooterLink, NewsPage, ReportedFigure, SiteSettings, StandardPage, Subject
from portal.queries import counted_year
from tests.factories import AreaFactory, UserFactory

pytestmark = pytest.mark.django_db
FACILITIES = {
    "community_canteens", "elderly_care_centres", "day_care_stations", "red_posts", "social_work_stations",
    "one_old_one_young_pilots", "urban_rural_canteens", "village_mutual_care_built",
}  # fmt: skip


def load(**options):
    out = io.StringIO()
    call_command("load_demo", stdout=out, **options)
    return out.getvalue()


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield load()
        transaction.set_rollback(True)


def figures():
    out = io.StringIO()
    call_command("figures", year=2023, json=True, stdout=out)
    return json.loads(out.getvalue())


# Those that want an empty database come before the first that asks for `demo`, which then stays.
def test_without_demo_it_is_refused(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        load(scale=0.02)


@pytest.mark.parametrize("scale", [0, -1, 1000])
def test_a_senseless_scale_is_refused(scale):
    with pytest.raises(CommandError, match="--scale"):
        load(scale=scale)


def test_a_database_with_places_of_its_own_is_refused():
    AreaFactory()
    with pytest.raises(CommandError, match="district of its own"):
        load(scale=0.02)


def test_a_taken_account_is_named():
    UserFactory(username="worker2")
    with pytest.raises(CommandError, match="worker2"):
        load(scale=0.02)
    assert not Area.objects.exists()


def test_it_tells_how_far_it_is(demo):
    assert "10 towns, 112 communities and villages" in demo
    assert demo.strip().endswith("done")


def test_the_figures_of_2023_are_the_districts(demo):
    answer = figures()
    computed = {key: row["value"] for key, row in answer.items() if row["source"] == "computed"}
    assert computed["halls"] == 120
    assert computed["discussion_points"] == 445
    assert computed["issues_collected"] == 986
    assert computed["issues_resolved"] == 823
    assert computed["villages"] == 79
    assert computed["owners_committees"] == 319
    assert computed["compounds_with_property_company"] == 235
    assert computed["compound_councils"] == 446
    assert computed["compound_posts"] == 196
    assert computed["compound_service_stations_pilot"] == 5
    assert computed["community_workers"] == 731
    assert answer["dibao_paid_cny"] == {"value": 44734400, "unit": "元", "source": "entered"}
    assert answer["elderly_allowance_90_99"]["value"] == 200
    assert answer["errands_done_for_residents"]["value"] == 7658
    assert not FACILITIES & set(answer)
    assert ReportedFigure.objects.count() == 63
    assert set(ReportedFigure.objects.values_list("source", flat=True)) == {"鄂城区民政局 2023 年工作总结"}


def test_the_home_page_shows_a_year_with_issues(demo, client):
    assert Issue.objects.collected_in(counted_year()).exists()
    assert client.get("/").status_code == 200


def test_a_second_load_changes_nothing_and_says_what_stands(demo):
    before = Issue.objects.count()
    assert f"{before} issues" in load()
    assert Issue.objects.count() == before


def test_every_page_is_live_and_can_be_read(demo, client):
    assert Page.find_problems() == ([], [], [], [], [])
    pages = Page.objects.filter(depth__gte=3)
    assert pages.count() > 60
    for page in pages.specific():
        assert page.live
        assert client.get(page.url).status_code == 200, page.url
        if isinstance(page, DisclosurePage | NewsPage | StandardPage):
            assert page.first_published_at
            assert page.latest_revision_id == page.live_revision_id
            assert not page.has_unpublished_changes


def test_documents_cover_every_subject_and_fill_pages(demo):
    assert DisclosurePage.objects.count() > 40
    assert set(DisclosurePage.objects.values_list("subject", flat=True)) == set(Subject.values)
    for document in DisclosurePage.objects.all():
        assert "××" in document.index_number
        assert document.document_number == "" or "×× 号" in document.document_number


def test_what_was_replaced_says_so(demo):
    standard = DisclosurePage.objects.get(slug="dibao-standard-2023")
    assert standard.replaces.validity == "replaced"
    assert standard.replaces.replaced_by.get() == standard
    text = str(standard.body.get_prep_value())
    assert "元/年" in text
    assert "元/月" in text
    assert DisclosurePage.objects.filter(validity="replaced").count() == 4


def test_explanations_are_found_from_what_they_explain(demo):
    explained = DisclosurePage.objects.exclude(explains=None).values_list("slug", "explains__slug")
    assert set(explained) == {
        ("dibao-standard-2023-reading", "dibao-standard-2023"),
        ("disability-subsidies-reading", "disability-subsidies-guide"),
    }


def test_new_pages_keep_the_columns_fresh(demo):
    from django.utils import timezone

    today = timezone.localdate()
    assert (today - NewsPage.objects.latest("published_on").published_on).days < 14
    assert (today - DisclosurePage.objects.latest("published_on").published_on).days < 14


def test_header_and_footer(demo, client):
    settings = SiteSettings.objects.get()
    assert settings.sponsor == "鄂城区民政局"
    assert "×" in settings.phone
    assert "×" in settings.icp_number
    for link in FooterLink.objects.all():
        assert client.get(link.url).status_code == 200


def test_the_editor_edits_the_columns_and_nothing_else(demo, client_of):
    client = client_of(User.objects.get(username="editor"))
    document, standing = DisclosurePage.objects.first(), StandardPage.objects.first()
    assert client.get(f"/admin/pages/{document.pk}/edit/").status_code == 200
    assert document.permissions_for_user(User.objects.get(username="editor")).can_publish()
    assert client.get(f"/admin/pages/{standing.pk}/edit/").status_code == 302


def test_the_search_index_is_there(demo):
    search = get_search_backend().search
    assert search("高龄津贴", Page).count() > 2
    assert search("路灯", Issue).count() > 2
