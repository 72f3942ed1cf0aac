"""The machine's own Chromium, and how it is started without reaching out to the world."""

from pathlib import Path

PLACES = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


def chromium() -> str | None:
    """Return the path of the browser, or None."""
    return next((path for path in PLACES if Path(path).exists()), None)
