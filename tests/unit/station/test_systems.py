"""Systems: what counts of the file and of the books, and what nobody may set from afar."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_charger import CONFIG
from ampkeeper.firmware.config.load import parse
from ampkeeper.firmware.ocpp.system import System, SystemRefused, Wish
from ampkeeper.firmware.ocpp.variables import EvseHardware, Hardware, Settings
from ampkeeper.firmware.station.system_file import slots_of
from ampkeeper.firmware.station.systems import FAILED, PRIORITY, PROVEN, Systems
from ampkeeper.firmware.store.changes import SaveSystem
from ampkeeper.firmware.store.store import Store
from tests.support.pki import NOON

from .guarded import security_of

BY_TLS = CONFIG.replace("ws://memory/ocpp", "wss://a/ocpp")
FALLBACKS = '[[fallback]]\nurl = "wss://b/"\n[[fallback]]\nurl = "wss://c/"\nsecurity_profile = 2\n'
PASSWORD_FILE = "password_file = "
NEW = System(url="wss://new/", id="X", versions=("1.6",))


class Bench:
    """Systems over a real store; events are carried out at once."""

    def __init__(self, folder: Path, text: str = BY_TLS, **changed: str) -> None:
        key = folder / "key"
        key.write_text("0123456789abcdef")
        text = text.replace("[[fallback]]", f'{PASSWORD_FILE}"{key}"\n[[fallback]]', 1)
        config = parse(text)
        hardware = Hardware((EvseHardware(1, 3, 32.0, True),), "AK0001", 0)
        self.settings = Settings(hardware, {PRIORITY: slots_of(config)}, changed)
        self.store = Store(folder / "ampkeeper.db")
        self.security = security_of(self.settings, lambda: NOON, self.post)
        self.systems = Systems(config, self.settings, self.security, self.post)
        self.seen: list[str] = []
        self.systems.on_change = self.seen.append

    def post(self, event: Any) -> bool:
        effects = event(NOON, 0.0)
        self.store.commit(effects.changes)
        for act in effects.acts:
            act()
        return True


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path, BY_TLS + FALLBACKS)
    yield made
    made.store.close()


def test_the_file_says_who_there_is_and_in_which_order(bench: Bench) -> None:
    assert bench.systems.order == bench.systems.slots == (1, 2, 3)
    assert bench.systems.system(2).id == "AK0001"
    assert bench.systems.all_books == {"a/ocpp AK0001", "b AK0001", "c AK0001"}


def test_a_profile_that_was_raised_rules_out_the_systems_below_it(bench: Bench) -> None:
    bench.settings.change("SecurityCtrlr.SecurityProfile", "2")
    assert bench.systems.order == (1, 3)
    assert not bench.systems.allows(PRIORITY, "2,1")
    assert bench.systems.allows(PRIORITY, "3,1")
    assert not bench.systems.allows(PRIORITY, "4")


def test_an_order_of_systems_that_are_gone_begins_with_the_first(tmp_path: Path) -> None:
    made = Bench(tmp_path, **{PRIORITY: "3,2"})
    assert made.systems.order == (1,)
    made.store.close()


def test_nobody_takes_tls_away_from_afar(bench: Bench) -> None:
    assert not bench.systems.allows("OCPP16.CentralSystemUrl", "ws://x/")
    assert bench.systems.allows("OCPP16.CentralSystemUrl", "wss://x/")
    assert bench.systems.propose(Wish(url="ws://x/"), False, "by a person")


def test_nor_does_who_is_met_by_tls_as_a_fall_back(tmp_path: Path) -> None:
    """Number 1 is without; the one that asks is not."""
    text = BY_TLS.replace("wss://a/ocpp", "ws://a/ocpp") + FALLBACKS
    made = Bench(tmp_path, text)
    assert made.systems.allows("OCPP16.CentralSystemUrl", "ws://x/")
    made.systems.active = 2
    assert not made.systems.allows("OCPP16.CentralSystemUrl", "ws://x/")
    made.store.close()


def test_what_the_books_hold_and_nobody_understands_is_left_out(bench: Bench) -> None:
    bench.store.commit([SaveSystem(1, "nonsense"), SaveSystem(0, NEW.to_text())])
    (problem,) = bench.systems.recall(bench.store)
    assert problem.startswith("central system 1: ")
    assert bench.systems.system(1).url == "wss://a/ocpp"
    assert bench.systems.trial == NEW


def test_a_trial_is_kept_or_dropped_once(bench: Bench) -> None:
    systems = bench.systems
    assert systems.propose(Wish(url="wss://new/"), False, "by a person")
    systems.fail("no answer")
    systems.fail("no answer")
    assert systems.propose(Wish(url="wss://new/"), False, "by a person")
    systems.prove()
    systems.prove()
    assert bench.seen == ["begun", FAILED, "begun", PROVEN]
    assert list(bench.store.systems()) == [1]
    assert not systems.is_from_file(1)


def test_while_a_profile_is_tried_no_system_is(bench: Bench) -> None:
    bench.security._before = 0
    with pytest.raises(SystemRefused, match=r"^profile: another"):
        bench.systems.propose(Wish(url="wss://new/"), False, "by a person")


def test_while_a_system_is_tried_no_profile_is(bench: Bench) -> None:
    assert bench.systems.allows("SecurityCtrlr.SecurityProfile", "2")
    assert bench.systems.propose(Wish(url="wss://new/"), False, "by a person")
    assert not bench.systems.allows("SecurityCtrlr.SecurityProfile", "2")


def test_a_higher_profile_needs_what_it_needs(bench: Bench) -> None:
    with pytest.raises(SystemRefused, match=r"^profile 2: it needs a password"):
        bench.systems.propose(Wish(security_profile=2), False, "by a person")
    wish = Wish(security_profile=2, password="0123456789abcdef")
    with pytest.raises(SystemRefused, match=r"^profile 2: it needs a root"):
        bench.systems.propose(wish, False, "by a person")
