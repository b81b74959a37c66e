"""Trust: the station's security, built from the configuration and the files that it names."""

import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ampkeeper.firmware.config.model import Config, Ocpp
from ampkeeper.firmware.ocpp.variables import Settings
from ampkeeper.firmware.security_events import SecurityEventKind
from ampkeeper.firmware.station.car_requests import CarRequests
from ampkeeper.firmware.station.clock import FollowingClock, follow
from ampkeeper.firmware.station.csms import CsmsDesk
from ampkeeper.firmware.station.secc import Secc
from ampkeeper.firmware.station.security import Given, Security
from ampkeeper.firmware.station.security_log import SecurityLog
from ampkeeper.firmware.station.signature import Signature
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.hal.errors import AbsentError

if TYPE_CHECKING:
    from ampkeeper.firmware.certificates.book import CertificateBook

log = logging.getLogger(__name__)


def security_of(
    config: Config, settings: Settings, task: StationTask, csms: CsmsDesk, clock: FollowingClock
) -> Security:
    """The station's security, with what the configuration brings to it."""
    ocpp = config.ocpp
    given = Given(
        partial(read_password, ocpp.password_file), bool(ocpp.certificate_file and ocpp.key_file)
    )
    log = SecurityLog(task.post, csms.tell)
    signature = Signature(config.station.serial, settings, csms.tell)
    task.on_shed = partial(_note_shed, log)
    csms.on_suspicion = log.on_suspicion
    csms.on_time = partial(follow, clock, settings.value, log.note)
    csms.on_accepted += [log.tell_next, signature.ask_if_unheard]
    make_book = partial(_book, ocpp, settings)
    return Security(make_book, log, signature, settings, given, clock.now, task.post)


def cars_of(
    security: Security,
    settings: Settings,
    task: StationTask,
    csms: CsmsDesk,
    clock: FollowingClock,
) -> tuple[Secc, CarRequests]:
    """What a board finds here that speaks ISO 15118."""
    secc = Secc(security, settings, csms.tell, clock.now, task.post)
    csms.on_accepted.append(secc.on_accepted)
    return secc, CarRequests(security, csms.tell, task.post)


def _note_shed(log: SecurityLog, count: int) -> None:
    """The disk has no more room for what is owed: which had to go is in firmware/store's README."""
    text = f"{count} queued messages or samples were given up"
    log.note(SecurityEventKind.MEMORY_EXHAUSTED, text)


def _book(config: Ocpp, settings: Settings) -> "CertificateBook":
    """The book of certificates, with what the configuration says."""
    from ampkeeper.firmware.certificates.book import CertificateBook  # 9 MB, if ever

    replaces = bool(settings.value("SecurityCtrlr.AdditionalRootCertificateCheck"))
    return CertificateBook(replaces, _roots(config))


def read_password(file: str) -> bytes:
    """What the file says; empty without a file; AbsentError: try again later."""
    try:
        return Path(file).read_bytes().strip() if file else b""
    except OSError as error:
        raise AbsentError(f"{file}: {error.strerror}") from error


def _roots(config: Ocpp) -> str:
    """The roots of the file, to judge by; one that cannot be read now trusts nobody."""
    try:
        return Path(config.ca_file).read_text("ascii", "replace") if config.ca_file else ""
    except OSError as error:
        log.error("ca_file %s: %s", config.ca_file, error.strerror)
        return ""
