"""Emulator: the emulated charger as a process of its own, driven as an external rig drives it.

Everything goes through the command line and the control API. Waits end with what they wait for
or with a failure that shows the last state and what the process said; nothing is timed.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from ampkeeper.board.emulated.main import WORLD_FILE
from ampkeeper.board.emulated.nonvolatile import Nonvolatile
from ampkeeper.firmware.update.launch import RESTART_CODE, SLOT, VERSION

READY_S = 40.0  # a busy machine; nothing here is timed
WAIT_S = 40.0
GONE_S = 10.0
LOOK_S = 0.05
TAIL_CHARS = 4_000

State = dict[str, Any]


class Emulator:
    """One charger with its memory in ``folder``; it may be started again after its end."""

    def __init__(
        self,
        folder: Path,
        config: str,
        speed: float = 5.0,
        seed: int = 1,
        sets: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self.speed = speed
        self.environment: dict[str, str] = {}  # what the launcher says, where a test plays it
        self.factory_file: Path | None = None  # given: the launcher itself starts it
        self.events: list[dict[str, Any]] = []  # of this life of the process, as it told them
        self._words = ["--speed", f"{speed:g}", "--seed", str(seed)]
        for pair in sets:
            self._words += ["--set", pair]
        self._process: asyncio.subprocess.Process | None = None
        self._client: httpx.AsyncClient | None = None
        self._listener: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        folder.mkdir(parents=True, exist_ok=True)
        self.config_file = folder / "charger.toml"
        self.config_file.write_text(config)

    @property
    def state_dir(self) -> Path:
        """Where everything is that survives."""
        return self.folder / "state"

    async def start(self) -> None:
        """Start the process and wait until it can be driven."""
        assert self._process is None, "it runs already"
        log = os.open(self.folder / "log", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        words = ["-m", "ampkeeper.firmware.faces.cli", *self._command()]
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *words,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=os.environ | self.environment,
                start_new_session=True,  # what the launcher starts goes with it
            )
        finally:
            os.close(log)
        await self._drive(self._process)

    async def end(self) -> int:
        """Ask it to end, as a service manager does; return its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return await self._gone()

    async def restarted(self, place: str, version: str) -> None:
        """Wait until it ends for other software, and start that, as the launcher does."""
        assert self._process is not None
        async with asyncio.timeout(WAIT_S):
            await self._process.wait()
        assert await self._gone() == RESTART_CODE, self.said()
        self.environment |= {SLOT: place, VERSION: version}
        await self.start()

    async def relaunched(self) -> None:
        """Wait until the launcher started other software, and drive that."""
        assert self._process is not None
        await self._let_go()
        await self._drive(self._process)

    async def cut(self) -> None:
        """Cut its power."""
        with contextlib.suppress(httpx.TransportError):  # gone before the answer had left
            await self.ask("POST", "/v1/power", {"cut": True})
        code = await self._gone()
        assert code == -signal.SIGKILL, f"exit code {code}: {self.said()}"

    def change_while_off(self, **car: Any) -> None:
        """Change the car while the charger has no power."""
        assert self._process is None, "it runs"
        memory = Nonvolatile(self.state_dir / WORLD_FILE)
        kept = memory.read()
        assert kept is not None, "it never ran"
        kept["world"]["evses"]["1"]["car"].update(car)
        memory.write(kept)
        memory.close()

    def pause(self) -> None:
        """It hangs; its connections stay."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """It goes on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def kill(self) -> None:
        """Take it away if it runs; for the end of a test."""
        if self._process is not None:
            if self._process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
            await self._gone()

    @property
    def is_running(self) -> bool:
        """True while the process is there."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        """The process."""
        assert self._process is not None, "it does not run"
        return self._process.pid

    @property
    def port(self) -> int:
        """Where its control API listens."""
        assert self._client is not None, "it does not run"
        return int(self._client.base_url.port or 0)

    # the control API

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One request that must succeed."""
        assert self._client is not None, "it does not run"
        answer = await self._client.request(method, path, json=body)
        assert answer.is_success, f"{method} {path} {body}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def state(self) -> State:
        """The whole truth."""
        return dict(await self.ask("GET", "/v1/state"))

    async def evse(self) -> State:
        """The truth about EVSE 1."""
        return dict((await self.state())["evses"][0])

    async def car(self, **values: Any) -> None:
        """Change the car."""
        await self.ask("PATCH", "/v1/evses/1/ev", values)

    async def faults(self, **values: Any) -> None:
        """Break or mend something."""
        await self.ask("PATCH", "/v1/evses/1/faults", values)

    async def swipe(self, uid: str) -> None:
        """Hold a card to the reader."""
        await self.ask("POST", "/v1/readers/1/tag", {"uid": uid})

    async def network(self, up: bool) -> None:
        """Cut the way to the central system, or restore it."""
        await self.ask("PATCH", "/v1/network", {"up": up})

    async def until(
        self, what: str, is_so: Callable[[State], bool], wait_s: float = WAIT_S
    ) -> State:
        """Wait until the state of EVSE 1 is so; return it."""
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + wait_s
        while True:
            evse = await self.evse()
            if is_so(evse):
                return evse
            if loop.time() >= deadline_s:
                raise AssertionError(f"{what}: not within {wait_s} s: {evse}\n{self.said()}")
            await self._look()

    async def until_status(self, *statuses: str) -> State:
        """Wait for one of these OCPP 1.6 statuses."""
        return await self.until(" or ".join(statuses), lambda evse: evse["status"] in statuses)

    async def now(self) -> datetime:
        """What time it is in its world."""
        return datetime.fromisoformat((await self.state())["time"])

    async def until_passed(self, seconds: float) -> None:
        """Wait until so much of its own time has passed, however long that takes as it goes on."""
        loop = asyncio.get_running_loop()
        seen = await self.now()
        end = seen + timedelta(seconds=seconds)
        deadline_s = loop.time() + WAIT_S
        while seen < end:
            await asyncio.sleep(LOOK_S)
            now = await self.now()
            if now > seen:
                seen, deadline_s = now, loop.time() + WAIT_S
            elif loop.time() >= deadline_s:
                raise AssertionError(f"its time stands at {seen} for {WAIT_S} s\n{self.said()}")

    def told(self, kind: str, field: str) -> list[Any]:
        """One field of every event of a kind, in order."""
        return [event[field] for event in self.events if event["kind"] == kind]

    async def until_told(self, kind: str, field: str, expected: list[Any]) -> None:
        """Wait until exactly this was told: events come on a connection of their own, later."""

        def is_told(_evse: State) -> bool:
            return self.told(kind, field) == expected

        await self.until(f"{kind} {field} {expected}", is_told)

    def said(self) -> str:
        """What the process said lately, and what it told of itself."""
        log = (self.folder / "log").read_text(errors="replace")[-TAIL_CHARS:]
        events = "\n".join(str(event) for event in self.events[-20:])
        return f"--- log ---\n{log}\n--- events ---\n{events}"

    # helpers

    def _command(self) -> list[str]:
        words = ["emulate", "--config", str(self.config_file)]
        words += ["--control", "127.0.0.1:0", *self._words]
        state = ["--state", str(self.state_dir)]
        if self.factory_file is None:
            return [*words, *state]
        return ["boot", *state, "--factory", str(self.factory_file), "--again", "--", *words]

    async def _drive(self, process: asyncio.subprocess.Process) -> None:
        """Wait until it can be driven, and listen to what it tells."""
        address = await self._ready(process)
        self._client = httpx.AsyncClient(base_url=f"http://{address}", timeout=WAIT_S)
        self.events = []
        self._listener = asyncio.create_task(self._listen(self._client))

    async def _look(self) -> None:
        """Wait for news, or for as long as a person would before looking again."""
        self._news.clear()
        try:
            async with asyncio.timeout(LOOK_S):
                await self._news.wait()
        except TimeoutError:
            return

    async def _ready(self, process: asyncio.subprocess.Process) -> str:
        assert process.stdout is not None
        async with asyncio.timeout(READY_S):
            line = await process.stdout.readline()
        assert line, f"it ended before it was ready: {self.said()}"
        ready = json.loads(line)
        assert ready["event"] == "ready"
        return str(ready["control"])

    async def _listen(self, client: httpx.AsyncClient) -> None:
        """Keep every event, until the process is gone."""
        with contextlib.suppress(httpx.TransportError):
            async with client.stream("GET", "/v1/events", timeout=None) as answer:
                async for line in answer.aiter_lines():
                    self._take(line)

    def _take(self, line: str) -> None:
        if line.startswith("data: "):
            self.events.append(json.loads(line.removeprefix("data: ")))
            self._news.set()

    async def _gone(self) -> int:
        """Wait for the end of the process, and release what belonged to it."""
        process, self._process = self._process, None
        assert process is not None
        try:
            async with asyncio.timeout(GONE_S):
                code = await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise AssertionError(f"it did not end within {GONE_S} s: {self.said()}") from None
        await self._let_go()
        return code

    async def _let_go(self) -> None:
        """Release what belonged to a life of the process."""
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.wait({self._listener})
            self._listener = None
        if self._client is not None:
            await self._client.aclose()
            self._client = None
