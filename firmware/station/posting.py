"""Posting: builds the ways by which receipts leave the station, as configured."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from ampkeeper.firmware.billing.charge_log import Charge, is_of
from ampkeeper.firmware.billing.receipt import statement
from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.energy.configured import zone_of
from ampkeeper.firmware.faces.delivery.letters import (
    MAIL,
    PUSH,
    Log,
    mail,
    monthly_mail,
    monthly_push,
    push,
)
from ampkeeper.firmware.faces.delivery.monthly import MonthlyFace, Source, log_month
from ampkeeper.firmware.faces.delivery.task import DeliveryFace
from ampkeeper.firmware.faces.delivery.task import Source as Owed
from ampkeeper.firmware.post import Post
from ampkeeper.firmware.station.charge_log import charges
from ampkeeper.firmware.station.deliveries import Deliveries, charge_in
from ampkeeper.firmware.station.letterhead import letterhead_of
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.firmware.store.reads import Reads
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.store.task import StoreWorker
from ampkeeper.hal.ports import Clock


def deliveries_of(
    config: Config,
    task: StationTask,
    books: tuple[Store, StoreWorker],
    post: Post,
    waits: Callable[[Charge], float],
) -> list[DeliveryFace]:
    """One face for each way; what ends from now on is owed by them, once it ``waits`` no more."""
    told, named, letterhead = config.delivery, config.station, letterhead_of(config)
    station = f"{named.vendor} {named.model} {named.serial}"

    def send_mail(message_id: str, charge: Charge) -> None:
        who = (told.mail_from, told.mail_to)
        post.mail(mail(message_id, charge, letterhead, station, *who), told.mail_to)

    def send_push(message_id: str, charge: Charge) -> None:
        post.push(message_id, push(message_id, charge, named.serial))

    zone = zone_of(config.energy.time_zone) if config.energy.time_zone else None
    charge = partial(charge_in, zone=zone, currency=config.tariff.currency)
    source = Owed(*books, charge, waits)
    senders = {MAIL: send_mail} if told.mail_to else {}
    senders |= {PUSH: send_push} if told.push_url else {}
    faces = [DeliveryFace(way, source, send) for way, send in senders.items()]

    def tell() -> None:
        for face in faces:
            face.grew.set()

    task.followers.append(Deliveries(tuple(senders), tell).follow)
    return faces


def monthly_logs_of(
    config: Config,
    books: tuple[Store, StoreWorker],
    post: Post,
    time: tuple[Clock, Callable[[], bool]],
) -> MonthlyFace:
    """The face that sends the logs of each month; ``time``: the clock, and whether it is right."""
    clock, is_right = time
    told, serial, letterhead = config.delivery, config.station.serial, letterhead_of(config)
    zone = zone_of(config.energy.time_zone) if config.energy.time_zone else None
    logs = [Log(one.user, MAIL, one.mail_to) for one in config.monthly_log if one.mail_to]
    logs += [Log(one.user, PUSH, told.push_url) for one in config.monthly_log if one.push]

    def now() -> datetime:
        return clock.now().astimezone(zone)

    def read(reads: Reads, month: str, user: str) -> list[Charge]:
        kept = charges(reads, zone, config.tariff.currency)
        his = (one for one in kept if is_of(one, "", user))
        return [one for one in his if log_month(one.started, one.ended) == month]

    def send(message_id: str, log: Log, month: str, found: Sequence[Charge]) -> None:
        if log.way == PUSH:
            post.push(message_id, monthly_push(message_id, log, month, found, serial))
            return
        made = now()
        paper = statement(found, letterhead, serial, month, made)
        post.mail(monthly_mail(message_id, log, found, paper, told.mail_from, made), log.to)

    return MonthlyFace(tuple(dict.fromkeys(logs)), Source(*books, read, now, is_right), send)
