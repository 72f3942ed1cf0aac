"""The addresses of ballots (interfaces.md)."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
