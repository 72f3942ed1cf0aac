"""Addresses of signing in that allauth does not bring, or that stand before its own."""

from __future__ import annotations

from allauth.account.views import SignupView
from django.urls import URLPattern, path

from community.views import entering, outbox, phones, sessions

urlpatterns: list[URLPattern] = [
    path("accounts/signup/", entering.sign_up, name="sign_up"),
    path(
        "accounts/signup/name/",
        SignupView.as_view(template_name="account/signup_by_name.html"),
        name="sign_up_by_name",
    ),
    path("accounts/login/phone/", entering.enter_by_phone, name="enter_by_phone"),
    path("accounts/code/", entering.phone_code, name="phone_code"),
    path("accounts/code/who/", entering.phone_who, name="phone_who"),
    path("accounts/password/reset/phone/", entering.reset_by_phone, name="reset_by_phone"),
    path("accounts/password/reset/phone/new/", entering.new_password, name="new_password"),
    path("accounts/reauthenticate/phone/", entering.confirm_by_phone, name="confirm_by_phone"),
    path("accounts/phone/", phones.my_phone, name="my_phone"),
    path("accounts/phone/change/", phones.change_phone, name="change_phone"),
    path("accounts/phone/share/", phones.share_phone, name="share_phone"),
    path("accounts/phone/share/<int:pk>/end/", phones.stop_sharing, name="stop_sharing"),
    path("accounts/second-factor/", sessions.second_factor, name="second_factor"),
    path("accounts/sessions/", sessions.SessionsView.as_view(), name="usersessions_list"),
    path("accounts/sessions/<int:pk>/end/", sessions.end_session, name="end_session"),
    path("demo/outbox/", outbox.outbox, name="outbox"),
]
