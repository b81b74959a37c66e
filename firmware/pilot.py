"""Pilot board: ring 1 and its end of the link in one object: bytes in, bytes out, and a tick.

It runs unchanged on the RP2040, as a process of its own on a Pi, and in emulation. It decides
nothing about the contactor; it hands fresh orders to the supervisor and reports what that did.
Until the station's SETTINGS are in force no permit is passed on, and they are not taken before
RESTORE_FAULTS was run: so no permit can overtake a fault that a start has forgotten.
"""

from ampkeeper.firmware import __version__
from ampkeeper.firmware.safety.contactor import OPEN
from ampkeeper.firmware.safety.profile import Profile
from ampkeeper.firmware.safety.recorder import ASKED, Recorder
from ampkeeper.firmware.safety.signals import Inputs, Outputs, Settings
from ampkeeper.firmware.safety.supervisor import Supervisor
from ampkeeper.hal.link import messages as m
from ampkeeper.hal.link.device import DeviceLink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ampkeeper.hal.link.frame import Buffer

# What a report copies from the outputs of the tick, and is sent at once when it changes.
OUTPUT_NAMES = (
    "sequence",
    "pilot",
    "contactor",
    "lock",
    "coil",
    "duty_ticks",
    "cable_ma",
    "limit_ma",
    "limited_by",
    "phases",
    "stop_reason",
    "stop_count",
    "closing_count",
    "under_load_count",
    "simplified",
    "toggle_count",
    "wake_count",
    "suppressed_count",
    "hang_count",
)


class PilotBoard:
    """One EVSE's ring 1 behind the link. ``epoch`` is new at each boot, 1 to 2**30 - 1.

    ``image`` as in IDENTITY; 0: the station cannot flash this board.
    """

    def __init__(
        self,
        settings_default: Settings,
        board_name: str,
        epoch: int,
        firmware_version: str = __version__,
        boot_reason: int = m.BOOT_UNKNOWN,
        image: int = 0,
    ) -> None:
        self.supervisor = Supervisor(settings_default, boot_reason == m.BOOT_POWER)
        self.recorder = Recorder()
        self.link = DeviceLink(board_name, firmware_version, epoch, boot_reason, image)
        self.is_leaving = False  # to be flashed: end the program before the next tick
        self.image = image
        self._is_reminded = False  # of the faults of before this boot
        self._read_from = -1  # of the trace; -1: nobody asked

    def feed(self, data: "Buffer") -> None:
        """Take bytes from the station and carry out the orders in them. Never raises."""
        taken = 0
        while taken < len(data):
            taken += self.link.feed(data, taken)
            self._drain()

    def tick(self, elapsed_ms: int, inputs: Inputs) -> Outputs:
        """Let time pass and decide. Drive the outputs at once; allocates nothing."""
        outputs = self.supervisor.tick(elapsed_ms, inputs)
        self.link.tick(elapsed_ms)
        ring = self.supervisor
        currents_ma = ring.protection.metered.currents_ma
        self.recorder.tick(elapsed_ms, inputs, outputs, currents_ma, ring.faults.bitmap())
        self._report(inputs, outputs)
        return outputs

    def to_send(self) -> memoryview:
        """Return one frame for the station, or nothing; call it after each tick, and copy.

        The state goes first, then what became of self-tests, then the trace, piece by piece.
        """
        self._drain()
        frame = self.link.to_send()
        if len(frame) or not self.link.status.values["settings_id"]:
            return frame
        number = self.supervisor.protection.selftests.next_changed()
        if number:
            return self._result(number)
        return self._piece() if self._read_from >= 0 else frame

    def _drain(self) -> None:
        order = self.link.next_order()
        while order:
            if order == m.PERMIT:
                self._permit()
            elif order == m.SETTINGS:
                self._apply()
            elif order == m.MEASURED:
                self._measured()
            elif order == m.PROFILE:
                self._adopt()
            else:
                self._command()
            order = self.link.next_order()

    def _permit(self) -> None:
        if not self.link.status.values["settings_id"] or self.is_leaving:
            self.link.count_refused()
            return
        order = self.link.permit.values
        grant = self.supervisor.permit.grant
        if not grant(order["current_ma"], order["phases"], order["flags"]):
            self.link.count_refused()

    def _measured(self) -> None:
        order = self.link.measured.values
        self.supervisor.protection.metered.take(
            order["current_l1_ma"],
            order["current_l2_ma"],
            order["current_l3_ma"],
            order["voltage_l1_mv"],
            order["voltage_l2_mv"],
            order["voltage_l3_mv"],
        )

    def _adopt(self) -> None:
        """Offer the vehicle's profile; the supervisor forgets it when the car leaves."""
        order = self.link.profile.values
        status = self.link.status.values
        if order["profile_id"] == status["profile_id"]:
            return
        profile = Profile()
        for name in self.link.profile.names(m.SETTINGS_FIRST):
            setattr(profile, name, order[name])
        if self.supervisor.adopt(profile):
            self._set("profile_id", order["profile_id"])
        else:
            self.link.count_refused()

    def _apply(self) -> None:
        """Offer the settings to the supervisor, which takes them when it is safe."""
        order = self.link.settings.values
        status = self.link.status.values
        if order["settings_id"] == status["settings_id"]:
            return
        if not self._is_reminded:
            self.link.count_refused()
            return
        settings = Settings()
        for name in self.link.settings.names(m.SETTINGS_FIRST):
            setattr(settings, name, order[name])
        if self.supervisor.apply(settings) or self._begin_with(settings):
            status["settings_id"] = order["settings_id"]
            self.link.note_change()
        else:
            self.link.count_refused()  # each time that the station repeats them

    def _begin_with(self, settings: Settings) -> bool:
        """The first settings since boot come before any permit.

        Else a car that was plugged in while the power was away could never charge, since
        settings change only without a car. Faults that only a person clears stay.
        """
        is_first = self.link.status.values["settings_id"] == 0
        return is_first and self.supervisor.begin_with(settings)

    def _command(self) -> None:
        """Run a command once; the station repeats it until a report shows its id."""
        order = self.link.command.values
        status = self.link.status.values
        if order["command_id"] == status["command_id"]:
            return
        status["command_id"] = order["command_id"]
        result = self._result_of(order["code"], order["argument"])
        status["command_result"] = result
        # a report may leave before the next tick, and the station takes both for of one moment
        status["faults"] = self.supervisor.faults.bitmap()
        if result != m.DONE:
            self.link.count_refused()
        self.link.note_change()

    def _result_of(self, code: int, argument: int) -> int:
        protection = self.supervisor.protection
        is_done = True
        if code == m.CLEAR_FAULT:
            is_done = self.supervisor.clear(argument)
        elif code == m.RESTORE_FAULTS:
            protection.restore(argument)
            self.recorder.expect(self.supervisor.faults.bitmap())
            self._is_reminded = True
        elif code == m.SELF_TEST:
            is_done = protection.start(argument)
        elif code == m.REPORT_TESTS:
            protection.selftests.report_all()
        elif code == m.READ_TRACE:
            is_done = self._read(argument)
        elif code == m.REARM_TRACE:
            is_done = self.recorder.rearm(argument)
            if is_done:
                self._read_from = -1  # else a piece of the next trace would be sent as one of this
        elif code == m.FREEZE_TRACE:
            is_done = self.recorder.freeze(ASKED)
        elif code == m.RESTORE_CLOSINGS:
            protection.wear.restore(argument, 0)
        elif code == m.RESTORE_UNDER_LOAD:
            protection.wear.restore(0, argument)
        elif code == m.RESTORE_RCD_RETRIES:
            protection.leakage.restore_retries(argument)
        elif code == m.ENTER:
            # only with all open, and nothing permitted
            status = self.link.status.values
            is_open = status["contactor"] == OPEN and not status["coil"] and not status["mirror"]
            is_done = self.image != 0 and is_open and not self.supervisor.permit.current_ma
            self.is_leaving = is_done
        else:
            return m.UNKNOWN
        return m.DONE if is_done else m.REFUSED

    def _read(self, offset: int) -> bool:
        """Send the frozen trace from ``offset`` on."""
        if not self.recorder.trace_id or offset >= self.recorder.total():
            return False
        self._read_from = offset
        return True

    def _piece(self) -> memoryview:
        trace = self.link.trace
        recorder = self.recorder
        trace.values["trace_id"] = recorder.trace_id
        trace.values["cause"] = recorder.cause
        trace.values["total"] = recorder.total()
        trace.values["offset"] = self._read_from
        self._read_from = recorder.read(self._read_from, trace.raw)
        if not recorder.trace_id or self._read_from >= recorder.total():
            self._read_from = -1
        return self.link.send_trace()

    def _result(self, number: int) -> memoryview:
        tests = self.supervisor.protection.selftests
        values = self.link.result.values
        values["number"] = number
        values["result"] = tests.result[number]
        values["value"] = tests.value[number]
        values["low"] = tests.low[number]
        values["high"] = tests.high[number]
        values["duration_ms"] = tests.duration_ms[number]
        values["age_s"] = tests.age_s(number)
        values["count"] = tests.count[number]
        return self.link.send_result()

    def _report(self, inputs: Inputs, outputs: Outputs) -> None:
        """Copy what the tick decided into the next STATUS."""
        ring = self.supervisor
        status = self.link.status.values
        for name in OUTPUT_NAMES:
            self._set(name, getattr(outputs, name))
        self._set("mirror", inputs.mirror)
        self._set("faults", ring.faults.bitmap())
        self._set("trace_id", self.recorder.trace_id)
        self._set("closings", ring.protection.wear.closings)
        self._set("under_load", ring.protection.wear.under_load)
        self._set("rcd_retry_count", ring.protection.leakage.retry_count)
        if ring.has_unknown_car():
            self._set("profile_id", 0)
        status["high_mv"] = inputs.cp_high_mv
        status["low_mv"] = inputs.cp_low_mv
        status["temperature_dc"] = inputs.temperature_dc
        status["refused_count"] = self.link.refused_count
        status["invalid_count"] = self.link.not_understood_count()
        status["garbled_count"] = self.link.garbled_count()

    def _set(self, name: str, value: int) -> None:
        status = self.link.status.values
        if status[name] != value:
            status[name] = value
            self.link.note_change()
