"""Addresses of appointments, units and the auditor's matrix."""

from __future__ import annotations

from django.urls import URLPattern, path

from community.views import appointment_reviews, appointments, matrix, units

urlpatterns: list[URLPattern] = [
    path("desk/appointments/", appointments.appointment_list, name="appointments"),
    path("desk/appointments/new/", appointments.new_appointment, name="new_appointment"),
    path("desk/appointments/review/", appointment_reviews.review_list, name="appointment_reviews"),
    path("desk/appointments/review/<int:pk>/", appointment_reviews.review_act, name="appointment_review"),
    path("desk/appointments/<int:pk>/", appointments.appointment_detail, name="appointment"),
    path("desk/appointments/<int:pk>/<slug:verb>/", appointments.appointment_act, name="appointment_action"),
    path("my/absence/", appointments.absence, name="absence"),
    path("desk/units/", units.unit_list, name="units"),
    path("desk/units/new/", units.new_unit, name="new_unit"),
    path("desk/units/<int:pk>/", units.unit_page, name="unit"),
    path("desk/units/<int:pk>/end/", units.unit_end, name="unit_end"),
    path("desk/matrix/", matrix.matrix, name="matrix"),
    path("desk/matrix/matrix.csv", matrix.matrix_csv, name="matrix_csv"),
    path("desk/matrix/capabilities/", matrix.capabilities, name="capabilities"),
    path("desk/matrix/capabilities/capabilities.csv", matrix.capabilities_csv, name="capabilities_csv"),
]
