"""Paying: builds what a payment terminal needs of the station, as configured."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial

from ampkeeper.firmware.billing.charge_log import Charge
from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.energy.configured import zone_of
from ampkeeper.firmware.faces.terminal.task import Source, TerminalFace
from ampkeeper.firmware.station.deliveries import charge_in
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.firmware.station.till import Till, TillRules
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.store.task import StoreWorker
from ampkeeper.firmware.terminal import MakeTerminal


def terminal_of(
    config: Config,
    task: StationTask,
    books: tuple[Store, StoreWorker],
    make: MakeTerminal,
    new_id: Callable[[], str],
    waits: Callable[[Charge], float],
) -> TerminalFace:
    """The face of the configured terminal; what is claimed ``waits`` for its last price."""
    currency = config.tariff.currency
    rules = TillRules(Decimal(str(config.payment.hold)), currency)
    till = Till(task.station, rules, new_id, task.post)
    zone = zone_of(config.energy.time_zone) if config.energy.time_zone else None
    charge = partial(charge_in, zone=zone, currency=currency)
    return TerminalFace(till, task, Source(*books, charge, waits), make)
