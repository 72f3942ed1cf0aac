"""Why a verb may refuse; each refusal carries a sentence that a resident can read."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818  (a refusal is an answer, not an error)
    """A verb did nothing; `str(error)` is the sentence to show."""


class NotAllowed(Refused):
    """Not for this person, or not here."""


class WrongState(Refused):
    """Not as the record stands now."""


class BadInput(Refused):
    """What was given can't be taken; `field` names where it was typed."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class SweepFailed(Exception):  # noqa: N818  (its name says what happened, as those above)
    """Some clocks broke in a sweep, after all the others had struck; for those who run the site."""

    def __init__(self, struck: int, failed: list[int]) -> None:
        self.struck, self.failed = struck, failed
        super().__init__(f"{struck} clocks struck, {len(failed)} failed: {', '.join(map(str, failed))}")
