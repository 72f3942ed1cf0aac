"""Policy disclosure: the catalogue and its documents (rules.md section 8)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.paginator import Paginator
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.models import Page
from wagtail.search import index

from portal.models.pages import PAGE_SIZE, WrittenPage, for_everybody


class Validity(models.TextChoices):
    """Whether a text still holds (有效性)."""

    IN_FORCE = "in_force", _("有效")
    REPLACED = "replaced", _("已被替代")
    REPEALED = "repealed", _("已废止")


class Subject(models.TextChoices):
    """Subjects of the catalogue (主题分类)."""

    ASSISTANCE = "assistance", _("社会救助")
    ELDERLY = "elderly", _("养老服务")
    CHILDREN = "children", _("儿童福利")
    DISABILITY = "disability", _("残疾人福利")
    GOVERNANCE = "governance", _("基层治理")
    ORGANISATIONS = "organisations", _("社会组织")
    CHARITY = "charity", _("慈善事业")
    AFFAIRS = "affairs", _("社会事务")


class DisclosureIndexPage(Page):
    """The catalogue of what is disclosed, by subject and validity, the newest first."""

    template = "portal/disclosure_index.html"
    max_count = 1
    subpage_types: ClassVar[list[str]] = ["portal.DisclosurePage"]

    class Meta:
        verbose_name = _("政策公开栏目")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add one page of documents, filtered by subject where one is chosen."""
        documents = for_everybody(DisclosurePage.objects.child_of(self)).order_by("-published_on", "-pk")
        subject = request.GET.get("subject", "")
        if subject in Subject.values:
            documents = documents.filter(subject=subject)
        page = Paginator(documents, PAGE_SIZE).get_page(request.GET.get("page"))
        context = super().get_context(request, *args, **kwargs)
        return {
            **context,
            "documents": page,
            "subjects": Subject.choices,
            "subject": subject,
            "query": f"subject={subject}" if subject in Subject.values else "",
        }


class DisclosurePage(WrittenPage):
    """A disclosed document with the catalogue's fields."""

    index_number = models.CharField(_("索引号"), max_length=40, unique=True)
    document_number = models.CharField(_("发文字号"), max_length=60, blank=True)
    issuer = models.CharField(_("发文机关"), max_length=80)
    written_on = models.DateField(_("成文日期"))
    published_on = models.DateField(_("发布日期"))
    effective_on = models.DateField(_("施行日期"), null=True, blank=True)
    validity = models.CharField(_("有效性"), max_length=10, choices=Validity, default=Validity.IN_FORCE)
    subject = models.CharField(_("主题分类"), max_length=20, choices=Subject)
    summary = models.CharField(_("摘要"), max_length=200)
    replaces = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="replaced_by", verbose_name=_("替代的文件")
    )
    explains = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="explanations", verbose_name=_("解读的文件")
    )

    template = "portal/disclosure_page.html"
    parent_page_types: ClassVar[list[str]] = ["portal.DisclosureIndexPage"]
    subpage_types: ClassVar[list[str]] = []
    content_panels = [
        *Page.content_panels,
        MultiFieldPanel(
            [
                FieldPanel("index_number"),
                FieldPanel("document_number"),
                FieldPanel("issuer"),
                FieldPanel("written_on"),
                FieldPanel("published_on"),
                FieldPanel("effective_on"),
                FieldPanel("validity"),
                FieldPanel("subject"),
                FieldPanel("replaces"),
                FieldPanel("explains"),
            ],
            heading=_("目录信息"),
        ),
        FieldPanel("summary"),
        FieldPanel("body"),
    ]
    search_fields = [
        *WrittenPage.search_fields,
        index.SearchField("summary"),
        index.SearchField("index_number"),
        index.SearchField("document_number"),
        index.SearchField("issuer"),
    ]

    class Meta:
        verbose_name = _("公开文件")
        indexes = [models.Index(fields=["subject", "-published_on"], name="disclosure_subject")]
        constraints = [
            models.CheckConstraint(
                condition=Q(published_on__gte=models.F("written_on")), name="published_after_written"
            )
        ]

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add what stands before and after this document, and others on its subject."""
        others = for_everybody(DisclosurePage.objects.filter(subject=self.subject).exclude(pk=self.pk))
        context = super().get_context(request, *args, **kwargs)
        return {
            **context,
            "replaces": for_everybody(DisclosurePage.objects.filter(pk=self.replaces_id)).first(),
            "replaced_by": for_everybody(self.replaced_by).first(),
            "explains": for_everybody(DisclosurePage.objects.filter(pk=self.explains_id)).first(),
            "explanations": for_everybody(self.explanations).order_by("-published_on", "-pk"),
            "related": others.order_by("-published_on", "-pk")[:5],
        }
