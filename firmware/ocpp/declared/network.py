"""What is told of each central system that the station may connect to, by its slot.

The component is that of OCPP 2.1; here it is read only: SetNetworkProfile fills a slot. An empty
slot has empty values. There is no APN and no VPN: the operating system's network is used.
"""

from ampkeeper.firmware.ocpp.makers import fixed, live
from ampkeeper.firmware.ocpp.setting import Kind, Setting
from ampkeeper.firmware.ocpp.system import MAIN, SLOTS_MAX
from ampkeeper.firmware.ocpp.system import VERSIONS as SPOKEN

COMPONENT = "NetworkConfiguration"
VERSIONS = {version: "OCPP" + version.replace(".", "") for version in SPOKEN} | {"2.0.1": "OCPP20"}
TRANSPORT = "JSON"
WIRED = tuple(f"Wired{number}" for number in range(4))
WIRELESS = tuple(f"Wireless{number}" for number in range(4))
ANY = "Any"  # of 2.1: the machine's routes decide


def _of(slot: int) -> tuple[Setting, ...]:
    here = f"{COMPONENT}[{slot}]"
    return (
        live(f"{here}.OcppCsmsUrl", Kind.TEXT, "Address, without the station's identity."),
        live(f"{here}.Identity", Kind.TEXT, "The station's identity there."),
        live(
            f"{here}.OcppVersion", Kind.OPTION, "Version that is offered first.",
            allowed=tuple(VERSIONS.values()),
        ),
        live(
            f"{here}.OcppTransport", Kind.OPTION, "Always JSON over WebSocket.",
            allowed=(TRANSPORT,),
        ),
        live(
            f"{here}.OcppInterface", Kind.OPTION, "What it is reached by, if [ocpp] names it.",
            allowed=(*WIRED, *WIRELESS, ANY),
        ),
        live(f"{here}.SecurityProfile", Kind.INTEGER, "Its security profile."),
        live(f"{here}.MessageTimeout", Kind.INTEGER, "How long it may take to answer.", "s"),
        fixed(f"{here}.VpnEnabled", Kind.BOOLEAN, False, "No VPN is set up here."),
        fixed(f"{here}.ApnEnabled", Kind.BOOLEAN, False, "No mobile network is set up here."),
    )  # fmt: skip


NETWORK = tuple(setting for slot in range(MAIN, SLOTS_MAX + 1) for setting in _of(slot))
