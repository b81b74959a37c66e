"""The fault catalogue as the station reads it: ring 1's table, by code and by name."""

from typing import NamedTuple

from ampkeeper.firmware.safety import fault


class FaultInfo(NamedTuple):
    """One row of ``safety.fault.TABLE``."""

    code: int
    name: str
    severity: int
    clears: int
    after_ms: int
    mrec: str
    ocpp: str
    text: str


INFOS = {info[0]: FaultInfo(*info) for info in fault.TABLE}
BY_NAME = {info.name: info for info in INFOS.values()}


def info_of(code: int) -> FaultInfo:
    """The row of a fault; a code without one is our own bug or a newer pilot board's fault."""
    found = INFOS.get(code)
    if found is not None:
        return found
    text = "A fault that this version does not know. Call service."
    return FaultInfo(code, f"Unknown{code}", fault.HIGH, fault.SERVICE, 0, "", "OtherError", text)
