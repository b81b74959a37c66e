"""Key: one key that the control API takes: its kind, range, unit and one line of help."""

from dataclasses import dataclass

BOOLEAN, INTEGER, NUMBER, TEXT, HEX, ANY, THREE_NUMBERS, TOKEN = range(8)
KIND_WORDS = (
    "true or false",
    "whole number",
    "number",
    "text",
    "hex",
    "any JSON",
    "3 numbers",
    "text",
)
Choice = str | int


@dataclass(frozen=True, slots=True)
class Key:
    """One key: ``low`` to ``high`` in ``unit``, or one of ``choices``."""

    name: str
    kind: int
    help: str
    low: float = 0
    high: float = 0
    unit: str = ""
    choices: tuple[Choice, ...] = ()
    is_nullable: bool = False
    is_required: bool = False

    def allowed(self) -> str:
        """What the key accepts, in words."""
        words = KIND_WORDS[self.kind]
        if self.choices:
            words = " or ".join(shown(choice) for choice in self.choices)
        elif self.kind == HEX:
            words = "upper- or lower-case hex of 8, 14 or 20 digits"
        elif self.kind == TOKEN:
            words = f"{_span(self)} characters of ASCII, no blank at either end"
        elif self.kind == TEXT:
            words = f"text of {_span(self)} characters"
        elif self.kind in (INTEGER, NUMBER, THREE_NUMBERS):
            words = f"{words}, {_span(self)}"
        words = f"{words} {self.unit}".rstrip()
        return words + (" or null" if self.is_nullable else "")


class BadRequestError(Exception):
    """The request cannot be carried out; nothing was changed. The text is for the caller."""


def check_value(key: Key, value: object) -> None:
    """Raise unless ``value`` is what ``key`` accepts."""
    if value is None and key.is_nullable:
        return
    if not _is_allowed(key, value):
        raise BadRequestError(f"{key.name} = {shown(value)}: must be {key.allowed()}")


def _is_allowed(key: Key, value: object) -> bool:
    if key.choices:
        return not isinstance(value, bool | float) and value in key.choices
    if key.kind == BOOLEAN:
        return isinstance(value, bool)
    if key.kind == INTEGER:
        return isinstance(value, int) and _is_in_range(key, value)
    if key.kind == NUMBER:
        return _is_in_range(key, value)
    if key.kind == TEXT:
        return isinstance(value, str) and key.low <= len(value) <= key.high and value.isprintable()
    if key.kind == TOKEN:
        return isinstance(value, str) and _is_token(value) and _is_in_range(key, len(value))
    if key.kind == HEX:
        return isinstance(value, str) and len(value) in (8, 14, 20) and _is_hex(value)
    if key.kind == THREE_NUMBERS:
        return isinstance(value, list) and len(value) == 3 and _are_in_range(key, value)
    return True


def _is_in_range(key: Key, value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return key.low <= value <= key.high  # false for NaN


def _is_token(text: str) -> bool:
    return text.isascii() and text.isprintable() and text == text.strip()


def _are_in_range(key: Key, values: list[object]) -> bool:
    return all(_is_in_range(key, value) for value in values)


def _is_hex(text: str) -> bool:
    return all(character in "0123456789abcdefABCDEF" for character in text)


def shown(value: object) -> str:
    """A value as JSON would show it, shortened."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = f'"{value}"' if isinstance(value, str) else str(value)
    text = "".join(c if c.isprintable() else "?" for c in text[:80])
    return text if len(text) < 80 else text + "..."


def _span(key: Key) -> str:
    """The range, without exponents."""
    return f"{key.low:.12g} to {key.high:.12g}"
