"""Words: the configuration of a charger that a test asks for, and what a failed wait says; pure."""

import json
from collections.abc import Sequence

from ampkeeper.board.emulated.rig.shapes import ChargerState, Event, EvseState

EVENTS_SHOWN = 8
EVENT_CHARS_MAX = 200
CONFIG = """\
[station]
vendor = "Ampkeeper"
model = "Emulated"
serial = {serial}

[board]
name = "emulated"

[[evse]]
id = 1
max_a = 32
phases = 3
socket = true

[ocpp]
url = {url}
id = {station_id}
versions = {versions}

[ocpp.keys]
MeterValueSampleInterval = 10

[ocpp.variables]
"OCPPCommCtrlr.RetryBackOffWaitMinimum" = 2
"OCPPCommCtrlr.RetryBackOffRandomRange" = 1
"""


def config_text(csms_url: str, station_id: str, versions: Sequence[str]) -> str:
    """A configuration; every text in it is quoted, whatever it holds."""
    return CONFIG.format(
        serial=json.dumps(station_id),
        url=json.dumps(csms_url),
        station_id=json.dumps(station_id),
        versions=json.dumps(list(versions)),
    )


def failure_text(
    station_id: str,
    what: str,
    within_s: float,
    state: ChargerState,
    events: Sequence[Event],
) -> str:
    """What a person needs to know when something did not happen in time."""
    csms = state["csms"]
    lines = [f"{station_id}: not within {within_s:g} s: {what}", f"it is {state['time']}:"]
    lines.append(
        f"  central system: link {csms['link']}, registration {csms['registration']}, "
        f"OCPP {csms['ocpp']}, {csms['queued']} queued"
    )
    lines += [f"  {evse_line(evse)}" for evse in state["evses"]]
    if events:
        lines.append("newest events:")
        lines += [f"  {json.dumps(event)[:EVENT_CHARS_MAX]}" for event in events[-EVENTS_SHOWN:]]
    return "\n".join(lines)


def evse_line(evse: EvseState) -> str:
    """One EVSE in a line."""
    session = evse["session"]
    told = "no session"
    if session is not None:
        told = f"session {session['state']} by {session['id_tag']}, {session['energy_wh']} Wh"
    return (
        f"EVSE {evse['id']}: {evse['status']}, pilot {evse['pilot']['state']}, contactor "
        f"{evse['contactor']}, {evse['power_w']} W, limit {evse['limit_a']} A by "
        f"{evse['limited_by']}, {told}, faults {evse['faults'] or 'none'}"
    )
