"""What a central system may ask of an OCPP 1.6 station, and the answers.

What a registration that is not accepted forbids is for ``charge_point.py`` to refuse.
Nothing here waits: a handler asks the station, which answers at once, and spells that in 1.6.
"""

from collections.abc import Callable

from ampkeeper.firmware.facts import UNSAID, IdToken
from ampkeeper.firmware.ocpp.dialect import Answer, Follow, Later, Payload, StationPort
from ampkeeper.firmware.ocpp.schemas import schemas_for
from ampkeeper.firmware.ocpp.setting import Access, Refused, Setting, check, text_of
from ampkeeper.firmware.ocpp.v16.data_transfer import DataTransfer16
from ampkeeper.firmware.ocpp.v16.firmware import Firmware16
from ampkeeper.firmware.ocpp.v16.local_list import LocalList16
from ampkeeper.firmware.ocpp.v16.logs import Logs16
from ampkeeper.firmware.ocpp.v16.messages import meter_values
from ampkeeper.firmware.ocpp.v16.meter_keys import MeterKeys16
from ampkeeper.firmware.ocpp.v16.reservation import Reservation16
from ampkeeper.firmware.ocpp.v16.security import Security16
from ampkeeper.firmware.ocpp.v16.smart_charging import SmartCharging16
from ampkeeper.firmware.ocpp.variables import SETTINGS, by_key
from ampkeeper.firmware.ocpp.wire import unlock

VERSION = "1.6"
SUBPROTOCOL = "ocpp1.6"
UNLOCK_ANSWERS: dict[str, Payload] = {
    "unlocked": {"status": "Unlocked"},
    "failed": {"status": "UnlockFailed"},
    "no_lock": {"status": "NotSupported"},
    "ongoing": {"status": "UnlockFailed"},
}
FOLLOWS = {
    "BootNotification": "boot",
    "Heartbeat": "heartbeat",
    "StatusNotification": "status",
    "MeterValues": "meter_values",
}

Handler = Callable[[Payload], Answer | Later]


class Requests16:
    """Inbound calls, one method each."""

    def __init__(self, station: StationPort) -> None:
        self._station = station
        self._meter_keys = MeterKeys16(station)
        self._smart = SmartCharging16(station)
        self._security = Security16(station, self._trigger)
        firmware, logs = Firmware16(station), Logs16(station)
        self._triggers = firmware.triggers | logs.triggers
        self._security.triggers.update(firmware.extended | logs.extended)
        self._handlers: dict[str, Handler] = {
            **self._smart.handlers,
            **DataTransfer16(station).handlers,
            **firmware.handlers,
            **logs.handlers,
            **LocalList16(station).handlers,
            **Reservation16(station).handlers,
            **self._security.handlers,
            "ChangeAvailability": self._change_availability,
            "ChangeConfiguration": self._change_configuration,
            "ClearCache": self._clear_cache,
            "GetConfiguration": self._get_configuration,
            "RemoteStartTransaction": self._remote_start,
            "RemoteStopTransaction": self._remote_stop,
            "Reset": self._reset,
            "TriggerMessage": self._trigger,
            "UnlockConnector": self._unlock,
        }

    def handle(self, action: str, payload: Payload) -> Answer | Later:
        """The answer; OCPP-J 1.6 table 7 for what is not served."""
        handler = self._handlers.get(action)
        if handler is not None:
            return handler(payload)
        if schemas_for(SUBPROTOCOL).has(action):
            return Answer(error="NotSupported", description=f"{action} is not supported")
        return Answer(error="NotImplemented", description=f"no such action: {action[:50]}")

    def _remote_start(self, payload: Payload) -> Answer:
        """A profile that is none for a transaction to come refuses the start (§5.11)."""
        evse_id = _number(payload, "connectorId")
        is_known = evse_id is None or evse_id in self._station.evse_ids()
        if not is_known:
            return _status("Rejected")
        profile = None
        if "chargingProfile" in payload:
            profile = self._smart.of_remote_start(payload["chargingProfile"], evse_id or 1)
            if profile is None:
                return _status("Rejected")
        token = IdToken(payload["idTag"], UNSAID)
        is_accepted, _ = self._station.remote_start(evse_id, token, None, profile)
        return _status("Accepted" if is_accepted else "Rejected")

    def _remote_stop(self, payload: Payload) -> Answer:
        """Any number is a legal id, 0 and negative ones too (errata 3.54)."""
        tx_id = self._station.tx_by_csms_id(int(payload["transactionId"]))
        is_accepted = tx_id is not None and self._station.remote_stop(tx_id)
        return _status("Accepted" if is_accepted else "Rejected")

    def _get_configuration(self, payload: Payload) -> Answer:
        asked = payload.get("key") or []
        keys_max = int(self._station.variable("OCPP16.GetConfigurationMaxKeys"))
        if len(asked) > keys_max:
            return Answer(
                error="OccurenceConstraintViolation",
                description=f"{len(asked)} keys; GetConfigurationMaxKeys is {keys_max}",
            )
        if not asked:
            found = [setting for setting in SETTINGS if setting.key is not None]
            rows = self._configuration(found) + self._meter_keys.rows()
            return Answer({"configurationKey": rows})
        meters = {key: row for key in asked if (row := self._meter_keys.row(key)) is not None}
        asked = [key for key in asked if key not in meters]
        known = {key: by_key(key) for key in asked}
        unknown = [key for key, setting in known.items() if not _is_readable(setting)]
        found = [s for s in dict.fromkeys(known.values()) if s is not None and _is_readable(s)]
        answer: Payload = {"configurationKey": [*self._configuration(found), *meters.values()]}
        if unknown:
            answer["unknownKey"] = unknown
        return Answer(answer)

    def _configuration(self, settings: list[Setting]) -> list[Payload]:
        return [
            {
                "key": setting.key,
                "readonly": setting.access_in(VERSION) is Access.READ_ONLY,
                "value": text_of(self._station.variable(setting.name)),
            }
            for setting in settings
            if _is_readable(setting)
        ]

    def _change_configuration(self, payload: Payload) -> Answer:
        """A list with one unknown measurand changes nothing (errata 3.14.4): ``check`` does it."""
        setting = by_key(payload["key"])
        if setting is None:
            is_meter = self._meter_keys.row(payload["key"]) is not None
            return _status("Rejected" if is_meter else "NotSupported")
        if setting.access_in(VERSION) is Access.READ_ONLY:
            return _status("Rejected")
        value = check(setting, payload["value"])
        if isinstance(value, Refused):
            return _status("Rejected")
        words = {"accepted": "Accepted", "reboot_required": "RebootRequired"}
        word = self._station.set_variable(setting.name, text_of(value))
        return _status(words.get(word, "Rejected"))

    def _reset(self, payload: Payload) -> Answer:
        kind = "hard" if payload["type"] == "Hard" else "soft"
        is_refused = self._station.reset(kind, None) == "rejected"
        return _status("Rejected" if is_refused else "Accepted")

    def _trigger(self, payload: Payload) -> Answer | Later:
        """The answer first, then the message; no connector means all of them (§5.17)."""
        own = self._triggers.get(payload["requestedMessage"])
        if own is not None:
            return own(payload)
        follow = FOLLOWS.get(payload["requestedMessage"])
        evse_id = _number(payload, "connectorId")
        if follow is None:
            return _status("NotImplemented")
        if follow in ("boot", "heartbeat"):
            evse_id = None  # not relevant, so ignored
        elif follow == "status" and evse_id not in (None, 0, *self._station.evse_ids()):
            return _status("Rejected")
        elif follow == "meter_values" and not self._has_values(evse_id):
            return _status("Rejected")  # what is accepted has to be sent
        return Answer({"status": "Accepted"}, follow=(Follow(follow, evse_id),))

    def _has_values(self, evse_id: int | None) -> bool:
        evse_ids = self._station.evse_ids()
        asked = evse_ids if evse_id is None else (evse_id,)
        return any(each in evse_ids and meter_values(self._station, each) for each in asked)

    def _change_availability(self, payload: Payload) -> Answer:
        """Connector 0 is the station with all its connectors (§5.2)."""
        evse_id = int(payload["connectorId"])
        if evse_id not in (0, *self._station.evse_ids()):
            return _status("Rejected")
        word = self._station.change_availability(evse_id, payload["type"] == "Operative")
        words = {"accepted": "Accepted", "scheduled": "Scheduled"}
        return _status(words.get(word, "Rejected"))

    def _unlock(self, payload: Payload) -> Answer | Later:
        """A running transaction is ended first (§5.18); unknown is NotSupported (errata 3.87)."""
        evse_id = int(payload["connectorId"])
        if evse_id not in self._station.evse_ids():
            return _status("NotSupported")
        return unlock(self._station, evse_id, ends_transaction=True, answers=UNLOCK_ANSWERS)

    def _clear_cache(self, payload: Payload) -> Answer:
        return _status("Accepted" if self._station.clear_cache() else "Rejected")


def _status(status: str) -> Answer:
    return Answer({"status": status})


def _number(payload: Payload, name: str) -> int | None:
    number = payload.get(name)
    return None if number is None else int(number)


def _is_readable(setting: Setting | None) -> bool:
    """A write-only key is hidden like one that does not exist (security whitepaper, A01)."""
    return setting is not None and setting.access_in(VERSION) is not Access.WRITE_ONLY
