"""Charging profiles in the words of OCPP 1.6: sections 3.13, 5.5, 5.7, 5.16 and 7.8 to 7.14.

Limits leave with one decimal, as section 7.14 and the schema's ``multipleOf`` want.
"""

from collections.abc import Callable

from ampkeeper.firmware.charging_profile import (
    DAY_S,
    WEEK_S,
    Composite,
    Kind,
    Period,
    Profile,
    Purpose,
    Unit,
    limit_of,
)
from ampkeeper.firmware.ocpp.dialect import Answer, Later, Payload, StationPort
from ampkeeper.firmware.ocpp.wire import read_time, timestamp_s

PURPOSES = {
    "ChargePointMaxProfile": Purpose.STATION_MAX,
    "TxDefaultProfile": Purpose.TX_DEFAULT,
    "TxProfile": Purpose.TX,
}
KINDS = {"Absolute": Kind.ABSOLUTE, "Recurring": Kind.RECURRING, "Relative": Kind.RELATIVE}
RECURRENCES = {None: 0, "Daily": DAY_S, "Weekly": WEEK_S}

Handler = Callable[[Payload], Answer | Later]


class SmartCharging16:
    """The calls of the SmartCharging profile."""

    def __init__(self, station: StationPort) -> None:
        self._station = station
        self.handlers: dict[str, Handler] = {
            "ClearChargingProfile": self._clear,
            "GetCompositeSchedule": self._get_composite,
            "SetChargingProfile": self._set,
        }

    def of_remote_start(self, payload: Payload, evse_id: int) -> Profile | None:
        """The profile that a remote start brings; None if it is not one (5.11).

        It is for the transaction that is asked for, so it names none.
        """
        profile = read_profile(payload, evse_id)
        if profile is None or profile.purpose is not Purpose.TX or "transactionId" in payload:
            return None
        return None if self._station.check_profile(profile) else profile

    def _set(self, payload: Payload) -> Answer:
        evse_id = int(payload["connectorId"])
        asked = payload["csChargingProfiles"]
        profile = read_profile(asked, evse_id)
        if profile is None or evse_id not in (0, *self._station.evse_ids()):
            return _status("Rejected")
        if "transactionId" in asked:
            tx_id = self._station.tx_by_csms_id(int(asked["transactionId"]))
            if tx_id is None or profile.purpose is not Purpose.TX:
                return _status("Rejected")
            profile = read_profile(asked, evse_id, tx_id)
            assert profile is not None, "it was one a moment ago"
        return _status("Rejected" if self._station.set_profile(profile) else "Accepted")

    def _clear(self, payload: Payload) -> Answer:
        """With an id the rest of the request does not count (5.5)."""
        wanted = payload.get("id")
        purpose = payload.get("chargingProfilePurpose")
        numbers = tuple(
            profile.id
            for profile in self._station.profiles()
            if profile.purpose is not Purpose.EXTERNAL
            and profile.matches(
                wanted,
                payload.get("connectorId"),
                None if purpose is None else PURPOSES[purpose],
                payload.get("stackLevel"),
            )
        )
        is_cleared = bool(numbers) and self._station.clear_profiles(numbers)
        return _status("Accepted" if is_cleared else "Unknown")

    def _get_composite(self, payload: Payload) -> Answer:
        evse_id, duration_s = int(payload["connectorId"]), int(payload["duration"])
        if evse_id not in (0, *self._station.evse_ids()) or duration_s <= 0:
            return _status("Rejected")
        unit = Unit(payload.get("chargingRateUnit", Unit.AMPERE))
        composite = self._station.composite(evse_id, duration_s, unit)
        answer: Payload = {"status": "Accepted", "connectorId": evse_id}
        answer["scheduleStart"] = timestamp_s(composite.from_s)
        return Answer(answer | {"chargingSchedule": _schedule(composite)})


def read_profile(payload: Payload, evse_id: int, tx_id: str | None = None) -> Profile | None:
    """The profile that a schema-checked ``csChargingProfiles`` says; None if it makes no sense."""
    schedule = payload["chargingSchedule"]
    kind = KINDS[payload["chargingProfileKind"]]
    times = [_seconds(payload, "validFrom"), _seconds(payload, "validTo")]
    start_s = _seconds(schedule, "startSchedule")
    recurrence_s = RECURRENCES[payload.get("recurrencyKind")]
    if NO_TIME in (*times, start_s) or (kind is Kind.RECURRING and not recurrence_s):
        return None
    profile = Profile(
        id=int(payload["chargingProfileId"]),
        evse_id=evse_id,
        purpose=PURPOSES[payload["chargingProfilePurpose"]],
        stack_level=int(payload["stackLevel"]),
        kind=kind,
        unit=Unit(schedule["chargingRateUnit"]),
        periods=tuple(_period(row) for row in schedule["chargingSchedulePeriod"]),
        start_s=start_s,
        duration_s=schedule.get("duration"),
        recurrence_s=recurrence_s or DAY_S,
        valid_from_s=times[0],
        valid_to_s=times[1],
        tx_id=tx_id,
    )
    return None if profile.problem() else profile


NO_TIME = -(10**15)  # what stands where a time should, but is none


def _seconds(payload: Payload, name: str) -> int | None:
    if name not in payload:
        return None
    at = read_time(payload[name])
    return NO_TIME if at is None else int(at.timestamp())


def _period(row: Payload) -> Period:
    phases = row.get("numberPhases")
    return Period(
        int(row["startPeriod"]), limit_of(row["limit"]), None if phases is None else int(phases)
    )


def _schedule(composite: Composite) -> Payload:
    rows = []
    for period in composite.periods:
        row: Payload = {"startPeriod": period.start_s, "limit": round(period.limit, 1)}
        if period.phases is not None:
            row["numberPhases"] = period.phases
        rows.append(row)
    return {
        "duration": composite.duration_s,
        "chargingRateUnit": str(composite.unit),
        "chargingSchedulePeriod": rows,
    }


def _status(status: str) -> Answer:
    return Answer({"status": status})
