"""Control: the HTTP API through which rigs, tests and people drive the emulated world.

Routes and error answers only: what a key may hold is in ``keys.py``, what it does is in the
world. The shapes are a promise to external rigs. Every bad request is answered with 4xx and
``{"error": "what, which value, what is allowed"}`` and changes nothing.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from ampkeeper.board.emulated import faults, keys
from ampkeeper.board.emulated.body import BODY_BYTES_MAX, parse
from ampkeeper.board.emulated.card import QUEUE_MAX
from ampkeeper.board.emulated.events import Event, EventLog
from ampkeeper.board.emulated.grid import RELAY
from ampkeeper.board.emulated.keys import BadRequestError
from ampkeeper.board.emulated.sse import comment, message
from ampkeeper.board.emulated.state import StationView, whole_state
from ampkeeper.board.emulated.terminal import SHOWN_MAX, TerminalTwin
from ampkeeper.board.emulated.world import EvseWorld, World
from ampkeeper.firmware.faces.http.body import read
from ampkeeper.firmware.station.csms import RefusedTransferError
from ampkeeper.hal.ports import Clock

LISTENERS_MAX = 32  # event streams at once; a further one gets 503
BATCH_MAX = 100  # events written to a listener before it has to take them
KEEP_ALIVE_S = 15.0
CLEAR_MS = 500  # from the repair of a cause until somebody clears the latched fault
CLEARINGS_MAX = 256
TRANSFER_S_MAX = 120.0  # for the central system to answer a data transfer


@dataclass(slots=True)
class Clearing:
    """A fault that somebody will clear soon."""

    evse_id: int
    name: str
    left_ms: int


class Control:
    """The API over one world and one station; ``app`` is the ASGI application."""

    def __init__(
        self,
        world: World,
        view: StationView,
        events: EventLog,
        clock: Clock,
        cut_power: Callable[[], None],
    ) -> None:
        self.view = view
        self._world = world
        self._events = events
        self._clock = clock
        self._cut_power = cut_power
        self._listener_count = 0
        self._clearings: deque[Clearing] = deque(maxlen=CLEARINGS_MAX)  # the oldest gives way
        self.app = Starlette(
            routes=self._routes(),
            exception_handlers={BadRequestError: _bad_request, HTTPException: _http_error},
        )
        self.app.router.redirect_slashes = False  # a wrong path is an error, not a detour

    def step(self, elapsed_ms: int) -> None:
        """Let time pass: clear the faults whose cause was mended a while ago."""
        for clearing in self._clearings:
            clearing.left_ms -= elapsed_ms
        while self._clearings and self._clearings[0].left_ms <= 0:
            clearing = self._clearings.popleft()
            self.view.clear_fault(clearing.evse_id, clearing.name)

    def _routes(self) -> list[Route]:
        answers = "/v1/data-transfer/{vendor_id}/{message_id}"
        return [
            Route("/v1/state", self._get_state, methods=["GET"]),
            Route("/v1/events", self._get_events, methods=["GET"]),
            Route("/v1/evses/{evse_id}/ev", self._patch_ev, methods=["PATCH"]),
            Route("/v1/evses/{evse_id}/faults", self._patch_faults, methods=["PATCH"]),
            Route("/v1/evses/{evse_id}/meter", self._patch_meter, methods=["PATCH"]),
            Route("/v1/grid", self._patch_grid, methods=["PATCH"]),
            Route("/v1/readers/{reader_id}/tag", self._post_tag, methods=["POST"]),
            Route("/v1/terminals/{terminal_id}", self._get_terminal, methods=["GET"]),
            Route("/v1/terminals/{terminal_id}", self._patch_terminal, methods=["PATCH"]),
            Route("/v1/terminals/{terminal_id}/card", self._post_card, methods=["POST"]),
            Route("/v1/network", self._patch_network, methods=["PATCH"]),
            Route("/v1/power", self._post_power, methods=["POST"]),
            Route("/v1/data-transfer", self._post_transfer, methods=["POST"]),
            Route(answers, self._put_answer, methods=["PUT"]),
            Route(answers, self._delete_answer, methods=["DELETE"]),
        ]

    async def _get_state(self, request: Request) -> Response:
        return JSONResponse(whole_state(self._clock.now(), self._world, self.view))

    async def _patch_ev(self, request: Request) -> Response:
        evse = self._evse(request)
        values = keys.check(keys.EV, await _body(request))
        evse.change_car(values)
        self._events.publish("ev_changed", evse_id=evse.spec.evse_id, values=values)
        return JSONResponse(evse.car.settings())

    async def _patch_faults(self, request: Request) -> Response:
        evse = self._evse(request)
        values = keys.check(keys.FAULTS, await _body(request))
        faults.apply(self._world, evse, faults.causes_of(values))
        for name, value in values.items():
            if name in faults.NAMES and not value:
                self._clearings.append(Clearing(evse.spec.evse_id, name, CLEAR_MS))
        self._events.publish("causes_changed", evse_id=evse.spec.evse_id, values=values)
        return JSONResponse(faults.present(self._world, evse))

    async def _patch_meter(self, request: Request) -> Response:
        evse = self._evse(request)
        values = keys.check(keys.METER, await _body(request))
        if "energy_wh" in values:
            evse.register.set_wh(values["energy_wh"])
        if "power_w" in values:
            evse.power_w_shown = values["power_w"]
        self._events.publish("meter_changed", evse_id=evse.spec.evse_id, values=values)
        shown = {"energy_wh": evse.register.energy_wh, "power_w": evse.power_w_shown}
        return JSONResponse(shown)

    async def _patch_grid(self, request: Request) -> Response:
        values = keys.check(keys.GRID, await _body(request))
        self._world.grid.change(values)
        self._events.publish("grid_changed", values=values)
        grid = self._world.grid  # the relay is told to those who know of it
        is_relay = not values.keys().isdisjoint(RELAY)
        return JSONResponse(grid.kept() if is_relay else grid.settings())

    async def _post_tag(self, request: Request) -> Response:
        reader_id = _number(request.path_params["reader_id"], "reader", list(self._world.cards))
        slot = self._world.cards[reader_id]
        values = keys.check(keys.TAG, await _body(request))
        if len(values) != 1:
            raise BadRequestError("uid and token stand together: must be one of uid, token")
        is_card = "uid" in values
        if not slot.present(bytes.fromhex(values["uid"]) if is_card else values["token"]):
            raise HTTPException(429, f"reader {reader_id}: {QUEUE_MAX} presentations wait already")
        self._events.publish("tag_presented", reader_id=reader_id, **values)
        return JSONResponse(values)

    async def _post_card(self, request: Request) -> Response:
        """Show a card at the payment terminal; the answer tells what its bank holds by then."""
        terminal = self._terminal(request)
        values = keys.check(keys.TERMINAL, await _body(request))
        if not terminal.show(values["card"], bool(values.get("declined"))):
            raise HTTPException(429, f"terminal 1: {SHOWN_MAX} cards wait already")
        self._events.publish("card_shown", terminal_id=1, **values)
        return JSONResponse({"holds": _holds(terminal)})

    async def _get_terminal(self, request: Request) -> Response:
        """The payment terminal, and what its bank holds, claimed or gave back."""
        return JSONResponse(_shown(self._terminal(request)))

    async def _patch_terminal(self, request: Request) -> Response:
        """Take the payment terminal or its answers away, or bring them back."""
        terminal = self._terminal(request)
        values = keys.check(keys.BANK, await _body(request))
        terminal.is_there = values.get("there", terminal.is_there)
        terminal.is_up = values.get("answers", terminal.is_up)
        terminal.answers_after_s = float(values.get("answers_after_s", terminal.answers_after_s))
        self._events.publish("terminal_changed", terminal_id=1, **values)
        return JSONResponse(_shown(terminal))

    def _terminal(self, request: Request) -> TerminalTwin:
        _number(request.path_params["terminal_id"], "terminal", [1])
        return self._world.terminal

    async def _patch_network(self, request: Request) -> Response:
        values = keys.check(keys.NETWORK, await _body(request))
        self._world.is_network_up = values["up"]
        self.view.set_network(values["up"])
        self._events.publish("network_changed", up=values["up"])
        return JSONResponse(values)

    async def _post_power(self, request: Request) -> Response:
        values = keys.check(keys.POWER, await _body(request))
        if not values["cut"]:
            raise BadRequestError("cut = false: must be true; a new start is the power's return")
        return JSONResponse(values, background=BackgroundTask(self._cut))

    async def _cut(self) -> None:
        """The answer has been handed to the socket; nothing else may happen after it."""
        self._cut_power()

    async def _post_transfer(self, request: Request) -> Response:
        values = keys.check(keys.TRANSFER, await _body(request))
        if self.view.csms()["link"] != "up":
            raise HTTPException(409, "csms.link = down: must be up to send a data transfer")
        try:
            async with asyncio.timeout(TRANSFER_S_MAX):
                answer = await self.view.send_data_transfer(
                    values["vendorId"], values.get("messageId"), values.get("data")
                )
        except RefusedTransferError as error:
            raise HTTPException(502, f"the central system answered with {error}") from None
        except TimeoutError:
            raise HTTPException(504, "the central system did not answer in time") from None
        return JSONResponse(answer)

    async def _put_answer(self, request: Request) -> Response:
        vendor_id, message_id = _names(request)
        values = keys.check(keys.ANSWER, await _body(request))
        try:
            self.view.set_data_transfer(vendor_id, message_id, values["status"], values.get("data"))
        except ValueError as error:
            raise HTTPException(409, str(error)) from None
        return JSONResponse({"status": values["status"], "data": values.get("data")})

    async def _delete_answer(self, request: Request) -> Response:
        vendor_id, message_id = _names(request)
        if not self.view.remove_data_transfer(vendor_id, message_id):
            raise HTTPException(404, f"data transfer {vendor_id}/{message_id}: no answer is set")
        return Response(status_code=204)

    async def _get_events(self, request: Request) -> Response:
        asked = request.headers.get("last-event-id", "0")
        if not (asked.isascii() and asked.isdigit() and len(asked) <= 18):
            raise BadRequestError(f"Last-Event-ID = {asked[:80]!a}: must be a whole number")
        last_id = int(asked)
        if last_id > self._events.newest_id:
            last_id = 0  # from before a restart: tell everything of this life
        if self._listener_count >= LISTENERS_MAX:
            raise HTTPException(503, f"{LISTENERS_MAX} listeners: that is the most")
        return StreamingResponse(
            self._stream(last_id),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store"},
        )

    async def _stream(self, last_id: int) -> AsyncIterator[str]:
        """Write events as they come; ends with the client or the process."""
        self._listener_count += 1
        try:
            yield comment("ampkeeper")
            while not self._events.is_closed:
                lost, found = self._events.after(last_id, BATCH_MAX)
                if lost:
                    yield comment(f"{lost} events are no longer kept")
                yield "".join(map(message, found))
                last_id = _last(found, last_id)
                if not found and not await self._events.wait(KEEP_ALIVE_S):
                    yield comment("still here")
        finally:
            self._listener_count -= 1

    def _evse(self, request: Request) -> EvseWorld:
        evse_id = _number(request.path_params["evse_id"], "evse", list(self._world.evses))
        return self._world.evses[evse_id]


async def _body(request: Request) -> Any:
    """The body as JSON, read no further than its limit."""
    return parse(await read(request, BODY_BYTES_MAX))


def _number(text: str, what: str, known: list[int]) -> int:
    for number in known:
        if text == str(number):
            return number
    allowed = ", ".join(str(number) for number in known)
    raise HTTPException(404, f"{what} = {text[:80]!a}: allowed are {allowed}")


def _names(request: Request) -> tuple[str, str]:
    """Vendor and message of the path, as long as OCPP lets them be."""
    vendor_id, message_id = request.path_params["vendor_id"], request.path_params["message_id"]
    for key in keys.TRANSFER[:2]:
        keys.check_value(key, vendor_id if key.name == "vendorId" else message_id)
    return vendor_id, message_id


def _last(found: list[Event], last_id: int) -> int:
    return found[-1].id if found else last_id


async def _bad_request(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=400)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    text = error.detail
    if error.status_code == 404 and text == "Not Found":
        text = f"path = {request.url.path[:80]!a}: allowed are {', '.join(PATHS)}"
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        text = f"method = {request.method}: allowed are {allowed}"
    return JSONResponse({"error": text}, status_code=error.status_code, headers=error.headers)


def _holds(terminal: TerminalTwin) -> list[dict[str, Any]]:
    return [asdict(one) for one in terminal.holds.values()]


def _shown(terminal: TerminalTwin) -> dict[str, Any]:
    return {
        "there": terminal.is_there,
        "answers": terminal.is_up,
        "answers_after_s": terminal.answers_after_s,
        "holds": _holds(terminal),
    }


PATHS = (
    "/v1/state",
    "/v1/evses/{id}/ev",
    "/v1/evses/{id}/faults",
    "/v1/evses/{id}/meter",
    "/v1/grid",
    "/v1/readers/{id}/tag",
    "/v1/terminals/{id}",
    "/v1/terminals/{id}/card",
    "/v1/network",
    "/v1/power",
    "/v1/data-transfer",
    "/v1/data-transfer/{vendorId}/{messageId}",
    "/v1/events",
)
