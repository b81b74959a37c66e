"""Doctor, judging: facts in, sentences out; what could not be found out is never well."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ampkeeper.board.host.doctor.facts import Facts, Port, Rauc, Ring, Server, Storage
from ampkeeper.board.host.doctor.judge import BAD, CARE, UNKNOWN, WELL, Finding, findings, worst

GIB = 1_073_741_824
EVSE = {
    "id": 1,
    "board": {"name": "pilot_rp2040", "firmware": "1.2.0"},
    "pilot_problem": None,
    "power_w": 0.0,
    "energy_wh": 12,
    "faults": [],
}
METER = Port("board.meter.port", "/dev/serial/by-id/usb-FTDI", "/dev/ttyUSB0", is_ours=True)
SOUND = Facts(
    now=datetime(2026, 11, 24, tzinfo=UTC),
    built=datetime(2026, 11, 1, tzinfo=UTC),
    version="1.2.0",
    ports=(METER,),
    is_clock_set=True,
    has_clock_chip=True,
    storage=Storage("mmcblk0", 8 * GIB, 16 * GIB, is_writable=True, life_percent=10),
    throttled=0,
    server=Server("wss://csms/ocpp", "csms:443"),
    status={
        "csms": {"link": "up", "registration": "accepted", "ocpp": "2.0.1"},
        "evses": [EVSE],
    },
)


def evse(**changes: Any) -> Facts:
    return replace(SOUND, status={**SOUND.status, "evses": [EVSE | changes]})


@pytest.mark.parametrize(("told", "grade"), [(True, WELL), (False, BAD), (None, UNKNOWN)], ids=str)
def test_what_rauc_needs_is_missed_where_it_installs(told: bool | None, grade: str) -> None:
    for check, rauc in (("starts", Rauc(told, True)), ("reboot", Rauc(True, told))):
        found = {each.check: each for each in findings(replace(SOUND, rauc=rauc))}
        assert found[f"rauc: {check}"].grade == grade
        assert bool(found[f"rauc: {check}"].do) is (grade != WELL)
        assert worst(list(found.values())) == grade


def csms(problem: str = "", **changes: Any) -> Facts:
    told = {**SOUND.status["csms"], **changes}
    server = Server("wss://csms/ocpp", "csms:443", problem)
    return replace(SOUND, server=server, status={**SOUND.status, "csms": told})


def not_well(facts: Facts) -> list[Finding]:
    return [each for each in findings(facts) if each.grade != WELL]


def test_a_sound_controller_has_nothing_to_be_done() -> None:
    assert not_well(SOUND) == []
    assert worst(findings(SOUND)) == WELL
    assert not any(each.do for each in findings(SOUND))


@pytest.mark.parametrize(
    ("facts", "check", "grade", "says", "do"),
    [
        (
            replace(SOUND, config_problems=("charger.toml:3: evse[1].max_a",)),
            *("configuration", BAD, "charger.toml:3: evse[1].max_a", "correct it"),
        ),
        (
            replace(SOUND, server=None, is_config_read=False),
            *("central system", UNKNOWN, "cannot be read", ""),
        ),
        (
            replace(SOUND, ports=(Port("board.meter.port", "/dev/ttyUSB0"),)),
            *("board.meter.port", BAD, "/dev/ttyUSB0 is not there", "no serial adapter is there"),
        ),
        (
            replace(SOUND, ports=(Port("board.meter.port", "/dev/ttyUSB0"),), adapters=("/dev/x",)),
            *("board.meter.port", BAD, "is not there", "name one of /dev/x"),
        ),
        (
            replace(SOUND, ports=(replace(METER, is_ours=False),)),
            *("board.meter.port", BAD, "may not be opened", "id ampkeeper"),
        ),
        (
            replace(SOUND, ports=(replace(METER, path="/dev/ttyUSB0", lasting="/dev/by-id/y"),)),
            *("board.meter.port", CARE, "another", "set board.meter.port to /dev/by-id/y"),
        ),
        (
            replace(SOUND, ring=Ring(is_running=False)),
            *("ring 1", BAD, "nothing can be charged", "systemctl enable --now ampkeeper-ring"),
        ),
        (
            replace(SOUND, ring=Ring(is_running=True)),
            *("ring 1", CARE, "no real-time priority", "LimitRTPRIO=50"),
        ),
        (
            replace(SOUND, now=datetime(1970, 1, 2, tzinfo=UTC)),
            *("clock", BAD, "1970-01-02, before this software was made", "timedatectl"),
        ),
        (
            replace(SOUND, is_clock_set=False),
            *("clock", CARE, "no time server has set it", "UDP port 123"),
        ),
        (
            replace(SOUND, is_clock_set=None),
            *("clock", UNKNOWN, "nobody tells", "timedatectl timesync-status"),
        ),
        (
            replace(SOUND, has_clock_chip=False),
            *("clock chip", CARE, "after a power cut without a network", "fit one"),
        ),
        (
            replace(SOUND, storage=None),
            *("storage", UNKNOWN, "the state folder is not there", "systemctl start"),
        ),
        (
            replace(SOUND, storage=replace(SOUND.storage, free_bytes=GIB)),
            *("storage", CARE, "1,024 MiB are free, 6 %", "make room"),
        ),
        (
            replace(SOUND, storage=replace(SOUND.storage, free_bytes=0)),
            *("storage", BAD, "0 MiB are free, 0 %", "make room"),
        ),
        (
            replace(SOUND, storage=replace(SOUND.storage, is_writable=False)),
            *("storage", BAD, "cannot be written to", "dmesg"),
        ),
        (
            replace(SOUND, storage=replace(SOUND.storage, life_percent=90)),
            *("wear", BAD, "mmcblk0 says that 90 % of its life is used up", "replace it soon"),
        ),
        (
            replace(SOUND, storage=replace(SOUND.storage, life_percent=None)),
            *("wear", UNKNOWN, "does not tell its wear", "keep a backup"),
        ),
        (
            replace(SOUND, throttled=0x50000),
            *("supply", BAD, "the Pi's supply was below 4.63 V", "stronger supply"),
        ),
        (
            replace(SOUND, throttled=0x50005),
            *("supply", BAD, "the Pi's supply is below 4.63 V", "stronger supply"),
        ),
        (
            replace(SOUND, throttled=0x80000),
            *("supply", CARE, "the Pi was slowed down by heat", "cool it"),
        ),
        (
            evse(pilot_problem="no answer on /dev/serial0"),
            *("EVSE 1: pilot", BAD, "no answer on /dev/serial0", "board.pilot.port"),
        ),
        (evse(board=None), *("EVSE 1: pilot", BAD, "nobody has heard from it", "its supply")),
        (
            evse(board={"name": "pilot_rp2040", "firmware": "1.1.0"}),
            *("EVSE 1: pilot", CARE, "runs 1.1.0, the station 1.2.0", "ampkeeper pilot flash"),
        ),
        (
            evse(faults=["MeterSilent"]),
            *("EVSE 1: meter", BAD, "no value that can be believed", "ampkeeper meter detect"),
        ),
        (evse(power_w=None), *("EVSE 1: meter", UNKNOWN, "nothing yet", "ampkeeper meter detect")),
        (
            evse(faults=["LockFailed"]),
            *("EVSE 1: faults", BAD, "active: LockFailed", "ampkeeper faults"),
        ),
        (
            csms("Connection refused", link="down", registration="none"),
            *("central system", BAD, "csms:443 cannot be reached: Connection refused", "ocpp.url"),
        ),
        (
            csms(registration="pending"),
            *("central system", CARE, "its answer to the boot is pending", "ocpp.id"),
        ),
        (
            csms(link="down", registration="none"),
            *("central system", BAD, "takes connections, but the station has none", "csms"),
        ),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(
    facts: Facts, check: str, grade: str, says: str, do: str
) -> None:
    (found,) = not_well(facts)
    assert (found.check, found.grade) == (check, grade)
    assert says in found.says
    assert do in found.do


def test_a_station_that_does_not_run_is_no_sound_one() -> None:
    facts = replace(SOUND, status={}, silence="no station answers at /s")
    grades = {each.check: each.grade for each in not_well(facts)}
    assert grades == {"station": BAD, "central system": UNKNOWN}


def test_a_board_of_another_maker_has_a_version_of_its_own() -> None:
    assert not_well(evse(board={"name": "evse_din", "firmware": None})) == []


def test_without_a_central_system_none_is_missed() -> None:
    assert not_well(replace(SOUND, server=None)) == []
