"""The control API, route by route: what it does, and that a bad request changes nothing."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from ampkeeper.board.emulated import control, keys
from ampkeeper.board.emulated.card import QUEUE_MAX
from tests.unit.emulated.control_rig import Rig

Row = tuple[str, str, Any, int]


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    made = Rig()
    yield made
    await made.client.aclose()


async def test_the_state_has_the_promised_shape(rig: Rig) -> None:
    answer = await rig.ask("GET", "/v1/state")
    assert answer.status_code == 200
    state = answer.json()
    assert list(state) == ["time", "csms", "evses"]
    assert state["time"] == "2026-01-01T00:00:00.000Z"
    assert state["csms"] == {"link": "up", "registration": "accepted", "ocpp": "1.6", "queued": 0}
    assert state["evses"][0] == {
        "id": 1,
        "status": "Available",
        "pilot": {"state": "A1", "high_mv": 12_000, "low_mv": 12_000, "duty_permille": 1_000},
        "contactor": "open",
        "lock": "unlocked",
        "limit_a": 16.0,
        "limited_by": "cable",
        "current_a": [0.0, 0.0, 0.0],
        "power_w": 0,
        "energy_wh": 0,
        "session": None,
        "faults": [],
    }
    assert state["evses"][1]["lock"] == "none"


EV_VALUES = {
    "plugged": True,
    "ready": False,
    "ventilation": True,
    "max_a": 16.5,
    "phases": 1,
    "cable_a": 20,
    "diode": "short",
    "reaction_ms": 100,
    "obeys_limit": False,
    "sleepy": True,
    "soc_percent": 55.5,
    "capacity_wh": 40_000,
    "profile": "kona",
    "min_a": 8,
    "ramp_a_s": 4.5,
    "power_factor": 0.95,
    "imbalance_percent": 20,
    "rounding": "floor",
    "stop_ms": 2_900,
    "stubborn_ms": 8_000,
    "stays_in_c": True,
    "simplified": True,
    "hlc_ms": 10_000,
    "wakes_on": "cp_open",
    "wake_ms": 30_000,
    "replug_ms": 45_000,
    "bounce_count": 3,
    "bounce_ms": 5,
    "c_pulse_ms": 250,
    "bcb_count": 2,
    "bcb_ms": 200,
    "glitch_ms": 80,
    "glitch_delay_ms": 400,
    "diode_pulse_ms": 15,
    "plug_bounce_ms": 40,
    "pp_ohm": 150,
    "pp_drift_ohm_s": 10.5,
    "diode_low_v": -5.5,
    "resistor_b_ohm": 2_822,
    "resistor_c_ohm": 1_261,
    "resistor_d_ohm": 278,
    "pilot_series_ohm": 100,
    "pilot_capacitance_nf": 5.5,
    "f_allergic": True,
    "phase_hazard": True,
    "leak_dc_ma": 8,
    "leak_ac_ma": 20,
    "leak_ma_s": 0.5,
}


@pytest.mark.parametrize("name", list(EV_VALUES))
async def test_each_key_of_the_car_can_be_set_alone(rig: Rig, name: str) -> None:
    answer = await rig.ask("PATCH", "/v1/evses/1/ev", {name: EV_VALUES[name]})
    assert answer.status_code == 200
    assert answer.json()[name] == EV_VALUES[name]
    assert rig.world.evses[1].car.settings()[name] == EV_VALUES[name]
    assert rig.world.evses[2].car.settings()[name] != EV_VALUES[name], "the other EVSE is its own"


def test_the_table_of_the_car_is_complete() -> None:
    assert [key.name for key in keys.EV] == list(EV_VALUES)


async def test_faults_are_raised_by_name_and_by_cause(rig: Rig) -> None:
    answer = await rig.ask("PATCH", "/v1/evses/1/faults", {"EmergencyStop": True, "rcd_dc_ma": 8})
    assert answer.status_code == 200
    assert answer.json()["emergency_stop"] is True
    assert rig.world.evses[1].leakage.dc_ma == 8


async def test_a_fault_that_is_ended_by_name_is_cleared_by_a_person_a_moment_later(
    rig: Rig,
) -> None:
    await rig.ask("PATCH", "/v1/evses/2/faults", {"RcdDc": False, "pe_open": False})
    rig.control.step(control.CLEAR_MS - 10)
    assert rig.station.cleared == []
    rig.control.step(10)
    assert rig.station.cleared == [(2, "RcdDc")]


async def test_the_grid_is_set(rig: Rig) -> None:
    body = {
        "voltage_v": [231, 0, 229.5],
        "frequency_hz": 49.8,
        "house_a": [5, 0, -3],
        "outage": True,
    }
    answer = await rig.ask("PATCH", "/v1/grid", body)
    assert answer.status_code == 200
    assert rig.world.grid.settings() == body


async def test_the_relay_of_the_grid_operator_is_set_and_told_to_who_asks(rig: Rig) -> None:
    answer = await rig.ask("PATCH", "/v1/grid", {"operator_order": True, "operator_line": "torn"})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["operator_order"], told["operator_line"]) == (True, "torn")
    assert rig.world.save()["grid"] == told
    assert (await rig.ask("PATCH", "/v1/grid", {"operator_line": "cut"})).status_code == 400
    assert "operator_line" not in (await rig.ask("PATCH", "/v1/grid", {"outage": False})).json()


async def test_the_register_and_the_shown_power_are_set(rig: Rig) -> None:
    answer = await rig.ask("PATCH", "/v1/evses/1/meter", {"energy_wh": 12_345, "power_w": 7_000})
    assert answer.json() == {"energy_wh": 12_345, "power_w": 7_000}
    state = (await rig.ask("GET", "/v1/state")).json()["evses"][0]
    assert (state["energy_wh"], state["power_w"]) == (12_345, 7_000)
    await rig.ask("PATCH", "/v1/evses/1/meter", {"power_w": None})
    assert (await rig.ask("GET", "/v1/state")).json()["evses"][0]["power_w"] == 0


@pytest.mark.parametrize(
    ("body", "presented"),
    [({"uid": "04a224B1"}, b"\x04\xa2\x24\xb1"), ({"token": "QR 12-34"}, "QR 12-34")],
)
async def test_a_tag_is_held_to_the_reader(rig: Rig, body: Any, presented: bytes | str) -> None:
    assert (await rig.ask("POST", "/v1/readers/1/tag", body)).status_code == 200
    assert rig.world.cards[1].step(10) == presented


async def test_too_many_tags_are_refused(rig: Rig) -> None:
    for _ in range(QUEUE_MAX):
        assert (await rig.ask("POST", "/v1/readers/1/tag", {"token": "x"})).status_code == 200
    answer = await rig.ask("POST", "/v1/readers/1/tag", {"token": "x"})
    assert answer.status_code == 429
    assert "wait" in answer.json()["error"]


async def test_the_network_goes_down_and_up(rig: Rig) -> None:
    await rig.ask("PATCH", "/v1/network", {"up": False})
    assert (rig.station.is_network_up, rig.world.is_network_up) == (False, False)
    await rig.ask("PATCH", "/v1/network", {"up": True})
    assert (rig.station.is_network_up, rig.world.is_network_up) == (True, True)


async def test_the_power_is_cut_after_the_answer_was_handed_over(rig: Rig) -> None:
    answer = await rig.ask("POST", "/v1/power", {"cut": True})
    assert answer.status_code == 200
    assert rig.cuts == ["cut"]


async def test_a_data_transfer_answer_is_set_and_removed(rig: Rig) -> None:
    path = "/v1/data-transfer/com.example/Ping%20me"
    answer = await rig.ask("PUT", path, {"status": "Accepted", "data": {"a": 1}})
    assert answer.json() == {"status": "Accepted", "data": {"a": 1}}
    assert rig.station.answers == {("com.example", "Ping me"): ("Accepted", {"a": 1})}
    assert (await rig.ask("DELETE", path)).status_code == 204
    assert rig.station.answers == {}
    answer = await rig.ask("DELETE", path)
    assert answer.status_code == 404
    assert "no answer is set" in answer.json()["error"]


async def test_a_data_transfer_is_sent_and_its_answer_returned(rig: Rig) -> None:
    body = {"vendorId": "com.example", "messageId": "Ping", "data": "x"}
    answer = await rig.ask("POST", "/v1/data-transfer", body)
    assert answer.json() == {"status": "Accepted", "data": "thanks"}
    await rig.ask("POST", "/v1/data-transfer", {"vendorId": "v"})
    assert rig.station.sent == [("com.example", "Ping", "x"), ("v", None, None)]


async def test_a_data_transfer_without_central_system_is_a_conflict(rig: Rig) -> None:
    rig.station.link = "down"
    answer = await rig.ask("POST", "/v1/data-transfer", {"vendorId": "v"})
    assert answer.status_code == 409
    assert "csms.link = down" in answer.json()["error"]


async def test_a_central_system_that_does_not_answer_is_a_gateway_timeout(rig: Rig) -> None:
    rig.station.is_csms_silent = True
    assert (await rig.ask("POST", "/v1/data-transfer", {"vendorId": "v"})).status_code == 504


async def test_a_central_system_that_answers_with_an_error_is_quoted(rig: Rig) -> None:
    rig.station.refusal = "NotImplemented no such vendor"
    answer = await rig.ask("POST", "/v1/data-transfer", {"vendorId": "v"})
    assert answer.status_code == 502
    assert "NotImplemented no such vendor" in answer.json()["error"]


EV = "/v1/evses/1/ev"
# fmt: off
BAD: tuple[Row, ...] = (
    ("PATCH",  EV,                       {"plugged": 1},                          400),
    ("PATCH",  EV,                       {"plugged": "true"},                     400),
    ("PATCH",  EV,                       {"plugged": None},                       400),
    ("PATCH",  EV,                       {"phases": True},                        400),
    ("PATCH",  EV,                       {"phases": 3.0},                         400),
    ("PATCH",  EV,                       {"phases": 4},                           400),
    ("PATCH",  EV,                       {"cable_a": 16},                         400),
    ("PATCH",  EV,                       {"cable_a": 20.0},                       400),
    ("PATCH",  EV,                       {"diode": "reversed"},                   400),
    ("PATCH",  EV,                       {"max_a": b"NaN"},                       400),
    ("PATCH",  EV,                       b'{"max_a": NaN}',                       400),
    ("PATCH",  EV,                       b'{"max_a": 1e400}',                     400),
    ("PATCH",  EV,                       {"max_a": 80.1},                         400),
    ("PATCH",  EV,                       {"soc_percent": -1},                     400),
    ("PATCH",  EV,                       {"plugged": True, "max_a": 81},          400),
    ("PATCH",  EV,                       {"plugged": True, "color": "red"},       400),
    ("PATCH",  EV,                       b'{"plugged": true, "plugged": false}',  400),
    ("PATCH",  EV,                       {},                                      400),
    ("PATCH",  EV,                       [],                                      400),
    ("PATCH",  EV,                       b"",                                     400),
    ("PATCH",  EV,                       b"{plugged: true}",                      400),
    ("PATCH",  EV,                       b"\xff",                                 400),
    ("PATCH",  EV,                       b"[" * 50_000,                           400),
    ("PATCH",  EV,                       b'{"plugged": true' + b" " * 65_536 + b"}", 413),
    ("PATCH",  "/v1/evses/3/ev",         {"plugged": True},                       404),
    ("PATCH",  "/v1/evses/0/ev",         {"plugged": True},                       404),
    ("PATCH",  "/v1/evses/01/ev",        {"plugged": True},                       404),
    ("PATCH",  "/v1/evses/one/ev",       {"plugged": True},                       404),
    ("PATCH",  "/v1/evses/1/faults",     {"EmergencyStop": 1},                    400),
    ("PATCH",  "/v1/evses/1/faults",     {"EmergencyStopp": True},                400),
    ("PATCH",  "/v1/evses/1/faults",     {"EmergencyStop": True, "meter": "off"}, 400),
    ("PATCH",  "/v1/evses/1/faults",     {"temperature_c": 151},                  400),
    ("PATCH",  "/v1/evses/1/meter",      {"energy_wh": 1.5},                      400),
    ("PATCH",  "/v1/evses/1/meter",      {"energy_wh": -1},                       400),
    ("PATCH",  "/v1/evses/1/meter",      {"energy_wh": None},                     400),
    ("PATCH",  "/v1/grid",               {"voltage_v": [230, 230]},               400),
    ("PATCH",  "/v1/grid",               {"voltage_v": 230},                      400),
    ("PATCH",  "/v1/grid",               {"voltage_v": [230, 230, 301]},          400),
    ("PATCH",  "/v1/grid",               {"outage": True, "voltage_v": [1, 1]},   400),
    ("POST",   "/v1/readers/1/tag",      {"uid": "04A224B"},                      400),
    ("POST",   "/v1/readers/1/tag",      {"uid": "04A224B1", "token": "x"},       400),
    ("POST",   "/v1/readers/1/tag",      {"token": ""},                           400),
    ("POST",   "/v1/readers/1/tag",      {},                                      400),
    ("POST",   "/v1/terminals/1/card",   {},                                      400),
    ("POST",   "/v1/terminals/1/card",   {"card": "x" * 21},                      400),
    ("POST",   "/v1/terminals/1/card",   {"card": "x", "declined": 1},            400),
    ("POST",   "/v1/terminals/2/card",   {"card": "x"},                           404),
    ("PATCH",  "/v1/terminals/1",        {"there": 1},                            400),
    ("PATCH",  "/v1/terminals/1",        {"answers_after_s": 301},                400),
    ("PATCH",  "/v1/terminals/1",        {"up": False},                           400),
    ("PATCH",  "/v1/terminals/2",        {"there": True},                         404),
    ("GET",    "/v1/terminals/2",        None,                                    404),
    ("POST",   "/v1/readers/2/tag",      {"uid": "04A224B1"},                     404),
    ("PATCH",  "/v1/network",            {"up": "yes"},                           400),
    ("PATCH",  "/v1/network",            {"up": True, "down": False},             400),
    ("POST",   "/v1/power",              {"cut": False},                          400),
    ("POST",   "/v1/power",              {"cut": 1},                              400),
    ("POST",   "/v1/power",              {},                                      400),
    ("PUT",    "/v1/data-transfer/v/m",  {"status": "accepted"},                  400),
    ("PUT",    "/v1/data-transfer/v/m",  {"data": 1},                             400),
    ("PUT",    "/v1/data-transfer/v/" + "m" * 51, {"status": "Accepted"},         400),
    ("DELETE", "/v1/data-transfer/v/m",  None,                                    404),
    ("POST",   "/v1/data-transfer",      {"messageId": "m"},                      400),
    ("POST",   "/v1/data-transfer",      {"vendorId": "v" * 256},                 400),
    ("POST",   "/v1/data-transfer",      {"vendorId": "v", "messageId": 1},       400),
    ("POST",   "/v1/data-transfer",      {"vendorId": "v", "to": "x"},            400),
    ("GET",    "/",                      None,                                    404),
    ("GET",    "/v1/evses",              None,                                    404),
    ("GET",    EV,                       None,                                    405),
    ("POST",   "/v1/state",              {},                                      405),
    ("DELETE", "/v1/grid",               None,                                    405),
    ("PATCH",  "/v1/state/",             {},                                      404),
)
# fmt: on


@pytest.mark.parametrize(("method", "path", "body", "code"), BAD)
async def test_a_bad_request_is_refused_and_changes_nothing(
    rig: Rig, method: str, path: str, body: Any, code: int
) -> None:
    if isinstance(body, dict):
        body = {name: "NaN" if value == b"NaN" else value for name, value in body.items()}
    before = rig.everything()
    answer = await rig.ask(method, path, body)
    assert answer.status_code == code
    assert list(answer.json()) == ["error"]
    assert len(answer.json()["error"]) > 10
    assert rig.everything() == before


async def test_an_error_says_what_is_allowed(rig: Rig) -> None:
    answer = await rig.ask("PATCH", EV, {"cable_a": 16})
    assert answer.json() == {"error": "cable_a = 16: must be 13 or 20 or 32 or 63 A"}
    answer = await rig.ask("PATCH", "/v1/evses/7/ev", {"cable_a": 16})
    assert answer.json() == {"error": "evse = '7': allowed are 1, 2"}
    answer = await rig.ask("DELETE", "/v1/grid")
    assert answer.json() == {"error": "method = DELETE: allowed are PATCH"}
