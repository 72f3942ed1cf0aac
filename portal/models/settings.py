"""What the header and footer say; edited in Wagtail's site settings."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.admin.panels import FieldPanel, InlinePanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.models import Orderable


@register_setting(icon="cog")
class SiteSettings(BaseSiteSetting, ClusterableModel):
    """The government-site header and footer (rules.md section 8)."""

    site_name = models.CharField(_("网站名称"), max_length=20, default="共治")
    tagline = models.CharField(_("副题"), max_length=40, blank=True)
    sponsor = models.CharField(_("主办单位"), max_length=60, blank=True)
    organiser = models.CharField(_("承办单位"), max_length=60, blank=True)
    phone = models.CharField(_("联系电话"), max_length=30, blank=True)
    address = models.CharField(_("地址"), max_length=80, blank=True)
    site_code = models.CharField(_("网站标识码"), max_length=20, blank=True)
    icp_number = models.CharField(_("ICP 备案号"), max_length=40, blank=True)
    police_number = models.CharField(_("公安备案号"), max_length=40, blank=True)
    map_approval = models.CharField(_("地图审图号"), max_length=40, blank=True)

    panels = [
        FieldPanel("site_name"),
        FieldPanel("tagline"),
        FieldPanel("sponsor"),
        FieldPanel("organiser"),
        FieldPanel("phone"),
        FieldPanel("address"),
        FieldPanel("site_code"),
        FieldPanel("icp_number"),
        FieldPanel("police_number"),
        FieldPanel("map_approval"),
        InlinePanel("footer_links", label=_("页脚链接")),
    ]

    class Meta:
        verbose_name = _("页头和页脚")


class FooterLink(Orderable):
    """One link in the footer, to a page of the site or an address of it."""

    settings = ParentalKey(SiteSettings, related_name="footer_links")
    label = models.CharField(_("文字"), max_length=20)
    url = models.CharField(_("地址"), max_length=200)

    panels = [FieldPanel("label"), FieldPanel("url")]
