"""Which version of OCPP was spoken last, and what of it a restart keeps."""

from typing import Any

import pytest

from ampkeeper.firmware.station.spoken import KEY, recall
from ampkeeper.firmware.store.changes import SaveMeta

from .charger import Charger

OFFERED = ("2.1", "2.0.1", "1.6")


def spoken(charger: Charger, version: str) -> list[Any]:
    charger.changes.clear()
    charger.do(charger.station.on_version, version)
    return list(charger.changes)


def test_the_version_is_written_down_where_it_is_news() -> None:
    charger = Charger(version="2.1")
    assert spoken(charger, "1.6") == [SaveMeta(KEY, "1.6")]
    assert spoken(charger, "1.6") == []


def test_a_station_that_starts_offline_keeps_to_the_version_of_before() -> None:
    charger = Charger(version="2.1")
    recall(charger.station, {KEY: "1.6"}.get, OFFERED)
    assert charger.station.version == "1.6"


@pytest.mark.parametrize("kept", [None, "", "1.5"])
def test_one_that_is_offered_no_more_is_forgotten(kept: str | None) -> None:
    charger = Charger(version="2.1")
    recall(charger.station, {KEY: kept}.get, OFFERED)
    assert charger.station.version == "2.1"
