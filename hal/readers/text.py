"""Text reader: any reader or keypad that sends one line of ASCII per token.

A line ends with CR or LF. Lines that are empty, too long or hold other than printable ASCII are
dropped whole, for half a token could be somebody else's. Such a reader cannot be asked whether
it is there: silence is normal, only the end of the line is an error.
"""

from ampkeeper.hal.ports import ByteStream, Clock, Tag
from ampkeeper.hal.readers.form import LOCAL, Form
from ampkeeper.hal.readers.unasked import REPEAT_S, UnaskedReader

TEXT_MAX = 36  # characters; OCPP 2.0.1 IdTokenType


class LineDecoder:
    """Cuts a stream of bytes into lines."""

    def __init__(self) -> None:
        self.stray_count = 0  # bytes since the last end of a line
        self._line = bytearray()
        self._is_bad = False

    def feed(self, data: bytes) -> list[str]:
        """Take ``data`` and return the lines that are complete and clean now."""
        texts = []
        for byte in data:
            self.stray_count += 1
            if byte in b"\r\n":
                if self._line and not self._is_bad and (text := self._line.decode().strip()):
                    texts.append(text)
                self.clear()
            elif len(self._line) >= TEXT_MAX or not 0x20 <= byte <= 0x7E:
                self._is_bad = True
            else:
                self._line.append(byte)
        return texts

    def clear(self) -> None:
        """Forget the line that has begun."""
        self._line.clear()
        self._is_bad = False
        self.stray_count = 0


class TokenDecoder:
    """Lines as tokens of one form; what is not of that form is none."""

    def __init__(self, form: Form, kind: str) -> None:
        self._lines = LineDecoder()
        self._form = form
        self._kind = kind

    @property
    def stray_count(self) -> int:
        """Bytes since the last end of a line."""
        return self._lines.stray_count

    def feed(self, data: bytes) -> list[Tag]:
        """Take ``data`` and return the tokens that are complete now."""
        tags = [self._form.of_text(text, self._kind) for text in self._lines.feed(data)]
        return [tag for tag in tags if tag is not None]

    def clear(self) -> None:
        """Forget what has not become a token."""
        self._lines.clear()


class TextReader(UnaskedReader):
    """One reader on one line. ``kind`` is the OCPP 2.x IdTokenEnum name of what it reads."""

    def __init__(
        self,
        stream: ByteStream,
        clock: Clock,
        kind: str = LOCAL,
        form: Form | None = None,
        name: str = "text reader",
    ) -> None:
        super().__init__(stream, clock, TokenDecoder(form or Form(), kind), name, REPEAT_S)
