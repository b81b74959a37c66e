"""Judge: facts about a controller in, sentences out. Pure.

Each finding says how it is and, unless all is well, what to do. What could not be found out is
never well: it is unknown, and the sentence says how to find out.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ampkeeper.board.host.doctor.facts import Facts, Port

CORRECT = "correct it: the station does not start so; or name the one in use: --config FILE"
WELL, UNKNOWN, CARE, BAD = "well", "unknown", "care", "bad"
GRADES = (WELL, UNKNOWN, CARE, BAD)  # the worse the later

FREE_PERCENT_MIN = 10
FREE_MIB_MIN = 256  # two images, the books, and the room that SQLite and the journal want
MIB = 1_048_576
LIFE_PERCENT_MAX = 80  # an eMMC tells tenths; the last two are to be replaced before
NOW_LOW, WAS_LOW = 0x1, 0x10000  # the Pi's get_throttled: under-voltage now, and since its start
NOW_HOT, WAS_HOT = 0x8, 0x80000
NUMBERED = ("/dev/ttyUSB", "/dev/ttyACM")  # numbered as they come; another order, another part
STATUS = "ampkeeper status"
UNIT = "ampkeeper.service"
EXAMPLES = "/usr/share/doc/ampkeeper/examples"


@dataclass(frozen=True, slots=True)
class Finding:
    """``check`` is what was looked at; ``grade`` one of GRADES; ``do`` is empty if all is well."""

    check: str
    grade: str
    says: str
    do: str = ""


def findings(facts: Facts) -> list[Finding]:
    """All of them, in the order in which a person should go through them."""
    return [found for check in CHECKS for found in check(facts)]


def worst(found: list[Finding]) -> str:
    """The grade of all together."""
    return max((each.grade for each in found), key=GRADES.index, default=WELL)


def _configuration(facts: Facts) -> Iterator[Finding]:
    if not facts.config_problems:
        yield Finding("configuration", WELL, "nothing is wrong with it")
    for problem in facts.config_problems:
        yield Finding("configuration", BAD, problem, CORRECT)


def _ports(facts: Facts) -> Iterator[Finding]:
    for port in facts.ports:
        yield _port(port, facts.adapters)


def _port(port: Port, adapters: tuple[str, ...]) -> Finding:
    check = port.key
    if not port.device:
        there = f"name one of {', '.join(adapters)}" if adapters else "no serial adapter is there"
        do = f"plug it in, or set {port.key}: {there}"
        return Finding(check, BAD, f"{port.path} is not there", do)
    if not port.is_ours:
        do = (
            "run this as the account of the station: sudo -u ampkeeper; if it is, see its groups "
            "in `id ampkeeper` and the rules in 60-ampkeeper.rules"
        )
        return Finding(check, BAD, f"{port.path} may not be opened by this account", do)
    if port.path.startswith(NUMBERED):
        says = f"{port.path} is numbered as adapters come; after a restart it may be another"
        name = port.lasting or "a name that stays, below /dev/serial/by-id or /dev/ampkeeper"
        return Finding(check, CARE, says, f"set {port.key} to {name}")
    return Finding(check, WELL, f"{port.path} is there ({port.device})")


def _ring(facts: Facts) -> Iterator[Finding]:
    ring = facts.ring
    if ring is None:
        return
    if not ring.is_running:
        do = "systemctl enable --now ampkeeper-ring; journalctl -u ampkeeper-ring says why not"
        yield Finding("ring 1", BAD, "its process does not run: nothing can be charged", do)
    elif not ring.is_real_time:
        do = "start it by its unit, which has LimitRTPRIO=50 and LimitMEMLOCK=infinity"
        yield Finding("ring 1", CARE, "it has no real-time priority: it may be late", do)
    else:
        yield Finding("ring 1", WELL, "it runs under SCHED_FIFO")


def _rauc(facts: Facts) -> Iterator[Finding]:
    rauc = facts.rauc
    if rauc is None:
        return
    do = f"copy {EXAMPLES}/rauc.conf to /etc/systemd/system/{UNIT}.d/, then systemctl daemon-reload"
    if rauc.is_counted is None:
        yield Finding("rauc: starts", UNKNOWN, f"{UNIT} cannot be read", f"systemctl cat {UNIT}")
    elif not rauc.is_counted:
        says = "a new system whose station does not start is not counted, and stays"
        yield Finding("rauc: starts", BAD, says, do)
    else:
        yield Finding("rauc: starts", WELL, "a station that does not start reboots the machine")
    do = f"copy {EXAMPLES}/60-ampkeeper-reboot.rules to /etc/polkit-1/rules.d/"
    if rauc.may_reboot is None:
        says = "this account may not read all of polkit's rules"
        yield Finding("rauc: reboot", UNKNOWN, says, "run this as root")
    elif not rauc.may_reboot:
        says = "no rule lets the station reboot, so nothing that was installed starts"
        yield Finding("rauc: reboot", BAD, says, do)
    else:
        yield Finding("rauc: reboot", WELL, "a rule of polkit lets the station")


def _clock(facts: Facts) -> Iterator[Finding]:
    if facts.now < facts.built:
        says = f"it says {facts.now:%Y-%m-%d}, before this software was made"
        yield Finding("clock", BAD, says, "set it: timedatectl set-ntp true, or set-time")
    elif facts.is_clock_set is None:
        yield Finding(
            "clock", UNKNOWN, "nobody tells whether it is set", "timedatectl timesync-status"
        )
    elif not facts.is_clock_set:
        says = "no time server has set it; times of sessions and certificates hang on it"
        yield Finding("clock", CARE, says, "let UDP port 123 through, or see timedatectl")
    else:
        yield Finding("clock", WELL, "a time server keeps it")
    if facts.has_clock_chip is False:
        says = "there is no clock chip: after a power cut without a network the time is wrong"
        yield Finding("clock chip", CARE, says, "fit one (a Pi 5 has it, and wants its battery)")


def _storage(facts: Facts) -> Iterator[Finding]:
    storage = facts.storage
    if storage is None:
        yield Finding(
            "storage", UNKNOWN, "the state folder is not there", f"systemctl start {UNIT}"
        )
        return
    if not storage.is_writable:
        do = "see `dmesg` for errors of the medium, and the owner of the folder"
        yield Finding("storage", BAD, "the state folder cannot be written to", do)
    free_mib, percent = storage.free_bytes // MIB, storage.free_bytes * 100 // storage.total_bytes
    says = f"{free_mib:,} MiB are free, {percent} %"
    if free_mib < FREE_MIB_MIN or percent < FREE_PERCENT_MIN:
        do = f"make room: {FREE_MIB_MIN} MiB and {FREE_PERCENT_MIN} % at least"
        yield Finding("storage", BAD if free_mib < 1 else CARE, says, do)
    else:
        yield Finding("storage", WELL, says)
    yield _wear(storage.device, storage.life_percent)


def _wear(device: str, life_percent: int | None) -> Finding:
    if life_percent is None:
        says = f"{device or 'the medium'} does not tell its wear, as SD cards do not"
        do = "use a card made for constant writing, an eMMC or an SSD; keep a backup"
        return Finding("wear", UNKNOWN, says, do)
    says = f"{device} says that {life_percent} % of its life is used up"
    if life_percent > LIFE_PERCENT_MAX:
        return Finding("wear", BAD, says, "replace it soon; `ampkeeper config backup` first")
    return Finding("wear", WELL, says)


def _supply(facts: Facts) -> Iterator[Finding]:
    if facts.throttled is None:
        return
    bits = facts.throttled
    if bits & (NOW_LOW | WAS_LOW):
        when = "is" if bits & NOW_LOW else "was"
        says = f"the Pi's supply {when} below 4.63 V"
        yield Finding("supply", BAD, says, "use a stronger supply and a shorter, thicker cable")
    elif bits & (NOW_HOT | WAS_HOT):
        when = "is" if bits & NOW_HOT else "was"
        yield Finding("supply", CARE, f"the Pi {when} slowed down by heat", "cool it")
    else:
        yield Finding("supply", WELL, "never too low since the Pi started")


def _station(facts: Facts) -> Iterator[Finding]:
    if not facts.status:
        says = facts.silence or "it was not asked"
        yield Finding("station", BAD, says, f"systemctl status {UNIT}; journalctl -u ampkeeper")
        return
    yield Finding("station", WELL, "it runs")
    for evse in facts.status.get("evses", ()):
        yield from _evse(evse, facts.version)


def _evse(evse: Mapping[str, Any], version: str) -> Iterator[Finding]:
    name = f"EVSE {evse.get('id')}"
    board = evse.get("board")
    if evse.get("pilot_problem") or not board:
        says = str(evse.get("pilot_problem") or "nobody has heard from it")
        do = "check its three wires, its supply and board.pilot.port; flash it if it is new"
        yield Finding(f"{name}: pilot", BAD, says, do)
    else:
        says = f"{board.get('name')} runs {board.get('firmware') or 'its own firmware'}"
        ours = str(board.get("name", "")).startswith("pilot_")
        if ours and board.get("firmware") != version:
            do = "the station brings it with an image; else `ampkeeper pilot flash` by USB"
            says = f"{says}, the station {version}"
            yield Finding(f"{name}: pilot", CARE, says, do)
        else:
            yield Finding(f"{name}: pilot", WELL, says)
    faults = [str(fault) for fault in evse.get("faults") or ()]
    if any(fault.lower().startswith("meter") for fault in faults):
        do = "ampkeeper meter detect --port PORT, while the station is stopped"
        yield Finding(f"{name}: meter", BAD, "it gives no value that can be believed", do)
    elif evse.get("power_w") is None:
        do = "wait a minute and ask again; then `ampkeeper meter detect`"
        yield Finding(f"{name}: meter", UNKNOWN, "it has told nothing yet", do)
    else:
        yield Finding(f"{name}: meter", WELL, f"it shows {evse.get('energy_wh')} Wh")
    others = [fault for fault in faults if not fault.lower().startswith("meter")]
    if others:
        says = f"active: {', '.join(others)}"
        yield Finding(f"{name}: faults", BAD, says, "ampkeeper faults says what each means")


def _csms(facts: Facts) -> Iterator[Finding]:
    csms = facts.status.get("csms", {})
    if not facts.is_config_read:
        yield Finding(
            "central system", UNKNOWN, "the configuration, which names it, cannot be read"
        )
    elif facts.server is None:
        yield Finding("central system", WELL, "none is configured")
    elif csms.get("registration") == "accepted":
        yield Finding("central system", WELL, f"it has accepted this station ({csms.get('ocpp')})")
    elif facts.server.problem:
        says = f"{facts.server.address} cannot be reached: {facts.server.problem}"
        do = f"check network, name and port of ocpp.url, {facts.server.url}"
        yield Finding("central system", BAD, says, do)
    elif csms.get("link") == "up":
        says = f"it is connected, but its answer to the boot is {csms.get('registration')}"
        do = "see whether it knows ocpp.id, and has released it"
        yield Finding("central system", CARE, says, do)
    elif facts.status:
        says = f"{facts.server.address} takes connections, but the station has none"
        do = "ampkeeper csms says why: id, password, certificate or OCPP version"
        yield Finding("central system", BAD, says, do)
    else:
        yield Finding("central system", UNKNOWN, f"{facts.server.address} can be reached", STATUS)


CHECKS: tuple[Callable[[Facts], Iterator[Finding]], ...] = (
    _configuration,
    _ports,
    _ring,
    _rauc,
    _clock,
    _storage,
    _supply,
    _station,
    _csms,
)
