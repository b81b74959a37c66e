"""Rigs for the traps: the shipped dialects on a fake station, at a central system by hand."""

import json
from typing import Any

import pytest

from ampkeeper.firmware.ocpp.charge_point import ChargePointSettings
from ampkeeper.firmware.ocpp.dialect import Answer
from ampkeeper.firmware.ocpp.outcome import Written
from ampkeeper.firmware.ocpp.rpc import Exchange
from ampkeeper.firmware.ocpp.rules import RULES
from ampkeeper.firmware.ocpp.schemas import schemas_for
from ampkeeper.firmware.ocpp.v16.dialect import Dialect16
from ampkeeper.firmware.ocpp.v201.dialect import Dialect201
from tests.unit.ocpp_core.core_fakes import Rig
from tests.unit.ocpp_dialects.station_fake import FakeStation

OLD, NEW = "ocpp1.6", "ocpp2.0.1"
BOTH = pytest.mark.parametrize("subprotocol", [OLD, NEW])
DIALECTS: dict[str, Any] = {OLD: Dialect16, NEW: Dialect201}


def real_rig(subprotocol: str, settings: ChargePointSettings | None = None) -> Rig:
    """The shipped dialect, accepted, its first reports answered."""
    station = FakeStation()
    rig = Rig(subprotocol, settings, dialect=DIALECTS[subprotocol](station), station=station)
    rig.register()
    return rig


def registered(subprotocol: str = OLD, **settings: Any) -> Rig:
    """A small dialect that makes one message of each fact, accepted."""
    rig = Rig(subprotocol, ChargePointSettings(**settings))
    rig.register()
    return rig


def bench(subprotocol: str, answer: Any = None) -> tuple[Exchange, list[Any]]:
    """An exchange alone, for the version that has no dialect yet, and its outputs."""
    outputs: list[Any] = []
    schemas = schemas_for(subprotocol)
    exchange = Exchange(
        RULES[subprotocol],
        schemas,
        lambda action, payload: answer or Answer(error="NotImplemented"),
        outputs.append,
    )
    return exchange, outputs


def frames_of(outputs: list[Any]) -> list[Any]:
    return [json.loads(output.text) for output in outputs if isinstance(output, Written)]
