"""Changes: everything that can be written to the store. A commit is a sequence of these.

Times are aware UTC. Energy is integer Wh as the meter's register shows it.
"""

from dataclasses import dataclass, field
from datetime import datetime

from ampkeeper.firmware.facts import Fact, StampedReading
from ampkeeper.firmware.local_list import ListEntry
from ampkeeper.firmware.store.journals import AddAudit as AddAudit
from ampkeeper.firmware.store.journals import AddDelivery as AddDelivery
from ampkeeper.firmware.store.journals import AddGridEvent as AddGridEvent
from ampkeeper.firmware.store.journals import AddLimitChange as AddLimitChange
from ampkeeper.firmware.store.journals import AddSignedRecord as AddSignedRecord
from ampkeeper.firmware.store.journals import DeliveryDone as DeliveryDone
from ampkeeper.firmware.store.journals import SavePayment as SavePayment
from ampkeeper.firmware.users.changes import ForgetPerson, SaveUsers


@dataclass(frozen=True, slots=True)
class SaveSession:
    """A session as it now is; the row of ``tx_id`` is made or replaced.

    ``state`` is the running session as JSON, at most 64 KiB; the store does not look inside.
    """

    tx_id: str
    evse_id: int
    state: str
    started_at: datetime
    id_token: str | None
    energy_wh_start: int
    is_open: bool = True
    ended_at: datetime | None = None
    energy_wh_end: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class DropSession:
    """A session of which nothing was ever told, and nothing will be: no energy flowed."""

    tx_id: str


@dataclass(frozen=True, slots=True)
class AddFact:
    """A fact for the outbox. Its session must be in the store or in the same commit."""

    fact: Fact
    message_id: str
    is_offline: bool = False


@dataclass(frozen=True, slots=True)
class AddStopSample:
    """A sample that goes with the end of a transaction, whose session is in the store."""

    tx_id: str
    sample: StampedReading


@dataclass(frozen=True, slots=True)
class SaveNumber:
    """The number that the central system knows a transaction by (OCPP 1.6); it may come late."""

    tx_id: str
    csms_tx_id: int


@dataclass(frozen=True, slots=True)
class SaveCost:
    """What was told of the cost of a session: a JSON object, at most 64 KiB.

    ``is_more``: its members are put to those that the books have; else it takes their place.
    """

    tx_id: str
    told: str
    is_more: bool = False


@dataclass(frozen=True, slots=True)
class SaveSetting:
    """A setting that was changed at run time and wins over the configuration file."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class DropSetting:
    """A setting is what the file says again."""

    name: str


@dataclass(frozen=True, slots=True)
class SaveVerdict:
    """What the central system said of a token, for the authorisation cache."""

    token: str
    status: str
    group_id: str | None
    expires: datetime | None
    at: datetime
    evse_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class DropVerdict:
    """Forget what the cache has of one token, as it is spelled there."""

    token: str


@dataclass(frozen=True, slots=True)
class SaveLocalList:
    """The local list, or what of it is different, is in force with this version."""

    version: int
    is_full: bool
    entries: tuple[ListEntry, ...]


@dataclass(frozen=True, slots=True)
class ClearVerdicts:
    """Forget the authorisation cache."""


@dataclass(frozen=True, slots=True)
class SaveEvse:
    """Whether an EVSE (0: the station) is in service."""

    evse_id: int
    in_service: bool


@dataclass(frozen=True, slots=True)
class SaveFault:
    """A fault began; nothing happens when it is already active."""

    evse_id: int
    fault: str
    raised_at: datetime


@dataclass(frozen=True, slots=True)
class ClearFault:
    """A fault went away; nothing happens when it was not active."""

    evse_id: int
    fault: str
    cleared_at: datetime


@dataclass(frozen=True, slots=True)
class SaveSelfTest:
    """A result of a self-test; ``evse_id`` 0 is the station.

    ``result`` as in ``firmware.safety.selftest``; ``value`` and its bounds are integers in the
    unit that ``firmware.selftests.words`` names, None where there is none.
    """

    evse_id: int
    test: int
    at: datetime
    result: int
    value: int | None
    low: int | None
    high: int | None
    duration_ms: int


@dataclass(frozen=True, slots=True)
class SaveTrace:
    """A frozen flight recorder; nothing happens when it is the newest one there, again."""

    evse_id: int
    at: datetime
    trace_id: int
    cause: int
    rows: bytes


@dataclass(frozen=True, slots=True)
class SaveProfile:
    """A charging profile is installed, as ``charging_profile.Profile.to_text`` wrote it."""

    profile_id: int
    profile: str


@dataclass(frozen=True, slots=True)
class DropProfile:
    """A charging profile is not installed any more."""

    profile_id: int


@dataclass(frozen=True, slots=True)
class SaveTransfer:
    """Where a transfer stands: "update", "upload" or "owed", as its owner wrote it; empty: none."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class SaveReservation:
    """An EVSE is kept for somebody, as ``reservation.Reservation.to_text`` wrote it."""

    reservation_id: int
    reservation: str


@dataclass(frozen=True, slots=True)
class DropReservation:
    """A reservation is over."""

    reservation_id: int


@dataclass(frozen=True, slots=True)
class ForgetToken:
    """Whose closed sessions were is not known any more; ``token`` in upper case."""

    token: str


@dataclass(frozen=True, slots=True)
class SaveDisplayMessage:
    """A message is set, as ``display_message.DisplayMessage.to_text`` wrote it."""

    message_id: int
    message: str


@dataclass(frozen=True, slots=True)
class DropDisplayMessage:
    """A message is shown no more."""

    message_id: int


@dataclass(frozen=True, slots=True)
class SaveMeta:
    """A small value of the software's own, such as the reason of the last reboot."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class AddSecurityEvent:
    """An event for the security log; ``is_owed``: the central system has to hear of it.

    ``tech_info`` is cut to 255 characters. The same ``row_id`` twice is one event; None: the
    next number.
    """

    kind: str
    at: datetime
    tech_info: str
    is_owed: bool
    row_id: int | None = None


@dataclass(frozen=True, slots=True)
class SecurityEventTold:
    """The central system has heard of the event, or never will."""

    row_id: int


@dataclass(frozen=True, slots=True)
class ClearSecurityLog:
    """Forget the security log, but for what is owed."""


@dataclass(frozen=True, slots=True)
class SaveCertificate:
    """A certificate is installed; ``private_key`` (PEM) only with the station's own."""

    fingerprint: str
    usage: str
    pem: str
    private_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class DropCertificate:
    """A certificate is not installed any more."""

    fingerprint: str


@dataclass(frozen=True, slots=True)
class SaveSystem:
    """A central system, as its ``to_text`` wrote it; slot 0: it is on trial."""

    slot: int
    system: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DropSystem:
    """What was changed of this slot at run time is forgotten."""

    slot: int


Change = (
    SaveSession
    | DropSession
    | AddFact
    | AddStopSample
    | SaveNumber
    | SaveCost
    | SaveSetting
    | DropSetting
    | SaveVerdict
    | DropVerdict
    | ClearVerdicts
    | SaveLocalList
    | SaveEvse
    | SaveFault
    | ClearFault
    | SaveSelfTest
    | SaveTrace
    | SaveProfile
    | DropProfile
    | SaveReservation
    | DropReservation
    | ForgetToken
    | SaveUsers
    | ForgetPerson
    | SaveDisplayMessage
    | DropDisplayMessage
    | AddSecurityEvent
    | SecurityEventTold
    | ClearSecurityLog
    | SaveCertificate
    | DropCertificate
    | AddLimitChange
    | AddGridEvent
    | AddAudit
    | AddSignedRecord
    | AddDelivery
    | DeliveryDone
    | SavePayment
    | SaveTransfer
    | SaveSystem
    | DropSystem
    | SaveMeta
)
