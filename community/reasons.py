"""Sentences that pure code gives: the Chinese text, with a code and parameters for whoever translates it."""

from __future__ import annotations

from typing import Any, Self


class Reason(str):
    """A sentence a resident can read. `code` names what it says, `params` are the values in it."""

    code: str
    params: dict[str, Any]

    __slots__ = ("code", "params")

    def __new__(cls, code: str, template: str, **params: Any) -> Self:
        """Return the sentence: `template` filled with `params` by %-formatting."""
        reason = super().__new__(cls, template % params if params else template)
        reason.code, reason.params = code, params
        return reason
