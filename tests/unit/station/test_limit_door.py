"""The door for limits takes an EVSE by its number only: what books could not read back is none."""

from typing import Any

import pytest

from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.station.limit_door import LimitDoor


@pytest.mark.parametrize("evse", [True, 1.0, "1", 3, 0, [1]])
@pytest.mark.parametrize("current_a", [10.0, None])
async def test_what_is_no_evse_is_refused(evse: object, current_a: float | None) -> None:
    untouched: Any = None  # nobody is asked for anything
    door = LimitDoor(untouched, untouched, untouched, (1, 2))
    with pytest.raises(LocalRefusedError, match="allowed are"):
        await door.answer({"current_a": current_a, "evse": evse})
