"""A bench for what cars need: a station's security, and a central system that is asked for them."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from ampkeeper.firmware.ocpp.v21.cars import car_call as car_call_21
from ampkeeper.firmware.ocpp.v201.cars import car_call as car_call_201
from ampkeeper.firmware.station.car_requests import CarRequests
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.secc import Secc
from tests.support.pki import Authority, Issued, ocsp_response

from .security_bench import OPERATOR, Bench

SECC_ID = "DE-ICE-S-0003C4D5578786756453309675436-2"
ASK_AT = "http://ocsp.example/"


class CarBench(Bench):
    """Somebody speaks ISO 15118 here; ``asked`` is what the central system heard for cars."""

    def __init__(self, path: Path, is_21: bool = True) -> None:
        self.is_21 = is_21
        self.asked: list[Any] = []  # (call, heard)
        self.root = Authority("V2G root")
        self.below = self.root.below("V2G sub-CA", responder=ASK_AT)
        super().__init__(path)
        self.settings.change(OPERATOR, "Operator")
        assert self.security.install("V2GRoot", self.root.pem) == "accepted"

    def start(self) -> None:
        super().start()
        self.settings.change(OPERATOR, "Operator")
        self.secc = Secc(self.security, self.settings, self._tell, lambda: self.now, self._post)
        self.problems += self.secc.recall(self.store)
        self.requests = CarRequests(self.security, self._tell, self._post)
        self.secc.attach(SECC_ID)

    def for_cars(self, word: Any) -> Any:
        return car_call_21(word) if self.is_21 else car_call_201(word)

    def security_event(self, event: Any) -> None:
        """It is in the log; nobody is told here."""

    def _tell(self, word: Any, heard: Any) -> None:
        call = word(self)
        if call is None or not self.is_up:
            heard(None, call is None)
            return
        self.asked.append((call, heard))

    def follow(self, seconds: float = 0.0) -> None:
        self.now_s += seconds
        effects = Effects()
        self.secc.follow(effects, self.now, self.now_s)
        self.requests.follow(effects, self.now, self.now_s)
        self.carry_out(effects)

    def take(self, action: str) -> tuple[dict[str, Any], Any]:
        """The only thing that is asked: its payload, and who hears the answer."""
        ((call, heard),) = self.asked
        self.asked.clear()
        assert call.action == action
        return call.payload, heard

    def have_signed(self, **options: Any) -> Issued:
        """A certificate for cars is asked for, signed and taken."""
        self.secc.ask_signature()
        payload, heard = self.take("SignCertificate")
        heard({"status": "Accepted"}, False)
        issued = self.below.sign(payload["csr"], responder=ASK_AT, **options)
        assert self.secc.take_signed(issued.chain_pem)
        return issued

    def answer_status(self, issued: Issued, lasts: timedelta = timedelta(days=3)) -> str:
        """Answer the next question about a status; whose it was."""
        payload, heard = self.take("GetCertificateStatus")
        serial = payload["ocspRequestData"]["serialNumber"]
        is_own = serial == format(issued.certificate.serial_number, "x")
        whose, by = (
            (issued.certificate, self.below) if is_own else (self.below.certificate, self.root)
        )
        text = ocsp_response(whose, by, self.now, lasts)
        heard({"status": "Accepted", "ocspResult": text}, False)
        return "own" if is_own else "CA"

    def days(self, days: float) -> None:
        """Time passes."""
        self.now_s += timedelta(days=days).total_seconds()
