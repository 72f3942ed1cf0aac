"""A missing or malformed variable stops the start with one line that names it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal.environment import DEVELOPMENT_FIELD_KEY

ROOT = Path(__file__).resolve().parent.parent
# Thirty-two bytes, as a key has to be.
KEY = "A" * 43 + "="
PRODUCTION = {
    "DEBUG": "0",
    "SECRET_KEY": "a-secret-of-this-test-of-32-signs",
    "FIELD_KEYS": KEY,
    "INDEX_KEY": "another-secret-of-this-test",
    "BALLOT_KEY_DIR": "ballot-keys",
    "ALLOWED_HOSTS": "gongzhi.example",
    "BASE_URL": "https://gongzhi.example",
}
REQUIRED = ("SECRET_KEY", "FIELD_KEYS", "INDEX_KEY", "BALLOT_KEY_DIR", "ALLOWED_HOSTS", "BASE_URL")
SHOW = "from portal import settings as s; print({})"


def start(show: str = "'started'", **variables: str) -> subprocess.CompletedProcess[str]:
    """Import the settings in a process of its own with these variables alone, and print an expression."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", SHOW.format(show)],
        cwd=ROOT,
        env={**kept, **variables},
        capture_output=True,
        check=False,
        text=True,
    )


def assert_stops(name: str, **variables: str) -> None:
    """Assert that the start ends with exactly one line, which names the variable."""
    ended = start(**variables)
    assert ended.returncode == 1
    assert ended.stdout == ""
    lines = ended.stderr.splitlines()
    assert len(lines) == 1, ended.stderr
    assert lines[0].startswith(f"gongzhi: {name} ")


def test_starts_with_nothing_set() -> None:
    started = start("(s.DEVELOPMENT, s.DEMO, s.DEBUG, s.SECURE)")
    assert (started.stdout, started.stderr) == ("(True, True, False, False)\n", "")


def test_starts_in_production() -> None:
    started = start("(s.DEVELOPMENT, s.DEMO, s.DEBUG, s.SECURE, s.ALLOWED_HOSTS)", **PRODUCTION)
    assert (started.stdout, started.stderr) == ("(False, False, False, True, ['gongzhi.example'])\n", "")


@pytest.mark.parametrize("name", REQUIRED)
def test_required_in_production(name: str) -> None:
    assert_stops(name, **{key: value for key, value in PRODUCTION.items() if key != name})


@pytest.mark.parametrize("name", REQUIRED)
def test_empty_is_missing(name: str) -> None:
    assert_stops(name, **{**PRODUCTION, name: ""})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "maybe"),
        ("DEMO", "2"),
        ("FIELD_KEYS", "short"),
        ("FIELD_KEYS", ","),
        ("FIELD_KEYS", f"{KEY},short"),
        ("INDEX_KEY", "one,"),
        ("DATABASE_URL", "nothing at all"),
        ("DATABASE_URL", "mysql://user@host/name"),
        ("DATABASE_URL", "postgres://user@host:port/name"),
        ("REDIS_URL", "localhost:6379"),
        ("REDIS_URL", "http://localhost"),
        ("MAP_TILES_URL", "ftp://tiles"),
        ("TRUSTED_PROXIES", "the front one"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, 10.0.0.300"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("EMAIL_URL", "pigeon://roof"),
        ("EMAIL_URL", "smtp://host:port"),
        ("BASE_URL", "gongzhi.example"),
        ("BASE_URL", "ftp://gongzhi.example"),
    ],
)
def test_malformed(name: str, value: str) -> None:
    assert_stops(name, **{name: value})


PUBLIC = pytest.mark.parametrize("hosts", ["gongzhi.example", "localhost,gongzhi.example", "*", "10.0.0.5"])


@PUBLIC
def test_a_demo_is_refused_on_a_public_host(hosts: str) -> None:
    assert_stops("DEMO", **{**PRODUCTION, "DEMO": "1", "ALLOWED_HOSTS": hosts})
    assert_stops("DEMO", ALLOWED_HOSTS=hosts)


@PUBLIC
def test_development_is_refused_on_a_public_host(hosts: str) -> None:
    assert_stops("DEBUG", DEMO="0", ALLOWED_HOSTS=hosts)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "development-only"),
        ("SECRET_KEY", "thirty-one-characters-long-key."),
        ("INDEX_KEY", "development-only"),
        ("FIELD_KEYS", DEVELOPMENT_FIELD_KEY),
        ("FIELD_KEYS", f"{KEY},{DEVELOPMENT_FIELD_KEY}"),
        ("INDEX_KEY", "another-secret-of-this-test,development-only"),
    ],
)
def test_keys_that_protect_nothing_are_refused_in_production(name: str, value: str) -> None:
    assert_stops(name, **{**PRODUCTION, name: value})


MAIL = (
    "(s.EMAIL_HOST, s.EMAIL_PORT, s.EMAIL_HOST_USER, s.EMAIL_HOST_PASSWORD, {}, s.DEFAULT_FROM_EMAIL, s.SERVER_EMAIL)"
)


@pytest.mark.parametrize(
    ("url", "shown", "expected"),
    [
        ("smtp+tls://post:p%40ss@mail.example:2525", "s.EMAIL_USE_TLS", ("mail.example", 2525, "post", "p@ss", True)),
        ("smtp+tls://post:word@mail.example", "s.EMAIL_USE_TLS", ("mail.example", 587, "post", "word", True)),
        ("smtp+ssl://post:word@mail.example", "s.EMAIL_USE_SSL", ("mail.example", 465, "post", "word", True)),
    ],
)
def test_the_mail_server_with_all_it_takes(url: str, shown: str, expected: tuple[object, ...]) -> None:
    started = start(MAIL.format(shown), **PRODUCTION, EMAIL_URL=url)
    assert started.stdout == f"{(*expected, 'gongzhi@gongzhi.example', 'gongzhi@gongzhi.example')}\n"


def test_mail_goes_to_the_console_where_no_server_is_named() -> None:
    started = start("(s.EMAIL_BACKEND, s.DEFAULT_FROM_EMAIL)")
    assert started.stdout == "('django.core.mail.backends.console.EmailBackend', 'gongzhi@localhost')\n"


def test_production_redirects_to_https_but_not_those_who_watch() -> None:
    shown = "(s.SECURE_SSL_REDIRECT, s.SECURE_REDIRECT_EXEMPT)"
    assert start(shown, **PRODUCTION).stdout == "(True, ['^healthz$', '^readyz$'])\n"
    assert start("s.SECURE_SSL_REDIRECT").stdout == "False\n"


def test_pages_are_kept_apart_from_counts() -> None:
    shown = "[(c['LOCATION'], c.get('KEY_PREFIX')) for c in s.CACHES.values()]"
    assert start(shown).stdout == "[('gongzhi', None), ('pages', None)]\n"
    redis = "redis://localhost:6379/0"
    assert start(shown, REDIS_URL=redis).stdout == f"[('{redis}', 'gongzhi'), ('{redis}', 'pages')]\n"


def test_a_demo_may_run_on_loopback() -> None:
    started = start("s.DEMO", **{**PRODUCTION, "DEMO": "1", "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]"})
    assert started.stdout == "True\n"


@pytest.mark.parametrize(("word", "value"), [("1", True), ("TRUE", True), ("on", True), ("no", False), ("", False)])
def test_words_for_yes_and_no(word: str, value: bool) -> None:
    assert start("s.DEMO", DEMO=word).stdout == f"{value}\n"


def test_postgresql_has_the_pool_and_no_lasting_connections() -> None:
    shown = "(s.DATABASES['default']['OPTIONS']['pool']['max_size'], s.DATABASES['default']['CONN_MAX_AGE'])"
    assert start(shown, DATABASE_URL="postgres://user:password@host/name").stdout == "(16, 0)\n"


def test_sqlite_is_safe_against_a_power_cut() -> None:
    started = start("s.DATABASES['default']['OPTIONS']", DATABASE_URL="sqlite:///some.sqlite3")
    assert "'transaction_mode': 'IMMEDIATE'" in started.stdout
    assert "PRAGMA synchronous=FULL" in started.stdout


def test_a_proxy_that_is_trusted_says_https() -> None:
    assert start("s.SECURE_PROXY_SSL_HEADER", **PRODUCTION).stdout == "None\n"
    trusted = start("s.SECURE_PROXY_SSL_HEADER", **PRODUCTION, TRUSTED_PROXIES="10.0.0.0/8")
    assert trusted.stdout == "('HTTP_X_FORWARDED_PROTO', 'https')\n"


def test_tiles_open_the_content_policy_for_their_origin_alone() -> None:
    shown = "s.CONTENT_SECURITY_POLICY['DIRECTIVES']['img-src'][-1]"
    assert start(shown, MAP_TILES_URL="https://tiles.example/{z}/{x}/{y}.png").stdout == "https://tiles.example\n"


def test_staff_sign_in_in_two_steps_but_in_the_demo() -> None:
    show = "(s.STAFF_SECOND_FACTOR, s.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN, s.ACCOUNT_REAUTHENTICATION_TIMEOUT)"
    assert start(show).stdout == "(False, True, 300)\n"
    assert start(show, DEMO="0").stdout == "(True, True, 300)\n"
    assert start(show, **PRODUCTION).stdout == "(True, False, 300)\n"
