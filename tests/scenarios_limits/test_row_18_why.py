"""Row 18: "why is it (not) charging?" has no answer.

Here every limit has a source, a reason in words and a time; one of them binds, and each face says
the same. What keeps a session from starting is its state.
"""

from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.faces.cli.limit_tables import sentence
from tests.support.rig import CAR
from tests.support.virtual import Charger

SO_FAR_S = 30.0


async def why(made: Charger) -> dict[str, Any]:
    """What ``ampkeeper why`` is told of EVSE 1."""
    (evse,) = (await made.app.api.answer("why", {}))["evses"]
    found: dict[str, Any] = evse
    return found


async def pause(made: Charger) -> None:
    await made.app.api.answer("limit", {"current_a": 0})


async def owner(made: Charger) -> None:
    await made.app.api.answer("limit", {"current_a": 8})


async def profile(made: Charger) -> None:
    """A central system's charging profile, of no current at all."""
    period = {"startPeriod": 0, "limit": 0.0}
    schedule = {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [period]}
    asked = {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": [schedule],
    }
    await made.csms.call("AK0001", "SetChargingProfile", {"evseId": 1, "chargingProfile": asked})


async def nothing(made: Charger) -> None:
    """As it is."""


# fmt: off
CAUSES = (
    # what is done  binds              amperes  a word of the reason
    (nothing,       "cable",           20.0,    "cable"),
    (owner,         "owner",           8.0,     "owner"),
    (pause,         "owner",           0.0,     "owner"),
    (profile,       "profile_default", 0.0,     "profile"),
)
# fmt: on


@pytest.mark.parametrize(("cause", "binds", "limit_a", "word"), CAUSES)
def test_what_binds_is_named_with_its_reason_and_its_time(
    tmp_path: Path, cause: Any, binds: str, limit_a: float, word: str
) -> None:
    made = Charger(tmp_path)

    async def play() -> tuple[dict[str, Any], dict[str, Any]]:
        async with made.running():
            await made.charge()
            await cause(made)
            await made.until(lambda: made.seen()["limited_by"] == binds, SO_FAR_S)
            return await why(made), made.seen()

    told, seen = run_virtual(play())
    assert (told["limited_by"], told["limit_a"]) == (binds, limit_a)
    assert (seen["limited_by"], seen["limit_a"]) == (binds, limit_a), "each face says the same"
    assert word in told["reason"]
    assert sentence(told).startswith(f"EVSE 1: {limit_a:g} A because {told['reason']}, since ")
    (bound,) = [entry for entry in told["entries"] if entry["binds"]]
    assert bound["source"] == binds
    assert all(entry["reason"] and entry["since"] for entry in told["entries"])


def test_a_car_that_waits_for_a_card_one_that_has_enough_and_a_fault_are_told_apart(
    tmp_path: Path,
) -> None:
    made = Charger(tmp_path)

    async def play() -> list[tuple[str, Any, list[str]]]:
        shown = []

        def show() -> None:
            session = made.seen()["session"]
            state = session["state"] if session else None
            shown.append((made.status(), state, made.faults))

        async with made.running():
            await made.until(lambda: made.status() == "Available" and made.registered)
            show()
            made.plug(**CAR)
            await made.until(lambda: made.status() == "Preparing", SO_FAR_S)
            show()
            made.swipe()
            await made.until(lambda: made.status() == "Charging", SO_FAR_S)
            show()
            made.plug(**(CAR | {"ready": False}))
            await made.until(lambda: made.status() == "SuspendedEV", SO_FAR_S)
            show()
            made.car.causes.pe_open = True
            await made.until(lambda: made.faults != [], SO_FAR_S)
            show()
            return shown

    free, waiting, charging, enough, faulty = run_virtual(play())
    assert free == ("Available", None, [])
    assert waiting[0] == "Preparing"
    assert charging[0] == "Charging"
    assert (enough[0], enough[2]) == ("SuspendedEV", [])
    assert faulty[2] != []
    assert len({waiting[1], charging[1], enough[1]}) == 3, "each state has a word of its own"
