"""The addresses of appraisals (interfaces.md)."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
