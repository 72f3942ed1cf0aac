"""The blocks of which pages are written, each with a template under templates/blocks/."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.contrib.table_block.blocks import TableBlock
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock

TEXT_FEATURES = ["bold", "ol", "ul", "link", "document-link"]


class PictureBlock(blocks.StructBlock):
    """A picture with what it shows in words."""

    image = ImageChooserBlock(label=_("图片"))
    alt = blocks.CharBlock(label=_("图片说明"), max_length=120)

    class Meta:
        icon = "image"
        label = _("图片")
        template = "blocks/picture.html"


class PlainWordsBlock(blocks.StructBlock):
    """One sentence in plain words, set apart at the top of a document."""

    text = blocks.RichTextBlock(label=_("一句话说清"), features=["bold", "link"])

    class Meta:
        icon = "openquote"
        label = _("一句话说清")
        template = "blocks/plain_words.html"


class BodyBlock(blocks.StreamBlock):
    """The body of a page or document."""

    heading = blocks.CharBlock(label=_("小标题"), max_length=80, icon="title", template="blocks/heading.html")
    text = blocks.RichTextBlock(label=_("正文"), features=TEXT_FEATURES, template="blocks/text.html")
    plain_words = PlainWordsBlock()
    table = TableBlock(label=_("表格"), template="blocks/table.html")
    picture = PictureBlock()
    document = DocumentChooserBlock(label=_("附件"), template="blocks/document.html")
