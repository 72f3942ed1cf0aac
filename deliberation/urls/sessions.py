"""The addresses of sessions (interfaces.md)."""

from django.urls import path

from deliberation.views import sessions

urlpatterns = [
    path("sessions/", sessions.session_list, name="sessions"),
    path("sessions/new/", sessions.new_session, name="new_session"),
    path("sessions/<int:pk>/", sessions.session_detail, name="session"),
    path("sessions/<int:pk>/<slug:verb>/", sessions.act, name="session_action"),
]
