"""Read the environment variables that settings.py needs; a bad one stops the start with one line."""

from __future__ import annotations

import os
from importlib.util import find_spec
from ipaddress import ip_network
from typing import Any, NoReturn
from urllib.parse import urlsplit

import environ
from cryptography.fernet import Fernet

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}
LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "[::1]", "testserver"}
# What stands in public code protects nothing: with DEBUG off these are refused.
DEVELOPMENT_SECRET = "development-only"  # noqa: S105  (public on purpose)
DEVELOPMENT_FIELD_KEY = "ZGV2ZWxvcG1lbnQtb25seS1maWVsZC1rZXktMzItYnk="
# What a mail server listens on, by how the connection is protected.
MAIL_PORTS = {"EMAIL_USE_TLS": 587, "EMAIL_USE_SSL": 465}


def stop(name: str, why: str) -> NoReturn:
    """End the process with one line that names the variable and says how to mend it."""
    raise SystemExit(f"gongzhi: {name} {why}")


def flag(name: str, default: bool) -> bool:
    """Return a boolean variable; anything but the usual words stops the start."""
    text = os.environ.get(name)
    if text is None:
        return default
    if text.lower() in TRUE:
        return True
    if text.lower() in FALSE:
        return False
    stop(name, f"is {text!r}; set it to 1 or 0")


def required(name: str, while_debugging: str, debug: bool) -> str:
    """Return a variable that has a default only while DEBUG is on."""
    text = os.environ.get(name, "")
    if text:
        return text
    if debug:
        return while_debugging
    stop(name, "is missing; with DEBUG off it has to be set (docs/operations.md says to what)")


def words(name: str, default: str) -> list[str]:
    """Return a comma-separated variable as a list without blanks."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def secret(name: str, debug: bool, shortest: int = 0) -> str:
    """Return a secret; with DEBUG off neither the one of development nor one that is too short."""
    text = required(name, DEVELOPMENT_SECRET, debug)
    if not debug and text == DEVELOPMENT_SECRET:
        stop(name, "is the development key, which everybody knows; set one of your own")
    if not debug and len(text) < shortest:
        stop(name, f"has {len(text)} characters; it has to have at least {shortest}")
    return text


def field_keys(debug: bool) -> list[str]:
    """Return the Fernet keys of personal fields, the current one first."""
    keys = [key.strip() for key in required("FIELD_KEYS", DEVELOPMENT_FIELD_KEY, debug).split(",")]
    if not debug and DEVELOPMENT_FIELD_KEY in keys:
        stop("FIELD_KEYS", "holds the development key, which everybody knows; set keys of your own")
    for key in keys:
        try:
            Fernet(key)
        except ValueError:
            stop("FIELD_KEYS", "holds a key that is not 32 url-safe base64 bytes; make one with Fernet.generate_key()")
    return keys


def index_keys(debug: bool) -> list[bytes]:
    """Return the keys of blind indexes, the current one first; a second stands there while they are changed."""
    keys = [key.strip() for key in required("INDEX_KEY", DEVELOPMENT_SECRET, debug).split(",")]
    if not debug and DEVELOPMENT_SECRET in keys:
        stop("INDEX_KEY", "holds the development key, which everybody knows; set one of your own")
    if "" in keys:
        stop("INDEX_KEY", "holds an empty key; write one key, or while it is changed two with a comma between")
    return [key.encode() for key in keys]


def database(default: str) -> dict[str, Any]:
    """Return Django's description of DATABASE_URL, with what each vendor needs to be safe.

    SQLite: write-ahead log, immediate transactions (a reader never becomes a writer half-way) and
    full sync, so that what was acknowledged survives a power cut. PostgreSQL: psycopg's pool,
    because persistent connections exhaust the server under ASGI.
    """
    url = os.environ.get("DATABASE_URL") or default
    known = urlsplit(url).scheme in ("sqlite", "postgres", "postgresql")
    try:
        described = dict(environ.Env.db_url_config(url)) if known else {}
    except (ValueError, KeyError, environ.ImproperlyConfigured):
        described = {}
    engine = str(described.get("ENGINE", ""))
    if engine.endswith("sqlite3"):
        options = described.setdefault("OPTIONS", {})
        options["transaction_mode"] = "IMMEDIATE"
        options["timeout"] = 30
        options["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
    elif engine.endswith("postgresql"):
        options = described.setdefault("OPTIONS", {})
        options.setdefault("pool", {"min_size": 1, "max_size": 16, "timeout": 10})
        described["CONN_MAX_AGE"] = 0
    else:
        # The address itself may hold a password, and what stops a start ends up in logs.
        stop("DATABASE_URL", "is malformed; write sqlite:///path/file.sqlite3 or postgres://user:password@host/name")
    return described


def address(name: str, default: str, schemes: tuple[str, ...]) -> str:
    """Return a URL variable, or the default; another scheme stops the start."""
    return checked_address(name, os.environ.get(name, default), schemes)


def checked_address(name: str, url: str, schemes: tuple[str, ...]) -> str:
    """Return a URL that may be empty; another scheme, or no host, stops the start."""
    if url and (urlsplit(url).scheme not in schemes or not urlsplit(url).netloc):
        stop(name, f"is malformed; it has to start with {' or '.join(f'{scheme}://' for scheme in schemes)} and a host")
    return url


def importable(name: str, default: str) -> str:
    """Return the dotted name of a class; its module has to exist, but is not loaded yet."""
    text = os.environ.get(name, default)
    module, _dot, attribute = text.rpartition(".")
    try:
        known = bool(attribute.isidentifier() and module and find_spec(module))
    except (ImportError, ValueError):
        known = False
    if not known:
        stop(name, f"is {text!r}; set it to a class, like community.senders.NoSender")
    return text


def networks(name: str) -> list[str]:
    """Return a list of IP addresses or networks."""
    found = words(name, "")
    for word in found:
        try:
            ip_network(word)
        except ValueError:
            stop(name, f"holds {word!r}; write IP addresses or networks such as 10.0.0.0/8")
    return found


def public_host(hosts: list[str]) -> str:
    """Return the first host by which others reach this machine, or ''."""
    return next((host for host in hosts if host not in LOOPBACK_HOSTS), "")


def refuse_public_demo(demo: bool, hosts: list[str]) -> None:
    """Stop a demo, whose passwords are printed, from starting on a public address."""
    if demo and (host := public_host(hosts)):
        stop("DEMO", f"is on while ALLOWED_HOSTS names {host!r}; demo accounts have printed passwords: set DEMO=0")


def refuse_public_development(debug: bool, hosts: list[str]) -> None:
    """Stop a site with development keys, cookies and error pages from starting on a public address."""
    if debug and (host := public_host(hosts)):
        stop("DEBUG", f"is on while ALLOWED_HOSTS names {host!r}; its keys are public and cookies unsafe: set DEBUG=0")


def cache(redis_url: str, name: str, entries: int) -> dict[str, Any]:
    """Return Django's description of a cache: in Redis, or in the memory of each process."""
    if redis_url:
        return {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": redis_url,
            "KEY_PREFIX": name,
        }
    return {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": name,
        "OPTIONS": {"MAX_ENTRIES": entries},
    }


def email(name: str, default: str) -> dict[str, Any]:
    """Return Django's settings for the mail server in EMAIL_URL; what it leaves open keeps Django's default."""
    try:
        described = dict(environ.Env.email_url_config(os.environ.get(name) or default))
    except (KeyError, ValueError, environ.ImproperlyConfigured):
        stop(name, "is malformed; write smtp+tls://user:password@host:587 or consolemail://")
    settings = {key: value for key, value in described.items() if key.startswith("EMAIL_") and value}
    for protection, port in MAIL_PORTS.items():
        if settings.get(protection):
            settings.setdefault("EMAIL_PORT", port)
    return settings


def origins(url: str) -> list[str]:
    """Return the origin of an address as a list for a content policy; an empty one gives none."""
    parts = urlsplit(url)
    return [f"{parts.scheme}://{parts.netloc}"] if url else []
