"""Pilot flash: puts our firmware on a board, proves that it is there, and greets it.

The order: refuse a board that cannot run it; copy what differs; read every hash back; let the
board load what was copied and answer our HELLO; reset. A board that speaks another link protocol
is refused here as the station would refuse it.
"""

from binascii import unhexlify
from collections.abc import Callable

from ampkeeper.firmware import __version__
from ampkeeper.firmware.faces.cli.errors import RefusedError
from ampkeeper.firmware.faces.cli.pilot_plan import BOARD, GREET, File, changes
from ampkeeper.firmware.faces.cli.pilot_port import PilotPort, Progress
from ampkeeper.firmware.safety.signals import Settings
from ampkeeper.hal.link.host import MISMATCHED, UP, HostLink
from ampkeeper.hal.link.messages import PROTOCOL

Answer = dict[str, object]
Announce = Callable[[str, int], None]  # what is done now, and its bytes

VERSION_MIN = (1, 24)
MPY = 6  # version of what mpy-cross 1.27 makes; 1.24 takes it too
PLATFORM = "rp2"


def flash(
    port: PilotPort,
    wanted: tuple[File, ...],
    announce: Announce,
    progress: Progress,
    platform: str = PLATFORM,
) -> Answer:
    """Bring the board to ``wanted``; return what was done, or raise RefusedError."""
    identity = port.identify()
    check_identity(identity.name, identity.version, identity.platform, identity.mpy, platform)
    announce("reading the board", 0)
    todo = changes(wanted, port.hashes())
    announce("copying", sum(len(file.data) for file in todo.written))
    for path in todo.removed:
        port.remove(path)
    for folder in todo.folders:
        port.make_folder(folder)
    for file in todo.written:
        port.write(file.path, file.data, progress)
    announce("verifying", 0)
    verify(wanted, port.hashes())
    announce("greeting", 0)
    link = greeter()
    code = GREET.replace("HELLO", link.to_send().hex())
    link.feed(unhexlify_line(port.run(code)), 0)
    check_greeting(link)
    port.reset()
    return {
        "board": BOARD,
        "micropython": ".".join(map(str, identity.version)),
        "firmware_version": __version__,
        "protocol": PROTOCOL,
        "files": len(wanted),
        "bytes": sum(len(file.data) for file in wanted),
        "written": [file.path for file in todo.written],
        "removed": list(todo.removed),
    }


def check_identity(
    name: str, version: tuple[int, ...], platform: str, mpy: int, platform_wanted: str = PLATFORM
) -> None:
    """Refuse a board that cannot run what would be copied; nothing has been changed by then."""
    shown = ".".join(map(str, version))
    if name != "micropython" or platform != platform_wanted:
        raise RefusedError(f"the board runs {name} on {platform!r}, not MicroPython on an RP2040")
    if version[:2] < VERSION_MIN:
        least = ".".join(map(str, VERSION_MIN))
        raise RefusedError(f"the board has MicroPython {shown}, must be {least} or later")
    if mpy != MPY:
        raise RefusedError(f"MicroPython {shown} takes .mpy version {mpy}, must be {MPY}")


def verify(wanted: tuple[File, ...], present: dict[str, str]) -> None:
    """Compare what the board reads back."""
    wrong = [file.path for file in wanted if present.get(file.path) != file.sha256]
    extra = sorted(set(present) - {file.path for file in wanted})
    if wrong or extra:
        raise RefusedError(f"the board reads back something else: {', '.join(wrong + extra)}")


def greeter() -> HostLink:
    """A station's end of the link whose HELLO waits to be sent."""
    link = HostLink(Settings(), __version__)
    link.start(0)
    link.tick(0)
    return link


def check_greeting(link: HostLink) -> None:
    """Refuse a pair that does not match, once the link has been fed the board's answer."""
    texts = link.identity.texts
    if link.state == MISMATCHED:
        theirs = link.identity.values["protocol"]
        raise RefusedError(f"the board speaks link protocol {theirs}, this station {PROTOCOL}")
    if link.state != UP:
        raise RefusedError("the board does not answer a greeting")
    if texts["board"] != BOARD or texts["firmware_version"] != __version__:
        raise RefusedError(
            f"the board calls itself {texts['board']!r} {texts['firmware_version']!r}, "
            f"must be {BOARD!r} {__version__!r}"
        )


def unhexlify_line(printed: str) -> bytes:
    """The bytes in what the board printed, or nothing."""
    try:
        return unhexlify(printed.strip())
    except ValueError:
        return b""
