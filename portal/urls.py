"""The root of all addresses (interfaces.md)."""

from django.conf import settings
from django.contrib.sitemaps.views import index as sitemap_index
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from portal.feeds import DisclosureFeed, IssueFeed, NewsFeed, TopicFeed
from portal.sitemaps import SITEMAPS
from portal.views import chain, desk, errors, figures, health, my, search, serving, site_map
from portal.views.styleguide import styleguide

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error

urlpatterns = [
    path("", include("community.urls")),
    # Before the verbs of an issue, which stand at the same depth.
    path("issues/<str:number>/chain/", chain.issue_chain, name="issue_chain"),
    path("", include("deliberation.urls")),
    path("desk/", desk.desk, name="desk"),
    path("my/", my.my_page, name="my"),
    path("figures/", figures.figures_page, name="figures"),
    path("search/", search.search, name="search"),
    path("sitemap/", site_map.site_map, name="site_map"),
    path("feeds/issues.xml", IssueFeed(), name="issue_feed"),
    path("feeds/topics.xml", TopicFeed(), name="topic_feed"),
    path("feeds/disclosure.xml", DisclosureFeed(), name="disclosure_feed"),
    path("feeds/news.xml", NewsFeed(), name="news_feed"),
    path("sitemap.xml", sitemap_index, {"sitemaps": SITEMAPS}, name="sitemap_index"),
    path("sitemap-<section>.xml", sitemap, {"sitemaps": SITEMAPS}, name="django.contrib.sitemaps.views.sitemap"),
    path("robots.txt", serving.robots, name="robots"),
    path("media/<path:path>", serving.media, name="media"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    # One sign-in for everybody, with its limits and its lock-out.
    path("admin/login/", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    path("_util/login/", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    path("admin/", include(wagtailadmin_urls)),
    # No document's number is that long, and Wagtail's view breaks over it.
    re_path(r"^documents/\d{19,}/", serving.no_document),
    path("documents/", include(wagtaildocs_urls)),
    # community/urls.py brings what allauth lacks, and stands before it.
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/", include("allauth.account.urls")),
]
if settings.DEVELOPMENT:
    urlpatterns += [path("styleguide/", styleguide, name="styleguide")]
urlpatterns += [path("", include(wagtail_urls))]
