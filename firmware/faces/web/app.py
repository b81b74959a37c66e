"""App: the HTTP application: each request is checked by its row of the table, then answered.

In this order: the host, who asks, whether he may, the path, the query, the body (read no further
than its limit), and only then the handler. Whatever is wrong is 4xx with one sentence, as
``{"error": "..."}``, and changes nothing; 503 is for a station that cannot write its books.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ampkeeper.firmware.access.book import AccessRefused
from ampkeeper.firmware.faces.api import Ask
from ampkeeper.firmware.faces.http import body
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.faces.web import metrics
from ampkeeper.firmware.faces.web.entry import Entry, Refusal, Visitor, WrongToken
from ampkeeper.firmware.faces.web.files import Files
from ampkeeper.firmware.faces.web.handlers import Handlers, Means, Visit
from ampkeeper.firmware.faces.web.headers import ALWAYS, host_problem
from ampkeeper.firmware.faces.web.openapi import describe
from ampkeeper.firmware.faces.web.reading import BuildCheck, Reader
from ampkeeper.firmware.faces.web.routes import ROWS, Row, check_rows
from ampkeeper.firmware.faces.web.stream import stream
from ampkeeper.firmware.faces.web.upload import ImageUpload

BODY_S = 10.0  # for a body to arrive
HANDLER_S = 12.0  # for the station to do it, and to write it down
BUSY = "the station cannot write its books now, or is busy: try again"
RAW = ("page", "kiosk", "file", "events", "description", "metrics")  # more than JSON


@dataclass(frozen=True, slots=True)
class Extra:
    """A row that somebody else brings, with who answers it: the emulated world."""

    row: Row
    answer: Callable[[Visit], Mapping[str, Any]]


class WebApp:
    """``app`` is the ASGI application. ``ask`` asks the station by a verb, and is written down."""

    def __init__(
        self,
        means: Means,
        entry: Entry,
        ask: Ask,
        build_check: BuildCheck,
        names: tuple[str, ...],
        also: Mapping[str, str],
        extras: tuple[Extra, ...] = (),
    ) -> None:
        self.rows = ROWS + tuple(extra.row for extra in extras)
        check_rows(self.rows)
        self._means = means
        self._entry = entry
        self._ask = ask
        self._reader = Reader(build_check)
        self._names = names
        self._headers = {**ALWAYS, **also}
        self._handlers = Handlers(means, entry)
        self._extras = {extra.row.handler: extra.answer for extra in extras}
        self._files = Files()
        self._upload = ImageUpload(means.folder, ask, means.audit)
        self.app = Starlette(
            routes=self._routes(), exception_handlers={HTTPException: self._http_error}
        )
        self.app.router.redirect_slashes = False  # a wrong path is an error, not a detour

    def _routes(self) -> list[Route]:
        by_path: dict[str, dict[str, Row]] = {}
        for row in self.rows:
            by_path.setdefault(row.path, {})[row.method] = row
        made = []
        for path, rows in by_path.items():
            route = Route(path, self._endpoint(rows))
            route.methods = set()  # every method comes here, and is answered in our words
            made.append(route)
        return made

    def _endpoint(self, rows: dict[str, Row]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            try:
                return self._dressed(await self._answer(request, rows))
            except Refusal as refusal:
                return self._error(refusal.status, refusal.text, refusal.headers)

        return answer

    async def _answer(self, request: Request, rows: dict[str, Row]) -> Response:
        row = rows.get(request.method)
        if row is None:
            allowed = ", ".join(rows)
            text = f"method = {request.method[:20]!a}: allowed are {allowed}"
            raise Refusal(405, text, {"allow": allowed})
        visit = await self._visit(request, row)
        if row.handler in RAW:
            return self._raw(row, request, visit)
        if row.is_file:
            told: Mapping[str, Any] = await self._taken(request, visit)
        else:
            told = await self._told(row, visit)
        response = JSONResponse(told)
        if visit.cookie:
            response.headers["set-cookie"] = visit.cookie
        return response

    async def _visit(self, request: Request, row: Row) -> Visit:
        """Who asks for what; Refusal if he may not, or if it cannot be."""
        headers = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in reversed(request.scope["headers"])
        }
        if problem := host_problem(headers.get("host", ""), self._names):
            raise Refusal(421, problem)
        address = request.client.host if request.client else ""
        visitor = await self._visitor(request, headers, address)
        self._entry.admit(visitor, row, headers, request.scope["scheme"])
        places = self._reader.places(row, request.path_params)
        query = self._reader.query(row, request.query_params.multi_items())
        if row.is_file:
            return Visit(visitor, address, False, places, query)
        data = await self._body(request, row)
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        found = self._reader.body(row, kind, data)
        self._entry.admit_body(visitor, row, found)
        is_secure = request.scope["scheme"] == "https"
        return Visit(visitor, address, is_secure, places, query, found, data.decode("utf-8"))

    async def _visitor(self, request: Request, headers: Mapping[str, str], address: str) -> Visitor:
        tokens = request.headers.getlist("authorization")
        book, now_s = self._means.desk.book, self._means.clock.now_s()
        try:
            return self._entry.visitor(headers, tokens, address, book, now_s)
        except WrongToken as refusal:
            await self._noted(refusal)
            raise

    async def _noted(self, refusal: WrongToken) -> None:
        try:
            async with asyncio.timeout(HANDLER_S):
                await self._handlers.note_refused(refusal.by, "token")
        except TimeoutError:
            raise Refusal(503, BUSY) from None

    async def _body(self, request: Request, row: Row) -> bytes:
        try:
            async with asyncio.timeout(BODY_S):
                return await body.read(request, row.body_bytes_max)
        except HTTPException as error:
            raise Refusal(error.status_code, error.detail, {"connection": "close"}) from None
        except TimeoutError:
            text = f"body: must arrive within {BODY_S:g} s"
            raise Refusal(408, text, {"connection": "close"}) from None
        except ClientDisconnect:
            raise Refusal(400, "body: ended before it was whole") from None

    async def _told(self, row: Row, visit: Visit) -> Mapping[str, Any]:
        """What the station, or a handler, says to it."""
        try:
            async with asyncio.timeout(HANDLER_S):
                if row.verb:
                    arguments = {**row.fixed, **visit.places, **visit.query, **visit.body}
                    audit, by = self._means.audit, visit.visitor.by
                    return await audit.ask(self._ask, by, row.verb, arguments)
                if row.handler in self._extras:
                    return self._extras[row.handler](visit)
                told: Mapping[str, Any] = await self._by_name(row.handler)(visit)
                return told
        except LocalRefusedError as error:
            raise Refusal(409, str(error)) from None
        except AccessRefused as error:
            raise Refusal(409, str(error)) from None
        except TimeoutError:
            raise Refusal(503, BUSY) from None

    async def _taken(self, request: Request, visit: Visit) -> Mapping[str, Any]:
        """What becomes of a file; it may take long to come."""
        try:
            return await self._upload.take(request, visit)
        except LocalRefusedError as error:
            raise Refusal(409, str(error)) from None
        except TimeoutError:
            raise Refusal(503, BUSY) from None

    def _by_name(self, name: str) -> Callable[[Visit], Any]:
        found: Callable[[Visit], Any] = getattr(self._handlers, name)
        return found

    def _raw(self, row: Row, request: Request, visit: Visit) -> Response:
        match row.handler:
            case "events":
                return stream(self._means, self._entry, visit)
            case "metrics":
                return Response(metrics.text_of(self._means.read()), media_type=metrics.KIND)
            case "description":
                return JSONResponse(describe(self.rows))
        whole = "kiosk.html" if row.handler == "kiosk" else "index.html"
        name = visit.places.get("file", whole)
        return self._files.response(name, request.headers.get("if-none-match", ""))

    def _dressed(self, response: Response) -> Response:
        for name, value in self._headers.items():
            response.headers.setdefault(name, value)
        return response

    def _error(self, status: int, text: str, more: Mapping[str, str]) -> Response:
        return self._dressed(JSONResponse({"error": text}, status_code=status, headers=dict(more)))

    async def _http_error(self, request: Request, error: Exception) -> Response:
        """What starlette refuses by itself: a path that there is not."""
        assert isinstance(error, HTTPException)
        text = error.detail
        if error.status_code == 404:
            text = f"path = {request.url.path[:80]!a}: there is no such thing"
        return self._error(error.status_code, text, {})
