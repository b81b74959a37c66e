"""OpenEVSE: a charging controller behind RAPI, 115200 8N1.

It can: offer 6 to 80 A in steps of 1 A; sleep, which lets the vehicle stop first; report state,
relay, temperatures and faults; test its ground-fault monitor by itself; and fall back to a safe
current when its heartbeat (``$SY``) stops: a dead computer leaves at most ``fallback_a``.
It cannot: fall back to nothing, for 6 A is the least that it takes; wait for this computer after
a power cut; hold a plug as we do, or open two of three phases.
Currents are always set ``V``, volatile: without it every ``$SC`` wears the EEPROM.
Its own button is switched off (``$FF B 0``, kept in the EEPROM): then it tells us of each press
(``$AN``), and a short one stops the current or lets it go on.
Source: OpenEVSE RAPI, protocol 5 and later, as in ``board/openevse/README.md``.
"""

import asyncio
import math

from ampkeeper.hal.errors import TransientError, WrongDeviceError
from ampkeeper.hal.pilots import codes
from ampkeeper.hal.pilots.account import Seen
from ampkeeper.hal.pilots.bought import BoughtPilot
from ampkeeper.hal.pilots.own_stop import OwnStop
from ampkeeper.hal.pilots.rapi import NK, Frame
from ampkeeper.hal.pilots.rapi_line import RapiLine
from ampkeeper.hal.pilots.warrant import Rating
from ampkeeper.hal.ports import ByteStream, Clock, PilotIdentity

PROTOCOL_MIN = 5  # states in hex
HEARTBEAT_S = 5  # the board waits so long for a pulse; we give one each second
PULSE_S = 1.0
TEMPERATURES_S = 2.0
ABSENT_DC = -2_560  # a temperature sensor that is not fitted
BOOT_S = 5.0  # it boots within this after we told it to
QUIET_S = 0.05  # between two turns, however much comes unasked
COOKIE = 165  # acknowledges a missed heartbeat
MISSED = 2  # the limit after a miss is still in force
SLEEPING, DISABLED = 0xFE, 0xFF
RELAY_CLOSED, BOOT_LOCKED = 0x0040, 0x4000  # vflags
BUTTON_OFF = 0x8000  # flags of $GE
BOOTED, PRESSED = "AB", Frame("AN", ("0",))  # unasked; a long press is ("1",)
PILOT_A = 1
CLASSES = {PILOT_A: codes.A, 2: codes.B, 3: codes.C, 4: codes.D}
FAULTS = {  # by state
    0x04: codes.VENTILATION_NOT_AVAILABLE,
    0x05: codes.DIODE_FAULT,
    0x06: codes.RCD_AC,
    0x07: codes.PE_LOST,
    0x08: codes.CONTACTOR_WELDED,
    0x09: codes.RCD_TEST_FAILED,
    0x0A: codes.OVER_TEMPERATURE,
    0x0B: codes.OVER_CURRENT,
    0x0E: codes.CONTACTOR_STUCK,
    0x0F: codes.PROXIMITY_FAULT,
    0x10: codes.PROXIMITY_FAULT,
    0x11: codes.BOARD_FAILED,
}
SWITCHED_OFF = {  # flags of $GE
    0x0002: "its check of the car's diode is switched off",
    0x0008: "its check of the protective earth is switched off",
    0x0010: "its check of the relay is switched off",
    0x0200: "its test of the ground-fault monitor is switched off",
    0x0400: "its watch over the temperature is switched off",
}
OWN_BUTTON = "keeps its own button: a stop there holds until the permit ends or the car leaves"
CANNOT = (
    "cannot hold the plug, open single phases, or prove its relay by a mirror contact",
    "records no traces and runs none of ring 1's self-tests on request",
)


class OpenEvsePilot(BoughtPilot):
    """The ``Pilot`` port; ``fallback_a``: 6 or more, what a dead computer leaves."""

    def __init__(
        self, stream: ByteStream, clock: Clock, rating: Rating, fallback_a: int = 6
    ) -> None:
        super().__init__("OpenEVSE", clock, rating)
        self.rapi = RapiLine(self._name, stream)
        self._fallback_a = fallback_a
        self._is_sleeping = False
        self._is_booted = False  # it said so, and was not set up since
        self._is_button_off = False
        self._stop = OwnStop()
        self._rebooted_s = -math.inf  # when we told it to
        self._pulsed_s = 0.0
        self._warmed_s = 0.0
        self._temperature_c: float | None = None

    async def _greet(self) -> PilotIdentity:
        await self._take_line()
        await self.rapi.ask("FS")  # before all else: it may hear us while we do not hear it
        version = (await self.rapi.order("GV")).arguments
        firmware, protocol = (*version, "", "")[:2]
        major = protocol.partition(".")[0]
        if not (major.isascii() and major.isdigit() and int(major) >= PROTOCOL_MIN):
            raise WrongDeviceError(
                f"{self._name}: firmware {firmware!r} speaks RAPI {protocol!r}, must be at least"
                f" {PROTOCOL_MIN}"
            )
        await self._settle()
        flags = await self._flags()
        off = tuple(text for flag, text in SWITCHED_OFF.items() if flags & flag)
        off += () if self._is_button_off else (OWN_BUTTON,)
        left = f"leaves {self._fallback_a} A offered for as long as this computer is dead"
        booted = (
            f"starts by itself after a power cut: its own current for {HEARTBEAT_S} s, then"
            f" {self._fallback_a} A, for anybody, until this computer is up"
        )
        return PilotIdentity("OpenEVSE", firmware, int(major), (left, booted, *CANNOT, *off))

    async def _settle(self) -> None:
        """Nothing offered, heartbeat as we want it, boot lock and button off."""
        await self._end_current()
        await self._pulse()
        await self._switch_button_off()
        state = await self.rapi.order("GS")
        if _hex(state.arguments, 3) & BOOT_LOCKED:
            await self.rapi.order("SB")
        self._is_booted = False
        self._is_sleeping = True
        self.warrant.took(0, self._now_s())
        self._warmed_s = self._now_s() - TEMPERATURES_S

    async def _switch_button_off(self) -> None:
        """Once, for it is kept in an EEPROM; a board that does not keep it is not asked again."""
        if not await self._flags() & BUTTON_OFF:
            await self.rapi.ask("FF B 0")  # NK: it was built without
        self._is_button_off = bool(await self._flags() & BUTTON_OFF)

    async def _flags(self) -> int:
        return _hex((await self.rapi.order("GE")).arguments, 1)

    async def _look(self) -> Seen:
        if self._is_booted:
            if self._now_s() - self._rebooted_s >= BOOT_S:  # else nothing is lost that we latched
                self._restarted()
            await self._settle()
        if self._now_s() - self._pulsed_s >= PULSE_S:
            await self._pulse()
        if self._now_s() - self._warmed_s >= TEMPERATURES_S:
            await self._warm()
        state = (await self.rapi.order("GS")).arguments
        setting = (await self.rapi.order("GE")).arguments
        if self._is_button_off and not _hex(setting, 1) & BUTTON_OFF:  # its settings were reset
            await self._switch_button_off()
        set_ma = _whole(setting, 0) * 1_000
        return self._seen(_hex(state, 0), _hex(state, 2), _hex(state, 3), set_ma)

    def _seen(self, state: int, pilot: int, flags: int, set_ma: int) -> Seen:
        self._is_sleeping = state in (SLEEPING, DISABLED)
        self._is_booted = self._is_booted or bool(flags & BOOT_LOCKED)
        told_ma = self.warrant.in_force_ma
        is_due = pilot != PILOT_A and self.warrant.why_not(self._now_s()) == codes.NO_STOP
        is_told = told_ma > 0 and not self._is_booted
        self._stop.seen(is_due, is_told, self._is_sleeping)
        is_as_told = not self._is_sleeping and 0 < set_ma <= told_ma  # less: the board's own limit
        if state not in FAULTS:
            self._found(0 if self._is_sleeping else told_ma if is_as_told else set_ma)
        faults = frozenset((FAULTS[state],)) if state in FAULTS else frozenset[int]()
        is_on = not self._is_sleeping and not faults and pilot in (2, 3, 4)
        return Seen(
            pilot=CLASSES.get(pilot, codes.INVALID),
            is_relay_on=bool(flags & RELAY_CLOSED),
            offered_ma=set_ma if is_on else 0,
            most_ma=self._most_ma(set_ma if is_as_told else self.warrant.rating.max_ma),
            faults=faults,
            is_off=state == DISABLED,
            temperature_c=self._temperature_c,
        )

    def _most_ma(self, most_ma: int) -> int:
        return 0 if self._stop.holds else most_ma

    def _is_held(self) -> bool:
        return self._stop.holds

    async def _set_current(self, current_ma: int) -> None:
        if current_ma == 0:
            await self.rapi.order("FS")
            return
        amps = current_ma // 1_000
        reply = await self.rapi.ask(f"SC {amps} V")
        taken = _whole(reply.arguments, 0)  # it clamps, and says to what
        if not 0 < taken <= amps:
            await self.rapi.order("FS")
            raise TransientError(f"{self._name}: was told {amps} A and took {taken} A")
        if self._is_sleeping:
            await self.rapi.order("FE")

    async def _clear(self, fault: int) -> None:
        if fault in codes.SERVICE:
            await self.rapi.ask("FR")  # what is still wrong it finds again when it boots
            self._is_booted = True
            self._rebooted_s = self._now_s()

    async def _take_line(self) -> None:
        await self.rapi.open()

    async def _kept(self) -> str:
        state = _hex((await self.rapi.order("GS")).arguments, 0)
        is_ended = state in (SLEEPING, DISABLED) or state in FAULTS
        return "" if is_ended else f"shows state {state:02X}, not {SLEEPING:02X} (asleep)"

    async def _pulse(self) -> None:
        """Tell that we live; a missed pulse has to be acknowledged before its limit ends.

        The reply says which heartbeat is kept: another is set anew, for it is in an EEPROM, and
        one that is not kept is refused.
        """
        reply = await self.rapi.ask("SY")
        if reply.word == NK or _whole(reply.arguments, 2) == MISSED:
            reply = await self.rapi.order(f"SY {COOKIE}")
        wanted = (str(HEARTBEAT_S), str(self._fallback_a))
        if reply.arguments[:2] != wanted:
            reply = await self.rapi.order(f"SY {' '.join(wanted)}")
        if reply.arguments[:2] != wanted:
            raise WrongDeviceError(
                f"{self._name}: heartbeat is {' '.join(reply.arguments)!r}, must begin"
                f" {' '.join(wanted)!r}: it does not keep it"
            )
        self._pulsed_s = self._now_s()

    async def _warm(self) -> None:
        reply = await self.rapi.order("GP")
        degrees = [_whole(reply.arguments, at) for at in range(len(reply.arguments))]
        there = [each / 10 for each in degrees if each != ABSENT_DC]
        self._temperature_c = max(there) if there else None
        self._warmed_s = self._now_s()

    async def _idle(self, wait_s: float) -> None:
        """Wait; a change that the board tells of is looked at sooner."""
        await asyncio.sleep(min(QUIET_S, wait_s))
        await self.rapi.listen(max(0.0, wait_s - QUIET_S))
        self._note_asyncs(self.rapi.take_asyncs())

    def _note_asyncs(self, frames: tuple[Frame, ...]) -> None:
        self._is_booted = self._is_booted or any(frame.word == BOOTED for frame in frames)
        for _ in range(frames.count(PRESSED)):
            self._stop.pressed()

    def _release(self) -> None:
        self.rapi.close()


def _whole(arguments: tuple[str, ...], at: int) -> int:
    """Return a decimal argument; raise TransientError for what is none."""
    text = arguments[at] if at < len(arguments) else ""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise TransientError(f"OpenEVSE: {' '.join(arguments)!r} has no number at {at}")
    return int(text)


def _hex(arguments: tuple[str, ...], at: int) -> int:
    """Return a hex argument; raise TransientError for what is none."""
    text = arguments[at] if at < len(arguments) else ""
    try:
        return int(text, 16) if text.isalnum() else int("", 16)
    except ValueError:
        raise TransientError(f"OpenEVSE: {' '.join(arguments)!r} has no number at {at}") from None
