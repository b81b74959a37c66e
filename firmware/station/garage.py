"""The cars that the configuration knows, as profiles in ring 1's units."""

from ampkeeper.firmware.config.model import WAKES, Config
from ampkeeper.firmware.config.model import Vehicle as OwnCar
from ampkeeper.firmware.vehicles import Garage, Vehicle


def garage_of(config: Config) -> Garage:
    """The profiles of the cars that charge here."""
    vehicles = [Vehicle(car.tags, car.like, _changes(car)) for car in config.vehicle]
    return Garage(config.protection.vehicle, vehicles)


def _changes(car: OwnCar) -> dict[str, int]:
    said = {
        "min_ma": None if car.min_a is None else car.min_a * 1_000,
        "wake_method": None if car.wake is None else WAKES.index(car.wake),
        "wake_after_ms": None if car.wake_after_s is None else car.wake_after_s * 1_000,
        "phase_gap_ms": None if car.phase_gap_s is None else car.phase_gap_s * 1_000,
        "may_switch_phases": car.may_switch_phases,
        "b_filter_ms": car.b_filter_ms,
        "never_f": car.never_f,
    }
    return {name: round(value) for name, value in said.items() if value is not None}
