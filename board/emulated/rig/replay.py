"""Replay: what a charger once said, said again to a central system; how its answers differ.

Times are those of the record, through ``speed``. Each call waits for its answer. Numbers of
transactions that the central system gives now take the place of those that it gave then.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from ampkeeper.board.emulated.rig.errors import ChargerError
from ampkeeper.board.emulated.rig.stage_process import check_central, dial
from ampkeeper.board.emulated.rig.traffic import CALL, CALLERROR, CALLRESULT, CENTRAL, STATION

ANSWER_S = 30.0
RECORD_BYTES_MAX = 256 << 20
FIELDS = ("station", "at_s", "connection", "side", "version", "text")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a record."""

    station: str
    at_s: float
    connection: int
    side: str
    version: str
    parts: list[Any]


@dataclass(slots=True)
class Replay:
    """What came of it: calls that were made again, and answers that are other ones."""

    calls: int = 0
    problems: list[str] = field(default_factory=list)
    numbers: dict[int, int] = field(default_factory=dict)  # of transactions, then and now


def load_record(file: Path) -> list[Line]:
    """Read what ``--record`` wrote; ChargerError names file and line."""
    try:
        if file.stat().st_size > RECORD_BYTES_MAX:
            raise ChargerError(f"{file}: larger than {RECORD_BYTES_MAX} bytes")
        rows = file.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ChargerError(f"{file}: cannot be read: {error}") from None
    found = [_line(file, number, row) for number, row in enumerate(rows, 1)]
    lines = [line for line in found if line is not None]
    if not lines:
        raise ChargerError(f"{file}: no frame in it; must be what --record wrote")
    return lines


async def replay(lines: Sequence[Line], url: str, speed: float) -> Replay:
    """Say it again; ChargerError where nobody lets us in."""
    answers = {
        line.parts[1]: line.parts
        for line in lines
        if line.side == CENTRAL and line.parts[0] in (CALLRESULT, CALLERROR)
    }
    versions = sorted({line.version.removeprefix("ocpp") for line in lines})
    await check_central(url, lines[0].station, versions)
    done = Replay()
    for connection in sorted({line.connection for line in lines}):
        said = [line for line in lines if line.connection == connection and line.side == STATION]
        if said:
            await _connection(said, answers, f"{url.rstrip('/')}/{said[0].station}", speed, done)
    return done


async def _connection(
    said: list[Line], answers: dict[str, list[Any]], url: str, speed: float, done: Replay
) -> None:
    socket = await dial(url, [said[0].version], {})
    began_s = asyncio.get_running_loop().time()
    try:
        for line in said:
            due_s = began_s + (line.at_s - said[0].at_s) / speed
            await asyncio.sleep(max(0.0, due_s - asyncio.get_running_loop().time()))
            if line.parts[0] == CALL:
                await _call(socket, line, answers.get(line.parts[1]), done)
    except ConnectionClosed as error:
        done.problems.append(f"the central system ended the connection: {error}")
    finally:
        await socket.close()


async def _call(socket: ClientConnection, line: Line, then: list[Any] | None, done: Replay) -> None:
    _, message_id, action, payload = line.parts
    number = payload.get("transactionId")
    if isinstance(number, int):
        payload = payload | {"transactionId": done.numbers.get(number, number)}
    await socket.send(json.dumps([CALL, message_id, action, payload]))
    done.calls += 1
    try:
        async with asyncio.timeout(ANSWER_S):
            now = await _answer(socket, message_id)
    except TimeoutError:
        done.problems.append(f"{action} {message_id}: no answer within {ANSWER_S:g} s")
        return
    if then is None:
        return
    if action == "StartTransaction" and now[0] == then[0] == CALLRESULT:
        done.numbers[then[2]["transactionId"]] = now[2]["transactionId"]
    if _gist(then) != _gist(now):
        text = f"{action} {message_id}: answered {_gist(now)}, then it was {_gist(then)}"
        done.problems.append(text)


async def _answer(socket: ClientConnection, message_id: str) -> list[Any]:
    """The answer to a call; what the central system asks meanwhile is refused."""
    while True:
        parts = json.loads(await socket.recv())  # ended by the caller's time
        if parts[0] == CALL:
            refusal = [CALLERROR, parts[1], "NotSupported", "this is a record", {}]
            await socket.send(json.dumps(refusal))
        elif parts[1] == message_id:
            return list(parts)


def _gist(parts: list[Any]) -> str:
    """What matters of an answer: the code of an error, or the status of a result."""
    if parts[0] == CALLERROR:
        return str(parts[2])
    result = parts[2]
    for key in ("idTagInfo", "idTokenInfo"):
        if key in result:
            return str(result[key].get("status"))
    return str(result.get("status", "a result"))


def _line(file: Path, number: int, row: str) -> Line | None:
    """A line of a record; None for a text that is no message."""
    try:
        told = json.loads(row)
        station, at_s, connection, side, version, text = (told[name] for name in FIELDS)
        made = Line(str(station), float(at_s), int(connection), str(side), str(version), [])
    except (ValueError, TypeError, KeyError):
        allowed = f"must be JSON with {', '.join(FIELDS)}"
        raise ChargerError(f"{file}:{number}: {row[:80]!a}: {allowed}") from None
    try:
        parts = json.loads(text)
    except ValueError:
        return None
    is_call = isinstance(parts, list) and len(parts) == 4 and parts[0] == CALL
    is_answer = isinstance(parts, list) and len(parts) >= 3 and parts[0] in (CALLRESULT, CALLERROR)
    if not is_call and not is_answer:
        return None
    return replace(made, parts=parts)
