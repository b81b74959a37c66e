"""Network profiles in the words of OCPP 2.1: SetNetworkProfile (B09)."""

from ampkeeper.firmware.ocpp.dialect import Answer, Payload
from ampkeeper.firmware.ocpp.system import VERSIONS
from ampkeeper.firmware.ocpp.v21.answers import not_done
from ampkeeper.firmware.ocpp.v201.network import Network201

NOT_DONE = ("identity", "basicAuthPassword")


class Network21(Network201):
    """SetNetworkProfile."""

    def _set(self, payload: Payload) -> Answer:
        for name in NOT_DONE:
            if name in payload["connectionData"]:
                return not_done(f"{name} is not set here")
        return super()._set(payload)

    def _versions(self, asked: Payload) -> tuple[str, ...]:
        """``ocppVersion`` is ignored: the handshake decides, the newest first."""
        return VERSIONS
