"""Frames of the sheets, byte for byte, and ring 1's words as drivers of bought boards use them."""

import pytest

from ampkeeper.board.emulated.bought.car import Car
from ampkeeper.board.emulated.bought.evse_din import EvseDin
from ampkeeper.board.emulated.bought.rtu import Slave, framed
from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.board.evse_din.board import BOARD as EVSE_DIN_BOARD
from ampkeeper.board.heidelberg.board import BOARD as HEIDELBERG_BOARD
from ampkeeper.board.host.fronted import Board, PilotSettings
from ampkeeper.board.openevse.board import BOARD as OPENEVSE_BOARD
from ampkeeper.firmware.safety import (
    contactor,
    duty,
    fault,
    limit,
    names,
    pilot,
    selftest,
    sequence,
)
from ampkeeper.hal.linux.modbus_sift import crc
from ampkeeper.hal.pilots import codes
from ampkeeper.hal.pilots.evse_din import EvseDinPilot
from ampkeeper.hal.pilots.openevse import OpenEvsePilot
from ampkeeper.hal.pilots.rapi import Frame, Hearer, decode, encode
from ampkeeper.hal.ports import Permit
from tests.support.bought import KINDS, OPENEVSE, bought

BOARDS = {board.name: board for board in (EVSE_DIN_BOARD, HEIDELBERG_BOARD, OPENEVSE_BOARD)}
EVSE_STATUS = bytes.fromhex("010303E8000905BC")
EVSE_CONFIG = bytes.fromhex("010307D00012C54A")
STATUS_REPLY = bytes.fromhex("0103140020000000010005000000120001000000000000 21C5".replace(" ", ""))
SET_16_A = bytes.fromhex("011003E800010200108 3B4".replace(" ", ""))
SET_16_A_REPLY = bytes.fromhex("011003E8000181B9")
SET_16_00_A = bytes.fromhex("011003E800010206408028")


@pytest.mark.parametrize(
    "frame",
    [EVSE_STATUS, EVSE_CONFIG, STATUS_REPLY, SET_16_A, SET_16_A_REPLY, SET_16_00_A],
)
def test_the_sums_of_the_sheets_frames_are_ours_and_the_twins(frame: bytes) -> None:
    assert frame[-2:] == crc(frame[:-2])
    assert frame == framed(frame[:-2])


def test_the_twin_takes_the_sheets_orders_as_the_sheet_answers_them() -> None:
    board = EvseDin(Car())
    slave = Slave({1: board})
    assert slave.feed(SET_16_A) == [SET_16_A_REPLY]
    assert board.told_ma == 16_000
    board.memory[5] = 1 << 7
    assert slave.feed(SET_16_00_A) == [SET_16_A_REPLY]
    assert board.told_ma == 16_000
    assert len(slave.feed(EVSE_STATUS)[0]) == 3 + 18 + 2
    assert len(slave.feed(EVSE_CONFIG)[0]) == 3 + 36 + 2


def test_the_driver_reads_the_sheets_status() -> None:
    async def main() -> None:
        async with bought("evse_din") as rig:
            driver = rig.pilot
            assert isinstance(driver, EvseDinPilot)
            words = [int.from_bytes(STATUS_REPLY[at : at + 2]) for at in range(3, 23, 2)]
            seen = driver._seen(tuple(words))
            assert (seen.pilot, seen.is_relay_on, seen.faults) == (codes.A, False, frozenset())
            assert words[0] * driver._step_ma == 32_000

    run_virtual(main())


RAPI = ["$GS^30", "$GG^24", "$GF^25", "$GE^26", "$GP^33", "$GU^36"]
RAPI += ["$SC 16 V^65", "$SY 100 6^29", "$SY 165^3C", "$FE^27", "$FS^31"]


@pytest.mark.parametrize("vector", RAPI)
def test_commands_are_framed_as_on_the_sheet(vector: str) -> None:
    assert encode(vector[1:].partition("^")[0]) == vector.encode() + b"\r"


def test_a_sequence_id_is_part_of_the_sum() -> None:
    assert encode("GS", 1) == b"$GS :01^2B\r"


@pytest.mark.parametrize(
    ("reply", "frame"),
    [
        (b"$OK fe 21 03 0500^26", Frame("OK", ("fe", "21", "03", "0500"))),
        (b"$OK 0 -1^0C", Frame("OK", ("0", "-1"))),
        (b"$OK 32 0001^20", Frame("OK", ("32", "0001"))),
        (b"$OK 335 -2560 -2560^35", Frame("OK", ("335", "-2560", "-2560"))),
        (b"$NK^21", Frame("NK", ())),
    ],
)
def test_replies_of_a_live_board_are_read(reply: bytes, frame: Frame) -> None:
    assert decode(reply) == frame
    assert decode(reply[:-1] + b"x") is None


def test_noise_and_a_frame_that_was_cut_off_do_not_hide_the_next() -> None:
    hearer = Hearer()
    assert hearer.feed(b"\x00\xff$OK 3$NK^21\r$GS^30\r") == [Frame("NK", ()), Frame("GS", ())]
    assert hearer.garbled_count == 1
    assert hearer.feed(b"x" * 1_000_000) == []
    assert hearer.feed(b"$NK^21\r") == [Frame("NK", ())]


def test_the_live_replies_are_a_sleeping_board_without_faults() -> None:
    async def main() -> None:
        async with bought(OPENEVSE) as rig:
            assert isinstance(rig.pilot, OpenEvsePilot)
            seen = rig.pilot._seen(0xFE, 3, 0x0500, 32_000)
            assert (seen.pilot, seen.is_relay_on, seen.offered_ma) == (codes.C, False, 0)
            assert seen.faults == frozenset()

    run_virtual(main())


def test_what_the_controller_would_drop_is_refused() -> None:
    with pytest.raises(ValueError, match="allowed are"):
        encode("FP 0 0 " + "x" * 30)


@pytest.mark.parametrize(
    ("board", "request_hex", "question_hex"),
    [
        (EVSE_DIN_BOARD, "011003e80001020000825b"[:18], "010303e80001"),
        (HEIDELBERG_BOARD, "010601050000", "010301050001"),
        (OPENEVSE_BOARD, b"$FS :FF".hex(), b"$GS :FF".hex()),
    ],
)
def test_the_last_order_is_nothing(board: Board, request_hex: str, question_hex: str) -> None:
    order = board.last_order(PilotSettings("/dev/x", 9_600, "N", 1, 6))
    assert order.request.hex().startswith(request_hex)
    assert order.question.hex().startswith(question_hex)


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_order_is_taken_and_shown_by_the_twin(kind: str) -> None:
    async def main() -> None:
        async with bought(kind) as rig:
            await rig.pilot.open()
            rig.car.plug()
            while rig.board.current_ma == 0:
                rig.pilot.permit(Permit(16.0, 3, keep_locked=False))
                await rig.pilot.next_status()
            order = BOARDS[kind].last_order(PilotSettings("/dev/x", 9_600, "N", 1, 6))
            end = rig.rapi or Slave({1: rig.board})
            assert order.shown not in b"".join(end.feed(order.question))
            assert order.answer in b"".join(end.feed(order.request))
            assert order.shown in b"".join(end.feed(order.question))
            assert rig.board.offered_ma == 0

    run_virtual(main())


def test_codes_are_those_of_ring_1() -> None:
    for module in (pilot, sequence, contactor, limit, fault, selftest):
        theirs = vars(module)
        for name, value in vars(codes).items():
            is_code = name.isupper() and name in theirs and isinstance(value, int)
            assert not is_code or value == theirs[name] or (name, module) in DOUBLE, name
    latched = {row for row in range(fault.OWN_COUNT) if fault.clearing_of(row) == fault.SERVICE}
    assert latched == codes.SERVICE
    for current_ma in range(6_000, 80_001, 100):
        assert codes.duty_of(current_ma) == duty.duty_of(current_ma)
    wanted = ("EV_PAUSED", "PERMIT_WITHDRAWN", "PERMIT_EXPIRED", "BY_FAULT")
    assert [names.STOP_REASONS.index(name) for name in wanted] == [
        getattr(codes, name) for name in wanted
    ]


DOUBLE = [("SERVICE", fault), ("F", sequence), ("C", sequence)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_bought_board_says_that_it_sees_no_emergency_stop(kind: str) -> None:
    async def main() -> None:
        async with bought(kind) as rig:
            identity = await rig.pilot.open()
            assert (identity.has_stop, codes.NO_STOP_LINE in identity.cannot) == (False, True)

    run_virtual(main())
