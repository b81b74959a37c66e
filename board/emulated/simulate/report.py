"""Report: what a simulated life came to, as text, as JSON and as one HTML page with plots."""

from collections.abc import Sequence
from html import escape
from typing import Any

from ampkeeper.board.emulated.simulate.life import DAY_S, Outcome

WIDTH, HEIGHT, GAP = 900, 160, 20


def document(outcome: Outcome, seed: int, cpu_s: float) -> dict[str, Any]:
    """Everything, by name; ``trace`` is the hash of all that happened."""
    tally = outcome.tally
    return {
        "seed": seed,
        "days": round(outcome.seconds / DAY_S, 3),
        "trace": tally.digest(),
        "sessions": outcome.sessions,
        "energy_wh": outcome.energy_wh,
        "availability_percent": round(100 - 100 * tally.out_s / outcome.seconds, 3),
        "starts": outcome.starts,
        "stops_by_reason": dict(sorted(outcome.stops.items())),
        "faults": dict(sorted(tally.faults.items())),
        "messages": dict(sorted(tally.messages.items())),
        "energy_by_day_wh": outcome.energy_by_day_wh,
        "queued_by_day_max": outcome.queue_by_day,
        "breaches": 0,
        "leapt_percent": round(100 * outcome.leapt_s / outcome.seconds, 2),
        "cpu_s": round(cpu_s, 1),
    }


def text(told: dict[str, Any]) -> str:
    """For people."""
    lines = [
        f"{told['days']:g} days with seed {told['seed']}, no invariant broken",
        f"trace         {told['trace']}",
        f"sessions      {told['sessions']}, {told['energy_wh'] / 1_000:.1f} kWh",
        f"available     {told['availability_percent']:.2f} % of the time",
        f"starts        {told['starts']}",
        f"most queued   {max(told['queued_by_day_max'], default=0)} messages",
        f"CPU           {told['cpu_s']} s, {told['leapt_percent']} % of the time leapt over",
    ]
    for title, name in (("stops", "stops_by_reason"), ("faults", "faults")):
        lines += [f"{title:13} {count} {what}" for what, count in told[name].items()]
    return "\n".join(lines)


def page(told: dict[str, Any]) -> str:
    """One HTML page that needs nothing else."""
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(_shown(value))}</td></tr>"
        for name, value in told.items()
        if not isinstance(value, list)
    )
    energy_kwh = [value / 1_000 for value in told["energy_by_day_wh"]]
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        f"<title>Simulation, seed {told['seed']}</title>"
        "<style>body{font:15px sans-serif;margin:2em}th{text-align:left;padding-right:2em;"
        "vertical-align:top}rect{fill:#2a6fb0}</style>"
        f"<h1>{told['days']:g} days, seed {told['seed']}</h1><table>{rows}</table>"
        f"{_bars('Energy by day, kWh', energy_kwh)}"
        f"{_bars('Most messages queued, by day', told['queued_by_day_max'])}"
        f"{_bars('Stops by reason', tuple(told['stops_by_reason'].values()))}"
        f"<p>{escape(', '.join(told['stops_by_reason']))}</p></html>\n"
    )


def _bars(title: str, values: Sequence[float]) -> str:
    """A plot of one bar for each value, from the left."""
    most = max(values, default=0) or 1
    wide = WIDTH / max(1, len(values))
    bars = "".join(
        f'<rect x="{index * wide:.2f}" width="{wide * 0.9:.2f}"'
        f' y="{HEIGHT - value * HEIGHT / most:.1f}" height="{value * HEIGHT / most:.1f}"/>'
        for index, value in enumerate(values)
    )
    name = f"{title} (at most {most:g})"
    return (
        f"<h2>{escape(name)}</h2>"
        f'<svg width="{WIDTH}" height="{HEIGHT + GAP}" role="img" aria-label="{escape(name)}">'
        f"{bars}</svg>"
    )


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{count} {name}" for name, count in value.items()) or "none"
    return str(value)
