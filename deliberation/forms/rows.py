"""A choice of several rows by their ids."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# More digits than a 64-bit id has; a database may answer such a number with an error of its own.
ID_DIGITS = 18


class RowsField(forms.ModelMultipleChoiceField):
    """Django's own, but for numbers that no id can be; no sentence repeats what was sent."""

    default_error_messages = {"invalid_choice": _("请从名单里选。"), "invalid_pk_value": _("请从名单里选。"),
                              "invalid_list": _("请从名单里选。")}  # fmt: skip

    def clean(self, value: Any) -> Any:
        """Refuse an id that is too long, as one that does not exist."""
        if any(len(str(one)) > ID_DIGITS for one in value or ()):
            raise ValidationError(self.error_messages["invalid_list"], code="invalid_list")
        return super().clean(value)
