"""Why a verb may refuse; each refusal carries a sentence that a resident can read."""

from __future__ import annotations


class Refused(Exception):
    """A verb did nothing; `str(error)` is the sentence to show."""


class NotAllowed(Refused):
    """This person may not do this here."""


class WrongState(Refused):
    """This can't happen to the record as it stands now."""


class BadInput(Refused):
    """What was given can't be taken; `field` names where it was typed."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field
