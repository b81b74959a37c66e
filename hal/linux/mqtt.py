"""MQTT: the real broker's client, by ``aiomqtt``: TLS verified, always coming back, bounded.

What is lost, and when, is written in ``hal/bus.py``. Each connection is a new session: what was
said while this client was away is not told later, but for what is retained. Without TLS there is
neither secrecy nor a broker that is known; the configuration has to ask for that.
"""

import asyncio
import logging
import re
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path

from aiomqtt import Message, MqttError, ProtocolVersion, Will
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ampkeeper.hal.bus import (
    HEARD_MAX,
    PAYLOAD_BYTES_MAX,
    TOPIC_BYTES_MAX,
    Sending,
    Waiting,
    check_filter,
    check_message,
    matches,
)
from ampkeeper.hal.linux.mqtt_client import PromptClient
from ampkeeper.hal.linux.tcp import tcp_socket, tls_socket
from ampkeeper.hal.linux.tls import TlsSettings, station_context
from ampkeeper.hal.ports import BusMessage

ERRNO = re.compile(r"\[Errno -?\d+\] ")  # a number says nothing to who reads why
ANSWER_S = 10.0  # for the broker to answer a connection, a subscription, a QoS 1 message
GOODBYE_S = 1.0  # for the broker to take a goodbye; SIGTERM leaves the station 5 s
RETRY_S_FIRST = 1.0
RETRY_S_MAX = 16.0
STEADY_S = 60.0  # a connection that lasted so long was a good one
PACKET_BYTES_MAX = PAYLOAD_BYTES_MAX + TOPIC_BYTES_MAX + 1024  # longer ones MQTT 5 does not send
PASSWORD_BYTES_MAX = 4096

Handler = Callable[[BusMessage], None]

log = logging.getLogger(__name__)
quiet = logging.getLogger(f"{__name__}.paho")
quiet.setLevel(logging.CRITICAL)  # it raises what it logs


@dataclass(frozen=True, slots=True)
class MqttSettings:
    """Where the broker is, and who we are to it."""

    host: str
    port: int
    client_id: str
    tls: TlsSettings | None = None  # None: none
    user: str = ""
    password_file: str = ""
    keepalive_s: int = 30
    answer_s: float = ANSWER_S
    is_v5: bool = True  # else 3.1.1


class _Heard(asyncio.Queue[Message]):
    """What came in and was not handed over yet; the oldest gives way, and is counted."""

    dropped_count = 0

    def put_nowait(self, item: Message) -> None:
        """Take one more."""
        size = len(item.payload) if isinstance(item.payload, bytes | bytearray) else 0
        if size > PAYLOAD_BYTES_MAX:
            self.dropped_count += 1
            return
        if self.full():
            self.get_nowait()
            self.dropped_count += 1
        super().put_nowait(item)


@dataclass
class _Talk:
    """One connection: its client, and what wakes those who write."""

    client: PromptClient
    to_subscribe: deque[str] = field(default_factory=deque)
    urgent: asyncio.Event = field(default_factory=asyncio.Event)
    acknowledged: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)


class MqttBus:
    """A client of one broker; it implements the ``Bus`` port."""

    def __init__(self, settings: MqttSettings, random: Callable[[], float]) -> None:
        self.settings = settings
        self.problem = "not connected yet"  # why there is no connection; "": there is one
        self._random = random
        self._handlers: dict[str, tuple[Handler, int]] = {}
        self._watchers: list[Callable[[bool], None]] = []
        self._waiting = Waiting()
        self._dropped_count = 0
        self._heard: _Heard | None = None
        self._talk: _Talk | None = None
        self._will: BusMessage | None = None
        self._last_words: BusMessage | None = None

    @property
    def is_connected(self) -> bool:
        """True while the broker is there."""
        return self._talk is not None

    @property
    def dropped_count(self) -> int:
        """Messages lost on this side, in either direction."""
        heard = self._heard.dropped_count if self._heard is not None else 0
        return self._dropped_count + self._waiting.dropped_count + heard

    def publish(
        self, topic: str, payload: bytes, *, is_retained: bool = False, qos: int = 0
    ) -> bool:
        """Queue it; False: dropped, as no broker is there."""
        message = BusMessage(topic, payload, is_retained)
        check_message(message, qos)
        if self._talk is None:
            self._dropped_count += 1
            return False
        self._waiting.add(Sending(message, qos))
        (self._talk.acknowledged if qos else self._talk.urgent).set()
        return True

    def subscribe(self, topic_filter: str, handler: Handler, *, qos: int = 0) -> None:
        """Hand over what matches, from now on."""
        check_filter(topic_filter)
        is_new = topic_filter not in self._handlers
        self._handlers[topic_filter] = (handler, qos)
        if is_new and self._talk is not None:
            self._talk.to_subscribe.append(topic_filter)
            self._talk.asked.set()

    def watch(self, handler: Callable[[bool], None]) -> None:
        """Tell when the broker comes and goes."""
        self._watchers.append(handler)

    def set_will(self, will: BusMessage, *, with_goodbye: bool = False) -> None:
        """Said when this client vanishes, and perhaps by itself; from the next connection on."""
        check_message(will, 0)
        self._will = will
        self._last_words = will if with_goodbye else None

    async def run(self) -> None:
        """Stay connected; ended only by being cancelled."""
        loop = asyncio.get_running_loop()
        wait_s = RETRY_S_FIRST
        while True:
            began_s = loop.time()
            try:
                await self._connect_once()
            except (MqttError, OSError) as error:
                self._note(error)
            finally:
                self._let_go()
            if loop.time() - began_s >= STEADY_S:
                wait_s = RETRY_S_FIRST
            await asyncio.sleep(wait_s * (0.5 + self._random() / 2))
            wait_s = min(2 * wait_s, RETRY_S_MAX)

    async def _connect_once(self) -> None:
        """One connection, from its begin to its loss."""
        client = self._client()
        is_lost = False
        try:
            await self._begin(client)
            await self._talk_by(client)
        except (MqttError, OSError):
            is_lost = True
            raise
        finally:
            await client.end(0.0 if is_lost else GOODBYE_S, self._last_words)

    async def _begin(self, client: PromptClient) -> None:
        host, port = self.settings.host, self.settings.port
        async with asyncio.timeout(self.settings.answer_s):
            if self.settings.tls is None:
                connected = await tcp_socket(host, port)
            else:
                context = station_context(self.settings.tls)
                context.check_hostname = True  # ``CheckedObject`` sees no socket
                connected = await tls_socket(host, port, context)
        await client.begin(connected)

    async def _talk_by(self, client: PromptClient) -> None:
        """Ended by the loss of the connection."""
        talk = _Talk(client, deque(self._handlers))
        talk.asked.set()
        works = (
            self._read(talk),
            self._write(talk, talk.urgent, is_acknowledged=False),
            self._write(talk, talk.acknowledged, is_acknowledged=True),
            self._ask(talk),
        )
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_failure(work)) for work in works]
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
        raise next(iter(done)).result()

    def _client(self) -> PromptClient:
        settings = self.settings
        self._dropped_count = self.dropped_count - self._waiting.dropped_count
        limits = Properties(PacketTypes.CONNECT)
        limits.MaximumPacketSize = PACKET_BYTES_MAX
        client = PromptClient(
            settings.host,
            settings.port,
            settings.answer_s,
            username=settings.user or None,
            password=_password(settings.password_file),
            logger=quiet,
            identifier=settings.client_id,
            queue_type=_Heard,
            max_queued_incoming_messages=HEARD_MAX,
            protocol=ProtocolVersion.V5 if settings.is_v5 else ProtocolVersion.V311,
            will=_will(self._will),
            clean_session=None if settings.is_v5 else True,
            clean_start=True if settings.is_v5 else 3,
            properties=limits if settings.is_v5 else None,
            keepalive=settings.keepalive_s,
        )
        assert isinstance(client.queue, _Heard), "it makes its queue of the type it is given"
        self._heard = client.queue
        return client

    async def _read(self, talk: _Talk) -> None:
        async for message in talk.client.messages:  # ended by the loss of the connection
            topic, payload = message.topic.value, message.payload
            data = payload if isinstance(payload, bytes) else bytes(str(payload or ""), "utf-8")
            heard = BusMessage(topic, data, bool(message.retain))
            for topic_filter, (handler, _) in tuple(self._handlers.items()):
                if matches(topic_filter, topic):
                    handler(heard)

    async def _write(self, talk: _Talk, wake: asyncio.Event, *, is_acknowledged: bool) -> None:
        while True:
            sending = self._waiting.take(is_acknowledged=is_acknowledged)
            if sending is None:
                wake.clear()
                await wake.wait()  # ended by a message, or with the connection
                continue
            message = sending.message
            publishing = talk.client.publish(
                message.topic, message.payload, sending.qos, message.is_retained
            )
            await talk.client.answered(publishing)

    async def _ask(self, talk: _Talk) -> None:
        """Subscribe; once all that was asked for before is, the broker counts as there."""
        while True:
            while talk.to_subscribe:
                topic_filter = talk.to_subscribe.popleft()
                qos = self._handlers[topic_filter][1]
                await talk.client.answered(talk.client.subscribe(topic_filter, qos))
            if self._talk is None:
                self._be_there(talk)
            talk.asked.clear()
            await talk.asked.wait()  # ended by a subscription, or with the connection

    def _be_there(self, talk: _Talk) -> None:
        self._talk, self.problem = talk, ""
        log.info("broker %s: connected", self.settings.host)
        for tell in self._watchers:
            tell(True)

    def _let_go(self) -> None:
        self._waiting.clear()
        if self._talk is None:
            return
        self._talk = None
        self.problem = self.problem or "the connection was lost"
        for tell in self._watchers:
            tell(False)

    def _note(self, error: BaseException) -> None:
        text = ERRNO.sub("", f"{error}")[:200] or type(error).__name__
        if text != self.problem:
            log.warning("broker %s: %s", self.settings.host, text)
        self.problem = text


async def _failure(work: Coroutine[None, None, None]) -> Exception:
    """What ended it, as a value: one that is raised in a group hides a cancellation of that turn.

    CPython before 3.13 (gh-116720).
    """
    try:
        await work
    except (MqttError, OSError) as error:
        return error
    return MqttError("the connection was lost")


def _password(path: str) -> str | None:
    """What stands in the file, read anew for each connection, without its line's end."""
    if not path:
        return None
    with Path(path).open("rb") as file:
        data = file.read(PASSWORD_BYTES_MAX)
    return data.decode("utf-8", "replace").rstrip("\r\n")


def _will(message: BusMessage | None) -> Will | None:
    if message is None:
        return None
    return Will(message.topic, message.payload, 0, message.is_retained)
