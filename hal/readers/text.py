"""Text reader: any reader or keypad that sends one line of ASCII per token.

A line ends with CR or LF. Lines that are empty, too long or hold other than printable ASCII are
dropped whole, for half a token could be somebody else's. Such a reader cannot be asked whether
it is there: silence is normal, only the end of the line is an error.
"""

from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.ports import ByteStream, Clock, Tag
from ampkeeper.hal.readers.presence import Presence

TEXT_MAX = 36  # characters; OCPP 2.0.1 IdTokenType
REPEAT_S = 1.0  # readers repeat a token while it is held
LINES_MAX = 16  # waiting; the oldest is dropped, nobody stands there any more


class LineDecoder:
    """Cuts a stream of bytes into tokens."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._is_bad = False

    def feed(self, data: bytes) -> list[str]:
        """Take ``data`` and return the tokens that are complete now."""
        texts = []
        for byte in data:
            if byte in b"\r\n":
                if self._line and not self._is_bad and (text := self._line.decode().strip()):
                    texts.append(text)
                self._line.clear()
                self._is_bad = False
            elif len(self._line) >= TEXT_MAX or not 0x20 <= byte <= 0x7E:
                self._is_bad = True
            else:
                self._line.append(byte)
        return texts


class TextReader:
    """One reader on one line. ``kind`` is the OCPP 2.x IdTokenEnum name of what it reads."""

    def __init__(self, stream: ByteStream, clock: Clock, kind: str = "Local") -> None:
        self._stream = stream
        self._clock = clock
        self._kind = kind
        self._decoder = LineDecoder()
        self._presence = Presence(unseen_s=REPEAT_S)
        self._texts: list[str] = []
        self._is_open = False

    async def open(self) -> None:
        """Take the line; raise AbsentError."""
        self.close()
        await self._stream.open()
        self._is_open = True

    async def next_tag(self) -> Tag:
        """Wait for a token; raise AbsentError when the line ends. Call again to go on."""
        if not self._is_open:
            await self.open()
        while True:
            while self._texts:
                text = self._texts.pop(0)
                if self._presence.see(text, self._clock.now_s()):
                    return Tag(text, self._kind)
            try:
                data = await self._stream.read()  # ends when somebody comes, or the line goes
            except AbsentError:
                self.close()
                raise
            self._texts += self._decoder.feed(data)
            del self._texts[:-LINES_MAX]

    def close(self) -> None:
        """Release the line; safe twice."""
        self._stream.close()
        self._decoder = LineDecoder()
        self._texts.clear()
        self._is_open = False
