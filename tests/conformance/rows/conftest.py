"""A station to talk to, and a dialect of each version bound to it."""

import pytest

from ampkeeper.firmware.ocpp.v16.dialect import Dialect16
from ampkeeper.firmware.ocpp.v201.dialect import Dialect201
from tests.unit.ocpp_dialects.station_fake import FakeStation


@pytest.fixture
def station() -> FakeStation:
    return FakeStation()


@pytest.fixture
def old(station: FakeStation) -> Dialect16:
    return Dialect16(station)


@pytest.fixture
def new(station: FakeStation) -> Dialect201:
    return Dialect201(station)
