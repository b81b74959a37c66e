"""Roles: what each kind of visitor may do; the one table that every route is held against."""

from enum import StrEnum


class Right(StrEnum):
    """What a route asks for."""

    SEE = "see"  # what the charger does now
    HISTORY = "history"  # what it did, and for whom
    CHARGE = "charge"  # start and stop a charge
    LIMIT = "limit"  # how much, and when
    SERVICE = "service"  # faults, self-tests, restart
    CONFIGURE = "configure"  # the configuration
    ACCESS = "access"  # who may come in, and who did what
    PRICES = "prices"  # what a kWh costs
    OWN = "own"  # one's own session and password


class Role(StrEnum):
    """Whom somebody is known as."""

    OWNER = "owner"
    INSTALLER = "installer"
    GUEST = "guest"
    READER = "read-only"
    PRICES = "prices"  # a program that pushes prices, and only that


# fmt: off
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OWNER:     frozenset(Right),
    Role.INSTALLER: frozenset(Right) - {Right.ACCESS},
    Role.GUEST:     frozenset({Right.SEE, Right.CHARGE, Right.OWN}),
    Role.READER:    frozenset({Right.SEE, Right.HISTORY, Right.OWN}),
    Role.PRICES:    frozenset({Right.PRICES}),
}
# fmt: on
PEOPLE = (Role.OWNER, Role.INSTALLER, Role.GUEST, Role.READER)


def may(role: Role, right: Right) -> bool:
    """True if somebody of this role may do that."""
    return right in RIGHTS[role]
