"""The way to the central system, built from the configuration and the settings.

Settings that change while the station runs are in force from then on; a new password is used
for the next connection, which is made at once.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ampkeeper.firmware.config.model import Ocpp
from ampkeeper.firmware.gate import Gate, Knock
from ampkeeper.firmware.ocpp.charge_point import ChargePoint, ChargePointSettings
from ampkeeper.firmware.ocpp.connection import Backoff, BackoffSettings
from ampkeeper.firmware.ocpp.dialects import Dialects
from ampkeeper.firmware.ocpp.dialer import Access, FreshDialer, MakeDialer
from ampkeeper.firmware.ocpp.route import LOOK_AGAIN_S, Route, RouteRules
from ampkeeper.firmware.ocpp.system import MAIN, TRIAL
from ampkeeper.firmware.ocpp.task import OcppTask
from ampkeeper.firmware.ocpp.variables import Settings, Value
from ampkeeper.firmware.ocpp.way import Leg, Look
from ampkeeper.firmware.station.csms import CsmsDesk, StoredOutbox
from ampkeeper.firmware.station.desk import Desk
from ampkeeper.firmware.station.homes import Bonds
from ampkeeper.firmware.station.passwords import BASIC_AUTH
from ampkeeper.firmware.station.security import (
    MUTUAL_PROFILE,
    PROFILE,
    TLS_PROFILE_MIN,
)
from ampkeeper.firmware.station.systems import BEGUN, NARROWED, PROVEN, TIMEOUT, Systems
from ampkeeper.firmware.trust import read_password
from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.ports import Clock

PING = "OCPPCommCtrlr.WebSocketPingInterval"
WILDCARDS = "SecurityCtrlr.AllowCSMSTLSWildcards"
BOOT_REASONS = {
    "soft": "RemoteReset",
    "hard": "RemoteReset",
    "on_idle": "ScheduledReset",
    "resume": "RemoteReset",
    "update": "FirmwareUpdate",
}


@dataclass(frozen=True, slots=True)
class Means:
    """What the surroundings give: the way out, chance, ids, a watcher of frames.

    ``before_reply`` ends when all that a reply promises is written.
    """

    make_dialer: MakeDialer
    random: Callable[[], float]
    new_id: Callable[[], str]
    on_frame: Callable[[str, str], None] | None
    before_reply: Callable[[], Awaitable[None]]


class Central:
    """Builds ``ocpp``, the task that speaks, keeps it to the settings, and is its ``Way``."""

    def __init__(
        self,
        config: Ocpp,
        settings: Settings,
        desk: Desk,
        csms: CsmsDesk,
        outbox: StoredOutbox,
        clock: Clock,
        means: Means,
        was_reset: str | None,
        systems: Systems,
        bonds: Bonds,
    ) -> None:
        self._config = config
        self._settings = settings
        self._systems = systems
        self._bonds = bonds
        self._homes = outbox.homes
        self._security = desk.security
        self._make_dialer = means.make_dialer
        self._clock = clock
        self._boot_reason = BOOT_REASONS.get(was_reset or "", "PowerUp")
        self._backoff = Backoff(self._backoff_settings(), means.random)
        self._route = Route(systems.order, self._route_rules())
        self._homes.known = systems.all_books
        self._trial_end_s: float | None = None  # None: the trial has yet to begin
        self._next_s: float | None = 0.0 if systems.trial is not None else None
        dialects = Dialects(desk)
        for slot in systems.order:
            dialects.load(systems.system(slot).subprotocols)
        settings_now = self._exchange_settings()
        charge_point = ChargePoint(dialects, desk, settings_now, means.new_id)
        self.ocpp = OcppTask(
            charge_point,
            outbox,
            self,
            clock,
            self._backoff,
            csms.on_event,
            means.on_frame,
            means.before_reply,
        )
        self.ocpp.set_ping_interval(self._number(PING))
        desk.on_setting = self._on_setting
        self._security.on_reconnect = self.ocpp.reconnect_soon
        systems.on_change = self._on_change
        if systems.trial is not None:
            self._look_at_trial(is_quiet=True, now_s=clock.now_s())

    def _on_setting(self, name: str) -> None:
        self._backoff.settings = self._backoff_settings()
        self._route.rules = self._route_rules()
        self.ocpp.configure(self._exchange_settings())
        if name == PING:
            self.ocpp.set_ping_interval(self._number(PING))
        if name in (BASIC_AUTH, PROFILE):
            self.ocpp.reconnect_soon()

    # the way, for the task

    @property
    def look_s(self) -> float | None:
        """When to look for another central system, or after a trial."""
        times = [due_s for due_s in (self._route.look_s, self._next_s) if due_s is not None]
        return min(times, default=None)

    def leg(self) -> Leg:
        """Where to connect now."""
        return self._leg_to(self._route.current, Gate(self, self._route.current))

    def heard(self, now_s: float) -> None:
        """The system that is connected has said something."""
        if not self._route.is_reached:
            self._route.reached(now_s)
            self.ocpp.look_anew()

    def registered(self, status: str, again_s: float, now_s: float) -> None:
        """It has answered a BootNotification."""
        if self._is_trial_accepted:
            self._systems.prove()
        elif status == "accepted":
            self._route.accepted()
            self._systems.accepted()
        elif status == "rejected" and self._route.rejected(again_s, now_s):
            self.ocpp.reconnect("the central system rejected the station")

    def ended(self) -> None:
        """A connection over which something was heard is gone."""
        self._route.ended()

    def failed(self) -> bool:
        """An attempt came to nothing; a new security profile has attempts of its own."""
        if self._route.current == MAIN and self._security.is_trying:
            return False
        rounds = self._route.rounds
        is_new = self._route.failed(self._clock.now_s())
        if self._route.rounds > rounds:
            self._security.show_another()
        return is_new

    def look(self, is_quiet: bool, now_s: float) -> Look:
        """What to do about other systems."""
        if self._systems.trial is not None:
            return self._look_at_trial(is_quiet, now_s)
        self._next_s = None
        owed = self._bonds.owed_elsewhere()
        slots = [slot for slot in self._route.order if self._books(slot) in owed]
        is_busy = not is_quiet or self._is_bound
        found = self._route.wanted(slots, is_busy, now_s)
        return Look(tuple(self._leg_to(slot, Knock(self, slot)) for slot in found))

    def found(self, leg: Leg) -> bool:
        """A system that was looked for is there; meanwhile much may be otherwise."""
        is_next = leg.slot in self._route.order and not self._is_bound
        if is_next:
            self._route.go(leg.slot)
        return is_next

    def _look_at_trial(self, is_quiet: bool, now_s: float) -> Look:
        """Begin it when the old system has had its due, and end it when its time is over."""
        if self._trial_end_s is None:
            if not self._may_begin(is_quiet):
                self._next_s = now_s + LOOK_AGAIN_S
                return Look()
            self._trial_end_s = self._next_s = now_s + self._number("RouteCtrlr.TrialTime")
            self._route.set_order([TRIAL])
            return Look(leave="another central system is tried")
        if now_s >= self._trial_end_s:
            self._next_s = now_s + LOOK_AGAIN_S
            if self._is_trial_accepted:
                self._systems.prove()
                return Look()
            why = self.ocpp.link.story(now_s).error or "no answer"
            if self._route.is_reached:
                why = f"registration {self.ocpp.registration.lower()}"
            self._systems.fail(f"did not accept the station in time ({why})")
        return Look()

    @property
    def _is_trial_accepted(self) -> bool:
        return self._route.current == TRIAL and self.ocpp.registration == "ACCEPTED"

    def _may_begin(self, is_quiet: bool) -> bool:
        is_free = self._systems.is_urgent or not self._is_bound
        return is_quiet and (is_free or self._route.is_lost)

    @property
    def _is_bound(self) -> bool:
        """True if the system that is connected, or tried, has yet to hear of something."""
        books = self._books(self._route.current)
        is_deaf = self._route.is_reached and self.ocpp.registration != "ACCEPTED"
        return not is_deaf and self._bonds.binds(books)

    def _on_change(self, what: str) -> None:
        """The systems have changed, and it is written down."""
        systems = self._systems
        self._homes.known = systems.all_books
        if what == NARROWED:
            self._route.narrow(systems.order, self._clock.now_s())
            return
        self._trial_end_s = None
        self._next_s = 0.0 if what == BEGUN else None
        if what == PROVEN:
            self._route.rename(TRIAL, systems.order, MAIN, self._clock.now_s())
            systems.active = self._route.current
            self._security.in_use = None
            self._security.passwords.got_in(systems.system(MAIN).address)
            self._security.settled()
        elif self._route.current == TRIAL:
            self._route.set_order(systems.order)
            self.ocpp.reconnect()
        self.ocpp.look_anew()

    # how to get in

    def opened(self, slot: int, trust: tuple[str, ...] | None) -> None:
        """A central system was reached."""
        self._use(slot)
        if slot != TRIAL:
            self._security.passwords.got_in(self._security.here)
        is_first = slot == self._systems.order[0]
        self._security.opened(trust, is_main=slot == MAIN, is_first=is_first)

    def refused(self, slot: int, error: AbsentError) -> None:
        """It was not."""
        self._security.refused(error, is_main=slot == MAIN)
        self.knocked_in_vain(slot, error)

    def knocked_in_vain(self, slot: int, error: AbsentError) -> None:
        """It was not there, or does not let us in, for one who only wanted to know."""
        if slot != TRIAL:
            self._security.passwords.refused(self._systems.system(slot).address, error)

    def _use(self, slot: int) -> None:
        system = self._systems.system(slot)
        self._systems.active = slot
        self._homes.here = system.books_name
        profile, main = system.security_profile, self._security.main_profile
        self._security.here = system.address
        self._security.in_use = None if slot == MAIN and profile == main else profile
        self.ocpp.configure(self._exchange_settings())

    def access(self, slot: int) -> Access:
        """How to get in there, as configuration and settings say now."""
        config, security, system = self._config, self._security, self._systems.system(slot)
        profile = system.security_profile
        has_password = profile in (1, 2)
        return Access(
            user=system.id if has_password else None,
            password=self._password_of(slot, has_password),
            ca_file=config.ca_file or None,
            certificate_file=config.certificate_file or None if profile == MUTUAL_PROFILE else None,
            key_file=config.key_file or None if profile == MUTUAL_PROFILE else None,
            roots_pem=security.roots_pem(system.address),
            own_pem=security.own_pem() if profile == MUTUAL_PROFILE else "",
            has_tls=profile >= TLS_PROFILE_MIN,
            allows_wildcards=bool(self._settings.value(WILDCARDS)),
            interface=self._systems.interfaces.get(system.interface, ""),
        )

    def _password_of(self, slot: int, is_shown: bool) -> bytes:
        system, passwords = self._systems.system(slot), self._security.passwords
        if not is_shown:
            passwords.show_none(system.address)
            return b""
        if not (system.password or system.password_file):
            current = passwords.main
        else:
            current = system.password.encode() or read_password(system.password_file)
        return passwords.show(system.address, current, is_trial=slot == TRIAL)

    def _leg_to(self, slot: int, gate: Gate) -> Leg:
        system = self._systems.system(slot)
        dialer = FreshDialer(self._make_dialer, gate)
        return Leg(slot, system.address, system.endpoint, system.subprotocols, dialer)

    def _books(self, slot: int) -> str:
        return self._systems.system(slot).books_name

    def _route_rules(self) -> RouteRules:
        return RouteRules(
            attempts_max=int(self._number("OCPPCommCtrlr.NetworkProfileConnectionAttempts")),
            return_s=self._number("RouteCtrlr.ReturnTime"),
        )

    def _backoff_settings(self) -> BackoffSettings:
        return BackoffSettings(
            wait_s_min=self._number("OCPPCommCtrlr.RetryBackOffWaitMinimum"),
            random_range_s=self._number("OCPPCommCtrlr.RetryBackOffRandomRange"),
            repeat_times=int(self._number("OCPPCommCtrlr.RetryBackOffRepeatTimes")),
        )

    def _exchange_settings(self) -> ChargePointSettings:
        number = self._number
        return ChargePointSettings(
            boot_reason=self._boot_reason,
            heartbeat_interval_s=int(number("OCPPCommCtrlr.HeartbeatInterval")),
            call_timeout_s=float(str(self._systems.shown(TIMEOUT, number(TIMEOUT)))),
            fact_attempts=int(number("OCPPCommCtrlr.MessageAttempts[TransactionEvent]")),
            fact_retry_s=number("OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]"),
            status_stable_s=number("OCPPCommCtrlr.MinimumStatusDuration"),
            offline_threshold_s=number("OCPPCommCtrlr.OfflineThreshold"),
        )

    def _number(self, name: str) -> float:
        value: Value = self._settings.value(name)
        assert isinstance(value, int), f"{name} is declared as a number"
        return float(value)
