"""The addresses of resolutions (interfaces.md)."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
