"""A phone that a family shares, a number that moves, and a password that is set anew by phone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from wagtail.models import ModelLogEntry

from community.models import Notice, OutboxMessage, PhoneCode, Resident, User
from community.workflow.accounts import people_of_phone, share_phone
from tests.community.signing_in import OTHER_PHONE, PASSWORD, PHONE, ask, enter, give, last_code, last_text, who
from tests.confirming import confirm
from tests.factories import MOMENT, UserFactory

pytestmark = pytest.mark.django_db
OWN_PASSWORD = "another-horse-battery"


@pytest.fixture
def holder() -> User:
    return UserFactory(username="holder", phone=PHONE, password=PASSWORD)


@pytest.fixture
def sharer(holder: User) -> User:
    return UserFactory(username="sharer", password=OWN_PASSWORD, shares_phone_of=holder)


def signed_in(user: User) -> Client:
    """Return a client on which somebody has just signed in."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return confirm(client)


def choose(client: Client, user: User, password: str = "") -> Any:
    return client.post("/accounts/code/who/", {"who": str(user.pk), "password": password})


# --- A shared phone ------------------------------------------------------------------------------
def test_who_shares_a_phone_is_asked_who_they_are(client: Client, holder: User, sharer: User) -> None:
    assert enter(client).headers["Location"] == "/accounts/code/who/"
    assert who(client) is None
    page = client.get("/accounts/code/who/").content.decode()
    assert "holder" in page
    assert "sharer" in page
    assert choose(client, holder).headers["Location"] == "/my/"
    assert who(client) == str(holder.pk)


def test_nobody_is_called_by_a_name_that_was_drawn(client: Client) -> None:
    """The holder has never seen it: the number says whose account it is."""
    enter(Client())
    holder = User.objects.get(phone_index__isnull=False)
    sharer = UserFactory(username="sharer", password=OWN_PASSWORD, shares_phone_of=holder)
    PhoneCode.objects.all().delete()
    enter(client)
    for page in (client.get("/accounts/code/who/"), signed_in(sharer).get("/accounts/phone/")):
        assert holder.username not in page.content.decode()
        assert "138******00" in page.content.decode()


def test_who_only_shares_a_phone_gives_their_own_password(client: Client, holder: User, sharer: User) -> None:
    enter(client)
    for password in ("", PASSWORD, "wrong"):
        assert choose(client, sharer, password).status_code == 422
        assert who(client) is None
    assert choose(client, sharer, OWN_PASSWORD).status_code == 302
    assert who(client) == str(sharer.pk)


def test_nobody_else_can_be_chosen(client: Client, holder: User, sharer: User) -> None:
    stranger = UserFactory(username="stranger", password=PASSWORD)
    enter(client)
    assert choose(client, stranger, PASSWORD).status_code == 422
    assert who(client) is None


def test_guesses_at_a_sharers_password_lock_out(client: Client, holder: User, sharer: User) -> None:
    enter(client)
    statuses = [choose(client, sharer, "wrong").status_code for _ in range(5)]
    assert statuses == [422, 422, 422, 422, 429]
    assert choose(client, sharer, OWN_PASSWORD).status_code == 429
    assert who(client) is None


def test_the_choice_waits_ten_minutes(client: Client, holder: User, sharer: User) -> None:
    enter(client)
    session = client.session
    session["phone_people"] = {**session["phone_people"], "at": session["phone_people"]["at"] - 601}
    session.save()
    assert choose(client, holder).headers["Location"] == "/accounts/login/"
    assert Client().get("/accounts/code/who/").headers["Location"] == "/accounts/login/"


def test_linking_takes_a_code_to_the_holders_phone(holder: User, django_capture_on_commit_callbacks: Any) -> None:
    user = UserFactory(username="mother", password=OWN_PASSWORD)
    client = signed_in(user)
    assert ask(client, path="/accounts/phone/share/").status_code == 302
    user.refresh_from_db()
    assert user.shares_phone_of is None
    with django_capture_on_commit_callbacks(execute=True):
        assert give(client, last_code()).headers["Location"] == "/accounts/phone/"
    user.refresh_from_db()
    assert user.shares_phone_of == holder
    assert Notice.objects.filter(recipient=holder).count() == 1
    assert [one.username for one in people_of_phone(holder)] == ["holder", "mother"]


def test_linking_needs_a_password_of_ones_own(holder: User) -> None:
    user = UserFactory(username="mother", password=None)
    client = signed_in(user)
    ask(client, path="/accounts/phone/share/")
    give(client, last_code())
    user.refresh_from_db()
    assert user.shares_phone_of is None
    assert "定一个密码" in client.get("/accounts/phone/").content.decode()


@pytest.mark.parametrize("phone", [OTHER_PHONE, PHONE])
def test_asking_to_share_does_not_tell_whether_a_number_has_an_account(holder: User, phone: str) -> None:
    client = signed_in(UserFactory(username="mother", password=OWN_PASSWORD))
    answer = ask(client, phone, "/accounts/phone/share/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/code/")
    assert OutboxMessage.objects.count() == 1


def test_who_has_a_phone_does_not_share_one(holder: User) -> None:
    user = UserFactory(username="mother", password=OWN_PASSWORD, phone=OTHER_PHONE)
    client = signed_in(user)
    ask(client, path="/accounts/phone/share/")
    give(client, last_code())
    user.refresh_from_db()
    assert user.shares_phone_of is None


def test_a_phone_is_shared_by_five_at_most(holder: User) -> None:
    for n in range(5):
        UserFactory(username=f"child{n}", password=PASSWORD, shares_phone_of=holder)
    client = signed_in(UserFactory(username="mother", password=OWN_PASSWORD))
    ask(client, path="/accounts/phone/share/")
    give(client, last_code())
    assert holder.phone_sharers.count() == 5


@pytest.mark.parametrize("by", ["holder", "sharer"])
def test_holder_and_sharer_end_the_sharing(holder: User, sharer: User, by: str) -> None:
    client = signed_in({"holder": holder, "sharer": sharer}[by])
    assert client.post(f"/accounts/phone/share/{sharer.pk}/end/").status_code == 302
    sharer.refresh_from_db()
    assert sharer.shares_phone_of is None


def test_a_stranger_ends_no_sharing(holder: User, sharer: User) -> None:
    client = signed_in(UserFactory(username="stranger"))
    assert client.post(f"/accounts/phone/share/{sharer.pk}/end/").status_code == 404
    sharer.refresh_from_db()
    assert sharer.shares_phone_of == holder


# --- Another number ------------------------------------------------------------------------------
def test_a_new_number_is_proved_and_the_old_one_told(holder: User, django_capture_on_commit_callbacks: Any) -> None:
    Resident.objects.create(user=holder, phone=PHONE, phone_index=holder.phone_index)
    client = signed_in(holder)
    ask(client, OTHER_PHONE, "/accounts/phone/change/")
    holder.refresh_from_db()
    assert holder.phone == PHONE
    with django_capture_on_commit_callbacks(execute=True):
        give(client, last_code(OTHER_PHONE))
    holder.refresh_from_db()
    assert (holder.phone, holder.phone_verified) == (OTHER_PHONE, True)
    assert Resident.objects.get(user=holder).phone == OTHER_PHONE
    assert "换了手机号" in last_text(PHONE)
    assert OTHER_PHONE not in last_text(PHONE)
    assert Notice.objects.filter(recipient=holder).count() == 1
    assert ModelLogEntry.objects.filter(action="account.phone", user=holder).count() == 1
    assert PHONE not in str(list(ModelLogEntry.objects.values_list("data", flat=True)))


def test_the_number_of_another_is_not_taken(holder: User) -> None:
    user = UserFactory(username="mother", phone=OTHER_PHONE, password=PASSWORD)
    client = signed_in(user)
    ask(client, PHONE, "/accounts/phone/change/")
    give(client, last_code())
    user.refresh_from_db()
    assert user.phone == OTHER_PHONE
    assert "登记在另一个账号上" in client.get("/accounts/phone/").content.decode()


@pytest.mark.parametrize("path", ["/accounts/phone/change/", "/accounts/phone/share/", "/accounts/password/change/"])
def test_changes_ask_who_it_is_once_more(holder: User, path: str) -> None:
    client = Client()
    client.force_login(holder, backend="django.contrib.auth.backends.ModelBackend")
    for old in (confirm(client, seconds_ago=301), client):
        answer = old.get(path)
        assert answer.headers["Location"] == f"/accounts/reauthenticate/?next={path.replace('/', '%2F')}"
        assert old.post(path, {"phone": OTHER_PHONE}).status_code == 302
    assert PhoneCode.objects.count() == 0
    assert confirm(client, seconds_ago=200).get(path).status_code == 200


def test_the_code_of_one_is_no_good_to_another_in_the_same_browser(holder: User) -> None:
    client = signed_in(holder)
    ask(client, OTHER_PHONE, "/accounts/phone/change/")
    state = client.session["phone_code"]
    other = UserFactory(username="mother")
    thief = signed_in(other)
    session = thief.session
    session["phone_code"] = state
    session.save()
    assert give(thief, last_code(OTHER_PHONE)).headers["Location"] == "/my/"
    other.refresh_from_db()
    assert other.phone is None


# --- A new password by phone ---------------------------------------------------------------------
def reset(client: Client, password: str = OWN_PASSWORD) -> Any:
    enter(client, path="/accounts/password/reset/phone/")
    return client.post("/accounts/password/reset/phone/new/", {"password1": password, "password2": password})


def test_a_code_gives_a_new_password_and_ends_every_session(client: Client, holder: User) -> None:
    elsewhere = signed_in(holder)
    assert reset(client).headers["Location"] == "/my/"
    holder.refresh_from_db()
    assert holder.check_password(OWN_PASSWORD)
    assert who(client) == str(holder.pk)
    assert elsewhere.get("/accounts/phone/").status_code == 302
    assert UserSession.objects.filter(user=holder).count() == 1


@pytest.mark.parametrize("password", ["short", "1234567890123", "password123"])
def test_a_weak_password_is_refused(client: Client, holder: User, password: str) -> None:
    assert reset(client, password).status_code == 422
    holder.refresh_from_db()
    assert holder.check_password(PASSWORD)


def test_the_phone_in_hand_resets_its_holders_password_alone(client: Client, holder: User, sharer: User) -> None:
    reset(client, "a-third-horse-battery")
    sharer.refresh_from_db()
    assert sharer.check_password(OWN_PASSWORD)
    assert who(client) == str(holder.pk)


def test_no_password_without_a_code(client: Client, holder: User) -> None:
    form = {"password1": OWN_PASSWORD, "password2": OWN_PASSWORD}
    ask(client, path="/accounts/password/reset/phone/")
    answer = client.post("/accounts/password/reset/phone/new/", form)
    assert answer.headers["Location"] == "/accounts/password/reset/phone/"
    holder.refresh_from_db()
    assert holder.check_password(PASSWORD)


def test_a_number_without_an_account_is_told_so_only_to_who_holds_it(client: Client) -> None:
    assert enter(client, path="/accounts/password/reset/phone/").headers["Location"] == "/accounts/signup/"


def test_a_proof_of_ten_minutes_ago_sets_no_password(client: Client, holder: User) -> None:
    enter(client, path="/accounts/password/reset/phone/")
    session = client.session
    session["phone_reset"] = {**session["phone_reset"], "at": session["phone_reset"]["at"] - 601}
    session.save()
    form = {"password1": OWN_PASSWORD, "password2": OWN_PASSWORD}
    client.post("/accounts/password/reset/phone/new/", form)
    holder.refresh_from_db()
    assert holder.check_password(PASSWORD)


def test_guesses_at_the_password_while_confirming_lock_out(holder: User) -> None:
    client = Client()
    client.force_login(holder, backend="django.contrib.auth.backends.ModelBackend")
    statuses = [client.post("/accounts/reauthenticate/", {"password": "wrong"}).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 429


# --- Confirming by phone, sessions ---------------------------------------------------------------
def test_who_has_no_password_confirms_by_phone() -> None:
    user = UserFactory(phone=PHONE)
    user.set_phone(PHONE, verified=True)
    user.save()
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    there = client.get("/accounts/phone/change/", follow=True)
    assert there.redirect_chain[-1][0] == "/accounts/reauthenticate/phone/?next=%2Faccounts%2Fphone%2Fchange%2F"
    ask(client, path="/accounts/reauthenticate/phone/", next="/accounts/phone/change/")
    assert give(client, last_code()).headers["Location"] == "/accounts/phone/change/"
    assert client.get("/accounts/phone/change/").status_code == 200


def test_who_has_nothing_to_confirm_by_is_told_so() -> None:
    client = Client()
    client.force_login(UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get("/accounts/phone/change/")
    assert answer.status_code == 403
    assert "没法确认是您本人" in answer.content.decode()


def test_a_late_post_comes_back_to_its_form(holder: User) -> None:
    client = Client()
    client.force_login(holder, backend="django.contrib.auth.backends.ModelBackend")
    source = "http://testserver/accounts/phone/change/?from=my"
    answer = client.post("/accounts/phone/change/", {"phone": OTHER_PHONE}, HTTP_REFERER=source)
    assert answer.headers["Location"].endswith("?next=%2Faccounts%2Fphone%2Fchange%2F%3Ffrom%3Dmy")
    for elsewhere in ("https://evil.example/x/", "http://testserver//evil.example/"):
        answer = client.post("/accounts/phone/change/", {"phone": OTHER_PHONE}, HTTP_REFERER=elsewhere)
        assert answer.headers["Location"].endswith("?next=%2Faccounts%2Fphone%2Fchange%2F")
    assert OTHER_PHONE not in str(dict(client.session))


def test_sessions_are_shown_without_an_exact_address_and_end_one_by_one(holder: User) -> None:
    one, two = Client(HTTP_USER_AGENT="Mozilla/5.0 (iPhone; CPU) Version/17 Safari/604"), Client()
    for client in (one, two):
        client.post("/accounts/login/", {"login": "holder", "password": PASSWORD}, REMOTE_ADDR="8.8.4.7")
    page = two.get("/accounts/sessions/").content.decode()
    assert "苹果手机 · Safari" in page
    assert "8.8.4.*" in page
    assert "8.8.4.7" not in page
    assert set(UserSession.objects.values_list("ip", flat=True)) == {"8.8.4.0"}
    other = UserSession.objects.get(session_key=one.session.session_key)
    stranger = signed_in(UserFactory())
    assert stranger.post(f"/accounts/sessions/{other.pk}/end/").status_code == 404
    assert two.post(f"/accounts/sessions/{other.pk}/end/").status_code == 302
    assert one.get("/accounts/phone/").status_code == 302
    assert two.get("/accounts/phone/").status_code == 200


def test_all_other_sessions_end_at_once(holder: User) -> None:
    clients = [Client(), Client(), Client()]
    for client in clients:
        client.post("/accounts/login/", {"login": "holder", "password": PASSWORD})
    clients[0].post("/accounts/sessions/")
    assert [client.get("/accounts/phone/").status_code for client in clients] == [200, 302, 302]


def test_a_new_password_ends_the_other_sessions(holder: User) -> None:
    one, two = Client(), Client()
    for client in (one, two):
        client.post("/accounts/login/", {"login": "holder", "password": PASSWORD})
    form = {"oldpassword": PASSWORD, "password1": OWN_PASSWORD, "password2": OWN_PASSWORD}
    assert one.post("/accounts/password/change/", form).headers["Location"] == "/accounts/sessions/"
    assert [one.get("/accounts/phone/").status_code, two.get("/accounts/phone/").status_code] == [200, 302]
    assert UserSession.objects.filter(user=holder).count() == 1


def test_the_last_visit_is_noted_now_and_then(holder: User) -> None:
    from django.core.cache import cache

    client = Client()
    client.post("/accounts/login/", {"login": "holder", "password": PASSWORD})
    UserSession.objects.update(last_seen_at=MOMENT)
    client.get("/accounts/phone/")
    assert UserSession.objects.get().last_seen_at == MOMENT
    cache.clear()
    client.get("/accounts/phone/")
    assert UserSession.objects.get().last_seen_at > MOMENT + timedelta(days=1)


def test_the_verb_refuses_without_a_view(holder: User) -> None:
    from community.errors import WrongState

    with pytest.raises(WrongState):
        share_phone(by=holder, phone=PHONE, at=MOMENT)
