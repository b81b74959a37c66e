"""Plugin: pytest's fixtures ``charger``, ``fleet``, ``make_charger`` and ``csms_url``.

Loaded by pytest wherever the package is installed (entry point ``pytest11``); it imports the
rest only when a test asks for it. Override ``csms_url`` to test your own central system.
"""

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ampkeeper.board.emulated.rig.central import DemoCentral
    from ampkeeper.board.emulated.rig.charger import Charger
    from ampkeeper.board.emulated.rig.fleet import Fleet

CSMS_VARIABLE = "AMPKEEPER_CSMS_URL"
LOG_CHARS_MAX = 8_000
CHARGERS = pytest.StashKey[list["Charger"]]()

MakeCharger = Callable[..., "Charger"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("ampkeeper", "emulated EV chargers")
    text = f"central system under test; the id is appended (default: ${CSMS_VARIABLE}, or a demo)"
    group.addoption("--csms-url", metavar="URL", default=None, help=text)
    text = "times real time, 0.1 to 1000 (default 1)"
    group.addoption("--charger-speed", metavar="N", type=float, default=1.0, help=text)
    text = "seed of all chance in the chargers (default 1)"
    group.addoption("--charger-seed", metavar="N", type=int, default=1, help=text)


@pytest.fixture(scope="session")
def demo_csms() -> Iterator["DemoCentral"]:
    """A small strict central system in a thread, for who brings none."""
    from ampkeeper.board.emulated.rig.central import DemoCentral

    central = DemoCentral()
    central.start()
    yield central
    central.stop()


@pytest.fixture(scope="session")
def csms_url(request: pytest.FixtureRequest) -> str:
    """Where chargers connect to: ``--csms-url``, the environment, or the demonstration's."""
    from ampkeeper.board.emulated.rig.process import environment_of

    given = request.config.getoption("--csms-url") or environment_of(CSMS_VARIABLE)
    if given:
        return str(given)
    central: DemoCentral = request.getfixturevalue("demo_csms")
    return central.url


@pytest.fixture
def make_charger(
    request: pytest.FixtureRequest, csms_url: str, tmp_path: Path
) -> Iterator[MakeCharger]:
    """Make chargers, not yet started: ``make_charger("AK0002", versions=["1.6"], speed=5)``."""
    from ampkeeper.board.emulated.rig.charger import Charger

    made: list[Charger] = []
    request.node.stash[CHARGERS] = made

    def make(station_id: str = "AK0001", **options: Any) -> Charger:
        chosen = {
            "speed": request.config.getoption("--charger-speed"),
            "seed": request.config.getoption("--charger-seed") + len(made),
        }
        folder = tmp_path / "chargers" / f"{len(made) + 1}"
        charger = Charger(folder, csms_url, station_id, **(chosen | options))
        made.append(charger)
        return charger

    yield make
    for charger in made:
        charger.stop()


@pytest.fixture
def charger(make_charger: MakeCharger) -> "Charger":
    """One charger that the central system has accepted."""
    made = make_charger()
    made.start()
    made.wait_registered()
    return made


@pytest.fixture
def fleet(make_charger: MakeCharger) -> "Fleet":
    """Several chargers, a process each: ``fleet.start(5)``."""
    from ampkeeper.board.emulated.rig.fleet import Fleet

    return Fleet(make_charger)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what the chargers logged to the report of a test that failed."""
    report = yield
    if report.failed:
        for made in item.stash.get(CHARGERS, []):
            said = made.log_file.read_text(errors="replace") if made.log_file.exists() else ""
            report.sections.append((f"charger {made.station_id}", said[-LOG_CHARS_MAX:]))
    return report
