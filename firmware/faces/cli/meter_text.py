"""Meter text: what a meter showed, as lines for a person. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

Answer = Mapping[str, Any]
NONE = "-"
ROWS = (
    ("voltage", "voltage_v", "V", 1),
    ("current", "current_a", "A", 3),
    ("power", "power_phase_w", "W", 0),
)
WHOLE = (
    ("power, total", "power_w", "W", 0),
    ("power factor", "power_factor", "", 3),
    ("frequency", "frequency_hz", "Hz", 2),
)


def found_text(
    port: str, found: Sequence[Answer], lines: Sequence[str], units: Sequence[int]
) -> str:
    """What was found, why so, and what to write into the configuration."""
    if not found and "://" in port:
        return (
            f"{port}: no meter answers at units {', '.join(map(str, units))}.\n"
            "Check the meter's supply and unit, and that this is its port."
        )
    if not found:
        return (
            f"{port}: no meter answers at units {', '.join(map(str, units))}"
            f" with {', '.join(lines)}.\n"
            "Check A and B (try them the other way round), the meter's supply, and its unit."
        )
    return "\n\n".join(_found(port, one) for one in found)


def _found(port: str, one: Answer) -> str:
    is_line = "://" not in port  # of a host's, only its own settings know
    head = f"unit {one['unit']}" + (f" at {one['baud']} 8{one['parity']}1" if is_line else "")
    evidence = "; ".join(one["evidence"])
    if not one["maps"]:
        return f"{head}: something answers that no shipped map fits ({evidence})"
    meter = one["meter"]
    names = " or ".join(one["maps"])
    told = [
        f"{head}: {meter['vendor']} {meter['model']} ({evidence})",
        *_wiring(one),
        "[board.meter]",
        f'map = "{one["maps"][0]}"'
        + (f"  # {names}: the same registers" if " or " in names else ""),
        f'port = "{port}"',
        f"unit = {one['unit']}",
    ]
    if is_line:
        told += [f"baud = {one['baud']}", f'parity = "{one["parity"]}"']
    return "\n".join(told)


def reading_text(answer: Answer) -> str:
    """One reading as a table of lines."""
    meter, reading = answer["meter"], answer["reading"]
    serial = f", serial number {meter['serial']}" if meter["serial"] else ""
    told = [f"{meter['vendor']} {meter['model']}{serial}, read in {answer['took_s']:.2f} s"]
    for name, key, unit, digits in ROWS:
        values = "  ".join(f"{_number(value, digits):>9}" for value in reading[key])
        told.append(f"{name:<13} {values} {unit}")
    for name, key, unit, digits in WHOLE:
        told.append(f"{name:<13} {_number(reading[key], digits):>9} {unit}".rstrip())
    told.append(f"{'imported':<13} {_kwh(reading['energy_wh']):>9} kWh")
    told.append(f"{'exported':<13} {_kwh(reading['energy_export_wh']):>9} kWh")
    return "\n".join([*told, *_wiring(answer)])


def line_text(answer: Answer) -> str:
    """One reading as one line."""
    if "error" in answer:
        return f"{answer['time']}  {answer['error']}"
    reading = answer["reading"]
    amps = " ".join(f"{_number(value, 2):>6}" for value in reading["current_a"])
    volts = " ".join(f"{_number(value, 1):>5}" for value in reading["voltage_v"])
    power, energy = _number(reading["power_w"], 0), _kwh(reading["energy_wh"])
    return (
        f"{answer['time']}  {volts} V  {amps} A  {power:>6} W  {energy:>10} kWh"
        f"  {1_000 * answer['took_s']:.0f} ms"
    )


def _wiring(answer: Answer) -> list[str]:
    """What is wrong with the conductors, or that it cannot be told yet."""
    if answer["wiring"]:
        return [f"wiring: {finding}" for finding in answer["wiring"]]
    if answer["wiring_checked"]:
        return ["wiring: each phase measures its own current, the right way round"]
    return ["wiring: too little current flows to tell; look again while a car charges"]


def _number(value: float | None, digits: int) -> str:
    return NONE if value is None else f"{value:.{digits}f}"


def _kwh(energy_wh: int | None) -> str:
    return NONE if energy_wh is None else f"{energy_wh / 1_000:.3f}"
