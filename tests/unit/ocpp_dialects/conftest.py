"""The fake station for tests here, and the schemas that every payload has to pass."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ampkeeper.firmware.ocpp.dialect import Answer, Call, Later
from ampkeeper.firmware.ocpp.schemas import schemas_for
from ampkeeper.firmware.ocpp.v16.dialect import Dialect16
from ampkeeper.firmware.ocpp.v201.dialect import Dialect201

Asked = Callable[[str, dict[str, Any]], Any]


def load_fake() -> ModuleType:
    """Load ``station_fake.py``, which is no test and stands beside this file."""
    name = "ampkeeper_station_fake"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            name, Path(__file__).with_name("station_fake.py")
        )
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def fake() -> ModuleType:
    return load_fake()


@pytest.fixture
def station(fake: ModuleType) -> Any:
    return fake.FakeStation()


def is_valid(subprotocol: str, call: Call) -> bool:
    violation = schemas_for(subprotocol).check_request(call.action, call.payload)
    assert violation is None, (violation, call)
    return True


def asker(dialect: Any) -> Asked:
    """Ask the dialect, checking both payloads against the schemas."""
    schemas = schemas_for(dialect.subprotocol)

    def ask(action: str, payload: dict[str, Any]) -> Any:
        assert schemas.check_request(action, payload) is None, (action, payload)
        answer = dialect.handle(action, payload)
        if isinstance(answer, Answer) and answer.error is None:
            violation = schemas.check_response(action, answer.payload)
            assert violation is None, (violation, action, answer)
        assert isinstance(answer, Answer | Later)
        return answer

    return ask


@pytest.fixture
def old(station: Any) -> Dialect16:
    return Dialect16(station)


@pytest.fixture
def new(station: Any) -> Dialect201:
    return Dialect201(station)


@pytest.fixture
def ask_old(old: Dialect16) -> Asked:
    return asker(old)


@pytest.fixture
def ask_new(new: Dialect201) -> Asked:
    return asker(new)


@pytest.fixture
def valid_16() -> Callable[[Call], bool]:
    return lambda call: is_valid("ocpp1.6", call)


@pytest.fixture
def valid_201() -> Callable[[Call], bool]:
    return lambda call: is_valid("ocpp2.0.1", call)
