"""The bodies of the demo's pages, from the plain lines of its files to the blocks of Wagtail."""

from __future__ import annotations

import uuid
from typing import Any

HEADING = "# "
# Ids of blocks come from here, so that the same files always make the same pages.
NAMESPACE = uuid.UUID("6f1d0f1e-7b0a-4c1d-9d4e-2a6b3c5d7e90")
Block = dict[str, Any]


def body_of(row: dict[str, Any]) -> list[Block]:
    """Return the blocks of a page: plain words and table first, then headings and text."""
    blocks: list[tuple[str, Any]] = []
    if "plain" in row:
        blocks.append(("plain_words", {"text": f"<p>{row['plain']}</p>"}))
    if "table" in row:
        blocks.append(("table", table(row["table"], row.get("caption", ""))))
    blocks += written(row["body"])
    return [
        {"type": kind, "value": value, "id": str(uuid.uuid5(NAMESPACE, f"{row['slug']}/{number}"))}
        for number, (kind, value) in enumerate(blocks)
    ]


def written(lines: list[str]) -> list[tuple[str, Any]]:
    """Return the lines as headings and, between them, one text of several paragraphs."""
    blocks: list[tuple[str, Any]] = []
    for line in lines:
        if line.startswith(HEADING):
            blocks.append(("heading", line.removeprefix(HEADING)))
        elif blocks and blocks[-1][0] == "text":
            blocks[-1] = ("text", f"{blocks[-1][1]}<p>{line}</p>")
        else:
            blocks.append(("text", f"<p>{line}</p>"))
    return blocks


def table(cells: list[list[str]], caption: str) -> dict[str, Any]:
    """Return a table as TableBlock stores it, with its first row and column as heads."""
    return {
        "data": cells,
        "cell": [],
        "mergeCells": [],
        "first_row_is_table_header": True,
        "first_col_is_header": True,
        "table_header_choice": "both",
        "table_caption": caption,
    }
