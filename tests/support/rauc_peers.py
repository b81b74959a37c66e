"""Rauc peers: others on rauc's bus: one that takes its name and says anything, and liars."""

import threading
from collections.abc import Callable
from types import TracebackType

from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    message_bus,
    new_error,
    new_method_return,
    new_signal,
)
from jeepney.io.blocking import DBusConnection, Proxy, open_dbus_connection

from ampkeeper.hal.linux.rauc import INSTALLER

LOOK_S = 0.05
JOIN_S = 10.0
Answer = tuple[str, tuple[object, ...]]  # signature and body; "" with a name: an error


class PretendedRauc:
    """Owns rauc's name, or that of ``name``, and answers each method as ``answers`` says.

    ``after`` is called with the connection when a method was answered.
    """

    def __init__(
        self,
        address: str,
        answers: dict[str, Callable[[], Answer]],
        after: Callable[[str, DBusConnection], None] = lambda method, connection: None,
        name: str = "de.pengutronix.rauc",
    ) -> None:
        self.asked: list[str] = []
        self._answers = answers
        self._after = after
        self._connection = open_dbus_connection(address)
        Proxy(message_bus, self._connection).RequestName(name)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="pretended rauc")

    def __enter__(self) -> "PretendedRauc":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_over.set()
        self._thread.join(JOIN_S)
        self._connection.close()

    def _serve(self) -> None:
        while not self._is_over.is_set():
            try:
                message = self._connection.receive(timeout=LOOK_S)
            except TimeoutError:
                continue
            except OSError:
                return
            if message.header.message_type is MessageType.method_call:
                self._answer(message)

    def _answer(self, message: Message) -> None:
        method = message.header.fields[HeaderFields.member]
        if method == "Get":
            method = message.body[1]
        self.asked.append(method)
        if method not in self._answers:
            return
        signature, body = self._answers[method]()
        if "." in signature:
            reply = new_error(message, signature, "s", body)
        else:
            reply = new_method_return(message, signature or None, body)
        self._connection.send(reply)
        self._after(method, self._connection)


def tell_completed(connection: DBusConnection, code: object = 0, signature: str = "i") -> None:
    """Say that an installation is over."""
    sender = DBusAddress(INSTALLER.object_path, interface=INSTALLER.interface)
    connection.send(new_signal(sender, "Completed", signature, (code,)))
