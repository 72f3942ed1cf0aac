"""What reaches the logs and error reports holds nobody's name, number or words.

Messages of exceptions quote what broke them, and paths what somebody typed. So on their way out long
digits, e-mail addresses and every run of Chinese are replaced; our own log lines are English. Reports
by mail (ADMINS) hold no form, no cookie and no variable.
"""

from __future__ import annotations

import logging
import re
from typing import Any
from urllib.parse import unquote

from django.http import HttpRequest
from django.utils.log import AdminEmailHandler
from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

HIDDEN = "[…]"
PERSONAL = re.compile(
    # Times and network addresses, without which a line is worth nothing.
    r"(?P<kept>\b\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?(?!\d)|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]))"
    r"|[^\s@<>'\"]+@[^\s@<>'\"]+\.\w+"  # an e-mail address
    r"|\+?\d[\d\s()-]{5,}[\dXx]"  # a phone or ID number, in any spelling
    r"|[\x80-\xff\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"  # Chinese, also where it was read byte by byte
    r"|(?:\\u[\da-fA-F]{4}|\\U[\da-fA-F]{8}|\\x[\da-fA-F]{2})+"  # Chinese again, as Django's log escapes it
)
MARKUP = set("<>&\"'")
ENCODED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


def decoded(found: re.Match[str]) -> str:
    """Return an encoded part of an address as it reads; what would be markup, or begin a line anew, is left out."""
    text = unquote(found.group())
    return HIDDEN if MARKUP & set(text) or not text.isprintable() else text


def redact(text: str) -> str:
    """Return a text without what may be personal."""
    text = ENCODED.sub(decoded, text)
    return PERSONAL.sub(lambda found: found.group("kept") or HIDDEN, text)


class RedactingFormatter(logging.Formatter):
    """Redacts a line of the log with the trace below it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line as it may be kept."""
        return redact(super().format(record))


class AccessFilter(logging.Filter):
    """Cuts what was asked for off the addresses in the server's access log: a search may name somebody."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the line, without the query."""
        if isinstance(record.args, tuple):
            record.args = tuple(
                part.split("?", 1)[0] if isinstance(part, str) and part.startswith("/") else part
                for part in record.args
            )
        return True


class ReportFilter(SafeExceptionReporterFilter):
    """What Django's error reports show: where it broke, never what was sent."""

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        """Return the names of what was posted."""
        return {} if request is None else dict.fromkeys(request.POST, self.cleansed_substitute)

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: Any) -> Any:
        """Return the names of a frame's variables."""
        return [(name, self.cleansed_substitute) for name in tb_frame.f_locals]

    def get_safe_cookies(self, request: HttpRequest) -> dict[str, Any]:
        """Return the names of cookies."""
        return dict.fromkeys(request.COOKIES, self.cleansed_substitute)


class RedactedReport(ExceptionReporter):
    """Django's error report with every quoted word redacted, wherever it stands."""

    def get_traceback_html(self) -> SafeString:
        """Return the report as a page."""
        return SafeString(redact(super().get_traceback_html()))

    def get_traceback_text(self) -> SafeString:
        """Return the report as a text."""
        return SafeString(redact(super().get_traceback_text()))


class RedactingMail(AdminEmailHandler):
    """Mails reports to ADMINS, where the district names any; the subject quotes an address."""

    def format_subject(self, subject: str) -> str:
        """Return the subject as it may be sent."""
        return redact(super().format_subject(subject))
