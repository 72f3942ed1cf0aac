"""Addresses of people, places and privacy."""

from __future__ import annotations

from django.urls import URLPattern, path

from community.views import notices

urlpatterns: list[URLPattern] = [
    path("my/notices/", notices.notice_list, name="notices"),
    path("my/notices/read/", notices.mark_all_read, name="notices_read"),
    path("my/notices/settings/", notices.notice_settings, name="notice_settings"),
    path("my/notices/settings/test/", notices.test_message, name="notice_test"),
    path("my/notices/unsubscribe/<str:token>/", notices.unsubscribe, name="notices_unsubscribe"),
    path("my/notices/<int:pk>/", notices.notice, name="notice"),
    path("my/notices/<int:pk>/read/", notices.mark_read, name="notice_read"),
]
