"""What OCPP 2.0.1 says for a car that speaks ISO 15118: use cases A02, M01, M02 and M06."""

from ampkeeper.firmware.ocpp.dialect import Call, Payload
from ampkeeper.firmware.ocpp.orders import hash_payload
from ampkeeper.firmware.ocpp.ports.secc import AskContract, AskStatus, CarWord, SignForCars

FOR_CARS = "V2GCertificate"


def car_call(word: CarWord) -> Call | None:
    """SignCertificate, GetCertificateStatus or Get15118EVCertificate; else there is no word."""
    match word:
        case SignForCars(csr):
            return Call("SignCertificate", {"csr": csr, "certificateType": FOR_CARS})
        case AskStatus():
            return certificate_status(word)
        case AskContract(chains_max=None, emaids=()):
            return Call("Get15118EVCertificate", contract(word))
        case _:
            return None


def certificate_status(word: AskStatus) -> Call:
    """GetCertificateStatus."""
    asked = hash_payload(word.hashes) | {"responderURL": word.responder_url}
    return Call("GetCertificateStatus", {"ocspRequestData": asked})


def contract(word: AskContract) -> Payload:
    """Get15118EVCertificate, as far as 2.0.1 has it."""
    return {
        "iso15118SchemaVersion": word.schema,
        "action": word.action,
        "exiRequest": word.exi,
    }
