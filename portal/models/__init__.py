"""The pages of the portal; Wagtail pages live only here."""

from portal.models.disclosure import DisclosureIndexPage, DisclosurePage, Subject, Validity
from portal.models.figures import ReportedFigure
from portal.models.generations import PageGeneration
from portal.models.pages import HomePage, NewsIndexPage, NewsPage, StandardPage, for_everybody
from portal.models.settings import FooterLink, SiteSettings

__all__ = [
    "DisclosureIndexPage",
    "DisclosurePage",
    "FooterLink",
    "HomePage",
    "NewsIndexPage",
    "NewsPage",
    "PageGeneration",
    "ReportedFigure",
    "SiteSettings",
    "StandardPage",
    "Subject",
    "Validity",
    "for_everybody",
]
