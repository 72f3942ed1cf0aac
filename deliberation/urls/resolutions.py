"""The addresses of resolutions (interfaces.md)."""

from django.urls import path

from deliberation.views import resolutions

urlpatterns = [
    path("resolutions/", resolutions.resolution_list, name="resolutions"),
    path("resolutions/new/", resolutions.new_resolution, name="new_resolution"),
    path("resolutions/<str:number>/", resolutions.resolution_detail, name="resolution"),
    path(
        "resolutions/<str:number>/photos/<int:photo_id>/<str:size>.jpg",
        resolutions.commitment_photo,
        name="commitment_photo",
    ),
    path("resolutions/<str:number>/<slug:verb>/", resolutions.act, name="resolution_action"),
]
