"""The addresses of topics (interfaces.md)."""

from django.urls import path

from deliberation.views import proposing, scopes, topic_acting, topics

urlpatterns = [
    path("topics/", topics.topic_list, name="topics"),
    path("topics/new/", proposing.new_topic, name="new_topic"),
    path("topics/scope/", scopes.scope_towns, name="topic_scopes"),
    path("topics/scope/<str:code>/", scopes.scopes_of_town, name="topic_scopes"),
    path("topics/<str:number>/", topics.topic_detail, name="topic"),
    path("topics/<str:number>/<slug:verb>/", topic_acting.act_on_topic, name="topic_action"),
]
