"""The meter of one EVSE as the books see it: plausible, of known age, and never backwards.

The register is the meter's own and is not re-based (OCPP 1.6 errata 3.9). Only a meter that is
reset or exchanged in mid-charge goes on from where the transaction stood: nothing negative is
ever billed, nor what no car can take between two readings.
"""

from dataclasses import replace

from ampkeeper.firmware import faults
from ampkeeper.firmware.metering.watch import MeterWatch, Quality
from ampkeeper.firmware.metering.wiring import WiringWatch
from ampkeeper.firmware.station.signing import BEGIN, END, Signing
from ampkeeper.hal.ports import MeterIdentity, MeterReading

STEP_WH_MAX = 100_000  # a large car's battery; more between two readings is another meter
FAULTS = ((faults.METER_SILENT, "MeterSilent"), (faults.METER_IMPLAUSIBLE, "MeterImplausible"))


class Register:
    """A ``MeterWatch`` with the register of the running transaction."""

    def __init__(self, watch: MeterWatch, stale_a: float, signing: Signing | None = None) -> None:
        self.signing = signing or Signing()
        self._wiring = WiringWatch()
        self._wrong: list[str] = []  # with the conductors, not told yet
        self._watch = watch
        self._stale_a = stale_a
        self.public_key = b""  # of a meter that signs, as DER; empty: not told, or not yet
        self.identity: MeterIdentity | None = None  # as it says
        self.serial = ""  # of the meter that was opened last; empty: it cannot tell, or was not
        self._offset_wh = 0
        self._seen_wh: int | None = None  # in the running transaction
        self._peak_wh = 0  # the most that the register itself showed in it
        self._is_other = False  # another meter since the last reading

    @property
    def is_fresh(self) -> bool:
        """True if the newest reading may begin, continue or end a transaction."""
        return self._watch.quality is Quality.FRESH

    @property
    def is_substituted(self) -> bool:
        """True while what is billed is not what the meter's register shows."""
        return self._offset_wh != 0

    def identify(self, identity: MeterIdentity) -> None:
        """The meter says who it is."""
        self.identity, self.serial = identity, identity.serial
        self.public_key = identity.public_key
        segment = self._watch.segment
        self._watch.identify(identity)
        self._is_other |= self._watch.segment != segment

    def feed(self, reading: MeterReading) -> None:
        """The meter answered."""
        self._wrong += self._wiring.feed(reading)
        self._watch.feed(reading if reading.signed is None else replace(reading, signed=None))
        latest = self._watch.latest()
        if latest is None:
            return
        if self._seen_wh is not None:
            self._seen_wh = self._follow(latest.energy_wh, self._seen_wh)
        self._is_other = False

    def _follow(self, register_wh: int, seen_wh: int) -> int:
        """Set the offset anew where the register leapt; return what is billed up to now."""
        step_wh = register_wh + self._offset_wh - seen_wh
        if self._is_other or not 0 <= step_wh <= STEP_WH_MAX:
            self._offset_wh -= step_wh
        if self._is_other:
            self._peak_wh = register_wh
        elif self._offset_wh > 0 and register_wh >= self._peak_wh:
            # It is back where it was before it fell: what it says is the truth again.
            self._offset_wh = max(0, seen_wh - register_wh)
        self._peak_wh = max(self._peak_wh, register_wh)
        return register_wh + self._offset_wh

    def refuse(self, reason: str) -> None:
        """The meter answered, but not with a measurement."""
        self._watch.refuse(reason)

    def tick(self, now_s: float) -> None:
        """Let time pass."""
        self._watch.tick(now_s)

    def rest(self, until_s: float) -> None:
        """Nobody asked the meter before then: what is known of it has not aged."""
        self._watch.rest(until_s)

    def latest(self) -> MeterReading | None:
        """The newest reading that holds, however old."""
        reading = self._watch.latest()
        if reading is None or self._offset_wh == 0:
            return reading
        return replace(reading, energy_wh=reading.energy_wh + self._offset_wh)

    def begin(self, energy_wh: int) -> None:
        """A transaction begins, or is taken up, at this register value."""
        self.signing.drop(BEGIN)
        self._offset_wh = 0
        self._seen_wh = energy_wh
        self._peak_wh = energy_wh

    def end(self) -> None:
        """The transaction is over: the register is the meter's own again."""
        self.signing.drop(END)
        self._offset_wh = 0
        self._seen_wh = None

    def take_notices(self) -> list[tuple[str, dict[str, str]]]:
        """What is to be told of the meter: kind and fields; each once."""
        wrong, self._wrong = self._wrong, []
        missing = self.signing.take_missing()
        return [
            *(("signature_missing", {"context": context}) for context in missing),
            *(("wiring_wrong", {"finding": finding}) for finding in wrong),
        ]

    def faults(self) -> dict[int, bool]:
        """The meter's faults, by code, and whether each is there."""
        active = self._watch.faults()
        return {code: name in active for code, name in FAULTS}

    def limit(self) -> tuple[float | None, str]:
        """What the meter's silence limits the current to, and why; None: nothing."""
        if self._watch.is_failing:
            return 0.0, "the meter fails again and again: what is not measured is not sold"
        match self._watch.quality:
            case Quality.FRESH:
                return None, ""
            case Quality.STALE:
                return self._stale_a, "the meter's last value is stale"
            case _:
                return 0.0, "the meter is silent: what is not measured is not sold"
