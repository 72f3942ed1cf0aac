"""The addresses of halls (interfaces.md)."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
