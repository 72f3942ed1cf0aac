"""The addresses of appraisals (interfaces.md)."""

from django.urls import path

from deliberation.views import appraisals

urlpatterns = [
    path("appraisals/", appraisals.appraisal_list, name="appraisals"),
    path("appraisals/new/", appraisals.new_appraisal, name="new_appraisal"),
    path("appraisals/<int:pk>/", appraisals.appraisal_detail, name="appraisal"),
    path("appraisals/<int:pk>/<slug:verb>/", appraisals.act, name="appraisal_action"),
]
