"""Ports: what the station asks of hardware, and the values that cross.

A driver implements one of these; a fake in ``hal/fake.py`` passes the same contract tests.
Units: A, V, W, s, Hz and degrees Celsius as float, energy as integer Wh. ``None`` is "this part
cannot tell"; it is never zero. ``taken_s`` is the monotonic clock when the value was measured.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

PerPhase = tuple[float | None, float | None, float | None]


class Clock(Protocol):
    """The only source of time for a task."""

    def now(self) -> datetime:
        """Aware UTC; may step when the network corrects it."""

    def now_s(self) -> float:
        """Monotonic seconds; never steps."""


class ByteStream(Protocol):
    """A duplex line of bytes: UART, pty, socket or memory."""

    async def open(self) -> None:
        """Connect; raise AbsentError if it is not there. Safe to call again after close."""

    async def read(self) -> bytes:
        """Return the next 1 to 4096 bytes; wait for them; raise AbsentError when the line ends."""

    def write(self, data: bytes) -> None:
        """Queue ``data``; never blocks; drops when the line is down or 64 KiB are waiting."""

    def close(self) -> None:
        """Release the line; safe twice."""


class ModbusBus(Protocol):
    """A line with Modbus devices on it; one request at a time, whoever asks."""

    async def open(self) -> None:
        """Take the line; raise AbsentError. Safe again when it is open."""

    async def read_registers(
        self, unit: int, function: int, address: int, count: int
    ) -> tuple[int, ...]:
        """Read by function 3 (holding) or 4 (input); raise any of the hardware layer's errors."""

    async def write_register(
        self, unit: int, address: int, value: int, *, attempts: int = 2
    ) -> None:
        """Write one holding register by function 6; ``attempts`` 1 if twice would be wrong."""

    async def write_registers(
        self, unit: int, address: int, values: Sequence[int], *, attempts: int = 2
    ) -> None:
        """Write holding registers by function 16; as ``write_register``."""

    def close(self) -> None:
        """Release the line; safe twice."""


@dataclass(frozen=True, slots=True)
class MeterIdentity:
    """Who the meter says it is; empty strings where it cannot tell.

    ``public_key``: by which its signatures are checked, as DER (SubjectPublicKeyInfo); empty
    where it does not sign, or does not tell.
    """

    vendor: str
    model: str
    serial: str
    public_key: bytes = b""


@dataclass(frozen=True, slots=True)
class SignedValue:
    """What a meter signed, byte for byte: never decoded, trimmed or encoded again on the way.

    ``format`` is the meter's own name or number for how data and signature are laid out; with
    "OCMF" the data is the whole record, signature included, and the key is DER.
    """

    data: bytes
    signature: bytes
    format: str
    public_key: bytes


@dataclass(frozen=True, slots=True)
class MeterReading:
    """One coherent reading. Tuples are L1, L2, L3; single-phase meters give L1 and two ``None``."""

    taken_s: float
    energy_wh: int
    power_w: float | None = None
    current_a: tuple[float | None, float | None, float | None] = (None, None, None)
    voltage_v: tuple[float | None, float | None, float | None] = (None, None, None)
    power_phase_w: tuple[float | None, float | None, float | None] = (None, None, None)
    frequency_hz: float | None = None
    power_factor: float | None = None
    energy_export_wh: int | None = None
    is_rotation_right: bool | None = None  # L1, L2, L3 one after the other
    signed: SignedValue | None = None  # with the first and the last reading of a transaction


class Meter(Protocol):
    """An energy meter in the charging circuit."""

    async def open(self) -> MeterIdentity:
        """Prove that the part is there; raise AbsentError or WrongDeviceError."""

    async def read(self) -> MeterReading:
        """Measure now; raise TransientError or AbsentError. Never returns an old value."""

    def close(self) -> None:
        """Release; safe twice."""


@runtime_checkable
class SigningMeter(Meter, Protocol):
    """A meter that signs the first and the last value of a transaction itself."""

    async def begin(self, dataset: bytes, at: datetime) -> MeterReading:
        """Begin a transaction for whom ``dataset`` names; return the reading with its signature.

        Raise OpenTransactionError if another one is open.
        """

    async def end(self, begun: SignedValue | None = None) -> MeterReading:
        """End it; return the last reading with its signature over begin and end.

        By ``begun``, what ``begin`` returned, an end that an earlier life of this program asked
        for, and never read, is known.
        """


@dataclass(frozen=True, slots=True)
class Tag:
    """What a reader saw. ``kind`` is the OCPP 2.x IdTokenEnum name.

    ``uid`` is upper-case hex of 8, 14 or 20 digits for a card ("ISO14443"), or the reader's text.
    """

    uid: str
    kind: str = "ISO14443"


class Reader(Protocol):
    """An RFID reader."""

    async def open(self) -> None:
        """Prove that the part is there; raise AbsentError or WrongDeviceError."""

    async def next_tag(self) -> Tag:
        """Wait for a new presentation: a card that stays is one tag. Raise AbsentError."""

    def close(self) -> None:
        """Release; safe twice."""


@dataclass(frozen=True, slots=True)
class Permit:
    """What the station allows for the next two seconds. It is never "on".

    ``current_a`` per phase, 0 or 6 to 80; ``phases`` 1 or 3; ``keep_locked`` asks for the plug
    to be held in the socket; ``in_service`` False keeps the pilot from offering.
    """

    current_a: float
    phases: int
    keep_locked: bool
    in_service: bool = True


@dataclass(frozen=True, slots=True)
class PilotIdentity:
    """Who ring 1 says it is, from the handshake.

    ``cannot`` has a sentence for each thing that a board which somebody else made does not do.
    ``has_stop``: an emergency stop or a supply monitor can reach it.
    """

    board: str
    firmware_version: str
    protocol: int
    cannot: tuple[str, ...] = ()
    has_stop: bool = True


@dataclass(frozen=True, slots=True)
class PilotStatus:
    """What ring 1 reported, ten times a second and on every change.

    Codes are those of ``firmware.safety`` (``sequence``, ``pilot``, ``contactor``, ``lock``,
    ``limited_by``, ``stop_reason``, ``faults``), which a driver passes on unchanged.
    """

    taken_s: float
    uptime_ms: int
    sequence: int
    pilot: int
    contactor: int
    lock: int
    is_coil_on: bool
    is_mirror_made: bool | None
    high_mv: int | None
    low_mv: int | None
    duty_ticks: int
    cable_a: float
    limit_a: float
    limited_by: int
    phases: int
    temperature_c: float | None  # None: no sensor
    stop_reason: int
    stop_count: int
    closing_count: int
    under_load_count: int
    refused_count: int
    faults: Sequence[int] = ()
    profile_id: int = 0  # 0: that of an unknown car
    trace_id: int = 0  # 0: the flight recorder runs
    closings: int = 0  # ever, as far as restored
    under_load: int = 0
    rcd_retry_count: int = 0
    is_simplified: bool = False
    toggle_count: int = 0
    wake_count: int = 0
    suppressed_count: int = 0
    invalid_count: int = 0
    garbled_count: int = 0
    hang_count: int = 0
    line: Mapping[str, int] = field(default_factory=dict)  # what a driver counts on its line
    is_forgetful: bool = False  # booted, takes no permit before ``restore_faults``


@dataclass(frozen=True, slots=True)
class SelfTest:
    """What became of one of ring 1's self-tests.

    ``number`` 1 to 29 and ``result`` as in ``firmware.safety.selftest``; ``value``, ``low`` and
    ``high`` in that test's unit, -1 where there is none; ``taken_s`` is when it was found.
    """

    taken_s: float
    number: int
    result: int
    value: int
    low: int
    high: int
    duration_ms: int
    count: int


@dataclass(frozen=True, slots=True)
class Trace:
    """A frozen flight recorder; ``rows`` as ``firmware.safety.recorder`` wrote them."""

    taken_s: float
    trace_id: int
    cause: int  # fault code; 255: asked for
    rows: bytes


class Pilot(Protocol):
    """Ring 1, wherever it runs."""

    @property
    def can_switch_phases(self) -> bool:
        """Whether it has a relay between one phase and three, and three phases are wired."""

    async def open(self) -> PilotIdentity:
        """Handshake; raise AbsentError (silent) or WrongDeviceError (version mismatch)."""

    def permit(self, permit: Permit) -> None:
        """Send one permit; ring 1 forgets it after two seconds. Call at least once a second."""

    def clear_fault(self, fault: int) -> None:
        """Ask ring 1 to clear a latched fault; it decides."""

    def restore_faults(self, faults: Iterable[int]) -> None:
        """After a restart of ring 1, and last: put back faults that only a person clears.

        ``PilotStatus.is_forgetful`` tells that it waits for this, even if there are none.
        """

    def restore_wear(self, closings: int, under_load: int) -> None:
        """After a restart of ring 1: give back the contactor's counts; they only grow."""

    def restore_rcd_retries(self, count: int) -> None:
        """After a restart of ring 1: how many residual-current trips went by themselves."""

    def measured(self, current_a: PerPhase, voltage_v: PerPhase) -> None:
        """Tell what the meter shows on L1 to L3; ``None`` where it cannot tell."""

    def adopt(self, profile: object) -> None:
        """Keep a vehicle's profile in force; its attributes are those of ring 1's ``Profile``."""

    def self_test(self, number: int) -> None:
        """Ask for a self-test, 0 for all that may run now; ring 1 decides."""

    def report_tests(self) -> None:
        """Ask for the results of all self-tests."""

    def freeze_trace(self) -> None:
        """Freeze the flight recorder one second from now."""

    def rearm_trace(self) -> None:
        """Let the flight recorder run again; call it once the trace is kept."""

    def take_tests(self) -> tuple[SelfTest, ...]:
        """Return the results that came since the last call."""

    def take_trace(self) -> Trace | None:
        """Return the frozen trace when all of it has come, once."""

    async def next_status(self) -> PilotStatus:
        """Wait for the next report; raise AbsentError when ring 1 has been silent for 1 s."""

    def close(self) -> None:
        """Release; safe twice."""


Light = tuple[float, float, float]
"""Red, green and blue of a lamp, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Press:
    """The button was pressed; ``is_long``: held for three seconds."""

    is_long: bool


class Indicator(Protocol):
    """Lamp, buzzer and button of one EVSE; what is not fitted does nothing."""

    async def open(self) -> None:
        """Claim what is fitted, lamp and buzzer off; raise AbsentError."""

    def show(self, light: Light) -> None:
        """Light the lamp like this until told otherwise; raise AbsentError when not open."""

    def sound(self, is_on: bool) -> None:
        """Let the buzzer sound until told otherwise; raise AbsentError when not open."""

    async def next_press(self) -> Press:
        """Wait for a new press, for ever where there is no button; raise AbsentError."""

    def close(self) -> None:
        """Lamp and buzzer off; release; safe twice."""


@dataclass(frozen=True, slots=True)
class BusMessage:
    """What somebody published; received, ``is_retained`` means that it was kept from before."""

    topic: str
    payload: bytes  # at most 64 KiB
    is_retained: bool = False


class Bus(Protocol):
    """A broker of messages (MQTT), as one of its clients; what is lost is written in hal/bus.py."""

    @property
    def is_connected(self) -> bool:
        """True while the broker is there."""

    @property
    def problem(self) -> str:
        """Why there is no connection; "": there is one."""

    @property
    def dropped_count(self) -> int:
        """Messages lost on this side, in either direction."""

    def publish(
        self, topic: str, payload: bytes, *, is_retained: bool = False, qos: int = 0
    ) -> bool:
        """Queue it, never block; False: no broker is there, so it is dropped."""

    def subscribe(
        self, topic_filter: str, handler: Callable[[BusMessage], None], *, qos: int = 0
    ) -> None:
        """Hand over what matches, now and whenever the broker is back; a filter has one handler."""

    def watch(self, handler: Callable[[bool], None]) -> None:
        """Tell when the broker comes and goes; at the first, say again what shall be known."""

    def set_will(self, will: BusMessage, *, with_goodbye: bool = False) -> None:
        """Said by the broker when this client vanishes, or by itself; from the next begin on."""

    async def run(self) -> None:
        """Stay connected, again and again; ended only by being cancelled, with a goodbye."""
