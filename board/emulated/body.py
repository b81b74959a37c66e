"""Body: JSON from outside, read without trusting any of it."""

import json
import math
from typing import Any, NoReturn

from ampkeeper.board.emulated.keys import BadRequestError

BODY_BYTES_MAX = 65_536
DEPTH_MAX = 32  # nesting; what the station has to pass on stays far from any recursion limit


def parse(data: bytes) -> Any:
    """Return the value; raise BadRequestError for anything that is not plain, strict JSON."""
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_refuse_number,
            parse_float=_float,
        )
    except UnicodeDecodeError as error:
        raise BadRequestError(f"body: not UTF-8 at byte {error.start}: must be JSON") from None
    except json.JSONDecodeError as error:
        raise BadRequestError(
            f"body: {error.msg} at line {error.lineno} column {error.colno}: must be JSON"
        ) from None
    except RecursionError:
        raise BadRequestError(_too_deep()) from None
    except ValueError:  # an integer of more digits than Python converts
        raise BadRequestError("body: a number has too many digits: must be JSON") from None
    if _is_too_deep(value):
        raise BadRequestError(_too_deep())
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise BadRequestError(f"{name[:80]!a} stands twice: each key once")
        found[name] = value
    return found


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        _refuse_number(text[:80])
    return value


def _refuse_number(text: str) -> NoReturn:
    raise BadRequestError(f"{text} is not a number that can be used: must be finite")


def _too_deep() -> str:
    return f"body: nested too deep: at most {DEPTH_MAX} levels"


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEPTH_MAX + 1):
        inner: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        if not inner:
            return False
        level = inner
    return True
