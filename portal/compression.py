"""Compression of what is text; pictures are small already and would only cost time."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class TextGZipMiddleware(GZipMiddleware):
    """Django's own, but for pictures."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress what is no picture."""
        if response.get("Content-Type", "").startswith("image/"):
            return response
        return super().process_response(request, response)
