"""Rauc pair: the system that runs, if what is kept of it tells what its pilot boards have to run.

Rauc replaces the station's whole system; the pilot part of the image that brought it lies beside
the books, bound to what rauc says that the system holds. So the board follows whichever way the
boot loader goes. What was not installed by this software brought no part, as at the factory.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from ampkeeper.firmware.update.disk import Disk, read_bounded
from ampkeeper.firmware.update.launch import Launched
from ampkeeper.firmware.update.rauc_files import DIGEST_CHARS_MAX, WRITTEN
from ampkeeper.firmware.update.rauc_slots import systems_of
from ampkeeper.firmware.update.record import Record
from ampkeeper.hal.errors import HalError

if TYPE_CHECKING:
    from ampkeeper.firmware.update.folders import Machine

AskSlots = Callable[[], Sequence[tuple[str, Mapping[str, object]]]]


class RunningSystem:
    """Called for the place of the system that runs. One uptime: neither it nor its content changes.

    ``open_machine``: what came with the machine; ``ask_slots``: what rauc says of its slots.
    """

    def __init__(
        self, disk: Disk, open_machine: "Callable[[], Machine]", ask_slots: AskSlots
    ) -> None:
        self._disk = disk
        self._open_machine = open_machine
        self._ask_slots = ask_slots
        self._found: tuple[str, str] | None = None
        self._believed = ""  # the place whose head was judged

    def __call__(self) -> Launched:
        """Its place; empty where no image of ours is in it. Raises OSError, ValueError.

        It raises, too, where what is kept of that image is not what a maker has signed: then
        nobody can tell what the boards have to run.
        """
        place, digest = self._running()
        if not digest or self._written(place) != digest.encode("ascii", "replace"):
            return Launched()
        if self._believed != place:
            self._judge(place)
            self._believed = place
        return Launched(place)

    def _running(self) -> tuple[str, str]:
        if self._found is None:
            try:
                systems = systems_of(self._ask_slots())
            except HalError as error:
                raise OSError(f"rauc does not say what runs: {error}") from error
            self._found = next((at, one.digest) for at, one in systems.items() if one.is_booted)
        return self._found

    def _written(self, place: str) -> bytes:
        try:
            return read_bounded(self._disk, f"{place}/{WRITTEN}", DIGEST_CHARS_MAX)
        except FileNotFoundError:
            return b""

    def _judge(self, place: str) -> None:
        from ampkeeper.firmware.update.payloads import HEAD, HEAD_BYTES_MAX, head_in  # 9 MB
        from ampkeeper.firmware.update.trust import trust_of
        from ampkeeper.firmware.update.verdict import check_board, check_signer

        head = head_in(read_bounded(self._disk, f"{place}/{HEAD}", HEAD_BYTES_MAX))
        slots, machine = Record(self._disk).read(), self._open_machine()
        text = slots.trust_new if place == slots.new and slots.trust_new else slots.trust
        trust = trust_of(text) if text else machine.trust
        check_signer(head, trust, head.manifest.created, is_release=machine.is_release)
        check_board(head, machine.board)
