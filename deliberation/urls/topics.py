"""The addresses of topics (interfaces.md)."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
