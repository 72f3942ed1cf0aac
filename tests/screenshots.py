"""Take the README's pictures from a running demo: `make demo` in one window, `make screenshots` in another."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.browser import FLAGS, chromium

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
PHONE, DESKTOP = (360, 780), (1280, 860)
GAP, PAPER = 24, "#EFE8DA"
PAPER_COLOURS = 128
PASSWORD = "demo-only-2023"


def shot(browser: Browser, base: str, path: str, size: tuple[int, int], user: str = "") -> Image.Image:
    """Return what somebody sees at an address without scrolling; a path of `*` opens the first public issue."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN", base_url=base)
    page = context.new_page()
    if user:
        page.goto("/accounts/login/")
        page.fill("[name=login]", user)
        page.fill("[name=password]", PASSWORD)
        page.click("main form button.main")
        page.wait_for_url(lambda url: "/accounts/login/" not in url)
    page.goto("/issues/?state=working" if path == "*" else path)
    if path == "*":
        page.locator(".work h3 a").first.click()
        page.wait_for_load_state()
    page.wait_for_timeout(500)
    picture = Image.open(io.BytesIO(page.screenshot()))
    context.close()
    return picture


def beside(pictures: list[Image.Image]) -> Image.Image:
    """Return pictures side by side on paper."""
    width = sum(picture.width for picture in pictures) + GAP * (len(pictures) + 1)
    sheet = Image.new("RGB", (width, pictures[0].height + 2 * GAP), PAPER)
    left = GAP
    for picture in pictures:
        sheet.paste(picture, (left, GAP))
        left += picture.width + GAP
    return sheet


def main(base: str) -> None:
    """Write the pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        phones = [
            shot(browser, base, "/", PHONE),
            shot(browser, base, "*", PHONE),
            shot(browser, base, "/desk/", PHONE, "worker"),
            shot(browser, base, "/disclosure/", PHONE),
        ]
        desktop = shot(browser, base, "/", DESKTOP)
        browser.close()
    for name, picture in (("phones", beside(phones)), ("desktop", desktop)):
        picture.quantize(PAPER_COLOURS).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else f"http://localhost:{os.environ.get('PORT', '8000')}")
