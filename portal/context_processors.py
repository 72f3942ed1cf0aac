"""What every page's frame needs. Nothing here asks the database or the session on a cached page.

Pages for people who have not signed in are shared by all of them: this module may read cookies, but
touches `request.user` only when there is a session cookie and a template asks for the viewer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from community.models.people import mask_phone
from community.permissions import is_staff_member
from community.queries import held_today, resident_of
from portal.mode import address_with, read_mode
from portal.models import SiteSettings
from portal.pagecache import generation

SETTINGS_FIELDS = (
    "site_name",
    "tagline",
    "sponsor",
    "organiser",
    "phone",
    "address",
    "site_code",
    "icp_number",
    "police_number",
    "map_approval",
)


@dataclass(frozen=True)
class Viewer:
    """Who looks at the page, as the header shows them."""

    is_authenticated: bool = False
    is_staff: bool = False
    name: str = ""
    place: str = ""

    @property
    def home(self) -> str:
        """Return the page where this person's own things are."""
        return "/desk/" if self.is_staff else "/my/"


@dataclass(frozen=True)
class Seat:
    """One entry of the navigation or of the bottom bar."""

    label: str
    url: str
    icon: str = ""
    is_current: bool = False


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's values: mode, switches, navigation, settings, viewer."""
    language = get_language() or settings.LANGUAGE_CODE
    return {
        "demo": settings.DEMO,
        "mode": getattr(request, "mode", read_mode(request)),
        "page_lang": "zh-CN" if language.startswith("zh") else language,
        "mode_links": {
            "elder": address_with(request, mode="elder", lang=None),
            "normal": address_with(request, mode="normal", lang=None),
        },
        "languages": other_languages(request, language),
        "nav": navigation(request.path),
        "tabs": bottom_bar(request.path),
        "has_session": settings.SESSION_COOKIE_NAME in request.COOKIES,
        "viewer": SimpleLazyObject(lambda: viewer_of(request)),
        "sign_in_url": sign_in_url(request),
        "site_settings": SimpleLazyObject(lambda: site_settings(request)),
        "site_domain": urlsplit(settings.BASE_URL).netloc,
    }


def other_languages(request: HttpRequest, language: str) -> list[dict[str, str]]:
    """Return the languages one can switch to, each with its own name and link."""
    return [
        {"code": "zh-CN" if code.startswith("zh") else code, "name": name, "url": address_with(request, lang=code)}
        for code, name in settings.LANGUAGES
        if code != language
    ]


def navigation(path: str) -> tuple[Seat, ...]:
    """Return the main navigation: the parts that exist today.

    志愿服务 社区基金 社会组织 join between them with their parts.
    """
    return navigation_at(get_language() or "", current_of(path, PARTS))


def bottom_bar(path: str) -> tuple[Seat, ...]:
    """Return the phone's five seats; the middle one raises an issue."""
    here = "/my/" if is_within(path, "/desk/") else current_of(path, SEATS)
    return bottom_bar_at(get_language() or "", here)


# A longer address before the part that it lies in.
PARTS = ("/issues/", "/halls/", "/figures/", "/disclosure/", "/news/", "/")
SEATS = ("/disclosure/", "/issues/new/", "/issues/", "/my/", "/")


def current_of(path: str, urls: tuple[str, ...]) -> str:
    """Return in which of these parts a page lies, or nothing."""
    return next((url for url in urls if is_within(path, url)), "")


@lru_cache(maxsize=64)
def navigation_at(language: str, here: str) -> tuple[Seat, ...]:
    """Return the main navigation in the request's language; there are few of them, and every page shows one."""
    entries = [
        (_("首页"), "/"),
        (_("反映问题"), "/issues/"),
        (_("议事厅"), "/halls/"),
        (_("数据"), "/figures/"),
        (_("政策公开"), "/disclosure/"),
        (_("新闻"), "/news/"),
    ]
    return tuple(Seat(label, url, is_current=url == here) for label, url in entries)


@lru_cache(maxsize=64)
def bottom_bar_at(language: str, here: str) -> tuple[Seat, ...]:
    """Return the bottom bar in the request's language."""
    entries = [
        (_("首页"), "/", "home"),
        (pgettext("bottom bar", "公开"), "/disclosure/", "doc"),
        (pgettext("bottom bar", "反映"), "/issues/new/", "say"),
        (pgettext("bottom bar", "进度"), "/issues/", "list"),
        (pgettext("bottom bar", "我的"), "/my/", "me"),
    ]
    return tuple(Seat(label, url, icon, url == here) for label, url, icon in entries)


def is_within(path: str, url: str) -> bool:
    """Return whether a page lies in a part of the site; the home page only is itself."""
    return path == url if url == "/" else path.startswith(url)


def sign_in_url(request: HttpRequest) -> str:
    """Return the sign-in page that leads back here; a page that only answers POST leads to /my/."""
    try:
        url = reverse("account_login")
    except NoReverseMatch:
        url = "/accounts/login/"
    if request.method != "GET" or request.path.startswith("/accounts/"):
        return url
    return f"{url}?{urlencode({'next': address_with(request, mode=None, lang=None)})}"


def viewer_of(request: HttpRequest) -> Viewer:
    """Return who is signed in; without a session cookie nobody is asked."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not hasattr(request, "user"):
        return Viewer()
    user = request.user
    if not user.is_authenticated:
        return Viewer()
    return Viewer(True, bool(is_staff_member(user)), name_of(user), place_of(user))


def name_of(user: Any) -> str:
    """Return what somebody calls themselves by: a user name that was drawn for them tells them nothing."""
    return str(user.masked_name if user.name else mask_phone(user.phone or "") or user.username)


def place_of(user: Any) -> str:
    """Return the place or unit under a person's name: where they work, or else where they live."""
    for held in held_today(user):
        return held.place
    resident = resident_of(user)
    return str(resident.home) if resident and resident.home else ""


def site_settings(request: HttpRequest) -> dict[str, Any]:
    """Return what the editors keep in Wagtail about the site, as plain values from the cache.

    They are kept under the page cache's generation, so what an editor saves shows at once.
    """
    key = f"site_settings:{generation()}"
    kept: dict[str, Any] | None = cache.get(key)
    if kept is None:
        kept = read_settings(request)
        cache.set(key, kept, settings.PAGE_CACHE_SECONDS or 1)
    return kept


def read_settings(request: HttpRequest) -> dict[str, Any]:
    """Return the settings of this site from the database; without a Wagtail site there are none yet."""
    try:
        found = SiteSettings.for_request(request)
    except SiteSettings.DoesNotExist:
        return {"footer_links": []}
    values = {name: getattr(found, name) for name in SETTINGS_FIELDS}
    links = [{"label": link.label, "url": link.url} for link in found.footer_links.all()]
    return {**values, "footer_links": links}
