"""Plug & Charge by DataTransfer (OCA, "Using ISO 15118 Plug & Charge with OCPP 1.6").

No board speaks ISO 15118: no car's contract is seen here, so nothing is sent, and the station has
no certificate of its own to show to cars. What is left is to keep the roots, for a board that will
have need of them; they come in the words of OCPP 2.0.1, as a text.
"""

import json
from typing import Any

from ampkeeper.firmware.ocpp.declared.plug_and_charge import ROOTS_KEPT
from ampkeeper.firmware.ocpp.dialect import Answer, Later, Payload, StationPort
from ampkeeper.firmware.ocpp.inner_json import BadTextError, read_object
from ampkeeper.firmware.ocpp.schemas import schemas_for
from ampkeeper.firmware.ocpp.v201.certificates import Certificates201

PNC_VENDOR = "org.openchargealliance.iso15118pnc"
TEXT_CHARS_MAX = 32_768
REJECTED = Answer({"status": "Rejected"})
KINDS = ("V2GRootCertificate", "MORootCertificate")


class PlugAndCharge16:
    """What a central system may ask by DataTransfer; each answer is a text, too."""

    def __init__(self, station: StationPort) -> None:
        self._station = station
        certificates = Certificates201(station).handlers
        self._delete = certificates["DeleteCertificate"]
        self._ids = certificates["GetInstalledCertificateIds"]
        self._install = certificates["InstallCertificate"]
        self._takers = {
            "CertificateSigned": self._on_signed,
            "DeleteCertificate": self._delete,
            "GetInstalledCertificateIds": self._on_ids,
            "InstallCertificate": self._on_install,
            "TriggerMessage": self._on_trigger,
        }

    def answer(self, message_id: str, data: Any) -> Answer | None:
        """The answer; what cannot be read is refused with its reason."""
        if not self._station.variable(ROOTS_KEPT):
            return None
        taker = self._takers.get(message_id)
        if taker is None:
            return Answer({"status": "UnknownMessageId"})
        try:
            asked = read_object(data, TEXT_CHARS_MAX)
        except BadTextError as error:
            return Answer({"status": "Rejected", "data": str(error)})
        wrong = schemas_for("ocpp2.0.1").check_request(message_id, asked)
        if wrong is not None:
            return Answer({"status": "Rejected", "data": str(wrong.text)[:200]})
        told = taker(asked)
        assert not isinstance(told, Later), "certificates wait for no hardware"
        return Answer({"status": "Accepted", "data": json.dumps(told.payload)}, then=told.then)

    def _on_install(self, payload: Payload) -> Answer | Later:
        """The other roots are the security whitepaper's."""
        return self._install(payload) if payload["certificateType"] in KINDS else REJECTED

    def _on_ids(self, payload: Payload) -> Answer | Later:
        asked = [kind for kind in payload.get("certificateType", KINDS) if kind in KINDS]
        return self._ids(payload | {"certificateType": asked})

    def _on_signed(self, payload: Payload) -> Answer:
        """None was asked for."""
        return REJECTED

    def _on_trigger(self, payload: Payload) -> Answer:
        """There is no key to have signed."""
        return Answer({"status": "NotImplemented"})
