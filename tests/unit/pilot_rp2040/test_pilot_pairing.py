"""Pairing: a station and a board that do not match refuse each other, and no current flows."""

import pytest
from board_rig import Rig

from ampkeeper.firmware.safety.signals import Settings
from ampkeeper.hal.errors import WrongDeviceError
from ampkeeper.hal.pilots.linked import LinkedPilot


class RigStream:
    """The station's end of the board's UART; each read is one turn of the board."""

    def __init__(self, rig):
        self.rig = rig

    async def open(self):
        self.rig.is_station_alive = False  # the rig's own station is silent

    async def read(self):
        outgoing = self.rig.chip.uart.outgoing
        while not outgoing:
            self.rig.loop.turn()
        data = bytes(outgoing)
        outgoing.clear()
        return data

    def write(self, data):
        self.rig.chip.uart.incoming += data

    def close(self):
        pass


class RigClock:
    def __init__(self, rig):
        self.rig = rig

    def now_s(self):
        return self.rig.chip.now_ns / 1e9


async def test_a_board_that_matches_says_who_it_is():
    rig = Rig()
    pilot = LinkedPilot(RigStream(rig), RigClock(rig), Settings(), "test")
    identity = await pilot.open()
    assert identity.board == "pilot_rp2040"


async def test_a_station_refuses_a_board_of_another_protocol_which_supplies_nothing():
    rig = Rig()
    rig.ring.link._identity.values["protocol"] += 1
    pilot = LinkedPilot(RigStream(rig), RigClock(rig), Settings(), "test")
    with pytest.raises(WrongDeviceError, match="link protocol"):
        await pilot.open()
    rig.plug("C")
    rig.run(4_000)
    assert rig.coil == 0
    assert rig.board.pwm.ticks == 62_500
