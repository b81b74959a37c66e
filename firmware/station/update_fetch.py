"""Update fetch: fetches the file of an order, and gives it up by its head where it is refused.

The head of an image comes first: what is not for this station is not fetched to its end, and no
byte of a payload is on the disk before the manifest was judged.
"""

import io
from functools import partial
from pathlib import Path

from ampkeeper.firmware.station.update_file import prepare
from ampkeeper.firmware.station.update_grounds import Refusal, refusal_of
from ampkeeper.firmware.transfers.address import Address, address_of
from ampkeeper.firmware.transfers.gate import UNFIT, UnwantedError
from ampkeeper.firmware.transfers.plan import Plan
from ampkeeper.firmware.transfers.task import Mover, Progress, discard
from ampkeeper.firmware.update import table
from ampkeeper.firmware.update.installer import Installer, InstallError
from ampkeeper.firmware.update.job import Order
from ampkeeper.firmware.update.refused import ImageRefused
from ampkeeper.hal.ports import Clock

FILE_BYTES_MAX = 1 << 30


class Fetch:
    """Fetches into ``file``; one at a time."""

    def __init__(self, mover: Mover, installer: Installer, clock: Clock, file: Path) -> None:
        self._mover = mover
        self._installer = installer
        self._clock = clock
        self._file = file
        self._refusal: Refusal | None = None

    async def run(self, order: Order, is_begun: bool, tell: Progress) -> Refusal | None:
        """Fetch it; ``is_begun``: what is there belongs to this order. None: it is there."""
        place = address_of(order.location)
        if not isinstance(place, Address):
            return Refusal(table.LOST, place.reason)
        try:
            await self._mover.run(partial(prepare, self._file, not is_begun))
        except OSError as error:
            return Refusal(table.LOST, f"no place for the file: {error.strerror}")
        plan = Plan(order.retries, order.interval_s)
        self._refusal = None
        ended = await self._mover.fetch(place, self._file, FILE_BYTES_MAX, plan, tell, self._judge)
        if ended.is_good:
            return None
        if ended.word == UNFIT:
            return self._refusal or Refusal(table.REFUSED, ended.text)
        return Refusal(table.LOST, f"{ended.word}: {ended.text}")

    def _judge(self, beginning: bytes) -> int | None:
        """In the mover's thread: how long the image is, by its head; UnwantedError if refused."""
        from ampkeeper.firmware.update.envelope import head_bytes, read_head  # 9 MB, if ever

        try:
            size = head_bytes(beginning)
            if size is None or size > len(beginning):
                return None
            self._examine(beginning[:size])
            return read_head(io.BytesIO(beginning)).bytes_total
        except ImageRefused as error:
            self._refusal = refusal_of(error)
            raise UnwantedError(UNFIT, str(error)) from error
        except (InstallError, OSError):
            return FILE_BYTES_MAX  # not about this file: it is told when it is to be installed

    def _examine(self, head: bytes) -> None:
        """Let the installer judge the head, which is then alone in a file."""
        file = self._file.with_suffix(".head")
        try:
            file.write_bytes(head)
            self._installer.examine(file, self._clock.now())
        finally:
            discard(file)
