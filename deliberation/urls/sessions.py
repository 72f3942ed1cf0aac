"""The addresses of sessions (interfaces.md)."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
