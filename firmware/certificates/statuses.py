"""Statuses: the OCSP responses that are kept for cars, and when each is to be asked for anew.

Pure, and free of ``cryptography``. A car waits milliseconds, a responder takes seconds: so each
is there before it is needed (M06). It is renewed when three quarters of its time are over, and
after six days at the latest, so that a week holds (M06.FR.10) where the first try fails.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ampkeeper.firmware.certificates.values import HashData, Question

KEPT_MAX = 40  # four certificates with chains of ten
RENEW_AFTER = timedelta(days=6)
RENEW_AFTER_MIN = timedelta(minutes=15)  # whatever a responder says
KEPT_FOR = timedelta(days=7)  # where the responder does not say how long
RENEW_NUMERATOR, RENEW_DENOMINATOR = 3, 4


@dataclass(frozen=True, slots=True)
class Status:
    """A response as it came, in base64, and what of it decides; times are aware UTC."""

    hashes: HashData
    text: str
    asked_at: datetime
    next_update: datetime | None = None

    @property
    def ends_at(self) -> datetime:
        """When it is of no use any more."""
        return self.next_update or self.asked_at + KEPT_FOR

    @property
    def renew_at(self) -> datetime:
        """When it is to be asked for anew."""
        part = (self.ends_at - self.asked_at) * RENEW_NUMERATOR / RENEW_DENOMINATOR
        return self.asked_at + max(RENEW_AFTER_MIN, min(RENEW_AFTER, part))

    def to_text(self) -> str:
        """As it is kept."""
        told = self.hashes
        return json.dumps(
            {
                "hashes": [
                    told.algorithm,
                    told.issuer_name_hash,
                    told.issuer_key_hash,
                    told.serial,
                ],
                "text": self.text,
                "asked_at": self.asked_at.isoformat(),
                "next_update": self.next_update.isoformat() if self.next_update else None,
            }
        )


def read_status(text: str) -> Status:
    """What ``to_text`` wrote; raises ValueError."""
    try:
        told = json.loads(text)
        hashes = HashData(*(str(part) for part in told["hashes"]))
        next_update = told["next_update"]
        return Status(
            hashes,
            str(told["text"]),
            datetime.fromisoformat(told["asked_at"]),
            datetime.fromisoformat(next_update) if next_update else None,
        )
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"no status: {error}") from error


class Statuses:
    """What is kept, each at a place from 0 on, under which it is written down."""

    def __init__(self) -> None:
        self._kept: dict[int, Status] = {}

    def of(self, question: Question, now: datetime) -> Status | None:
        """What is known, as long as it holds."""
        found = self._kept.get(self._place(question.hashes, -1))
        return found if found is not None and now < found.ends_at else None

    def due(self, asked: Iterable[Question], now: datetime) -> list[Question]:
        """Which are to be asked for now."""
        known = {status.hashes.folded(): status for status in self._kept.values()}
        found = ((each, known.get(each.hashes.folded())) for each in asked)
        return [each for each, status in found if status is None or now >= status.renew_at]

    def place_of(self, status: Status) -> int | None:
        """Where it is to be kept: in place of the one before, or where there is room; or None."""
        free = next(place for place in range(KEPT_MAX + 1) if place not in self._kept)
        place = self._place(status.hashes, free)
        return place if place < KEPT_MAX else None

    def stale(self, asked: Iterable[Question]) -> list[int]:
        """The places of those that nobody asks for any more."""
        wanted = {each.hashes.folded() for each in asked}
        return [place for place, kept in self._kept.items() if kept.hashes.folded() not in wanted]

    def keep(self, place: int, status: Status) -> None:
        """It is written down."""
        self._kept[place] = status

    def drop(self, place: int) -> None:
        """It is gone."""
        self._kept.pop(place, None)

    def _place(self, hashes: HashData, otherwise: int) -> int:
        wanted = hashes.folded()
        places = (place for place, kept in self._kept.items() if kept.hashes.folded() == wanted)
        return next(places, otherwise)
