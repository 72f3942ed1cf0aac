"""Read the environment variables that settings.py needs; a bad one stops the start with one line."""

from __future__ import annotations

import os
from ipaddress import ip_network
from typing import Any, NoReturn
from urllib.parse import urlsplit

import environ
from cryptography.fernet import Fernet

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}
LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "[::1]", "testserver"}


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


def field_keys(debug: bool, development_key: str) -> list[str]:
    """Return the Fernet keys of personal fields, the current one first."""
    keys = [key.strip() for key in required("FIELD_KEYS", development_key, debug).split(",")]
    for key in keys:
        try:
            Fernet(key)
        except ValueError:
            stop("FIELD_KEYS", "holds a key that is not 32 url-safe base64 bytes; make one with Fernet.generate_key()")
    return keys


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


def networks(name: str) -> list[str]:
    """Return a list of IP addresses or networks."""
    found = words(name, "")
    for word in found:
        try:
            ip_network(word)
        except ValueError:
            stop(name, f"holds {word!r}; write IP addresses or networks such as 10.0.0.0/8")
    return found


def refuse_public_demo(demo: bool, debug: bool, hosts: list[str]) -> None:
    """Stop a demo, whose passwords are printed, from starting on a public address."""
    public = [host for host in hosts if host not in LOOPBACK_HOSTS]
    if demo and not debug and public:
        stop("DEMO", f"is on while ALLOWED_HOSTS names {public[0]!r}; demo accounts have printed passwords: set DEMO=0")


def email(name: str, default: str) -> dict[str, Any]:
    """Return Django's description of the mail server in EMAIL_URL."""
    try:
        return dict(environ.Env.email_url_config(os.environ.get(name) or default))
    except (KeyError, ValueError, environ.ImproperlyConfigured):
        stop(name, "is malformed; write smtp+tls://user:password@host:587 or consolemail://")


def origins(url: str) -> list[str]:
    """Return the origin of an address as a list for a content policy; an empty one gives none."""
    parts = urlsplit(url)
    return [f"{parts.scheme}://{parts.netloc}"] if url else []
