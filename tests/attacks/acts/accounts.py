"""Signing in, and one's own account: the acts of the table."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import encrypt
from allauth.usersessions.models import UserSession
from django.contrib.auth.tokens import default_token_generator
from django.test import Client

from community.models import (
    User,
)
from tests.attacks import records
from tests.attacks.acts.base import (
    ANYBODY_NOT_IN,
    FAMILY_PHONE,
    LANDINGS,
    LOGIN,
    NEW_PHONE,
    SECRET,
    Act,
    Given,
    fixed,
    no_record,
)
from tests.attacks.addresses import signed_in
from tests.attacks.passkeys import Passkey, challenge_of
from tests.attacks.records import Made
from tests.community.signing_in import PASSWORD, last_code
from tests.factories import District
from tests.test_addresses import EVERYBODY, ROLES, SIGNED_IN


def named(district: District) -> Made:
    """Give the resident a password and a phone by which they sign in."""
    district.resident.set_password(PASSWORD)
    district.resident.set_phone(FAMILY_PHONE, verified=True)
    district.resident.save()
    return no_record(district)


def phoned(district: District) -> Made:
    """Give everybody a phone of their own, and nobody a password: a code is how they confirm."""
    for number, role in enumerate(ROLES[1:]):
        person = getattr(district, role)
        person.set_phone(f"1360013{number:04d}", verified=True)
        person.save()
    return no_record(district)


def keyed(district: District) -> Made:
    """Give everybody a password."""
    for role in ROLES[1:]:
        person = getattr(district, role)
        person.set_password(PASSWORD)
        person.save()
    return no_record(district)


def shared(district: District) -> Made:
    """Let the neighbour share the resident's phone."""
    named(district)
    records.sharer(district)
    return no_record(district)


def ask_code(client: Client, district: District) -> None:
    client.post("/accounts/login/phone/", {"phone": FAMILY_PHONE})


def ask_own_code(client: Client, district: District) -> None:
    client.post("/accounts/phone/change/", {"phone": FAMILY_PHONE})


def give_family_code(client: Client, district: District) -> None:
    ask_code(client, district)
    if client.session.get("phone_code"):
        client.post("/accounts/code/", {"code": last_code(FAMILY_PHONE)})


def give_reset_code(client: Client, district: District) -> None:
    client.post("/accounts/password/reset/phone/", {"phone": FAMILY_PHONE})
    if client.session.get("phone_code"):
        client.post("/accounts/code/", {"code": last_code(FAMILY_PHONE)})


def code_sent(given: Given) -> dict[str, Any]:
    """Return the code that came, or one that nobody was sent."""
    return {"code": last_code(FAMILY_PHONE) if given.client.session.get("phone_code") else "123456"}


def another_session(client: Client, district: District) -> None:
    """Let whoever is signed in be so on a second device too."""
    key = client.session.get("_auth_user_id")
    if key:
        user = User.objects.get(pk=key)
        other = signed_in(user).session.session_key
        UserSession.objects.create(user=user, session_key=other, ip="8.8.8.0", user_agent="x")


def code_now(secret: str = SECRET) -> str:
    """Return what an authenticator shows now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def begin_totp(client: Client, district: District) -> None:
    client.get("/accounts/2fa/totp/activate/")


def totp_code(given: Given) -> dict[str, Any]:
    """Return the code of the secret that the page has just shown."""
    return {"code": code_now(given.client.session.get("mfa.totp.secret") or SECRET)}


def with_totp(district: District) -> Made:
    """Give everybody an authenticator app."""
    kind = Authenticator.Type.TOTP
    for role in ROLES[1:]:
        Authenticator.objects.create(user=getattr(district, role), type=kind, data={"secret": encrypt(SECRET)})
    return no_record(district)


def with_codes(district: District) -> Made:
    """Give everybody an authenticator app with its recovery codes."""
    with_totp(district)
    for role in ROLES[1:]:
        RecoveryCodes.activate(getattr(district, role))
    return no_record(district)


def half_signed_in(client: Client, district: District) -> None:
    """Give the resident's password; the code comes next."""
    client.post(LOGIN, {"login": "resident", "password": PASSWORD})


def second_step(district: District) -> Made:
    """Give the resident a password, and everybody an authenticator app."""
    named(district)
    return with_totp(district)


def with_passkey(district: District) -> Made:
    """Give the resident a passkey that signs."""
    return Made((), ((Passkey(district.resident),),))


def signed_challenge(given: Given) -> dict[str, Any]:
    """Return the answer of the resident's passkey, as far as the site asks this browser for one."""
    if given.client.session.get("_auth_user_id"):
        return {"credential": "{}"}
    key = given.made.missing[0][0]
    return {"credential": key.signs(challenge_of(given.client), for_user=given.district.resident)}


def reset_link(district: District) -> Made:
    """Make the link in the mail by which somebody chooses a new password; it ends with their next sign-in."""
    token = default_token_generator.make_token(district.worker2)
    uid = user_pk_to_url_str(district.worker2)
    return Made((uid, "set-password"), ((f"/accounts/password/reset/key/{uid}-{token}/",),))


def open_link(given: Given) -> dict[str, Any]:
    """Open the link of the mail, then choose a password."""
    given.client.get(given.made.missing[0][0])
    return password_twice(given)


def confirmation(district: District) -> Made:
    """Make the link in the mail that proves the resident's address."""
    address = EmailAddress.objects.create(user=district.resident, email="new@example.invalid")
    return Made((EmailConfirmationHMAC(address).key,), ())


def new_account(given: Given) -> dict[str, Any]:
    return {"username": "newname", "password1": PASSWORD, "password2": PASSWORD}


def password_twice(given: Given) -> dict[str, Any]:
    return {"password1": "blue-river-stone-9", "password2": "blue-river-stone-9"}


ACCOUNT = {
    "sign_up": Act(ANYBODY_NOT_IN, fixed(phone=NEW_PHONE), led=LANDINGS),
    "sign_up_by_name": Act(ANYBODY_NOT_IN, new_account, led=LANDINGS),
    "enter_by_phone": Act(ANYBODY_NOT_IN, fixed(phone=NEW_PHONE), led=LANDINGS),
    "reset_by_phone": Act(ANYBODY_NOT_IN, fixed(phone=FAMILY_PHONE), named, led=LANDINGS),
    "account_login": Act(ANYBODY_NOT_IN, fixed(login="resident", password=PASSWORD), named, led=LANDINGS),
    "account_reset_password": Act(EVERYBODY, fixed(email="nobody@example.invalid"), reads=True),
    "account_logout": Act(SIGNED_IN, led=("/",)),
    "account_confirm_login_code": Act(set(), fixed(code="123456"), led=(*LANDINGS, LOGIN)),
    "phone_code": Act(ANYBODY_NOT_IN, code_sent, named, before=ask_code, led=LANDINGS),
    "phone_code change": Act(SIGNED_IN, code_sent, before=ask_own_code, led=(LOGIN,)),
    "phone_who": Act(
        ANYBODY_NOT_IN, lambda given: {"who": given.district.resident.pk}, shared, before=give_family_code,
        led=(LOGIN, *LANDINGS),
    ),
    "new_password": Act(
        ANYBODY_NOT_IN, password_twice, named, before=give_reset_code, led=("/accounts/password/reset/phone/",)
    ),
    "confirm_by_phone": Act(SIGNED_IN, build=phoned),
    "change_phone": Act(SIGNED_IN, fixed(phone=NEW_PHONE)),
    "share_phone": Act(SIGNED_IN, fixed(phone=FAMILY_PHONE), named),
    "stop_sharing": Act({"resident", "neighbour"}, build=records.sharer),
    "usersessions_list": Act(SIGNED_IN, before=another_session),
    "end_session": Act({"resident"}, build=records.session),
    "account_reauthenticate": Act(SIGNED_IN, fixed(password=PASSWORD), keyed, reads=True),
    "account_email": Act(SIGNED_IN, fixed(action_add="", email="new@example.invalid")),
    "account_change_password": Act(
        SIGNED_IN, lambda given: {"oldpassword": PASSWORD, **password_twice(given)}, keyed
    ),
    "account_set_password": Act(SIGNED_IN, password_twice),
    "mfa_activate_totp": Act(SIGNED_IN, totp_code, before=begin_totp),
    "mfa_authenticate": Act(ANYBODY_NOT_IN, totp_code, second_step, before=half_signed_in, led=LANDINGS),
    "mfa_reauthenticate": Act(SIGNED_IN, totp_code, with_totp),
    "mfa_login_webauthn": Act(ANYBODY_NOT_IN, signed_challenge, with_passkey, led=LANDINGS),
    "account_reset_password_from_key": Act(EVERYBODY, open_link, reset_link),
    "account_confirm_email": Act(EVERYBODY, build=confirmation, led=(LOGIN,)),
    "mfa_deactivate_totp": Act(SIGNED_IN, build=with_totp),
    "mfa_generate_recovery_codes": Act(SIGNED_IN, build=with_codes),
    "mfa_remove_webauthn": Act({"resident"}, build=records.passkey),
    "mfa_edit_webauthn": Act({"resident"}, fixed(name="旧手机"), records.passkey),
}  # fmt: skip
