"""Network profiles in the words of OCPP 2.1: SetNetworkProfile (B09).

A system may have an identity and a password of its own, which 2.0.1 cannot say.
"""

from ampkeeper.firmware.ocpp.dialect import Payload
from ampkeeper.firmware.ocpp.system import VERSIONS
from ampkeeper.firmware.ocpp.v201.network import Network201


class Network21(Network201):
    """SetNetworkProfile."""

    def _versions(self, asked: Payload) -> tuple[str, ...]:
        """``ocppVersion`` is ignored: the handshake decides, the newest first."""
        return VERSIONS
