import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth import authenticate
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from community.errors import BadInput, NotAllowed, WrongState
from community.models import (
    Appointment,
    Clock,
    Consent,
    Erasure,
    Guardianship,
    Hiding,
    Household,
    Notice,
    NoticePreference,
    Ownership,
    Resident,
    StoredFile,
    User,
    VerificationRequest,
)
from community.models.homes import Dwelling
from community.models.people import Verification
from community.queries import today
from community.signals import person_erased
from community.workflow.erasing import erase_on_paper, erase_person, erase_resident, kept_sentences, obstacles
from deliberation.models import Endorsement, Follow, Issue, PhotoDraft
from deliberation.states import IssueState
from tests.community.threads import together
from tests.factories import (
    AppointmentFactory,
    District,
    IssueFactory,
    ResidentFactory,
    UserFactory,
    clean_photo_of,
)
from tests.factories.verifying import id_number_of

pytestmark = pytest.mark.django_db
PASSWORD = "long-enough-1"


def now():
    return timezone.now()


@pytest.fixture
def person(district: District) -> User:
    """Somebody of whom everything is kept."""
    user = UserFactory(
        username="ouyang", name="欧阳晓明", phone="13812345678", email="ouyang@example.invalid", password=PASSWORD
    )
    resident = ResidentFactory(
        user=user, home=district.compound, phone="13812345678", phone_index=user.phone_index, address="3 栋 502",
        id_number="420704196801010017", id_index="i" * 64, surname_index="s" * 64,
    )  # fmt: skip
    VerificationRequest.objects.create(
        resident=resident, method="paper", name="欧阳晓明", id_number="420704196801010017", address="3 栋 502",
        home=district.compound, asked_at=now(),
    )  # fmt: skip
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    Notice.objects.create(recipient=user, message="办好了", url="/my/", created_at=now())
    NoticePreference.objects.create(user=user)
    PhotoDraft.objects.create(
        owner=user, submission_key="12345678-1234-5678-1234-567812345678", created_at=now(), width=1, height=1,
        **clean_photo_of().files(),
    )  # fmt: skip
    return user


def everything_kept():
    """Return every value of every table, as the program reads it."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
    from django.apps import apps

    values = []
    for model in apps.get_models(include_auto_created=True):
        if model._meta.db_table in tables and not model._meta.proxy:
            for row in model._base_manager.all():
                values += [str(getattr(row, field.attname)) for field in model._meta.concrete_fields]
    return "\n".join(values)


def test_nothing_personal_is_left_and_nobody_signs_in(person, rf):
    issue = IssueFactory(area=person.resident.home, reporter=person, state=IssueState.CLOSED, is_public=True)
    erasure = erase_person(person, by=person, at=now())
    text = everything_kept()
    for word in ("欧阳晓明", "ouyang", "13812345678", "420704196801010017", "3 栋 502"):
        assert word not in text
    user = User.objects.get(pk=person.pk)
    assert (user.username, user.is_active, user.phone_index) == (f"erased-{user.pk}", False, None)
    assert user.masked_name == "已注销"
    assert not user.has_usable_password()
    assert authenticate(rf.get("/"), username=user.username, password=PASSWORD) is None
    resident = Resident.objects.get(user=user)
    assert (resident.home, resident.verification) == (None, "unverified")
    assert not Consent.objects.filter(resident=resident, withdrawn_at=None).exists()
    for model in (EmailAddress, Authenticator, NoticePreference):
        assert not model.objects.filter(user=user).exists()
    assert not Notice.objects.filter(recipient=user).exists()
    assert not PhotoDraft.objects.exists()
    assert not Follow.objects.filter(user=user).exists()
    assert Issue.objects.get(pk=issue.pk).reporter == user
    assert (erasure.user_id_erased, erasure.resident_id_erased, erasure.is_retention) == (user.pk, resident.pk, False)
    assert any("1 件事" in sentence for sentence in erasure.kept)


def test_the_phone_is_free_for_a_new_account(person):
    erase_person(person, by=person, at=now())
    again = UserFactory(phone="13812345678")
    assert again.phone_index == User.objects.get(pk=again.pk).phone_index
    assert UserFactory(username="ouyang").pk != person.pk


def test_it_is_done_once_and_by_oneself_alone(person, district):
    for by in (district.worker, district.superuser, district.resident, User.objects.clock()):
        with pytest.raises(NotAllowed):
            erase_person(person, by=by, at=now())
    with pytest.raises(NotAllowed):
        erase_person(person, by=person, at=now(), is_retention=True)
    erase_person(person, by=person, at=now())
    with pytest.raises(WrongState, match="已经注销"):
        erase_person(person, by=person, at=now())
    assert Erasure.objects.count() == 1


def test_the_requests_clock_stops(person):
    request = VerificationRequest.objects.get()
    erase_person(person, by=person, at=now())
    request.refresh_from_db()
    assert (request.state, request.name) == ("withdrawn", "")
    assert not Clock.objects.open().filter(subject_id=request.pk, kind__startswith="verification.").exists()


def test_who_holds_an_office_lays_it_down_first(person, district):
    held = AppointmentFactory(user=person, area=district.community)
    with pytest.raises(WrongState, match="离任"):
        erase_person(person, by=person, at=now())
    Appointment.objects.filter(pk=held.pk).update(ends_on="2020-12-31")
    erase_person(person, by=person, at=now())


def test_a_guardian_hands_over_first(person, district):
    minor = ResidentFactory(user=None, home=district.compound, verification=Verification.UNVERIFIED)
    Guardianship.objects.create(
        minor=minor, guardian=person.resident, paper="户口簿", recorded_by=district.worker, recorded_at=now()
    )
    assert [one.sentence for one in obstacles(person)] == ["您登记为孩子的监护人。请先到社区改由别人监护，再来注销。"]


def test_an_issue_that_waits_for_an_answer_stands_in_the_way(person, district):
    resolved = IssueFactory(area=district.compound, reporter=person, state=IssueState.RESOLVED)
    asked = IssueFactory(area=district.compound, reporter=person, state=IssueState.DISPATCHED)
    IssueFactory(area=district.compound, reporter=person, state=IssueState.DISPATCHED)
    Clock.objects.filter(subject_id=asked.pk, kind__startswith="issue.").update(paused_at=now())
    assert {one.url for one in obstacles(person)} == {resolved.get_absolute_url(), asked.get_absolute_url()}
    with pytest.raises(WrongState, match=resolved.number):
        erase_person(person, by=person, at=now())


def test_the_register_of_owners_stays_without_its_link(person, district):
    dwelling = Dwelling.objects.create(area=district.compound, building="3", room="502", floor_area=9000)
    owned = Ownership.objects.create(
        dwelling=dwelling, owner_name="欧阳晓明", resident=person.resident, starts_on="2020-01-01"
    )
    assert any("产权登记" in sentence for sentence in kept_sentences(person))
    erase_person(person, by=person, at=now())
    owned.refresh_from_db()
    assert (owned.resident, owned.owner_name) == (None, "欧阳晓明")


def test_endorsements_stay_as_a_number(person, district):
    issue = IssueFactory(area=district.compound, is_public=True)
    Endorsement.objects.create(issue=issue, user=person, at=now())
    erase_person(person, by=person, at=now())
    assert issue.endorsements.count() == 1


def test_a_file_that_nothing_needs_goes_from_the_disk(person, django_capture_on_commit_callbacks):
    stored = StoredFile.objects.create(
        owner=person, file=ContentFile(b"words", name="aabbcc.txt"), content_type="text/plain", size=5, title="信",
        created_at=now(),
    )  # fmt: skip
    name = stored.file.name
    assert default_storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        erase_person(person, by=person, at=now())
    assert not StoredFile.objects.exists()
    assert not default_storage.exists(name)


def test_who_shared_the_phone_is_told(person, django_capture_on_commit_callbacks):
    sharer = UserFactory(shares_phone_of=person)
    with django_capture_on_commit_callbacks(execute=True):
        erase_person(person, by=person, at=now())
    sharer.refresh_from_db()
    assert sharer.shares_phone_of is None
    assert Notice.objects.filter(recipient=sharer).count() == 1


def test_apps_above_are_told(person):
    heard = []

    def listen(**kwargs):
        heard.append((kwargs["user"].pk, kwargs["resident"].pk))

    person_erased.connect(listen)
    erase_person(person, by=person, at=now())
    person_erased.disconnect(listen)
    assert heard == [(person.pk, person.resident.pk)]


def test_a_person_without_an_account_is_erased_by_the_clock_alone(district):
    resident = ResidentFactory(user=None, home=district.compound, name="欧阳晓明")
    with pytest.raises(NotAllowed):
        erase_resident(resident, by=district.worker, at=now())
    erase_resident(resident, by=User.objects.clock(), at=now())
    resident.refresh_from_db()
    assert (resident.name, resident.erased_at is not None) == ("", True)
    with pytest.raises(WrongState):
        erase_resident(resident, by=User.objects.clock(), at=now())


def test_a_person_without_an_account_is_erased_at_their_written_wish(district):
    resident = ResidentFactory(user=None, home=district.compound, name="欧阳晓明", phone="13812345678")
    relative = ResidentFactory(user=UserFactory(), home=district.compound)
    AppointmentFactory(user=relative.user, area=district.community)
    household = Household.objects.create(area=district.compound, number="9", created_at=now())
    Resident.objects.filter(pk__in=[resident.pk, relative.pk]).update(household=household)
    for by in (district.town_officer, district.other_worker, district.superuser, district.auditor, relative.user):
        with pytest.raises(NotAllowed):
            erase_on_paper(resident, by=by, at=now(), signed=True)
    with pytest.raises(BadInput):
        erase_on_paper(resident, by=district.worker, at=now(), signed=False)
    receipt = erase_on_paper(resident, by=district.worker, at=now(), signed=True)
    resident.refresh_from_db()
    assert (resident.name, resident.phone, resident.phone_index, resident.home) == ("", "", None, None)
    assert (receipt.act, receipt.worker, receipt.area) == ("删除个人信息", district.worker, district.compound)
    assert Erasure.objects.get().by == district.worker
    with pytest.raises(WrongState):
        erase_on_paper(resident, by=district.worker, at=now(), signed=True)
    with pytest.raises(WrongState):
        erase_on_paper(Resident.objects.get(user=district.resident), by=district.worker, at=now(), signed=True)


def test_an_office_that_was_stopped_today_and_a_grown_child_stand_in_nobodys_way(district):
    held = AppointmentFactory(user=district.neighbour, area=district.community, starts_on=today())
    assert [one.sentence for one in obstacles(district.neighbour)] == [
        f"您还担任“{held}”。请先请任命您的单位办离任，再来注销。"
    ]
    Appointment.objects.filter(pk=held.pk).update(ends_on=today(), stopped_at=now())
    grown = ResidentFactory(user=None, home=district.compound, id_number=id_number_of("19900101"))
    Guardianship.objects.create(
        minor=grown, guardian=district.neighbour.resident, paper="户口簿", recorded_by=district.worker,
        recorded_at=now(),
    )  # fmt: skip
    assert obstacles(district.neighbour) == []


def test_papers_of_an_appeal_go_and_the_record_stays(district, person):
    paper = StoredFile.objects.create(
        owner=person, file=ContentFile(b"%PDF-", name="p.pdf"), content_type="application/pdf", size=5, title="p.pdf",
        created_at=now(),
    )  # fmt: skip
    issue = IssueFactory(area=district.compound, reporter=person)
    hiding = Hiding.objects.create(
        subject=issue, area=issue.area, author=person, reason="personal", note="门牌号", by=district.worker, at=now(),
        evidence=paper,
    )  # fmt: skip
    assert any("证明材料删除" in sentence for sentence in kept_sentences(person))
    erase_person(person, by=person, at=now())
    hiding.refresh_from_db()
    assert (hiding.evidence, hiding.note) == (None, "门牌号")
    assert not StoredFile.objects.filter(pk=paper.pk).exists()


# --- The page --------------------------------------------------------------------------------------


def signed_in(client, person):
    Authenticator.objects.filter(user=person).delete()
    client.post("/accounts/login/", {"login": person.username, "password": PASSWORD})
    return client


def test_leaving_by_the_page(person, client):
    signed_in(client, person)
    page = client.get("/my/privacy/erase/").content.decode()
    assert "依法要留的" in page
    wrong = client.post("/my/privacy/erase/", {"word": "好的"})
    assert wrong.status_code == 422
    assert "免得误点" in wrong.content.decode()
    assert User.objects.get(pk=person.pk).erased_at is None
    response = client.post("/my/privacy/erase/", {"word": "“注销”"})
    assert (response.status_code, response["Location"]) == (302, "/privacy/erased/")
    assert "账号已经注销" in client.get("/privacy/erased/").content.decode()
    assert client.get("/my/")["Location"].startswith("/accounts/login/")
    keys = [session.get_decoded().get("_auth_user_id") for session in Session.objects.all()]
    assert str(person.pk) not in keys


def test_other_sessions_end_too(person, client, client_of):
    other = client_of(person)
    assert other.get("/my/privacy/").status_code == 200
    erase_person(person, by=person, at=now())
    assert other.get("/my/privacy/").status_code == 302


def test_what_stands_in_the_way_is_said_and_the_form_is_not_there(person, client, district):
    signed_in(client, person)
    issue = IssueFactory(area=district.compound, reporter=person, state=IssueState.RESOLVED)
    page = client.get("/my/privacy/erase/").content.decode()
    assert issue.get_absolute_url() in page
    assert 'name="word"' not in page
    assert client.post("/my/privacy/erase/", {"word": "注销"}).status_code == 409
    assert User.objects.get(pk=person.pk).erased_at is None


def test_leaving_asks_who_is_there(person, client_of):
    assert client_of(person).get("/my/privacy/erase/")["Location"].startswith("/accounts/reauthenticate/")


@pytest.mark.django_db(transaction=True)
def test_twice_at_once_is_once():
    person = ResidentFactory(user=UserFactory(name="欧阳晓明", phone="13812345678")).user
    erase = lambda: erase_person(person, by=User.objects.get(pk=person.pk), at=now())  # noqa: E731
    answers = together(erase, erase)
    assert sorted(type(answer).__name__ for answer in answers) in (["Erasure", "NotAllowed"], ["Erasure", "WrongState"])
    assert Erasure.objects.count() == 1
