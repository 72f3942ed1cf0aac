"""Addresses of people, places and privacy."""

from __future__ import annotations

from django.urls import URLPattern, path

from community.urls.accounts import urlpatterns as account_urls
from community.urls.appointments import urlpatterns as appointment_urls
from community.urls.places import urlpatterns as place_urls
from community.urls.residents import urlpatterns as resident_urls
from community.urls.reviews import urlpatterns as review_urls
from community.views import notices, privacy

urlpatterns: list[URLPattern] = [
    *account_urls,
    *appointment_urls,
    *place_urls,
    *resident_urls,
    *review_urls,
    path("my/notices/", notices.notice_list, name="notices"),
    path("my/notices/read/", notices.mark_all_read, name="notices_read"),
    path("my/notices/settings/", notices.notice_settings, name="notice_settings"),
    path("my/notices/settings/test/", notices.test_message, name="notice_test"),
    path("my/notices/unsubscribe/<str:token>/", notices.unsubscribe, name="notices_unsubscribe"),
    path("my/notices/<int:pk>/", notices.notice, name="notice"),
    path("my/notices/<int:pk>/read/", notices.mark_read, name="notice_read"),
    path("privacy/", privacy.privacy, name="privacy"),
    path("privacy/erased/", privacy.erased, name="erased"),
    path("privacy/<slug:kind>/<int:version>/", privacy.privacy_text, name="privacy_text"),
    path("my/consent/", privacy.consent, name="consent"),
    path("my/privacy/", privacy.my_privacy, name="my_privacy"),
    path("my/privacy/withdraw/", privacy.withdraw, name="withdraw_consent"),
    path("my/privacy/export/", privacy.export_me, name="export_me"),
    path("my/privacy/erase/", privacy.erase_me, name="erase_me"),
]
