"""Rauc over D-Bus: a real rauc on a bus of its own, and others that only pretend to be it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from jeepney import message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from ampkeeper.board.emulated.main import check
from ampkeeper.board.host.installing import restart_machine
from ampkeeper.firmware.config import ConfigError, parse
from ampkeeper.hal.errors import AbsentError, RefusedError, TransientError
from ampkeeper.hal.linux import rauc
from ampkeeper.hal.linux.rauc import RaucBus
from tests.support.configs import FREE
from tests.support.rauc_peers import Answer, PretendedRauc, tell_completed
from tests.support.releases import ReleaseMaker
from tools.rauc.bundles import Content, write_bundle
from tools.rauc.service import RaucMachine, why_no_mounts

MAKER = ReleaseMaker(now=datetime.now(UTC))
SYSTEM = b"a whole system" * 500


def quiet(percent: int) -> None:
    """Nobody looks."""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RaucMachine]:
    """One rauc for all; each test leaves it idle."""
    machine = RaucMachine(tmp_path_factory.mktemp("rauc"), MAKER.root.pem)
    try:
        machine.start()
        yield machine
    finally:
        machine.stop()


@pytest.fixture
def bus_alone(tmp_path: Path) -> Iterator[str]:
    """A bus on which there is no rauc."""
    machine = RaucMachine(tmp_path, MAKER.root.pem)
    try:
        machine.start_bus()
        yield machine.address
    finally:
        machine.stop()


def facts(machine: RaucMachine, slot: str) -> dict[str, object]:
    return dict(dict(RaucBus(machine.address).slots())[slot])


def test_both_systems_are_told(machine: RaucMachine):
    assert facts(machine, "rootfs.0")["state"] == "booted"
    assert facts(machine, "rootfs.1")["state"] == "inactive"
    assert facts(machine, "rootfs.1")["bootname"] == "B"


def test_a_mark_reaches_the_boot_loader(machine: RaucMachine):
    bus = RaucBus(machine.address)
    bus.mark("bad", "rootfs.1")
    assert facts(machine, "rootfs.1")["boot-status"] == "bad"
    bus.mark("active", "rootfs.1")
    assert bus.primary() == "rootfs.1"
    bus.mark("active", "rootfs.0")
    assert bus.primary() == "rootfs.0"
    with pytest.raises(RefusedError, match=r"rootfs\.7"):
        bus.mark("good", "rootfs.7")


def test_a_bundle_is_installed(machine: RaucMachine, tmp_path: Path):
    if why := why_no_mounts(tmp_path / "mount"):
        pytest.skip(why)
    write_bundle(tmp_path / "good.raucb", Content(SYSTEM), MAKER.signer)
    bus = RaucBus(machine.address)
    before = facts(machine, "rootfs.1").get("activated.count", 0)
    assert isinstance(before, int)
    bus.settle()
    bus.install(str(tmp_path / "good.raucb"), quiet)
    assert machine.slot("B").read_bytes().startswith(SYSTEM)
    assert bus.primary() == "rootfs.1"
    assert facts(machine, "rootfs.1")["activated.count"] == before + 1


def test_a_bundle_of_another_maker_is_refused_in_raucs_words(machine: RaucMachine, tmp_path: Path):
    other = ReleaseMaker("Other", now=datetime.now(UTC))
    write_bundle(tmp_path / "other.raucb", Content(SYSTEM), other.signer)
    with pytest.raises(RefusedError, match="signature verification failed"):
        RaucBus(machine.address).install(str(tmp_path / "other.raucb"), quiet)


def test_without_a_bus_or_a_rauc_on_it_nobody_is_there(bus_alone: str, tmp_path: Path):
    with pytest.raises(AbsentError, match="no bus"):
        RaucBus(f"unix:path={tmp_path / 'nowhere'}").slots()
    with pytest.raises(AbsentError, match="ServiceUnknown"):
        RaucBus(bus_alone).slots()
    with pytest.raises(AbsentError):
        RaucBus(bus_alone).install("/some/bundle", quiet)
    with pytest.raises(AbsentError):
        RaucBus(bus_alone).reboot()


def says(signature: str, *body: object) -> Callable[[], Answer]:
    return lambda: (signature, body)


def turns(*values: str) -> Callable[[], Answer]:
    """One operation after another, the last for ever."""
    left = list(values)
    return lambda: ("v", (("s", left.pop(0) if len(left) > 1 else left[0]),))


def installing(*operations: str) -> dict[str, Callable[[], Answer]]:
    return {
        "Operation": turns("idle", "installing", *operations),
        "Progress": says("v", ("(isi)", (40, "Copying", 2))),
        "InstallBundle": says(""),
        "LastError": says("v", ("s", "no space")),
    }


def on_order(act: Callable[[object], None], method: str, connection: object) -> None:
    if method == "InstallBundle":
        act(connection)


def test_only_rauc_itself_can_say_that_it_is_done(bus_alone: str):
    def lie(_: object) -> None:
        with open_dbus_connection(bus_alone) as liar:
            tell_completed(liar)

    told: list[int] = []
    with (
        PretendedRauc(bus_alone, installing("installing", "idle"), partial(on_order, lie)),
        pytest.raises(TransientError, match="idle without saying"),
    ):
        RaucBus(bus_alone, look_s=0.05).install("/some/bundle", told.append)
    assert told == [40]


@pytest.mark.parametrize("code", [1, -1])
def test_any_code_but_0_is_a_refusal_with_the_last_error(bus_alone: str, code: int):
    done = partial(on_order, partial(tell_completed, code=code))
    with (
        PretendedRauc(bus_alone, installing(), done),
        pytest.raises(RefusedError, match="no space"),
    ):
        RaucBus(bus_alone).install("/some/bundle", quiet)


def test_a_rauc_that_dies_in_the_midst_is_not_there(bus_alone: str):
    def die(connection: DBusConnection) -> None:
        connection.send(message_bus.ReleaseName("de.pengutronix.rauc"))

    with (
        PretendedRauc(bus_alone, installing(), partial(on_order, die)),
        pytest.raises(AbsentError, match="ServiceUnknown"),
    ):
        RaucBus(bus_alone, look_s=0.05).install("/some/bundle", quiet)


def test_a_rauc_that_stands_still_is_given_up(bus_alone: str):
    seconds = iter(range(0, 10_000, 200))
    with (
        PretendedRauc(bus_alone, installing()),
        pytest.raises(TransientError, match="no end after 1200 s"),
    ):
        RaucBus(bus_alone, lambda: float(next(seconds)), look_s=0.01).install("/a", quiet)


def test_a_rauc_that_is_at_work_is_waited_for(bus_alone: str):
    naps: list[float] = []
    with PretendedRauc(bus_alone, {"Operation": turns("installing", "installing", "idle")}):
        RaucBus(bus_alone, nap=naps.append).settle()
    assert naps == [rauc.LOOK_S] * 2


@pytest.mark.parametrize(
    "answer",
    [
        says("s", "no slots at all"),
        says("a(sa{sv})", []),
        says("ai", [1, 2]),
        says("ss", "one", "two"),
        says("a(sv)", [("rootfs.0", ("s", "booted"))]),
        says(""),
        says("org.freedesktop.DBus.Error.Failed", "out of order"),
    ],
)
def test_an_answer_that_is_none_is_an_error_of_ours(bus_alone: str, answer: Callable[[], Answer]):
    with PretendedRauc(bus_alone, {"GetSlotStatus": answer}):
        try:
            told = RaucBus(bus_alone).slots()
        except (TransientError, RefusedError):
            return
    assert told == []


def test_logind_restarts_the_machine(bus_alone: str):
    name = "org.freedesktop.login1"
    with PretendedRauc(bus_alone, {"Reboot": says("")}, name=name) as logind:
        RaucBus(bus_alone).reboot()
    assert logind.asked == ["Reboot"]


@pytest.mark.parametrize(("installer", "asked"), [("rauc", ["Reboot"]), ("folders", [])])
def test_the_station_restarts_the_machine_only_where_that_is_its_whole_system(
    bus_alone: str, monkeypatch: pytest.MonkeyPatch, installer: str, asked: list[str]
):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus_alone)
    config = parse(FREE + f'[update]\ninstaller = "{installer}"\n')
    name = "org.freedesktop.login1"
    with PretendedRauc(bus_alone, {"Reboot": says("")}, name=name) as logind:
        restart_machine(config)
    assert logind.asked == asked


def test_an_emulated_charger_never_asks_the_rauc_of_the_machine_it_runs_on():
    with pytest.raises(ConfigError, match="no second system"):
        check(parse(FREE + '[update]\ninstaller = "rauc"\n'))
    check(parse(FREE))
