"""The addresses of halls, venues and methods (interfaces.md)."""

from django.urls import path

from deliberation.views import hall_calendars, hall_keeping, halls

urlpatterns = [
    path("halls/", halls.hall_list, name="halls"),
    path("halls/new/", hall_keeping.new_hall, name="new_hall"),
    path("halls/<int:pk>/", halls.hall_detail, name="hall"),
    path("halls/<int:pk>/calendar.ics", hall_calendars.hall_calendar, name="hall_calendar"),
    path("halls/<int:pk>/edit/", hall_keeping.edit_hall, name="edit_hall"),
    path("halls/<int:pk>/close/", hall_keeping.close_hall, name="close_hall"),
    path("halls/<int:pk>/venues/new/", hall_keeping.new_venue, name="new_venue"),
    path("halls/<int:pk>/methods/new/", hall_keeping.new_method, name="new_method"),
    path("feeds/sessions.ics", hall_calendars.halls_calendar, name="halls_calendar"),
    path("venues/", halls.venue_list, name="venues"),
    path("venues/<int:pk>/", halls.venue_detail, name="venue"),
    path("venues/<int:pk>/edit/", hall_keeping.edit_venue, name="edit_venue"),
    path("venues/<int:pk>/close/", hall_keeping.close_venue, name="close_venue"),
    path("methods/", halls.method_list, name="methods"),
    path("methods/<int:pk>/", halls.method_detail, name="method"),
    path("methods/<int:pk>/edit/", hall_keeping.edit_method, name="edit_method"),
    path("methods/<int:pk>/close/", hall_keeping.close_method, name="close_method"),
]
