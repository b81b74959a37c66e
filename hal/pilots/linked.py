"""Linked pilot: ring 1 behind our own link protocol, over any byte stream.

The driver of the RP2040 board, of a ring-1 process on the same Pi, and of the emulated board.
It can: greet, supply settings, send permits, pass reports on. It cannot switch anything: there
is no "on". Protocol: ``hal/link/README.md``. Everything happens inside ``open`` and
``next_status``; a station that stops calling them hears nothing and is soon not heard.
"""

import asyncio
import logging
import math
from collections import deque
from collections.abc import Iterable

from ampkeeper.hal.errors import AbsentError, HalError, WrongDeviceError
from ampkeeper.hal.link import messages as m
from ampkeeper.hal.link.flash_host import FlashHost
from ampkeeper.hal.link.host import MISMATCHED, SILENT, STATES, UP, HostLink
from ampkeeper.hal.link.messages import BITS_30, PROTOCOL
from ampkeeper.hal.pilots.codes import NO_STOP_LINE
from ampkeeper.hal.pilots.convert import to_milli, to_self_test, to_status
from ampkeeper.hal.pilots.tracing import NOTHING, TraceFetcher
from ampkeeper.hal.ports import (
    ByteStream,
    Clock,
    Permit,
    PerPhase,
    PilotIdentity,
    PilotStatus,
    SelfTest,
    Trace,
)

OPEN_S = 3.0  # for the handshake; a board that boots needs about 1 s
TURN_S = 0.2  # between two looks at what is due; a report every 0.1 s keeps this timer quiet
FLASH_TURN_S = 0.05  # likewise, while the board is flashed
STATUSES_MAX = 16  # not yet taken; when full the oldest is dropped: each is the whole truth
TESTS_MAX = 128  # results not yet taken; when full the oldest is dropped: all can be asked for
KEEP_LOCKED, IN_SERVICE = 1, 2  # PERMIT flags

_LOG = logging.getLogger(__name__)


class LinkedPilot:
    """The ``Pilot`` port over the link.

    ``settings`` has an attribute for each value of the SETTINGS message, in ring 1's units, as
    ``firmware.safety.signals.Settings`` has; a value out of range is a ValueError here.
    ``has_stop`` False: this board was built without an emergency stop and a supply monitor.
    """

    def __init__(
        self,
        stream: ByteStream,
        clock: Clock,
        settings: object,
        host_version: str = "",
        has_stop: bool = True,
    ) -> None:
        self.has_stop = has_stop
        relay, phases = getattr(settings, "has_phase_relay", 0), getattr(settings, "phases", 1)
        self._can_switch_phases = bool(relay) and phases > 1
        self.link = HostLink(settings, host_version)
        self._stream = stream
        self._clock = clock
        self._statuses: deque[PilotStatus] = deque(maxlen=STATUSES_MAX)
        self._tests: deque[SelfTest] = deque(maxlen=TESTS_MAX)
        self._fetcher = TraceFetcher()
        self._logged_state = self.link.state

    @property
    def can_switch_phases(self) -> bool:
        """By the settings: the board has a relay, and three phases are wired."""
        return self._can_switch_phases

    async def open(self) -> PilotIdentity:
        """Greet, and wait for the first report; raise AbsentError or WrongDeviceError."""
        self.close()
        await self._stream.open()
        try:
            await self._greet()
        except HalError:
            self.close()
            raise
        values, texts = self.link.identity.values, self.link.identity.texts
        return PilotIdentity(
            texts["board"],
            texts["firmware_version"],
            values["protocol"],
            () if self.has_stop else (NO_STOP_LINE,),
            self.has_stop,
        )

    def greeted(self) -> tuple[int, int]:
        """Protocol and image of the newest IDENTITY, also of a board that was not let in."""
        values = self.link.identity.values
        return values["protocol"], values["image"]

    async def flash(self, host: FlashHost) -> None:
        """Let ``host`` do its task on the board; raise AbsentError with why it could not.

        Meanwhile no ring 1 runs there, and this driver is closed; open it afterwards.
        """
        self.close()
        await self._stream.open()
        host.start(self._now_ms())
        try:
            while not (host.is_done or host.failure):
                host.tick(self._now_ms())
                data = host.to_send()
                if data:
                    self._stream.write(data)
                host.feed(await self._heard_within(FLASH_TURN_S), self._now_ms())
        finally:
            self.close()
        if host.failure:
            raise AbsentError(f"pilot board was not flashed: {host.failure}")

    def permit(self, permit: Permit) -> None:
        """Send one permit; ring 1 forgets it after two seconds. Call at least once a second."""
        assert math.isfinite(permit.current_a), f"{permit.current_a} A is no current"
        assert permit.phases in (1, 3), f"{permit.phases} phases"
        flags = KEEP_LOCKED * permit.keep_locked | IN_SERVICE * permit.in_service
        self.link.permit(round(permit.current_a * 1000), permit.phases, flags)
        self._send()

    def clear_fault(self, fault: int) -> None:
        """Ask ring 1 to clear a latched fault; it decides."""
        self._command(m.CLEAR_FAULT, fault)

    def restore_faults(self, faults: Iterable[int]) -> None:
        """Put back faults that only a person clears; one that has booted waits for it."""
        self._command(m.RESTORE_FAULTS, sum(1 << fault for fault in set(faults)))

    def restore_wear(self, closings: int, under_load: int) -> None:
        """After a restart of ring 1: give back the contactor's counts; they only grow."""
        self._put_back(m.RESTORE_CLOSINGS, closings)
        self._put_back(m.RESTORE_UNDER_LOAD, under_load)

    def restore_rcd_retries(self, count: int) -> None:
        """After a restart of ring 1: how many residual-current trips went by themselves."""
        self._put_back(m.RESTORE_RCD_RETRIES, count)

    def measured(self, current_a: PerPhase, voltage_v: PerPhase) -> None:
        """Tell what the meter shows on L1 to L3; ``None`` where it cannot tell."""
        self.link.measured(to_milli(current_a), to_milli(voltage_v))
        self._send()

    def adopt(self, profile: object) -> None:
        """Keep a vehicle's profile in force; a value out of range is a ValueError."""
        self.link.adopt(profile)
        self._send()

    def self_test(self, number: int) -> None:
        """Ask for a self-test, 0 for all that may run now; ring 1 decides."""
        self._command(m.SELF_TEST, number)

    def report_tests(self) -> None:
        """Ask for the results of all self-tests."""
        self._command(m.REPORT_TESTS, 0)

    def freeze_trace(self) -> None:
        """Freeze the flight recorder one second from now."""
        self._command(m.FREEZE_TRACE, 0)

    def rearm_trace(self) -> None:
        """Let the flight recorder run again; call it once the trace is kept.

        It names the trace: repeated over a greeting, the order must not cost the next one.
        """
        self._command(m.REARM_TRACE, self._fetcher.taken_id)

    def take_tests(self) -> tuple[SelfTest, ...]:
        """Return the results that came since the last call."""
        tests = tuple(self._tests)
        self._tests.clear()
        return tests

    def take_trace(self) -> Trace | None:
        """Return the frozen trace when all of it has come, once."""
        return self._fetcher.take()

    async def next_status(self) -> PilotStatus:
        """Wait for the next report; raise AbsentError when ring 1 has been silent for 1 s."""
        while not self._statuses:
            await self._turn()
            self._check_match()
            if self.link.state == SILENT:
                raise AbsentError("pilot board is silent")
        return self._statuses.popleft()

    def close(self) -> None:
        """Release the line; safe twice. The last permit runs out by itself."""
        self._stream.close()

    def counters(self) -> dict[str, int]:
        """What the line did to us so far, for diagnosis."""
        return self.link.counters()

    async def _greet(self) -> None:
        self._statuses.clear()
        self._fetcher.start()
        self.link.start(self._now_ms())
        deadline_s = self._clock.now_s() + OPEN_S
        while not self._statuses:
            if self._clock.now_s() >= deadline_s:
                raise AbsentError(f"pilot board did not answer for {OPEN_S} s")
            await self._turn()
            self._check_match()

    def _check_match(self) -> None:
        if self.link.state == MISMATCHED:
            values, texts = self.link.identity.values, self.link.identity.texts
            raise WrongDeviceError(
                f"pilot board {texts['board']!r} with firmware {texts['firmware_version']!r} "
                f"speaks link protocol {values['protocol']}, this station speaks {PROTOCOL}"
            )

    async def _turn(self) -> None:
        """Send what is due, then take what comes within ``TURN_S``."""
        self._take(self.link.tick(self._now_ms()))
        self._send()
        data = await self._heard_within(TURN_S)
        if data:
            self._take(self.link.feed(data, self._now_ms()))
            self._send()
        self._log_state()

    async def _heard_within(self, seconds: float) -> bytes:
        """What comes first; empty if nothing does."""
        try:
            async with asyncio.timeout(seconds):
                return await self._stream.read()
        except TimeoutError:
            return b""

    def _take(self, reports: list[dict[str, int]]) -> None:
        """Queue reports; those that waited together in a buffer are dated back by ring 1's time."""
        now_s = self._clock.now_s()
        for values in self.link.told.results:
            self._tests.append(to_self_test(values, now_s - values["age_s"]))
        self.link.told.results.clear()
        if reports:
            self._follow_trace(reports[-1]["trace_id"], now_s)
        for values in reports:
            age_ms = (reports[-1]["uptime_ms"] - values["uptime_ms"]) & BITS_30
            taken_s = now_s - age_ms / 1000
            is_forgetful = bool(values["is_forgetful"])
            self._statuses.append(to_status(values, taken_s, self.counters(), is_forgetful))

    def _follow_trace(self, trace_id: int, now_s: float) -> None:
        pieces, self.link.told.pieces = self.link.told.pieces, []
        offset = self._fetcher.follow(trace_id, pieces, now_s)
        if offset != NOTHING:
            self._command(m.READ_TRACE, offset)

    def _put_back(self, code: int, count: int) -> None:
        """Nothing to put back is not worth a turn on the line."""
        if count:
            self._command(code, min(count, BITS_30))

    def _command(self, code: int, argument: int) -> None:
        self.link.command(code, argument)
        self._send()

    def _send(self) -> None:
        data = self.link.to_send()
        if data:
            self._stream.write(data)

    def _now_ms(self) -> int:
        return int(self._clock.now_s() * 1000)

    def _log_state(self) -> None:
        state = self.link.state
        if state == self._logged_state:
            return
        level = logging.INFO if state == UP else logging.WARNING
        _LOG.log(level, "pilot link %s -> %s", STATES[self._logged_state], STATES[state])
        self._logged_state = state
