"""The live page's files, read once; a browser asks each time whether they have changed."""

from hashlib import blake2b
from pathlib import Path

from aiohttp import web

from playhead.gateway.problems import Refused

FOLDER = Path(__file__).parent / "page"
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class PageFiles:
    """The files of the page, by name: type, ETag and bytes."""

    def __init__(self) -> None:
        self._files = {
            path.name: (
                TYPES[path.suffix],
                f'"{blake2b(path.read_bytes(), digest_size=8).hexdigest()}"',
                path.read_bytes(),
            )
            for path in sorted(FOLDER.iterdir())
            if path.suffix in TYPES
        }

    async def index(self, request: web.Request) -> web.Response:
        """Serves the page."""
        return self._answer(request, "index.html")

    async def file(self, request: web.Request) -> web.Response:
        """Serves one of the files of the page."""
        return self._answer(request, request.match_info["name"])

    def _answer(self, request: web.Request, name: str) -> web.Response:
        if name not in self._files:
            raise Refused(404, "There is no such file.", "The page is at /.")
        kind, etag, body = self._files[name]
        headers = {**HEADERS, "ETag": etag}
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, content_type=kind, charset="utf-8", headers=headers)
