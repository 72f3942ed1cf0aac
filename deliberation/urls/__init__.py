"""The addresses of the deliberation app, one module a noun (interfaces.md)."""

from deliberation.urls import appraisals, ballots, halls, issues, resolutions, sessions, topics

urlpatterns = [
    *issues.urlpatterns,
    *halls.urlpatterns,
    *topics.urlpatterns,
    *sessions.urlpatterns,
    *ballots.urlpatterns,
    *resolutions.urlpatterns,
    *appraisals.urlpatterns,
]
