"""Overview: the read model of the station, made from what its parts show. Pure.

Every face shows this one value (``faces/api.py``); nothing here is decided or kept.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ampkeeper.firmware.energy.plan import MODES
from ampkeeper.firmware.faces import api
from ampkeeper.firmware.faces.qr import drawn
from ampkeeper.firmware.faces.shapes import stamp
from ampkeeper.firmware.faults import CLEARINGS, SEVERITIES, info_of
from ampkeeper.firmware.session.session import Phase
from ampkeeper.firmware.station import view
from ampkeeper.firmware.station.csms import CsmsDesk
from ampkeeper.firmware.station.energy_door import EnergyDoor
from ampkeeper.firmware.station.evse import Evse
from ampkeeper.firmware.station.limits_view import limits_view
from ampkeeper.firmware.station.seen import seen
from ampkeeper.firmware.station.station import Station
from ampkeeper.firmware.station.waiting import waits_for
from ampkeeper.hal.ports import Clock, MeterReading

PHASES = ("L1", "L2", "L3")
LIMIT_KEYS = (
    "source", "current_a", "phases", "reason", "since", "expires", "falls_to_a", "is_stale", "binds"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Overview:
    """Reads the station; ``update`` tells what becomes of a software update."""

    station: Station
    csms: CsmsDesk
    energy: EnergyDoor
    site: Callable[[], Mapping[str, Any] | None]
    identity: Mapping[str, str]
    update: Callable[[], str]
    clock: Clock

    def read(self) -> api.State:
        """Everything, now."""
        now, now_s = self.clock.now(), self.clock.now_s()
        energy, site = self.energy.view(), self.site()
        wishes = {one["id"]: one for one in energy["evses"]}
        mains, price = energy["mains"], energy["price"]
        return api.State(
            time=stamp(now),
            vendor=self.identity["vendor"],
            model=self.identity["model"],
            serial=self.identity["serial"],
            firmware=self.identity["firmware_version"],
            update=self.update(),
            link=self._link(now, now_s),
            mode=energy["mode"],
            modes=tuple(MODES),
            mains=_mains(mains) if mains is not None else None,
            price=api.Price(**price) if price is not None else None,
            site=f"{site['name']}: {site['state']}" if site is not None else None,
            refused_card=self._refused(now_s),
            evses=tuple(
                self._evse(evse, wishes[evse.evse_id], now, now_s)
                for evse in self.station.evses.values()
            ),
        )

    def _link(self, now: datetime, now_s: float) -> api.Link:
        told, story = self.csms.view(), self.csms.link_view(now, now_s)
        return api.Link(
            state=story["state"],
            url=story.get("url"),
            since=story.get("since"),
            registration=told["registration"],
            version=told["ocpp"],
            queued=told["queued"],
            error=story.get("error"),
        )

    def _refused(self, now_s: float) -> api.RefusedCard | None:
        told = view.card_view(self.station.entrance.refused, now_s)
        return api.RefusedCard(**told) if told is not None else None

    def _evse(self, evse: Evse, wish: dict[str, Any], now: datetime, now_s: float) -> api.Evse:
        told, of_ring = limits_view(evse, now, now_s), seen(evse)
        departure, board = wish["departure"], of_ring["board"]
        reading = evse.register.latest() if evse.register.is_fresh else None
        text = self.station.display.text(evse.evse_id)
        return api.Evse(
            id=evse.evse_id,
            status=str(evse.report(now).state),
            is_plugged=evse.is_plugged if evse.status is not None else None,
            can_start=self.station.can_start(evse.evse_id),
            can_stop=can_stop(evse),
            contactor=of_ring["contactor"],
            lock=of_ring["lock"],
            power_w=of_ring["power_w"],
            energy_wh=of_ring["energy_wh"],
            phases=_phases(evse.rules.phases, reading),
            limit_a=told["limit_a"],
            limited_by=told["limited_by"],
            reason=told["reason"],
            since=told["since"],
            limits=tuple(
                api.Limit(**{key: one[key] for key in LIMIT_KEYS}) for one in told["entries"]
            ),
            session=self._session(evse, now),
            faults=_faults(evse),
            charge_now=wish["charge_now"],
            departure=api.Departure(**departure) if departure is not None else None,
            tariff=self.station.costs.shown.standing_text(evse, now) or None,
            waits_for=waits_for(evse, self.station.entrance.is_asked_for(evse.evse_id)),
            message=text or None,
            payment_code=_code(self.station.display.payments.shown(evse.evse_id)),
            board=f"{board['name']} {board['firmware']}" if board is not None else None,
        )

    def _session(self, evse: Evse, now: datetime) -> api.Session | None:
        told = view.session_view(evse)
        if told is None:
            return None
        running = evse.session.charge
        begun = running.begin.at if running is not None else None
        cost = self.station.costs.shown.view(evse, now)
        holder = running or evse.session.grant
        user = self.station.entrance.users.of(holder.token if holder is not None else None)
        return api.Session(
            id=told["id"],
            state=told["state"],
            token=told["id_tag"],
            user=user.name if user is not None else None,
            started=told["started"],
            duration_s=max(0, round((now - begun).total_seconds())) if begun is not None else None,
            energy_wh=told["energy_wh"],
            cost=_cost(cost) if cost is not None else None,
        )


def can_stop(evse: Evse) -> bool:
    """True while there is a charge to stop, or somebody let in who has not begun."""
    charge = evse.session.charge
    is_running = charge is not None and charge.phase is Phase.AUTHORISED
    return is_running or (charge is None and evse.session.grant is not None)


def _phases(count: int, reading: MeterReading | None) -> tuple[api.Phase, ...]:
    if reading is None:
        none = dict.fromkeys(("current_a", "voltage_v", "power_w"))
        return tuple(api.Phase(name=name, **none) for name in PHASES[:count])
    values = zip(reading.current_a, reading.voltage_v, reading.power_phase_w, strict=True)
    return tuple(
        api.Phase(
            name=name,
            current_a=current_a,
            voltage_v=voltage_v,
            power_w=power_w if power_w is not None else _product(current_a, voltage_v),
        )
        for name, (current_a, voltage_v, power_w) in zip(PHASES[:count], values, strict=False)
    )


def _product(current_a: float | None, voltage_v: float | None) -> float | None:
    """Power as far as it follows; a charging car's power factor is near 1."""
    if current_a is None or voltage_v is None:
        return None
    return round(current_a * voltage_v, 1)


def _faults(evse: Evse) -> tuple[api.Fault, ...]:
    return tuple(
        api.Fault(
            name=row.name,
            text=row.text,
            severity=SEVERITIES[row.severity],
            clears=CLEARINGS[row.clears],
            since=stamp(since),
        )
        for code, since in sorted(evse.faults.items())
        for row in (info_of(code),)
    )


def _mains(told: dict[str, Any]) -> api.Mains:
    current_a = told["current_a"]
    return api.Mains(
        quality=told["quality"],
        current_a=tuple(current_a) if current_a is not None else None,
        power_w=told["power_w"],
        surplus_w=told["surplus_w"],
    )


def _code(address: str) -> api.PaymentCode | None:
    if not address:
        return None
    try:
        size, path = drawn(address)
    except ValueError:  # longer than any code
        return None
    return api.PaymentCode(address=address, size=size, path=path)


def _cost(told: dict[str, Any]) -> api.Cost:
    return api.Cost(
        text=told["text"],
        currency=told.get("currency"),
        total=told["total"],
        now=told.get("now"),
        is_final=told["is_final"],
    )
