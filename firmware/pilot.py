"""Pilot board: ring 1 and its end of the link in one object: bytes in, bytes out, and a tick.

It runs unchanged on the RP2040, as a process of its own on a Pi, and in emulation. It decides
nothing about the contactor; it hands fresh orders to the supervisor and reports what that did.
Until the station's SETTINGS are in force no permit is passed on.
"""

from ampkeeper.firmware import __version__
from ampkeeper.firmware.safety.signals import Inputs, Outputs, Settings
from ampkeeper.firmware.safety.ranges import are_valid
from ampkeeper.firmware.safety.supervisor import Supervisor
from ampkeeper.hal.link.device import DeviceLink
from ampkeeper.hal.link.messages import (
    BOOT_UNKNOWN,
    CLEAR_FAULT,
    DONE,
    PERMIT,
    REFUSED,
    RESTORE_FAULTS,
    SETTINGS,
    SETTINGS_FIRST,
    UNKNOWN,
)

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
)


class PilotBoard:
    """One EVSE's ring 1 behind the link. ``epoch`` is new at each boot, 1 to 2**30 - 1."""

    def __init__(
        self,
        settings_default: Settings,
        board_name: str,
        epoch: int,
        firmware_version: str = __version__,
        boot_reason: int = BOOT_UNKNOWN,
    ) -> None:
        self.supervisor = Supervisor(settings_default)
        self.link = DeviceLink(board_name, firmware_version, epoch, boot_reason)

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
        self._report(inputs, outputs)
        return outputs

    def to_send(self) -> memoryview:
        """Return one frame for the station, or nothing; call it after each tick, and copy."""
        self._drain()
        return self.link.to_send()

    def _drain(self) -> None:
        order = self.link.next_order()
        while order:
            if order == PERMIT:
                self._permit()
            elif order == SETTINGS:
                self._apply()
            else:
                self._command()
            order = self.link.next_order()

    def _permit(self) -> None:
        if not self.link.status.values["settings_id"]:
            self.link.count_refused()
            return
        order = self.link.permit.values
        grant = self.supervisor.permit.grant
        if not grant(order["current_ma"], order["phases"], order["flags"]):
            self.link.count_refused()

    def _apply(self) -> None:
        """Offer the settings to the supervisor, which takes them when it is safe."""
        order = self.link.settings.values
        status = self.link.status.values
        if order["settings_id"] == status["settings_id"]:
            return
        settings = Settings()
        for name in self.link.settings.names(SETTINGS_FIRST):
            setattr(settings, name, order[name])
        if self.supervisor.apply(settings) or self._begin_with(settings):
            status["settings_id"] = order["settings_id"]
            self.link.note_change()

    def _begin_with(self, settings: Settings) -> bool:
        """The first settings since boot come before any permit: ring 1 starts anew with them.

        Else a car that was plugged in while the power was away could never charge, since
        settings change only without a car. Faults that only a person clears stay.
        """
        is_first = self.link.status.values["settings_id"] == 0
        if not is_first or not are_valid(settings):
            return False
        assert not self.supervisor.outputs.coil, "energised without a permit"
        faults = self.supervisor.faults.bitmap()
        self.supervisor = Supervisor(settings)
        self.supervisor.faults.restore(faults)
        return True

    def _command(self) -> None:
        """Run a command once; the station repeats it until a report shows its id."""
        order = self.link.command.values
        status = self.link.status.values
        if order["command_id"] == status["command_id"]:
            return
        status["command_id"] = order["command_id"]
        status["command_result"] = UNKNOWN
        if order["code"] == CLEAR_FAULT:
            status["command_result"] = DONE if self.supervisor.clear(order["argument"]) else REFUSED
        elif order["code"] == RESTORE_FAULTS:
            self.supervisor.faults.restore(order["argument"])
            status["command_result"] = DONE
        self.link.note_change()

    def _report(self, inputs: Inputs, outputs: Outputs) -> None:
        """Copy what the tick decided into the next STATUS."""
        status = self.link.status.values
        for name in OUTPUT_NAMES:
            self._set(name, getattr(outputs, name))
        self._set("mirror", inputs.mirror)
        self._set("faults", self.supervisor.faults.bitmap())
        status["high_mv"] = inputs.cp_high_mv
        status["low_mv"] = inputs.cp_low_mv
        status["temperature_dc"] = inputs.temperature_dc
        status["refused_count"] = self.link.refused_count

    def _set(self, name: str, value: int) -> None:
        status = self.link.status.values
        if status[name] != value:
            status[name] = value
            self.link.note_change()
