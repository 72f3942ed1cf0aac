"""What is wrong with a file, and where."""

from __future__ import annotations

from dataclasses import dataclass, field

# As many mistakes are listed; whoever has more sees their number.
LISTED_MOST = 200
# What a spreadsheet takes for the start of a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Fault:
    """One mistake: the sheet, the row as the spreadsheet numbers it, the column's heading, and the sentence."""

    sheet: str
    row: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"{self.sheet}!{self.row} {self.column}: {self.reason}"


@dataclass
class Faults:
    """The mistakes found so far: all are counted, the first are kept."""

    listed: list[Fault] = field(default_factory=list)
    count: int = 0

    def add(self, sheet: str, row: int, column: str, reason: str) -> None:
        """Note a mistake."""
        self.count += 1
        if len(self.listed) < LISTED_MOST:
            self.listed.append(Fault(sheet, row, column, reason))

    @property
    def unlisted(self) -> int:
        """Return how many more there are."""
        return self.count - len(self.listed)


class BadFile(Exception):  # noqa: N818  (a refusal is an answer, not an error)
    """The file as a whole can't be read; `fault` says where it shows."""

    def __init__(self, reason: str, *, sheet: str = "", row: int = 0, column: str = "") -> None:
        super().__init__(reason)
        self.fault = Fault(sheet, row, column, reason)


def harmless(text: str) -> str:
    """Return a text that no spreadsheet runs as a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
