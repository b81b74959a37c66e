"""One charger for each case."""

from pathlib import Path

import pytest

from tests.conformance.ocpp201.bench201 import Bench201


@pytest.fixture
def bench(tmp_path: Path) -> Bench201:
    """A socket of 32 A, OCPP 2.0.1, nobody's token refused."""
    return Bench201(tmp_path)
