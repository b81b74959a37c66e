"""A variable of the device model: where it stands, what it may be, and which attributes it has.

The words are those of OCPP 2.0.1 and 2.1 alike (part 1, chapter 4). Names are compared without
case; an empty instance is none (B06.FR.15).
"""

from dataclasses import dataclass

ACTUAL, TARGET, MIN_SET, MAX_SET = "Actual", "Target", "MinSet", "MaxSet"
READ_ONLY = "ReadOnly"
WRITE_ONLY = "WriteOnly"


@dataclass(frozen=True, slots=True)
class Component:
    """A component and its tier: the station, an EVSE of it, or a connector of that."""

    name: str
    instance: str = ""
    evse_id: int | None = None
    connector_id: int | None = None

    @property
    def key(self) -> tuple[str, str, int, int]:
        """Equal for equal components, whatever the case; ids from 1."""
        ids = (self.evse_id or 0, self.connector_id or 0)
        return (self.name.casefold(), self.instance.casefold(), *ids)


@dataclass(frozen=True, slots=True)
class Attribute:
    """One value of a variable. ``access`` is a name of MutabilityEnumType.

    ``text`` is the value of one that nothing changes; None: it is asked for.
    """

    kind: str = ACTUAL
    access: str = READ_ONLY
    is_persistent: bool = False
    is_constant: bool = False
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Characteristics:
    """What the values of a variable may be; ``kind`` is a name of DataEnumType."""

    kind: str
    unit: str = ""
    lowest: float | None = None
    highest: float | None = None
    allowed: tuple[str, ...] = ()
    can_be_monitored: bool = False


@dataclass(frozen=True, slots=True)
class Variable:
    """``known_as`` is the name that whoever has the values knows it by: "EVSE@1.Power"."""

    component: Component
    name: str
    instance: str
    known_as: str
    attributes: tuple[Attribute, ...]
    characteristics: Characteristics

    @property
    def key(self) -> tuple[str, str]:
        """Equal for equal variables of one component."""
        return (self.name.casefold(), self.instance.casefold())

    def attribute(self, kind: str) -> Attribute | None:
        """The attribute of a kind, if it has it."""
        return next((each for each in self.attributes if each.kind == kind), None)

    @property
    def is_settable(self) -> bool:
        """True if an operator can set any of it (B07.FR.07)."""
        return any(each.access != READ_ONLY for each in self.attributes)
