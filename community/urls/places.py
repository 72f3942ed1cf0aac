"""Addresses of places, compounds, households and dwellings, and of who is reached where."""

from __future__ import annotations

from django.urls import URLPattern, path

from community.views import compounds, contacts, dwellings, households, places

urlpatterns: list[URLPattern] = [
    path("contacts/", contacts.contacts, name="contacts"),
    path("places/", compounds.place_index, name="places"),
    path("places/<str:code>/", compounds.place_page, name="place_page"),
    path("desk/places/", places.place_tree, name="place_tree"),
    path("desk/places/<str:code>/", places.place_detail, name="place"),
    path("desk/places/<str:code>/new/", places.new_place, name="new_place"),
    path("desk/places/<str:code>/merge/", places.merge, name="place_merge"),
    path("desk/places/<str:code>/split/", places.split, name="place_split"),
    path("desk/places/<str:code>/appointments/", places.reassign, name="place_reassign"),
    path("desk/compounds/", compounds.compound_list, name="compounds"),
    path("desk/compounds/<str:code>/", compounds.compound_edit, name="compound"),
    path("desk/compounds/<str:code>/dwellings/", dwellings.dwelling_list, name="dwellings"),
    path("desk/households/", households.household_list, name="households"),
    path("desk/households/new/", households.new_household, name="new_household"),
    path("desk/households/<int:pk>/", households.household_detail, name="household"),
    path("desk/households/<int:pk>/<slug:verb>/", households.change_household, name="household_change"),
    path("desk/dwellings/", dwellings.dwelling_import, name="dwelling_import"),
    path("desk/dwellings/template.xlsx", dwellings.dwelling_template, name="dwelling_template"),
    path("desk/dwellings/<int:pk>/", dwellings.dwelling_detail, name="dwelling"),
]
