"""A browser, and visitors who sit before it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import FLAGS
from tests.factories import District, build_district

PASSWORD = "demo-only-2023"
PHONE = (360, 740)
DESKTOP = (1280, 900)


@pytest.fixture(scope="session", autouse=True)
def orm_beside_the_browser() -> None:
    """Let tests ask the database while Playwright's loop runs in the same thread; only tests do."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def browser(chromium_path: str, django_db_setup: None) -> Iterator[Browser]:
    """The machine's Chromium.

    Under Playwright's loop Django opens another connection than before it; what a flush has to bring
    back is kept on the connection, so it is handed over.
    """
    contents = connection._test_serialized_contents
    with sync_playwright() as playwright:
        connection._test_serialized_contents = contents
        running = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def town(transactional_db: None, live_server: Any) -> District:
    """A small district whose people can sign in."""
    district = build_district()
    for one in district:
        if hasattr(one, "set_password"):
            one.set_password(PASSWORD)
            one.save()
    return district


@pytest.fixture
def keys(settings: Any, tmp_path: Path) -> Path:
    """Return the folder of ballot keys, each test's own."""
    settings.BALLOT_KEY_DIR = tmp_path / "keys"
    return tmp_path / "keys"


@pytest.fixture
def visit(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a browser for somebody, signed in where a user is given.

    Any error on the page's console, or in its scripts, fails the test at its end.
    """
    contexts, errors = [], []

    def open_for(
        user: Any = None, *, size: tuple[int, int] = PHONE, scripts: bool = True, mode: str = "normal"
    ) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale="zh-CN",
            java_script_enabled=scripts,
            base_url=live_server.url,
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.add_cookies([{"name": "mode", "value": mode, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if is_fault(message) else None)
        if user is not None:
            sign_in(page, user.username)
        return page

    yield open_for
    for context in contexts:
        context.close()
    assert errors == []


def is_fault(message: Any) -> bool:
    """Return whether a line of the console is a fault; the browser also reports every refused form as one."""
    return message.type == "error" and "status of 4" not in message.text


def sign_in(page: Page, username: str) -> None:
    """Sign in through the form."""
    page.goto("/accounts/login/")
    page.fill("[name=login]", username)
    page.fill("[name=password]", PASSWORD)
    page.click("main form button.main")
    page.wait_for_url(lambda url: "/accounts/login/" not in url)


@pytest.fixture
def photo(tmp_path: Path) -> Callable[[str], str]:
    """Return a function that makes a photo and gives its path."""

    def make(colour: str) -> str:
        path = tmp_path / f"{colour.strip('#')}.jpg"
        Image.new("RGB", (1200, 800), colour).save(path, "JPEG")
        return str(path)

    return make
