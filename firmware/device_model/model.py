"""The model: everything there is, found by name, or the word for what is missing.

Made once: what a station consists of does not change while it runs, only the values do.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ampkeeper.firmware.device_model.variable import ACTUAL, Component, Variable

UNKNOWN_COMPONENT = "UnknownComponent"
UNKNOWN_VARIABLE = "UnknownVariable"
NO_SUCH_ATTRIBUTE = "NotSupportedAttributeType"

Variables = dict[tuple[str, str], Variable]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a custom report is to be of (B08.FR.20 to 25): None is any, an instance "" is any.

    Without an EVSE it is meant on every tier, with one on it and on its connectors.
    """

    component: Component
    variable: str | None = None
    instance: str = ""

    def means(self, variable: Variable) -> bool:
        """True if ``variable`` is wished for."""
        wished, there = self.component.key, variable.component.key
        is_place = all(map(_is_any_or_same, wished, there))
        name, instance = variable.key
        is_name = _is_any_or_same((self.variable or "").casefold(), name)
        return is_place and is_name and _is_any_or_same(self.instance.casefold(), instance)


class DeviceModel:
    """All variables, in the order of declaration."""

    def __init__(self, variables: Iterable[Variable]) -> None:
        self._components: dict[tuple[str, str, int, int], Variables] = {}
        self._named: dict[str, Variable] = {}
        for variable in variables:
            own = self._components.setdefault(variable.component.key, {})
            assert variable.key not in own, f"{variable.known_as} is there twice"
            own[variable.key] = self._named[variable.known_as] = variable

    def __iter__(self) -> Iterator[Variable]:
        for own in self._components.values():
            yield from own.values()

    def find(
        self, component: Component, name: str, instance: str = "", attribute: str = ACTUAL
    ) -> Variable | str:
        """The variable that has this attribute, or what of it is missing (B05, B06)."""
        own = self._components.get(component.key)
        if own is None:
            return UNKNOWN_COMPONENT
        variable = own.get((name.casefold(), instance.casefold()))
        if variable is None:
            return UNKNOWN_VARIABLE
        return variable if variable.attribute(attribute) is not None else NO_SUCH_ATTRIBUTE

    def named(self, known_as: str) -> Variable | None:
        """The variable that is known by a name here."""
        return self._named.get(known_as)

    def component_with(self, variable: Variable, name: str) -> Variable | None:
        """The variable ``name`` of the component that ``variable`` is of; None: it has none."""
        return self._components[variable.component.key].get((name.casefold(), ""))


def _is_any_or_same(wished: object, there: object) -> bool:
    """Nothing wished is anything."""
    return not wished or wished == there
