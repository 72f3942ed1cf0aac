"""The pages of the portal; Wagtail pages live only here."""

from portal.models.disclosure import DisclosureIndexPage, DisclosurePage, Subject, Validity
from portal.models.figures import ReportedFigure
from portal.models.pages import HomePage, NewsIndexPage, NewsPage, StandardPage
from portal.models.settings import FooterLink, SiteSettings

__all__ = [
    "DisclosureIndexPage",
    "DisclosurePage",
    "FooterLink",
    "HomePage",
    "NewsIndexPage",
    "NewsPage",
    "ReportedFigure",
    "SiteSettings",
    "StandardPage",
    "Subject",
    "Validity",
]
