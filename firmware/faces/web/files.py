"""Files: the page, as it lies in the folder ``page``; nothing else of the disk can be asked for."""

import hashlib
from pathlib import Path

from starlette.responses import Response

from ampkeeper.firmware.faces.web.entry import Refusal

FOLDER = Path(__file__).parent / "page"
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


class Files:
    """All files of the page, read once."""

    def __init__(self) -> None:
        self._files = {
            path.name: (path.read_bytes(), KINDS[path.suffix])
            for path in sorted(FOLDER.iterdir())
            if path.suffix in KINDS
        }
        self._tags = {name: _tag(data) for name, (data, _) in self._files.items()}

    def response(self, name: str, known: str) -> Response:
        """One of them, or that the browser has it already."""
        if name not in self._files:
            raise Refusal(404, f"file = {name[:80]!a}: there is no such thing")
        tag = self._tags[name]
        headers = {"etag": tag, "cache-control": "no-cache"}  # asked for anew each time
        if tag in known:
            return Response(status_code=304, headers=headers)
        data, kind = self._files[name]
        return Response(data, media_type=kind, headers=headers)


def _tag(data: bytes) -> str:
    return f'"{hashlib.sha256(data).hexdigest()[:20]}"'
