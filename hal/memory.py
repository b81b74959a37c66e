"""Memory stream: two ends of a line inside one process, and a wire that can be bad.

``memory_pair`` gives two byte streams joined by two ``NoisyWire``. A wire is quiet, noisy or
cut; what noise does follows from its seed alone, so a test or a simulation can be run again.
"""

import asyncio
import random
from dataclasses import dataclass
from functools import cached_property

from ampkeeper.hal.errors import AbsentError

READ_BYTES_MAX = 4_096
WAITING_BYTES_MAX = 65_536  # then new data is dropped, as ``ByteStream.write`` says


@dataclass(frozen=True, slots=True)
class Noise:
    """How likely each mishap is per write, as a fraction from 0 to 1."""

    loss: float = 0.0
    duplication: float = 0.0
    reordering: float = 0.0
    truncation: float = 0.0
    bit_flip: float = 0.0
    rubbish: float = 0.0


QUIET = Noise()
BAD = Noise(0.2, 0.05, 0.05, 0.05, 0.05, 0.05)


class NoisyWire:
    """One direction of a line. Change ``noise`` and ``is_cut`` at any time."""

    def __init__(self, seed: int = 0, noise: Noise = QUIET) -> None:
        self.noise = noise
        self.is_cut = False
        self._seed = seed
        self._held: bytes | None = None

    @cached_property
    def _random(self) -> random.Random:
        return random.Random(self._seed)  # large, and a quiet line never asks

    def set_mode(self, mode: str) -> None:
        """Take "ok", "silent" or "noisy", the emulator's words for ``pilot_link``."""
        if mode not in ("ok", "silent", "noisy"):
            raise ValueError(f"link mode {mode!r} is not one of ok, silent, noisy")
        self.is_cut = mode == "silent"
        self.noise = BAD if mode == "noisy" else QUIET

    def carry(self, data: bytes) -> list[bytes]:
        """Return what arrives, in order, when ``data`` is sent."""
        if self.is_cut:
            self._held = None
            return []
        if self.noise == QUIET:
            return self._with_held([data])
        if self._happens(self.noise.loss):
            return []
        data = self._mangled(data)
        if self._held is None and self._happens(self.noise.reordering):
            self._held = data
            return []
        copies = 2 if self._happens(self.noise.duplication) else 1
        return self._with_held([data] * copies)

    def _with_held(self, chunks: list[bytes]) -> list[bytes]:
        """Let a chunk that was held back follow those that overtook it."""
        if self._held is not None:
            chunks.append(self._held)
            self._held = None
        return chunks

    def _mangled(self, data: bytes) -> bytes:
        if self._happens(self.noise.truncation):
            data = data[: self._random.randrange(len(data) + 1)]
        if data and self._happens(self.noise.bit_flip):
            flipped = bytearray(data)
            flipped[self._random.randrange(len(data))] ^= 1 << self._random.randrange(8)
            data = bytes(flipped)
        if self._happens(self.noise.rubbish):
            data = self._random.randbytes(self._random.randrange(1, 40)) + data
        return data

    def _happens(self, chance: float) -> bool:
        return chance > 0 and self._random.random() < chance


class MemoryStream:
    """One end of a line in memory; made by ``memory_pair``."""

    def __init__(self, wire: NoisyWire) -> None:
        self.wire = wire  # carries what this end sends
        self.peer: MemoryStream | None = None
        self.is_open = False
        self.dropped_count = 0
        self._arrived = bytearray()
        self._wakeup: asyncio.Event = asyncio.Event()

    async def open(self) -> None:
        """Connect, with nothing received so far."""
        self._arrived.clear()
        self.is_open = True

    async def read(self) -> bytes:
        """Return the next 1 to 4096 bytes; ends with AbsentError when this end is closed."""
        while not self._arrived:
            if not self.is_open:
                raise AbsentError("memory stream is closed")
            self._wakeup.clear()
            await self._wakeup.wait()  # ended by the peer's write or our close
        data = bytes(self._arrived[:READ_BYTES_MAX])
        del self._arrived[: len(data)]
        return data

    def write(self, data: bytes) -> None:
        """Send ``data`` through the wire; lost when either end is closed or 64 KiB wait."""
        assert self.peer is not None
        if not self.is_open or not data:
            return
        for chunk in self.wire.carry(bytes(data)):
            if not self.peer.take(chunk):
                self.dropped_count += 1

    def take(self, chunk: bytes) -> bool:
        """Receive ``chunk`` from the wire; False if there is no room or nobody listens."""
        if not self.is_open or len(self._arrived) + len(chunk) > WAITING_BYTES_MAX:
            return False
        if chunk:
            self._arrived += chunk
            self._wakeup.set()
        return True

    def close(self) -> None:
        """Hang up; a waiting ``read`` ends."""
        self.is_open = False
        self._arrived.clear()
        self._wakeup.set()


def memory_pair(seed: int = 0, noise: Noise = QUIET) -> tuple[MemoryStream, MemoryStream]:
    """Return both ends of a line; each direction has its own noise, from the same seed."""
    near = MemoryStream(NoisyWire(seed, noise))
    far = MemoryStream(NoisyWire(seed + 1, noise))
    near.peer, far.peer = far, near
    return near, far
