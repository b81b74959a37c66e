"""Inner JSON: an object that came as the text of a DataTransfer, read as strictly as a frame."""

import json
from decimal import Decimal
from typing import Any, Never


class BadTextError(ValueError):
    """What cannot be read, and why; fit to be told to who sent it."""


def read_object(text: object, chars_max: int) -> dict[str, Any]:
    """The JSON object in a text, its fractions as decimals; raise BadTextError."""
    if not isinstance(text, str) or len(text) > chars_max:
        raise BadTextError(f"a text of at most {chars_max} characters is needed")
    try:
        found = _DECODER.decode(text)
        json.dumps(found, ensure_ascii=False, default=str).encode()  # a lone surrogate is no text
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise BadTextError(f"no JSON: {str(error)[:100]}") from error
    if not isinstance(found, dict):
        raise BadTextError("no JSON object")
    return found


def _no_number(word: str) -> Never:
    raise ValueError(f"{word} is no number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) != len(pairs):
        raise ValueError("a name twice in one object")
    return named


_DECODER = json.JSONDecoder(
    parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_unique
)
