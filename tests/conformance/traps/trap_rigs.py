"""Rigs for the traps: the shipped dialects on a fake station, at a central system by hand."""

from typing import Any

from ampkeeper.firmware.ocpp.charge_point import ChargePointSettings
from ampkeeper.firmware.ocpp.v16 import Dialect16
from ampkeeper.firmware.ocpp.v201 import Dialect201
from tests.unit.ocpp_core.core_fakes import GOOD, Rig
from tests.unit.ocpp_dialects.station_fake import FakeStation

OLD, NEW = "ocpp1.6", "ocpp2.0.1"
DIALECTS: dict[str, Any] = {OLD: Dialect16, NEW: Dialect201}
GOOD_NEW = {**GOOD, "Authorize": {"idTokenInfo": {"status": "Accepted"}}}


def real_rig(subprotocol: str, settings: ChargePointSettings | None = None) -> Rig:
    """The shipped dialect, accepted, its first reports answered."""
    station = FakeStation()
    rig = Rig(subprotocol, settings, dialect=DIALECTS[subprotocol](station), station=station)
    rig.register()
    return rig
