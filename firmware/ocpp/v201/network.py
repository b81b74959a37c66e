"""Network profiles in the words of OCPP 2.0.1: SetNetworkProfile (B09).

The order of preference is the variable NetworkConfigurationPriority (B10). An interface is not
chosen here, and ``messageTimeout`` is that of OCPPCommCtrlr for every central system.
"""

from collections.abc import Callable

from ampkeeper.firmware.ocpp.dialect import Answer, Later, Payload, StationPort
from ampkeeper.firmware.ocpp.v201.answers import status

VERSIONS = {"OCPP16": ("1.6",), "OCPP20": ("2.0.1",)}
NOT_DONE = ("apn", "vpn")

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
            return status("Rejected", "UnsupportedParam", "OCPP16 or OCPP20 by JSON")
        for name in NOT_DONE:
            if name in asked:
                return status("Rejected", "UnsupportedParam", f"{name} is not set here")
        problem = self._station.networks.set_profile(
            int(payload["configurationSlot"]),
            asked["ocppCsmsUrl"],
            int(asked["securityProfile"]),
            versions,
        )
        return status("Rejected", "InvalidValue", problem) if problem else status("Accepted")

    def _versions(self, asked: Payload) -> tuple[str, ...]:
        return VERSIONS.get(asked["ocppVersion"], ())
