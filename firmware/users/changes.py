"""Changes: what is written to the store of users."""

from dataclasses import dataclass

from ampkeeper.firmware.users.book import User


@dataclass(frozen=True, slots=True)
class SaveUsers:
    """These users are so now, with these cards and no others."""

    users: tuple[User, ...]


@dataclass(frozen=True, slots=True)
class ForgetUser:
    """Somebody is not known any more; whose his sessions were neither."""

    number: int
