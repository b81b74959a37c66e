"""Charger: one whole emulated charger, driven over its control API as a person would.

Every call blocks until the charger has answered. A test that runs its central system in the same
event loop calls from a thread: ``await asyncio.to_thread(charger.plug)``.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from ampkeeper.board.emulated.rig.errors import ChargerError, NotInTimeError
from ampkeeper.board.emulated.rig.process import Process
from ampkeeper.board.emulated.rig.shapes import ChargerState, CsmsState, Event, EvseState
from ampkeeper.board.emulated.rig.words import config_text, failure_text

ANSWER_S = 150.0  # a data transfer waits for the central system for two minutes
WITHIN_S = 60.0
LOOK_S = 0.05
BAD_REQUEST = 400
CARD = "04A224B1"
VERSIONS = ("2.0.1", "1.6")
POWER_CUT = -9  # SIGKILL, as the exit code


class Charger:
    """One charger with its memory in ``folder``; ``with`` starts it and ends it.

    ``sets`` are keys of the configuration that win over the rest, such as
    ``{"evse.1.max_a": "16"}``; ``config`` is a whole one instead of ours. ``speed`` is 0.1 to
    1000 times real time.
    """

    def __init__(
        self,
        folder: Path,
        csms_url: str,
        station_id: str = "AK0001",
        *,
        versions: Sequence[str] = VERSIONS,
        speed: float = 1.0,
        seed: int = 1,
        sets: Mapping[str, str] | None = None,
        config: str | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "charger.toml"
        file.write_text(config or config_text(csms_url, station_id, versions))
        words = ["--config", str(file), "--state", str(folder / "state")]
        words += ["--control", "127.0.0.1:0", "--speed", f"{speed:g}", "--seed", str(seed)]
        for key, value in (sets or {}).items():
            words += ["--set", f"{key}={value}"]
        self.station_id = station_id
        self.folder = folder
        self._process = Process(folder / "charger.log", words)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # life

    def start(self) -> None:
        """Power on, and wait until it can be driven. Also after ``cut_power``."""
        self._process.start()

    def stop(self) -> int:
        """End it in good order; return the exit code, 0 also where it did not run."""
        return self._process.end()

    def cut_power(self) -> None:
        """Cut its power: nothing is flushed. What survives is what was written."""
        self.ask("POST", "/v1/power", {"cut": True})
        code = self._process.gone()
        if code != POWER_CUT:
            raise ChargerError(f"cut_power: it ended with code {code}\n{self._process.said()}")

    @property
    def is_running(self) -> bool:
        """True while it has power."""
        return self._process.is_running

    @property
    def log_file(self) -> Path:
        """What it logged, over all its lives."""
        return self.folder / "charger.log"

    # the car and the world

    def plug(self, evse_id: int = 1, **car: Any) -> None:
        """Plug in a car that wants to charge; ``car`` are keys such as ``max_a`` or ``profile``."""
        self.car(evse_id, **({"plugged": True, "ready": True} | car))

    def unplug(self, evse_id: int = 1) -> None:
        """Pull the cable out of the car; a locked plug stays in the socket."""
        self.car(evse_id, plugged=False)

    def car(self, evse_id: int = 1, **values: Any) -> dict[str, Any]:
        """Change the car; returns all its settings."""
        return dict(self.ask("PATCH", f"/v1/evses/{evse_id}/ev", values))

    def swipe(self, uid: str = CARD, reader_id: int = 1) -> None:
        """Hold a card to the reader for a second."""
        self.ask("POST", f"/v1/readers/{reader_id}/tag", {"uid": uid})

    def fault(self, *names: str, evse_id: int = 1, **causes: Any) -> None:
        """Break something: a fault of the catalogue by name, or a cause with its value."""
        self.ask("PATCH", f"/v1/evses/{evse_id}/faults", dict.fromkeys(names, True) | causes)

    def mend(self, *names: str, evse_id: int = 1) -> None:
        """Mend what causes these faults and have them cleared, as a service engineer does."""
        self.ask("PATCH", f"/v1/evses/{evse_id}/faults", dict.fromkeys(names, False))

    def meter(self, evse_id: int = 1, **values: Any) -> None:
        """Set what the meter shows: ``energy_wh``, ``power_w``."""
        self.ask("PATCH", f"/v1/evses/{evse_id}/meter", values)

    def grid(self, **values: Any) -> None:
        """Change the grid: ``voltage_v``, ``frequency_hz``, ``house_a``, ``outage``."""
        self.ask("PATCH", "/v1/grid", values)

    def network(self, up: bool) -> None:
        """Cut the way to the central system, or restore it."""
        self.ask("PATCH", "/v1/network", {"up": up})

    def data_transfer(self, vendor_id: str, message_id: str | None, data: Any) -> dict[str, Any]:
        """Send a DataTransfer; return the central system's ``status`` and ``data``."""
        body = {"vendorId": vendor_id, "messageId": message_id, "data": data}
        return dict(self.ask("POST", "/v1/data-transfer", body))

    # what there is to see

    def state(self) -> ChargerState:
        """The whole truth."""
        return cast(ChargerState, self.ask("GET", "/v1/state"))

    def evse(self, evse_id: int = 1) -> EvseState:
        """The truth about one EVSE."""
        for evse in self.state()["evses"]:
            if evse["id"] == evse_id:
                return evse
        raise ChargerError(f"evse = {evse_id}: {self.station_id} has no such EVSE")

    def csms(self) -> CsmsState:
        """The link to the central system."""
        return self.state()["csms"]

    def events(self, kind: str | None = None) -> list[Event]:
        """What happened in this life of it, oldest first; of one kind, or all."""
        return [event for event in self._process.events if kind in (None, event["kind"])]

    # waiting

    def wait_for(
        self, what: str, is_so: Callable[[ChargerState], bool], within_s: float = WITHIN_S
    ) -> ChargerState:
        """Wait until the state is so; NotInTimeError after ``within_s`` real seconds."""
        deadline_s = time.monotonic() + within_s
        while True:
            state = self.state()
            if is_so(state):
                return state
            if time.monotonic() >= deadline_s:
                self._fail(what, within_s, state)
            with self._process.news:  # an event is a reason to look at once
                self._process.news.wait(LOOK_S)

    def wait_for_status(
        self, *statuses: str, evse_id: int = 1, within_s: float = WITHIN_S
    ) -> EvseState:
        """Wait for one of these OCPP 1.6 statuses."""
        what = f"status of EVSE {evse_id} is {' or '.join(statuses)}"
        return self.wait_for_evse(
            what, lambda evse: evse["status"] in statuses, evse_id=evse_id, within_s=within_s
        )

    def wait_for_evse(
        self,
        what: str,
        is_so: Callable[[EvseState], bool],
        *,
        evse_id: int = 1,
        within_s: float = WITHIN_S,
    ) -> EvseState:
        """Wait until an EVSE is so."""

        def look(state: ChargerState) -> bool:
            return any(is_so(evse) for evse in state["evses"] if evse["id"] == evse_id)

        self.evse(evse_id)
        state = self.wait_for(what, look, within_s)
        return next(evse for evse in state["evses"] if evse["id"] == evse_id)

    def wait_registered(self, within_s: float = WITHIN_S) -> None:
        """Wait until the central system has accepted it."""
        self.wait_for(
            "the central system accepts it",
            lambda state: state["csms"]["registration"] == "accepted",
            within_s,
        )

    def wait_delivered(self, within_s: float = WITHIN_S) -> None:
        """Wait until nothing is owed to the central system."""
        self.wait_for(
            "all messages are delivered",
            lambda state: state["csms"]["link"] == "up" and state["csms"]["queued"] == 0,
            within_s,
        )

    def wait_for_event(self, kind: str, within_s: float = WITHIN_S, **fields: Any) -> Event:
        """Wait for an event of this kind with these fields; those of before count too."""

        def found() -> list[Event]:
            return [event for event in self.events(kind) if fields.items() <= event.items()]

        what = f"event {kind}" + "".join(f", {key} = {value!r}" for key, value in fields.items())
        self.wait_for(what, lambda _state: bool(found()), within_s)
        return found()[0]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One request to the control API; ChargerError says what was refused."""
        if not self._process.is_running:
            gone = f"{self.station_id} does not run\n{self._process.said()}"
            raise ChargerError(f"{method} {path}: {gone}")
        data = json.dumps(body).encode() if body is not None else None
        line = HTTPConnection(self._process.address, timeout=ANSWER_S)  # asks no proxy
        try:
            line.request(method, path, data, {"Content-Type": "application/json"})
            answer = line.getresponse()
            text = answer.read()
        except (OSError, HTTPException) as error:
            raise ChargerError(f"{method} {path}: {error!r}\n{self._process.said()}") from None
        finally:
            line.close()
        if answer.status >= BAD_REQUEST:
            raise ChargerError(f"{method} {path}: {answer.status} {text.decode()}")
        return json.loads(text) if text else None

    def _fail(self, what: str, within_s: float, state: ChargerState) -> None:
        raise NotInTimeError(
            failure_text(self.station_id, what, within_s, state, self.events())
            + f"\n{self._process.said()}"
        )
