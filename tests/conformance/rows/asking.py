"""Asking a dialect as a central system does, both ways checked against the standard's schemas."""

from typing import Any

from ampkeeper.firmware.ocpp.dialect import Answer, Dialect
from ampkeeper.firmware.ocpp.schemas import schemas_for


def ask(dialect: Dialect, action: str, payload: dict[str, Any]) -> Any:
    schemas = schemas_for(dialect.subprotocol)
    assert schemas.check_request(action, payload) is None
    answer = dialect.handle(action, payload)
    if isinstance(answer, Answer) and answer.error is None:
        assert schemas.check_response(action, answer.payload) is None
    return answer


def change(dialect: Dialect, key: str, value: str) -> str:
    return str(ask(dialect, "ChangeConfiguration", {"key": key, "value": value}).payload["status"])


def keys_of(dialect: Dialect, *asked: str) -> Any:
    return ask(dialect, "GetConfiguration", {"key": list(asked)} if asked else {})
