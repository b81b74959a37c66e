"""Rauc: the service that switches a machine's two systems, over D-Bus; and logind, to reboot.

Interface ``de.pengutronix.rauc.Installer``, as rauc's reference has it under "D-Bus API"; tried
with rauc 1.8. It installs from a path that the service can read. It cannot stop an installation.
A connection lives as long as one call; all of it blocks.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from jeepney import (
    DBusAddress,
    DBusErrorResponse,
    MatchRule,
    Message,
    Properties,
    message_bus,
    new_method_call,
)
from jeepney.io.blocking import DBusConnection, Proxy, open_dbus_connection
from jeepney.wrappers import unwrap_msg

from ampkeeper.hal.errors import AbsentError, RefusedError, TransientError

SYSTEM_BUS = "SYSTEM"  # that of $DBUS_SYSTEM_BUS_ADDRESS, or /run/dbus/system_bus_socket
INSTALLER = DBusAddress(
    "/", bus_name="de.pengutronix.rauc", interface="de.pengutronix.rauc.Installer"
)
LOGIND = DBusAddress(
    "/org/freedesktop/login1",
    bus_name="org.freedesktop.login1",
    interface="org.freedesktop.login1.Manager",
)
CONNECT_S = 5.0
CALL_S = 30.0  # rauc may have to be started by the bus, and asks the boot loader's tools
LOOK_S = 1.0  # between two looks at how far it is
STILL_S = 900.0  # without any progress: a slow card erases and writes the largest image in this
INSTALL_S = 7_200.0
IDLE = "idle"
SIGNALS_MAX = 16
TEXT_CHARS_MAX = 300
NO_SERVICE = (
    "org.freedesktop.DBus.Error.ServiceUnknown",
    "org.freedesktop.DBus.Error.NameHasNoOwner",
    "org.freedesktop.DBus.Error.NoReply",  # it went while it was asked
    "org.freedesktop.DBus.Error.Spawn.ChildExited",
)
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, EOFError, RuntimeError)


class RaucBus:
    """Rauc on a bus of this machine: ``bus`` as jeepney takes it, or an address."""

    def __init__(
        self,
        bus: str = SYSTEM_BUS,
        now_s: Callable[[], float] = time.monotonic,
        nap: Callable[[float], None] = time.sleep,
        look_s: float = LOOK_S,
    ) -> None:
        self._bus = bus
        self._now_s = now_s
        self._nap = nap
        self._look_s = look_s

    def slots(self) -> list[tuple[str, Mapping[str, object]]]:
        """What GetSlotStatus tells: each slot's name and facts."""
        with self._open() as connection:
            (told,) = _call(connection, new_method_call(INSTALLER, "GetSlotStatus"))
            return [(str(name), _plain(facts)) for name, facts in told]

    def settle(self) -> None:
        """Wait until rauc does nothing, whoever asked it to."""
        with self._open() as connection:
            begun_s = self._now_s()
            while _property(connection, "Operation") != IDLE:
                if self._now_s() - begun_s > INSTALL_S:
                    raise TransientError(f"it is at work for more than {INSTALL_S:g} s")
                self._nap(self._look_s)

    def install(self, bundle: str, progress: Callable[[int], None]) -> None:
        """Install a bundle, telling the percent done; RefusedError if rauc does not take it."""
        with self._open() as connection:
            rule = _completed(connection)
            Proxy(message_bus, connection, timeout=CALL_S).AddMatch(rule)
            ended: deque[Message] = deque(maxlen=SIGNALS_MAX)
            with connection.filter(rule, queue=ended):
                order = new_method_call(INSTALLER, "InstallBundle", "sa{sv}", (bundle, {}))
                _call(connection, order)
                code = self._wait(connection, ended, progress)
            if code != 0:
                raise RefusedError(_text(_property(connection, "LastError")) or f"code {code}")

    def mark(self, state: str, slot: str) -> None:
        """Mark a slot "good", "bad" or "active"."""
        with self._open() as connection:
            _call(connection, new_method_call(INSTALLER, "Mark", "ss", (state, slot)))

    def primary(self) -> str:
        """The slot that the boot loader starts next."""
        with self._open() as connection:
            (name,) = _call(connection, new_method_call(INSTALLER, "GetPrimary"))
        return str(name)

    def reboot(self) -> None:
        """Have logind restart the machine; no person is asked."""
        with self._open() as connection:
            _call(connection, new_method_call(LOGIND, "Reboot", "b", (False,)))

    def _wait(
        self, connection: DBusConnection, ended: deque[Message], progress: Callable[[int], None]
    ) -> int:
        """Until Completed: its code; TransientError if that does not come."""
        begun_s = moved_s = self._now_s()
        before: object = None
        while not ended:
            try:
                return int(connection.recv_until_filtered(ended, timeout=self._look_s).body[0])
            except TimeoutError:
                pass
            operation, told = _property(connection, "Operation"), _property(connection, "Progress")
            now_s = self._now_s()
            if told != before:
                before, moved_s = told, now_s
                progress(_percent(told))
            if operation == IDLE and not ended:
                raise TransientError("it went idle without saying how the installation ended")
            if now_s - moved_s > STILL_S or now_s - begun_s > INSTALL_S:
                raise TransientError(f"no end after {now_s - begun_s:.0f} s: {_text(told)}")
        return int(ended.popleft().body[0])

    @contextmanager
    def _open(self) -> Iterator[DBusConnection]:
        """A connection, and every way in which a bus fails as an error of ours."""
        try:
            with open_dbus_connection(self._bus, auth_timeout=CONNECT_S) as connection:
                yield connection
        except DBusErrorResponse as error:
            text = f"{error.name}: {_text(error.data)}"
            raise (AbsentError if error.name in NO_SERVICE else RefusedError)(text) from error
        except TimeoutError as error:
            raise TransientError(f"no answer on the bus: {error}") from error
        except OSError as error:
            raise AbsentError(f"no bus: {error}") from error
        except UNREADABLE as error:
            raise TransientError(f"an answer that is none: {error!r}"[:TEXT_CHARS_MAX]) from error


def _call(connection: DBusConnection, message: Message) -> tuple[Any, ...]:
    body: tuple[Any, ...] = unwrap_msg(connection.send_and_get_reply(message, timeout=CALL_S))
    return body


def _completed(connection: DBusConnection) -> MatchRule:
    """Of the service that owns rauc's name now: anybody may send such a signal."""
    _property(connection, "Operation")  # starts it, where the bus does that
    bus = Proxy(message_bus, connection, timeout=CALL_S)
    (owner,) = bus.GetNameOwner(INSTALLER.bus_name)
    return MatchRule(type="signal", sender=owner, interface=INSTALLER.interface, member="Completed")


def _property(connection: DBusConnection, name: str) -> object:
    ((_, value),) = _call(connection, Properties(INSTALLER).get(name))
    return value


def _plain(facts: Any) -> dict[str, object]:
    """Without the types that D-Bus sends along."""
    return {str(key): value for key, (_, value) in facts.items()}


def _percent(told: object) -> int:
    """Of (percent, what, depth)."""
    percent = told[0] if isinstance(told, tuple) and told else 0
    return min(max(int(percent), 0), 100)


def _text(told: object) -> str:
    return str(told)[:TEXT_CHARS_MAX]
