"""Network profiles in the words of OCPP 2.0.1: SetNetworkProfile (B09).

The order of preference is the variable NetworkConfigurationPriority (B10). ``ocppInterface`` is
obeyed where the file says which of the machine it is; else it is kept and told, and the machine's
routes decide. Reason codes are those of the errata (B09.FR.02, FR.04, FR.05).
"""

from collections.abc import Callable

from ampkeeper.firmware.ocpp.dialect import Answer, Later, Payload, StationPort
from ampkeeper.firmware.ocpp.ports.network import (
    BUSY,
    DOWNGRADE,
    INVALID,
    SLOT,
    NetworkProfile,
)
from ampkeeper.firmware.ocpp.v201.answers import status

VERSIONS = {"OCPP16": ("1.6",), "OCPP20": ("2.0.1",)}
NOT_DONE = ("apn", "vpn")
INVALID_WORD = "InvalidNetworkConf"
REASON_CODES = {
    SLOT: "InvalidConfSlot",
    DOWNGRADE: "NoSecurityDowngrade",
    INVALID: INVALID_WORD,
    BUSY: "InternalError",
}

Handler = Callable[[Payload], Answer | Later]


class Network201:
    """SetNetworkProfile."""

    def __init__(self, station: StationPort) -> None:
        self._station = station
        self.handlers: dict[str, Handler] = {"SetNetworkProfile": self._set}

    def _set(self, payload: Payload) -> Answer:
        asked = payload["connectionData"]
        versions = self._versions(asked)
        if not versions or asked["ocppTransport"] != "JSON":
            return status("Rejected", INVALID_WORD, "OCPP16 or OCPP20 by JSON")
        for name in NOT_DONE:
            if name in asked:
                return status("Rejected", INVALID_WORD, f"{name} is not set here")
        profile = NetworkProfile(
            url=asked["ocppCsmsUrl"],
            security_profile=int(asked["securityProfile"]),
            versions=versions,
            message_timeout_s=int(asked["messageTimeout"]),
            interface=asked["ocppInterface"],
            id=asked.get("identity", ""),  # these two in 2.1 only
            password=asked.get("basicAuthPassword", ""),
        )
        refused = self._station.networks.set_profile(int(payload["configurationSlot"]), profile)
        if refused is None:
            return status("Accepted")
        word = "Failed" if refused.kind == BUSY else "Rejected"  # B09.FR.03
        return status(word, REASON_CODES[refused.kind], refused.text)

    def _versions(self, asked: Payload) -> tuple[str, ...]:
        return VERSIONS.get(asked["ocppVersion"], ())
