"""Form fields for what people send: several photos at once, or one document or photo."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from community.errors import BadInput
from community.files import MEGABYTE, CheckedFile, check_file
from community.photos import CleanPhoto, clean_photo
from community.queries import rule_value, today


class PhotosInput(forms.ClearableFileInput):
    """A file input that takes several files; the phone offers its camera."""

    allow_multiple_selected = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"accept": "image/*", "multiple": True, **(attrs or {})})

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[UploadedFile]:
        """Return every file of this name."""
        return list(files.getlist(name)) if hasattr(files, "getlist") else [files[name]] if name in files else []


class PhotosField(forms.Field):
    """Up to `most` photos, cleaned; `kept` holds the good ones even when another was refused."""

    widget = PhotosInput

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most = most
        self.kept: list[CleanPhoto] = []

    def clean(self, value: list[UploadedFile]) -> list[CleanPhoto]:
        """Return the cleaned photos; one sentence for each file that is none."""
        self.kept, sentences = [], []
        if len(value) > self.most:
            raise ValidationError(
                _("最多 %(most)d 张照片，您选了 %(count)d 张。") % {"most": self.most, "count": len(value)}
            )
        for upload in value:
            try:
                self.kept.append(clean_photo(upload, upload.name or "", upload.size or 0))
            except BadInput as refused:
                sentences.append(str(refused))
        if sentences:
            raise ValidationError(sentences)
        if self.required and not self.kept:
            raise ValidationError(self.error_messages["required"], code="required")
        return self.kept


class DocumentField(forms.Field):
    """One photo, PDF, Word or Excel file, checked by its content; None where nothing was chosen."""

    widget = forms.FileInput(attrs={"accept": "image/*,.pdf,.docx,.xlsx"})

    def clean(self, value: UploadedFile | None) -> CheckedFile | None:
        """Return the checked file; a sentence for one that can't be taken."""
        if value is None:
            super().clean(value)
            return None
        try:
            most = rule_value("upload.document", today()) * MEGABYTE
            return check_file(value, value.name or "", value.size or 0, most=most)
        except BadInput as refused:
            raise ValidationError(str(refused)) from refused
