"""A reservation as both OCPP versions mean it: an EVSE, or any, kept for one token for a time."""

import json
from dataclasses import dataclass
from datetime import datetime

from ampkeeper.firmware.facts import IdToken

ANY = 0  # the "EVSE" of a reservation that names none


@dataclass(frozen=True, slots=True)
class Reservation:
    """1.6 ReserveNow 5.13, 2.0.1 H01. ``evse_id`` 0: any EVSE; ``expires_at`` aware UTC.

    ``group_id``: whoever is of this group may use it too. ``connector_type``: of those without an
    EVSE, only one with such a connector will do (2.0.1 H01.FR.06); the name is 2.x's.
    """

    id: int
    evse_id: int
    token: IdToken
    expires_at: datetime
    group_id: str | None = None
    connector_type: str | None = None
    made_at: datetime | None = None  # when the central system first asked for it

    def is_for(self, token: IdToken, group_id: str | None) -> bool:
        """True if the token, or its group, is the one that this is kept for."""
        return self.token.is_same(token) or (
            group_id is not None
            and self.group_id is not None
            and group_id.upper() == self.group_id.upper()
        )

    def to_text(self) -> str:
        """As the store keeps it."""
        return json.dumps(
            {
                "id": self.id,
                "evse_id": self.evse_id,
                "token": [self.token.value, self.token.kind],
                "expires_at": self.expires_at.isoformat(),
                "group_id": self.group_id,
                "connector_type": self.connector_type,
                "made_at": None if self.made_at is None else self.made_at.isoformat(),
            }
        )


def reservation_of(text: str) -> Reservation:
    """What ``to_text`` wrote; raises ValueError for anything else."""
    try:
        values = json.loads(text)
        value, kind = values["token"]
        made_at = values.get("made_at")  # rows of before do not have it
        found = Reservation(
            id=int(values["id"]),
            evse_id=int(values["evse_id"]),
            token=IdToken(str(value), str(kind)),
            expires_at=datetime.fromisoformat(values["expires_at"]),
            group_id=values["group_id"],
            connector_type=values.get("connector_type"),
            made_at=None if made_at is None else datetime.fromisoformat(made_at),
        )
        if found.expires_at.tzinfo is None or (found.made_at or found.expires_at).tzinfo is None:
            raise ValueError("a time without a zone")
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"not a reservation: {text[:80]!r}") from error
    return found
