"""Connections: how long each may live, and how many there may be, whatever the other side does.

A brief one is for one short request. One of the page may go on for hours, but a request has to be
whole soon, what is sent has to be taken, and nobody gets all of them.
"""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

BRIEF_MAX = 16  # connections of a door for short requests; more are answered with 429
BRIEF_S = 20.0  # that such a connection lives
FULL = b'{"error": "too many connections: try again"}'
FULL_ANSWER = (
    b"HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nConnection: close\r\n"
    b"Retry-After: 20\r\nContent-Length: " + str(len(FULL)).encode() + b"\r\n\r\n" + FULL
)
PAGE_MAX = 64  # connections of the page; more are answered with 429
PAGE_OF_ONE_MAX = 32  # of one address
REQUEST_S = 20.0  # for the head of a request to be whole, and for its body
STALL_S = 30.0  # that what was sent may lie there untaken


class BriefConnection(H11Protocol):
    """A connection for one short request: it ends, however slowly somebody sends."""

    _end: asyncio.TimerHandle | None = None
    _is_refused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, unless there are too many already."""
        assert isinstance(transport, asyncio.Transport), "TCP, with TLS or without"
        super().connection_made(transport)
        self._end = self.loop.call_later(BRIEF_S, transport.abort)
        if len(self.connections) > BRIEF_MAX:
            self._is_refused = True
            transport.write(FULL_ANSWER)
            transport.close()

    def data_received(self, data: bytes) -> None:
        """Take what came, unless it was refused already."""
        if not self._is_refused:
            super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        if self._end is not None:
            self._end.cancel()
        super().connection_lost(exc)


class PageConnection(H11Protocol):
    """A connection of a browser or a program: it may be kept, but not held."""

    _late: asyncio.TimerHandle | None = None
    _stall: asyncio.TimerHandle | None = None
    _is_refused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, unless there are too many already, of all or of this address."""
        assert isinstance(transport, asyncio.Transport), "TCP, with TLS or without"
        super().connection_made(transport)
        host = self.client[0] if self.client else ""
        own = sum(1 for one in self.connections if _host_of(one) == host)
        if len(self.connections) > PAGE_MAX or own > PAGE_OF_ONE_MAX:
            self._is_refused = True
            transport.write(FULL_ANSWER)
            transport.close()
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take what came, unless it was refused already."""
        if not self._is_refused:
            super().data_received(data)
            self._watch()

    def on_response_complete(self) -> None:
        """The next request may take its time to begin, but not to become whole."""
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        """The other side does not take what it is sent."""
        super().pause_writing()
        self._stall = self.loop.call_later(STALL_S, self.transport.abort)

    def resume_writing(self) -> None:
        """It does again."""
        super().resume_writing()
        _cancel(self._stall)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        _cancel(self._late)
        _cancel(self._stall)
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Give a request so long to be whole; while one is answered there is nothing to wait for.

        An idle connection is ended by the server's own timer.
        """
        is_answering = self.cycle is not None and not self.cycle.response_complete
        is_idle = self.timeout_keep_alive_task is not None
        if is_answering or is_idle:
            _cancel(self._late)
            self._late = None
        elif self._late is None:
            self._late = self.loop.call_later(REQUEST_S, self.transport.abort)


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()


def _host_of(connection: object) -> str:
    client = getattr(connection, "client", None)
    return str(client[0]) if client else ""
