"""What OCPP 2.1 says for a car that speaks ISO 15118: use cases A02, M01, M02, M06 and M07."""

from ampkeeper.firmware.ocpp.dialect import Call
from ampkeeper.firmware.ocpp.orders import hash_payload
from ampkeeper.firmware.ocpp.ports.secc import (
    AskChain,
    AskContract,
    AskStatus,
    CarWord,
    SignForCars,
)
from ampkeeper.firmware.ocpp.v201.cars import FOR_CARS, certificate_status, contract


def car_call(word: CarWord) -> Call:
    """SignCertificate, GetCertificateStatus, Get15118EVCertificate or GetCertificateChainStatus."""
    match word:
        case SignForCars():
            return _sign(word)
        case AskStatus():
            return certificate_status(word)
        case AskContract():
            return _contract(word)
        case AskChain():
            return _chain(word)


def _sign(word: SignForCars) -> Call:
    payload = {"csr": word.csr, "certificateType": FOR_CARS}
    root = {} if word.root is None else {"hashRootCertificate": hash_payload(word.root)}
    return Call("SignCertificate", payload | root)


def _contract(word: AskContract) -> Call:
    """M01.FR.02, FR.03: the number of chains goes with ISO 15118-20, and only with it."""
    payload = contract(word)
    if word.chains_max is not None:
        payload["maximumContractCertificateChains"] = word.chains_max
    if word.emaids:
        payload["prioritizedEMAIDs"] = list(word.emaids)
    return Call("Get15118EVCertificate", payload)


def _chain(word: AskChain) -> Call:
    asked = [
        {
            "certificateHashData": hash_payload(each.hashes),
            "source": "OCSP" if each.is_ocsp else "CRL",
            "urls": list(each.urls),
        }
        for each in word.questions
    ]
    return Call("GetCertificateChainStatus", {"certificateStatusRequests": asked})
