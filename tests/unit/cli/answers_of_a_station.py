"""What a station answers, by verb, and a door in a folder where it does so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from ampkeeper.firmware.faces.local import Handler, LocalRefusedError, LocalServer

EVSE = {
    "id": 1,
    "status": "Charging",
    "pilot": {"state": "C2", "high_mv": 6000, "low_mv": -12000, "duty_permille": 267},
    "contactor": "closed",
    "lock": "locked",
    "limit_a": 16.0,
    "limited_by": "cable",
    "current_a": [16.0, 16.0, None],
    "power_w": 11040,
    "energy_wh": 12345,
    "session": {
        "id": "5f8ed2a6-6a3c-4b0a-9d4b-0e6a3a1f4c11",
        "state": "charging",
        "id_tag": "04A224B1",
        "energy_wh": 120,
        "started": "2026-11-22T11:42:00.000Z",
    },
    "faults": [],
    "refused": {
        "orders": 12,
        "messages": 0,
        "frames": 3,
        "hangs": 0,
        "pilot": 1,
        "line": {"good": 4711, "noise_bytes": 9, "lost": 2, "greetings": 1, "declined": 0},
    },
}
IDLE = EVSE | {"id": 2, "status": "Faulted", "session": None, "faults": ["PeLost", "PilotFault"]}
STATUS = {
    "time": "2026-11-22T12:00:00.000Z",
    "csms": {
        "link": "up",
        "registration": "accepted",
        "ocpp": "1.6",
        "queued": 3,
        "state": "connected",
        "url": "wss://csms.example/ocpp/AK0001",
        "since": "2026-11-22T11:00:00.000Z",
        "heard_s_ago": 12.3,
        "unanswered": 0,
        "failures": 0,
        "error": None,
        "next_attempt_s": None,
    },
    "evses": [EVSE, IDLE, EVSE | {"id": 3}],
}
WHY = {
    "evses": [
        {
            "id": 1,
            "limit_a": 16.0,
            "limited_by": "cable",
            "reason": "resistor of the plug",
            "since": "2026-11-22T11:42:00.000Z",
            "entries": [
                {
                    "source": "cable",
                    "current_a": 16.0,
                    "phase_a": None,
                    "phases": 3,
                    "reason": "resistor of the plug",
                    "since": "2026-11-22T11:42:00.000Z",
                    "expires": None,
                    "falls_to_a": None,
                    "is_stale": False,
                    "binds": True,
                },
                {
                    "source": "ocpp",
                    "current_a": 20.0,
                    "phase_a": [20.0, 24.0, 32.0],
                    "phases": None,
                    "reason": "TxDefaultProfile 7 at stack level 1",
                    "since": "2026-11-22T11:00:00.000Z",
                    "expires": "2026-11-22T18:00:00.000Z",
                    "falls_to_a": 6.0,
                    "is_stale": False,
                    "binds": False,
                },
            ],
        }
    ]
}
CHANGES = [
    {
        "evse_id": 1,
        "since": "2026-11-22T11:42:00.000Z",
        "limit_a": 16.0,
        "limited_by": "cable",
        "reason": "resistor of the plug",
        "changes": 1,
    },
    {
        "evse_id": 1,
        "since": "2026-11-22T11:00:00.000Z",
        "limit_a": 0.0,
        "limited_by": "profile_default",
        "reason": "[red]charging profile 7 for every transaction, set by the central system",
        "changes": 14,
    },
]
SESSIONS = {
    "sessions": [
        {
            "id": "5f8ed2a6-6a3c-4b0a-9d4b-0e6a3a1f4c11",
            "evse_id": 1,
            "id_tag": "04A224B1AABBCCDDEEFF",
            "started": "2026-11-22T11:42:00.000Z",
            "ended": None,
            "energy_wh": 120,
            "reason": None,
            "csms_id": 4711,
        },
        {
            "id": "0a0ed2a6-6a3c-4b0a-9d4b-0e6a3a1f4c12",
            "evse_id": 1,
            "id_tag": None,
            "started": "2026-11-21T22:10:00.000Z",
            "ended": "2026-11-22T06:41:30.000Z",
            "energy_wh": 41234,
            "reason": "EnergyLimitReached",
            "csms_id": None,
        },
    ]
}
FAULTS = {
    "active": [
        {
            "evse_id": 1,
            "fault": "VentilationNotAvailable",
            "text": "The car asks for a ventilated place, and this place is not ventilated.",
            "severity": "MEDIUM",
            "code": "CX021",
            "since": "2026-11-22T11:42:00.000Z",
        }
    ],
    "history": [
        {
            "evse_id": 1,
            "fault": "PeLost",
            "text": "The protective earth is interrupted. Call an electrician.",
            "since": "2026-11-20T01:02:03.000Z",
            "until": "2026-11-20T01:05:00.000Z",
        }
    ],
}
TAGS = {
    "count": 1_002,
    "list_version": 4,
    "tags": [
        {
            "token": "04A224B1",
            "status": "Accepted",
            "expires": "2026-12-01T00:00:00.000Z",
            "from": "list",
        },
        {"token": "[red]\x1b[31mX", "status": "Blocked", "expires": None, "from": "cache"},
    ],
}
ANSWERS: dict[str, dict[str, Any]] = {
    "status": STATUS,
    "why": WHY,
    "why history": {"changes": CHANGES},
    "sessions": SESSIONS,
    "faults": FAULTS,
    "tag list": TAGS,
    "tag clear": {"result": "cleared"},
}


async def answer(verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """The station's answer; card FFFF is refused, card 0000 is turned away."""
    if verb == "why" and arguments.get("history"):
        return ANSWERS["why history"]
    if verb != "tag":
        return ANSWERS[verb]
    if arguments["action"] != "present":
        return ANSWERS[f"tag {arguments['action']}"]
    if arguments["uid"] == "FFFF":
        raise LocalRefusedError("no EVSE is free")
    return {"result": "rejected" if arguments["uid"] == "0000" else "accepted"}


@asynccontextmanager
async def door(state: Path, handler: Handler) -> AsyncIterator[None]:
    """A local door in ``state`` for as long as the block lasts."""
    server = LocalServer(state, handler)
    server.open()
    task = asyncio.ensure_future(server.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        server.close()
