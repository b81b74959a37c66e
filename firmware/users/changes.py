"""Changes: what is written to the store of users."""

from dataclasses import dataclass

from ampkeeper.firmware.users.book import User


@dataclass(frozen=True, slots=True)
class SaveUsers:
    """These users are so now, with these cards and no others."""

    users: tuple[User, ...]


@dataclass(frozen=True, slots=True)
class ForgetPerson:
    """Somebody is not known any more; whose his closed sessions were neither.

    ``number`` None: no user, whoever has ``cards``, in upper case. By a card alone only what is
    of no user goes: who else had it keeps what is his.
    """

    number: int | None
    cards: tuple[str, ...]
