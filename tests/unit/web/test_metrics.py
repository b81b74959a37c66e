"""Metrics: what Prometheus' own library reads of them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ampkeeper.firmware.access.roles import Role
from ampkeeper.firmware.faces.api import State
from ampkeeper.firmware.faces.web.metrics import FAMILIES, text_of
from tests.unit.web.web_rig import WebRig, state_of

AT = datetime(2026, 1, 1, tzinfo=UTC)


def read(state: State) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *(f"{name}={value}" for name, value in sorted(sample.labels.items()))): (
            sample.value
        )
        for family in text_string_to_metric_families(text_of(state))
        for sample in family.samples
    }


def test_the_values_of_the_charger_are_read_as_they_are() -> None:
    found = read(state_of(AT, 11_040.0))
    assert found["ampkeeper_evse_power_watts", "evse=1"] == 11_040.0
    assert found["ampkeeper_evse_energy_wh_total", "evse=1"] == 12_345
    assert found["ampkeeper_evse_current_amperes", "evse=1", "phase=L2"] == 16.0
    assert found["ampkeeper_evse_status", "evse=1", "status=Charging"] == 1
    assert found["ampkeeper_evse_status", "evse=1", "status=Faulted"] == 0
    assert found["ampkeeper_evse_session_energy_wh", "evse=1"] == 184


def test_what_nobody_can_tell_has_no_line() -> None:
    state = state_of(AT)
    silent = replace(state.evses[0], power_w=None, session=None, is_plugged=None)
    names = {key[0] for key in read(replace(state, evses=(silent,), mains=None, price=None))}
    absent = {"power_watts", "session_energy_wh", "session_seconds", "plugged"}
    assert not names & {f"ampkeeper_evse_{name}" for name in absent}
    assert "ampkeeper_mains_power_watts" not in names


@pytest.mark.parametrize("serial", ['a"b', "a\\b", "a\nb", "ä{}"])
def test_any_text_is_one_label(serial: str) -> None:
    keys = read(replace(state_of(AT), serial=serial))
    (info,) = [key for key in keys if key[0] == "ampkeeper_info"]
    assert f"serial={serial}" in info


def test_no_person_is_in_it_and_each_family_is_there_once() -> None:
    text = text_of(state_of(AT))
    assert "04A224B1" not in text
    assert "Anna" not in text
    assert len({name for name, *_ in FAMILIES}) == len(FAMILIES)


async def test_it_is_served_to_a_program_with_a_token_alone() -> None:
    nobody = await WebRig().ask("GET", "/metrics")
    assert nobody.status_code == 401
    served = await WebRig().enter(Role.GUEST).ask("GET", "/metrics")
    assert served.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert list(text_string_to_metric_families(served.text))
