"""``python -m tools.ocpp21``: which messages of OCPP 2.1 are there, into docs/ocpp21-coverage.md.

``--check`` writes nothing and fails if the page is not current, or if a message is neither in the
code nor named below with the reason why not. What is asked of the station is looked up in the
dialect's handlers; what it says, in every ``Call`` of the firmware's source.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from ampkeeper.firmware.ocpp.dialect import StationPort
from ampkeeper.firmware.ocpp.schemas import schemas_for
from ampkeeper.firmware.ocpp.v21.requests import SUBPROTOCOL, Requests21

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "ocpp21-coverage.md"
SOURCES = ("firmware/ocpp", "firmware/station")
TO_STATION, FROM_STATION, BOTH = "central system → station", "station → central system", "both"

NO_15118 = "no board speaks ISO 15118"
NO_DER = "a car is only charged here: no distributed energy resource to control (block R)"
NO_V2X = "a car is only charged here: nothing is given back to the grid (block Q)"
NO_SWAP = "no battery swap station (block S)"
NO_LOCAL = "no local controller"
NO_TERMINAL = "no payment terminal (C20 to C24)"
REASONS = {  # why not, of each message that is not there
    "AFRRSignal": NO_V2X,
    "BatterySwap": NO_SWAP,
    "ClearDERControl": NO_DER,
    "GetDERControl": NO_DER,
    "NotifyAllowedEnergyTransfer": NO_15118,
    "NotifyDERAlarm": NO_DER,
    "NotifyDERStartStop": NO_DER,
    "NotifyEVChargingNeeds": NO_15118,
    "NotifyEVChargingSchedule": NO_15118,
    "NotifySettlement": NO_TERMINAL,
    "PublishFirmware": NO_LOCAL,
    "PublishFirmwareStatusNotification": NO_LOCAL,
    "ReportDERControl": NO_DER,
    "RequestBatterySwap": NO_SWAP,
    "SetDERControl": NO_DER,
    "UnpublishFirmware": NO_LOCAL,
    "VatNumberValidation": NO_TERMINAL,
}
SAID_TEXT = """
    Authorize BatterySwap BootNotification ClearedChargingLimit ClosePeriodicEventStream
    FirmwareStatusNotification Get15118EVCertificate GetCertificateChainStatus
    GetCertificateStatus Heartbeat LogStatusNotification MeterValues NotifyChargingLimit
    NotifyCustomerInformation NotifyDERAlarm NotifyDERStartStop NotifyDisplayMessages
    NotifyEVChargingNeeds NotifyEVChargingSchedule NotifyEvent NotifyMonitoringReport
    NotifyPeriodicEventStream NotifyPriorityCharging NotifyReport NotifySettlement
    OpenPeriodicEventStream PublishFirmwareStatusNotification
    PullDynamicScheduleUpdate ReportChargingProfiles ReportDERControl ReservationStatusUpdate
    SecurityEventNotification SignCertificate StatusNotification TransactionEvent
    VatNumberValidation
"""
SAID = frozenset(SAID_TEXT.split())  # by a station, as part 2 has it
HEAD = """\
# OCPP 2.1: which messages are there

Every message of the standard, which way it goes, and whether this station has it.
What is asked and is not there is answered with NotSupported, what no standard has with
NotImplemented. A message that is there may still refuse some of its fields, by name: see
[firmware/ocpp/v21](../firmware/ocpp/v21/README.md).

"""
TAIL = "\nThis page is made by `python -m tools.ocpp21`; `make check` compares it.\n"


def messages() -> list[str]:
    """All messages that the standard's schemas know, by name."""
    return sorted(schemas_for(SUBPROTOCOL).actions())


def said() -> frozenset[str]:
    """Every message that the firmware can say: the names in all its ``Call(...)``."""
    files = [path for folder in SOURCES for path in sorted((ROOT / folder).rglob("*.py"))]
    return frozenset(name for path in files for name in _calls_in(path.read_text("utf-8")))


def _calls_in(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        if not isinstance(node.func, ast.Name) or node.func.id != "Call":
            continue
        for part in ast.walk(node.args[0]):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part.value


def row(name: str, is_answered: bool, is_said: bool) -> tuple[str, str, str]:
    """Which way a message goes, whether it is there, and why not."""
    way = BOTH if name == "DataTransfer" else FROM_STATION if name in SAID else TO_STATION
    is_there = {BOTH: is_answered and is_said, FROM_STATION: is_said, TO_STATION: is_answered}[way]
    return way, "yes" if is_there else "no", "" if is_there else REASONS.get(name, "")


def page(rows: dict[str, tuple[str, str, str]]) -> str:
    """The page, and its sum."""
    there = sum(found == "yes" for _, found, _ in rows.values())
    lines = [f"{there} of {len(rows)} messages.", "", "| message | way | there | why not |"]
    lines.append("|---|---|---|---|")
    lines += [f"| {name} | {way} | {found} | {why} |" for name, (way, found, why) in rows.items()]
    return HEAD + "\n".join(lines) + "\n" + TAIL


def problems(rows: dict[str, tuple[str, str, str]]) -> list[str]:
    """Messages without a reason, and reasons without a message."""
    wrong = [
        f"{name}: why is it not there?" for name, found in rows.items() if found[1:] == ("no", "")
    ]
    wrong += [f"{name}: there is no such message" for name in (SAID | set(REASONS)) - set(rows)]
    stale = [name for name in REASONS if name in rows and rows[name][1] == "yes"]
    return wrong + [f"{name}: it is there" for name in stale]


def main() -> int:
    """Write the page, or compare it."""
    answered = Requests21(cast("StationPort", object())).actions
    worded = said()
    rows = {name: row(name, name in answered, name in worded) for name in messages()}
    wrong = problems(rows)
    text = page(rows)
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.is_file() or PAGE.read_text("utf-8") != text:
        wrong.append("docs/ocpp21-coverage.md is not current: run python -m tools.ocpp21")
    there = sum(found == "yes" for _, found, _ in rows.values())
    print("\n".join(wrong) or f"OCPP 2.1: {there} of {len(rows)} messages are there")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
