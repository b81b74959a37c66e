"""Strict peer: a central system that nobody here wrote, as a process, and all that it said.

It records every frame, and every complaint of the package. Tests end with ``verdict()``, which is
empty when neither side ever sent anything that the package refused.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.emulator import WAIT_S
from tests.support.record import CALLERROR, IN, OUT, Record, breaches
from tests.support.rig import ALL_VERSIONS
from tools.npm import node_commands
from tools.peers.fetch import PEERS

SCRIPTS = {"ocpp-rpc": "strict_csms.mjs", "ocpp-ws-io": "other_csms.mjs"}  # by npm package
LINE_BYTES_MAX = 4 << 20
SUBPROTOCOLS = {version: f"ocpp{version}" for version in ALL_VERSIONS}
SHARED_CODES = (
    "NotImplemented",
    "NotSupported",
    "InternalError",
    "ProtocolError",
    "SecurityError",
    "GenericError",
    "PropertyConstraintViolation",
    "TypeConstraintViolation",
)
CODES_2 = {
    *SHARED_CODES,
    "FormatViolation",
    "OccurrenceConstraintViolation",
    "MessageTypeNotSupported",
    "RpcFrameworkError",
}
CODES = {  # OCPP-J 1.6 table 7; 2.0.1 Part 4 table 8, 2.1 table 10
    "1.6": {*SHARED_CODES, "FormationViolation", "OccurenceConstraintViolation"},
    "2.0.1": CODES_2,
    "2.1": CODES_2,
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What a station answered: a result, or the code and text of an error."""

    result: dict[str, Any] | None
    code: str = ""
    text: str = ""

    @property
    def status(self) -> str:
        """The result's status; the code of an error."""
        return self.code if self.result is None else str(self.result.get("status", ""))


class StrictPeer:
    """One central system for one OCPP version; it serves the newest connection."""

    def __init__(self, version: str, package: str = "ocpp-rpc") -> None:
        self.version = version
        self._script = Path(__file__).with_name(SCRIPTS[package])
        self.url = ""
        self.record = Record(asyncio.get_running_loop().time)
        self.violations: list[dict[str, Any]] = []
        self.connections = 0
        self._connection = -1
        self._replies: dict[int, asyncio.Future[Reply]] = {}
        self._commands = 0
        self._news = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._listener: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the process and wait until stations can connect."""
        assert PEERS.is_here(), "run make setup: the pinned packages are not in .tools/peers"
        node, _ = node_commands()
        self._process = await asyncio.create_subprocess_exec(
            *node,
            str(self._script),
            str(PEERS.target),
            SUBPROTOCOLS[self.version],
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LINE_BYTES_MAX,
        )
        self._listener = asyncio.create_task(self._listen())
        await self.until("it listens", lambda: self.url != "")

    async def stop(self) -> None:
        """End the process: it ends with its input."""
        if self._process is None or self._listener is None:
            return
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await asyncio.wait({self._listener})  # ended by the end of its output
        self._listener.result()

    @property
    def is_alone(self) -> bool:
        """True while no station is connected."""
        return self._connection < 0

    # what a test asks for

    async def call(self, action: str, payload: dict[str, Any]) -> Reply:
        """Call the station; the package checks request and answer."""
        return await self._command("call", action=action, payload=payload)

    async def call_unchecked(self, action: str, payload: Any) -> Reply:
        """Call the station with whatever payload, past the package's checks."""
        return await self._command("call_unchecked", action=action, payload=payload)

    async def send(self, text: str, reply_id: str) -> Reply:
        """Send a text as it is; the station's reply is known by its message id."""
        return await self._command("send", text=text, reply_id=reply_id)

    async def objection(self, action: str, payload: Any) -> str:
        """What the package's schemas have against a request; "" if nothing."""
        reply = await self._command("check", action=action, payload=payload)
        return str((reply.result or {}).get("text"))

    async def judge(self, **tokens: str) -> None:
        """From now on these tokens get these verdicts."""
        await self._command("set", tokens=tokens)

    async def until(self, what: str, is_so: Callable[[], bool]) -> None:
        """Wait until it is so, which only what is seen can bring about."""
        try:
            async with asyncio.timeout(WAIT_S):
                while not is_so():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"{what}: not within {WAIT_S} s\n{self.told()}") from None

    async def until_called(
        self,
        action: str,
        is_it: Callable[[dict[str, Any]], bool] = lambda payload: True,
        count: int = 1,
    ) -> dict[str, Any]:
        """Wait until the station has made so many such calls; return the newest."""

        def found() -> list[dict[str, Any]]:
            return [payload for payload in self.record.calls(action) if is_it(payload)]

        await self.until(f"{count} {action}", lambda: len(found()) >= count)
        return found()[-1]

    # what came of it

    def verdict(self, answer_s: float) -> list[str]:
        """Everything that the package, or a rule of the wire, found wrong."""
        codes = {
            seen.parts[2]
            for seen in self.record.frames
            if seen.direction == IN and isinstance(seen.parts, list) and seen.parts[0] == CALLERROR
        }
        wrong = [f"unknown error code {code!r}" for code in codes - CODES[self.version]]
        wrong += [json.dumps(violation) for violation in self.violations]
        return wrong + breaches(self.record, answer_s)

    def told(self) -> str:
        """What passed lately, for a failure's text."""
        return f"violations: {self.violations}\n{self.record.tail()}"

    # inside

    async def _command(self, do: str, **fields: Any) -> Reply:
        assert self._process is not None
        assert self._process.stdin is not None
        self._commands += 1
        number = self._commands
        waiting: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._replies[number] = waiting
        line = json.dumps({"id": number, "do": do, **fields}) + "\n"
        self._process.stdin.write(line.encode())
        await self._process.stdin.drain()
        try:
            async with asyncio.timeout(WAIT_S):
                return await waiting
        except TimeoutError:
            raise AssertionError(f"{do} {fields}: not answered\n{self.told()}") from None

    async def _listen(self) -> None:
        """Keep every line, until the process is gone."""
        assert self._process is not None
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            self._hear(json.loads(line))
            self._news.set()

    def _hear(self, said: dict[str, Any]) -> None:
        match said.pop("event"):
            case "listening":
                self.url = said["url"]
            case "connected":
                self._connection = self.record.connected()
                self.connections += 1
            case "frame":
                direction = IN if said["from"] == "station" else OUT
                self.record.note(self._connection, direction, json.dumps(said["frame"]))
            case "violation":
                self.violations.append(said)
            case "answer":
                error = said.get("error") or {}
                reply = Reply(said.get("result"), error.get("code", ""), error.get("text", ""))
                self._replies.pop(said["id"]).set_result(reply)
            case "disconnected":
                self._connection = -1
