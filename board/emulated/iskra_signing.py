"""Iskra's signing registers: begin and end, data, signature and key, as its description has them.

The signature is a real one (ECDSA, P-256) over what the meter shows, so that whoever carries it
can prove that no byte was lost. It takes ``BUSY_READS`` looks at the status until it is there.
"""

from collections.abc import Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

FIRST, LAST = 7000, 8260
STATUS, COMMAND, STATE, ZONE = 7000, 7051, 7052, 7053
DATASET_BYTES, DATA_BYTES, SIGNATURE_BYTES, FORMAT = 7056, 7057, 7058, 7059
DATASET, DATA, KEY, SIGNATURE = 7100, 7612, 8124, 8188
IDLE, ACTIVE = 0, 1
BEGIN, END = 0x4200, 0x7200
READY, BUSY, DONE, FAILED = 1, 2, 15, 128
BUSY_READS = 2
LAYOUT = 4  # what this meter calls its format
ILLEGAL_ADDRESS, ILLEGAL_VALUE = 2, 3


class IskraSigning:
    """Holding registers 7000 to 8260; ``now`` is what the meter shows."""

    def __init__(self, now: Callable[[], str]) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.fails = False
        self.commands: list[int] = []
        self._now = now
        self._begun = ""
        self._busy_reads = 0
        self._words = dict.fromkeys(range(FIRST, LAST + 1), 0)
        self._words[STATE] = READY
        self._words[FORMAT] = LAYOUT
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self._put(KEY, point[1:])

    def read(self, address: int, count: int) -> tuple[int, ...] | int:
        """Return registers, or an exception code."""
        if not FIRST <= address <= LAST + 1 - count:
            return ILLEGAL_ADDRESS
        if address <= STATE < address + count and self._words[STATE] == BUSY:
            self._busy_reads -= 1
            if self._busy_reads < 0:
                self._words[STATE] = FAILED if self.fails else DONE
        return tuple(self._words[at] for at in range(address, address + count))

    def write(self, address: int, values: tuple[int, ...]) -> int:
        """Take registers; return 0, or an exception code."""
        if not FIRST <= address <= LAST + 1 - len(values):
            return ILLEGAL_ADDRESS
        self._words.update(enumerate(values, address))
        return self._command(values[0]) if address == COMMAND else 0

    def dataset(self) -> bytes:
        """What was handed over to be signed with the values."""
        count = self._words[DATASET_BYTES]
        words = (self._words[at] for at in range(DATASET, DATASET + (count + 1) // 2))
        return b"".join(word.to_bytes(2) for word in words)[:count]

    def _command(self, command: int) -> int:
        is_active = self._words[STATUS] == ACTIVE
        if command not in (BEGIN, END) or is_active != (command == END):
            return ILLEGAL_VALUE
        self.commands.append(command)
        self._words[STATUS] = ACTIVE if command == BEGIN else IDLE
        self._words[STATE] = BUSY
        self._busy_reads = BUSY_READS
        self._begun = self._now() if command == BEGIN else self._begun
        shown = self._begun if command == BEGIN else f"{self._begun};{self._now()}"
        data = f"OCMF|{shown}|".encode() + self.dataset()
        signature = self.key.sign(data, ec.ECDSA(hashes.SHA256()))
        self._put(DATA, data)
        self._put(SIGNATURE, signature)
        self._words[DATA_BYTES], self._words[SIGNATURE_BYTES] = len(data), len(signature)
        return 0

    def _put(self, address: int, data: bytes) -> None:
        padded = data + b"\0" * (len(data) % 2)
        words = (int.from_bytes(padded[at : at + 2]) for at in range(0, len(padded), 2))
        self._words.update(enumerate(words, address))
