"""The addresses of issues (interfaces.md)."""

from django.urls import path

from deliberation.views import acting, issues, photos, raising

urlpatterns = [
    path("issues/", issues.issue_list, name="issues"),
    path("issues/points.json", issues.points, name="issue_points"),
    path("issues/outlines.json", issues.outlines, name="area_outlines"),
    path("issues/new/", raising.new_issue, name="new_issue"),
    path("issues/drafts/<int:draft_id>/", photos.draft, name="photo_draft"),
    path("issues/<str:number>/", issues.issue_detail, name="issue"),
    path("issues/<str:number>/photos/<int:photo_id>/<str:size>.jpg", photos.photo, name="issue_photo"),
    path("issues/<str:number>/supplements/<int:event_id>/", acting.publish_supplement, name="publish_supplement"),
    path("issues/<str:number>/phone/", acting.reveal_phone, name="reveal_reporter_phone"),
    path("issues/<str:number>/<slug:verb>/", acting.act, name="issue_action"),
]
