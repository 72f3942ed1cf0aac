"""Addresses of review, appeals and files."""

from __future__ import annotations

from django.urls import URLPattern, path

from community.views import files, hidings, reviews

urlpatterns: list[URLPattern] = [
    path("desk/reviews/", reviews.reviews, name="reviews"),
    path("desk/reviews/appeals/<int:pk>/", reviews.appeal, name="appeal"),
    path("desk/reviews/<slug:key>/<int:pk>/", reviews.review, name="review"),
    path("desk/reviews/<slug:key>/<int:pk>/cover/", reviews.cover, name="cover"),
    path("desk/reviews/<slug:key>/<int:pk>/<slug:verb>/", reviews.act, name="review_action"),
    path("my/hidden/", hidings.hiding_list, name="hidings"),
    path("my/hidden/<int:pk>/", hidings.hiding, name="hiding"),
    path("files/<uuid:key>/", files.stored_file, name="stored_file"),
]
