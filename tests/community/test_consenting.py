from datetime import date, timedelta
from urllib.parse import urlencode

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from community.errors import NotAllowed, WrongState
from community.models import Consent, ConsentText, Guardianship, Resident
from community.models.people import Verification
from community.models.privacy import ConsentChannel, ConsentKind
from community.permissions import is_guardian_of
from community.queries import standing_consent, texts_to_agree
from community.workflow.consenting import digest_of, give_consent, resident_for, withdraw_consent
from tests.factories import AppointmentFactory, District, IssueFactory, ResidentFactory, UserFactory
from tests.factories.verifying import id_number_of

pytestmark = pytest.mark.django_db
TERMS, VERIFICATION, MINOR = ConsentKind.TERMS, ConsentKind.VERIFICATION, ConsentKind.MINOR


def now():
    return timezone.now()


def new_version(kind=TERMS, version=2, start=None, **fields):
    values = {"title": "新版", "body": "新的正文", "in_force_from": start or timezone.localdate(), **fields}
    return ConsentText.objects.create(kind=kind, version=version, **values)


def guard(minor, guardian, worker):
    return Guardianship.objects.create(
        minor=minor, guardian=guardian, paper="户口簿", recorded_by=worker, recorded_at=now()
    )


def test_each_kind_comes_with_a_first_version_in_plain_words():
    assert set(ConsentText.objects.values_list("kind", "version")) == {(kind, 1) for kind in ConsentKind.values}
    for text in ConsentText.objects.all():
        assert "谁来处理" in text.body
        assert "保存多久" in text.body
        assert "电话" in text.body


def test_one_agrees_for_oneself_and_twice_is_once():
    resident = ResidentFactory(agreed=False)
    assert standing_consent(resident, TERMS) is None
    first = give_consent(resident, TERMS, by=resident.user, at=now())
    assert give_consent(resident, TERMS, by=resident.user, at=now()) == first
    assert standing_consent(resident, TERMS) == first
    assert (first.text.version, first.channel, first.given_by) == (1, ConsentChannel.SITE, resident.user)


def test_nobody_agrees_for_another(district: District):
    resident = Resident.objects.get(user=district.neighbour)
    for by in (district.resident, district.worker, district.superuser):
        with pytest.raises(NotAllowed):
            give_consent(resident, VERIFICATION, by=by, at=now())
        with pytest.raises(NotAllowed):
            withdraw_consent(resident, TERMS, by=by, at=now())
    assert standing_consent(resident, TERMS)


def test_a_worker_of_the_home_writes_down_what_was_agreed_on_paper(district: District):
    resident = ResidentFactory(user=None, home=district.compound)
    with pytest.raises(NotAllowed, match="社区工作者"):
        give_consent(resident, TERMS, by=district.other_worker, at=now(), channel=ConsentChannel.PAPER)
    consent = give_consent(resident, TERMS, by=district.worker, at=now(), channel=ConsentChannel.PAPER)
    assert (consent.channel, consent.given_by) == ("paper", district.worker)


def test_a_guardian_agrees_for_a_minor_and_the_minor_does_not(district: District):
    minor = ResidentFactory(home=district.compound, verification=Verification.UNVERIFIED)
    guardian = Resident.objects.get(user=district.resident)
    guard(minor, guardian, district.worker)
    assert [text.kind for text in texts_to_agree(minor.user)] == [MINOR]
    with pytest.raises(NotAllowed):
        give_consent(minor, MINOR, by=minor.user, at=now())
    give_consent(minor, MINOR, by=district.resident, at=now())
    assert texts_to_agree(minor.user) == []
    withdraw_consent(minor, MINOR, by=district.resident, at=now())
    assert [text.kind for text in texts_to_agree(minor.user)] == [MINOR]
    Guardianship.objects.update(ended_at=now())
    with pytest.raises(NotAllowed):
        give_consent(minor, MINOR, by=district.resident, at=now())


def test_what_was_taken_back_does_not_stand_and_can_be_given_again():
    resident = ResidentFactory()
    withdraw_consent(resident, TERMS, by=resident.user, at=now())
    assert standing_consent(resident, TERMS) is None
    with pytest.raises(WrongState):
        withdraw_consent(resident, TERMS, by=resident.user, at=now())
    give_consent(resident, TERMS, by=resident.user, at=now())
    assert Consent.objects.filter(resident=resident).count() == 2


def test_without_consent_the_id_number_goes_and_the_verification_with_it():
    resident = ResidentFactory(id_number="420704196801010017", id_index="x" * 64)
    give_consent(resident, VERIFICATION, by=resident.user, at=now())
    withdraw_consent(resident, VERIFICATION, by=resident.user, at=now())
    resident.refresh_from_db()
    assert (resident.id_number, resident.id_index) == ("", None)
    assert resident.verification == Verification.UNVERIFIED
    assert [one.outcome for one in resident.verification_records.all()] == ["revoked"]


def test_a_new_version_in_force_asks_everybody_anew():
    resident = ResidentFactory()
    later = new_version(start=timezone.localdate() + timedelta(days=3))
    assert texts_to_agree(resident.user) == []
    later.in_force_from = timezone.localdate()
    later.save()
    assert texts_to_agree(resident.user) == [later]
    assert standing_consent(resident, TERMS) is None
    assert give_consent(resident, TERMS, by=resident.user, at=now()).text == later


def test_what_was_agreed_to_is_never_changed():
    text = ConsentText.objects.get(kind=TERMS)
    text.title = "还没有人同意时可以改"
    text.save()
    ResidentFactory()
    text.body = "偷偷改掉"
    with pytest.raises(ValidationError, match="不能再改"):
        text.save()
    assert "偷偷改掉" not in ConsentText.objects.get(kind=TERMS).body


def test_whoever_read_other_words_has_not_agreed():
    resident, text = ResidentFactory(agreed=False), ConsentText.objects.get(kind=TERMS)
    seen = digest_of(text)
    text.body = "刚改的"
    text.save()
    with pytest.raises(WrongState, match="刚刚改过"):
        give_consent(resident, TERMS, by=resident.user, at=now(), seen=seen)
    assert not Consent.objects.filter(resident=resident).exists()


def test_a_profile_is_made_once():
    user = UserFactory()
    assert resident_for(by=user, at=now()) == resident_for(by=user, at=now())
    assert Resident.objects.filter(user=user).count() == 1


def test_staff_works_under_its_appointment(django_assert_num_queries):
    worker = AppointmentFactory().user
    assert texts_to_agree(worker) == []
    resident = ResidentFactory().user
    assert texts_to_agree(resident) == []


# --- Pages -----------------------------------------------------------------------------------------


def agree(client: Client, kind=TERMS, **data):
    text = ConsentText.objects.get(kind=kind)
    return client.post(reverse("consent"), {"kind": kind, "seen": digest_of(text), "agreed": "on", **data})


def test_a_new_person_is_led_to_the_terms_before_writing(client_of):
    user = UserFactory()
    client = client_of(user)
    for address in ("/my/", "/issues/new/"):
        response = client.get(address)
        assert (response.status_code, response["Location"].split("?")[0]) == (302, "/my/consent/")
    assert client.get("/issues/").status_code == 200
    page = client.get("/my/consent/?next=/issues/new/")
    assert "我看过了，同意" in page.content.decode()
    response = agree(client, next="/issues/new/")
    assert (response.status_code, response["Location"]) == (302, "/issues/new/")
    assert client.get("/issues/new/").status_code == 200
    assert standing_consent(user.resident, TERMS)


def test_what_was_sent_before_agreeing_comes_back(district: District, client_of):
    issue, client = IssueFactory(area=district.compound, is_public=True), client_of(UserFactory())
    sent = client.post("/issues/new/", {"title": "井盖松了", "details": "一踩就响"})
    assert sent["Location"] == "/my/consent/?next=%2Fissues%2Fnew%2F"
    assert "还没有送出" in client.get(sent["Location"]).content.decode()
    page = client.get(agree(client, next="/issues/new/")["Location"]).content.decode()
    for words in ("井盖松了", "一踩就响", "您刚才写的都在下面"):
        assert words in page
    new_version()
    sent = client.post(f"{issue.get_absolute_url()}supplement/", {"text": "昨晚又响了"})
    assert sent["Location"] == f"/my/consent/?{urlencode({'next': issue.get_absolute_url()})}"
    assert "昨晚又响了" in client.get(issue.get_absolute_url()).content.decode()
    assert issue.events.filter(verb="supplement").count() == 0


def test_other_forms_lead_back_to_where_they_stood(client_of):
    client = client_of(UserFactory())
    assert client.post("/my/home/", {})["Location"] == "/my/consent/?next=%2Fmy%2F"
    sent = client.post("/my/home/", {}, HTTP_REFERER="http://testserver/my/home/?home=3")
    assert sent["Location"] == "/my/consent/?next=%2Fmy%2Fhome%2F%3Fhome%3D3"


def test_whoever_has_come_of_age_answers_for_themself(district: District, client_of):
    guardian = Resident.objects.get(user=district.resident)
    for years, asks, may_answer in ((13, True, True), (15, False, True), (18, False, False)):
        born = timezone.localdate().replace(month=1, day=1)
        number = id_number_of(f"{born.year - years:04d}0101", order=100 + years)
        ward = ResidentFactory(home=district.compound, id_number=number)
        guard(ward, guardian, district.worker)
        assert ([text.kind for text in texts_to_agree(ward.user)] == [MINOR]) is asks
        assert is_guardian_of(district.resident, ward) is may_answer
        page = client_of(district.resident).get(f"/my/consent/?kind=minor&for={ward.pk}")
        assert page.status_code == (200 if may_answer else 404)
    with pytest.raises(NotAllowed):
        withdraw_consent(ward, TERMS, by=district.resident, at=now())


def test_next_never_leads_away(client_of):
    assert agree(client_of(UserFactory()), next="https://example.invalid/")["Location"] == "/my/privacy/"


def test_without_the_tick_nothing_is_agreed(client_of):
    user = UserFactory()
    response = client_of(user).post(reverse("consent"), {"kind": TERMS, "seen": "x"})
    assert response.status_code == 422
    assert "请先打勾" in response.content.decode()
    assert not Consent.objects.exists()


def test_old_words_are_shown_anew(client_of):
    response = client_of(UserFactory()).post(reverse("consent"), {"kind": TERMS, "seen": "x", "agreed": "on"})
    assert response.status_code == 409
    assert "刚刚改过" in response.content.decode()


@pytest.mark.parametrize(
    "data", [{"kind": "nonsense"}, {}, {"kind": "terms", "seen": "x", "agreed": "on", "resident": "999999"}]
)
def test_what_is_not_ones_own_is_not_found(client_of, data):
    assert client_of(UserFactory()).post(reverse("consent"), data).status_code == 404


def test_a_guardian_agrees_on_the_page(district: District, client_of):
    minor = ResidentFactory(home=district.compound, name="小明明", verification=Verification.UNVERIFIED)
    guard(minor, Resident.objects.get(user=district.resident), district.worker)
    client = client_of(district.resident)
    page = client.get(f"/my/consent/?kind=minor&for={minor.pk}").content.decode()
    assert "小*" in page
    assert "小明明" not in page
    assert agree(client, MINOR, resident=minor.pk).status_code == 302
    assert standing_consent(minor, MINOR)
    assert client.get("/my/privacy/").status_code == 200
    assert client.post("/my/privacy/withdraw/", {"kind": "minor", "resident": minor.pk}).status_code == 302
    assert standing_consent(minor, MINOR) is None
    stranger = client_of(district.neighbour)
    assert stranger.get(f"/my/consent/?kind=minor&for={minor.pk}").status_code == 404
    assert stranger.post("/my/privacy/withdraw/", {"kind": "minor", "resident": minor.pk}).status_code == 404


def test_a_minor_waits_for_the_guardian(district: District, client_of):
    minor = ResidentFactory(home=district.compound, verification=Verification.UNVERIFIED)
    guard(minor, Resident.objects.get(user=district.resident), district.worker)
    page = client_of(minor.user).get("/my/", follow=True)
    assert page.status_code == 200
    assert "等监护人同意" in page.content.decode()


def test_the_texts_are_public_with_their_versions(client):
    newer = new_version(start=timezone.localdate() + timedelta(days=30))
    assert "用户协议" in client.get("/privacy/").content.decode()
    assert "还没有施行" in client.get("/privacy/terms/2/").content.decode()
    assert client.get("/privacy/terms/3/").status_code == 404
    assert client.get("/privacy/nonsense/1/").status_code == 404
    ConsentText.objects.filter(pk=newer.pk).update(in_force_from=date(2023, 1, 1))
    assert "不用了" in client.get("/privacy/terms/1/").content.decode()


def test_ones_own_page_is_masked_and_the_consents_are_taken_back_there(client_of):
    user = UserFactory(name="欧阳晓明", phone="13812345678")
    resident = ResidentFactory(user=user, id_number="420704196801010017", address="东园小区 3 栋 502")
    client = client_of(user)
    page = client.get("/my/privacy/").content.decode()
    assert "138******78" in page
    for secret in ("欧阳晓明", "13812345678", "420704196801010017", "3 栋 502"):
        assert secret not in page
    assert client.post("/my/privacy/withdraw/", {"kind": "terms"}).status_code == 302
    assert standing_consent(resident, TERMS) is None
    assert client.get("/my/privacy/").status_code == 200
    assert client.get("/my/")["Location"].startswith("/my/consent/")


OWN = ("my_privacy", "consent", "export_me", "erase_me")
POSTED = ("consent", "withdraw_consent", "export_me", "erase_me")


def test_who_has_not_signed_in_is_asked_to(client):
    for name in OWN:
        assert client.get(reverse(name))["Location"].startswith("/accounts/login/"), name
    for name in POSTED:
        assert client.post(reverse(name), {"kind": "terms", "word": "注销"})["Location"].startswith("/accounts/"), name


def test_every_role_has_a_page_of_its_own_and_reaches_nobody_elses(district: District, client_of):
    for user in (district.resident, district.worker, district.auditor, district.administrator, district.superuser):
        client = client_of(user)
        assert client.get(reverse("my_privacy")).status_code == 200
        resident = Resident.objects.get(user=district.neighbour)
        for data in ({"kind": "terms", "resident": resident.pk}, {"kind": "minor", "resident": resident.pk}):
            assert client.post(reverse("withdraw_consent"), data).status_code == 404
    assert standing_consent(Resident.objects.get(user=district.neighbour), TERMS)


def test_the_admin_adds_a_version_and_changes_none_that_was_agreed_to(admin_client):
    text = ConsentText.objects.get(kind=TERMS)
    address = f"/admin/snippets/community/consenttext/edit/{text.pk}/"
    sent = {"kind": "terms", "version": 1, "title": "改题", "body": "改文", "in_force_from": "2022-12-01"}
    assert admin_client.post(address, sent).status_code == 302
    ResidentFactory()
    refused = admin_client.post(address, {**sent, "title": "再改"})
    assert refused.status_code == 200
    assert "不能再改" in refused.content.decode()
    assert ConsentText.objects.get(pk=text.pk).title == "改题"
    new = {**sent, "version": 2, "in_force_from": "2026-01-01"}
    assert admin_client.post("/admin/snippets/community/consenttext/add/", new).status_code == 302
    assert ConsentText.objects.filter(kind=TERMS).count() == 2
    assert admin_client.get(f"/admin/snippets/community/consenttext/delete/{text.pk}/").status_code == 302
