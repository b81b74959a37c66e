"""Pairing: what the slot that runs has for the pilot boards, and the key of the pair.

The launcher has held the slot against what was signed; its pilot part is held against the
manifest once more here, since it goes to another processor.
"""

import hashlib
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ampkeeper.board.host.installing import RAUC
from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.update.disk import read_bounded
from ampkeeper.firmware.update.launch import SLOTS_FOLDER, Launched, launched_of
from ampkeeper.firmware.update.manifest import PILOT
from ampkeeper.firmware.update.pilot_image import Wanted, check_pilot_raw, pair_key, raw_in
from ampkeeper.firmware.update.record import Record
from ampkeeper.firmware.update.slots import FACTORY, TRYING
from ampkeeper.hal.linux.files import FolderDisk

PAIR_FOLDER = "pair"  # in the state folder, and nobody else's to read


def wants_of(config: Config, state: Path, pilot_board: str) -> "SlotWants":
    """Of the software that the launcher started, or of the system that rauc has put there."""
    if config.update.installer != RAUC:
        return SlotWants(state, partial(launched_of, os.environ), pilot_board)
    from ampkeeper.board.host.installing import machine_in
    from ampkeeper.board.host.rauc_folder import RAUC_FOLDER  # what judges an image: 9 MB
    from ampkeeper.firmware.update.rauc_pair import RunningSystem
    from ampkeeper.hal.linux.rauc import RaucBus

    machine = partial(machine_in, Path(config.update.factory_file))
    running = RunningSystem(FolderDisk(state / RAUC_FOLDER), machine, RaucBus().slots)
    return SlotWants(state, running, pilot_board, RAUC_FOLDER)


class SlotWants:
    """``pilot_board`` as our pilot board calls itself; ``launched`` says which slot runs.

    ``folder`` of the state folder has what is kept of the slots.
    """

    def __init__(
        self,
        state: Path,
        launched: Callable[[], Launched],
        pilot_board: str,
        folder: str = SLOTS_FOLDER,
    ) -> None:
        self._state = state
        self._folder = folder
        self._launched = launched
        self._pilot_board = pilot_board

    def wanted(self) -> Wanted | None:
        """What the software in the slot brought; None: nothing, as what the machine came with."""
        place = self._launched().place
        if place in ("", FACTORY):
            return None
        from ampkeeper.firmware.update.payloads import HEAD, HEAD_BYTES_MAX, head_in  # 9 MB

        disk = FolderDisk(self._state / self._folder)
        manifest = head_in(read_bounded(disk, f"{place}/{HEAD}", HEAD_BYTES_MAX)).manifest
        payload = manifest.payload(PILOT)
        if payload is None:
            return None
        raw = raw_in(disk, place)
        if hashlib.sha256(raw).hexdigest() != payload.sha256:
            raise ValueError("the pilot part in the slot is not what was signed")
        image = check_pilot_raw(manifest, raw, self._pilot_board)
        if image is None:
            return None
        slots = Record(disk).read()
        is_on_trial = slots.state == TRYING and slots.new == place
        begins_anew = is_on_trial and slots.counter_new < slots.counter_min
        begins_anew = begins_anew or _has_begun_anew(
            slots.trust_new if is_on_trial else slots.trust
        )
        return Wanted(image, manifest.counter, is_on_trial, begins_anew)

    def key(self) -> bytes:
        """Of the pair."""
        folder = self._state / PAIR_FOLDER
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return pair_key(FolderDisk(folder), os.urandom)


def _has_begun_anew(trust: str) -> bool:
    """True while the statement in force is one that let the station's counter begin again.

    The image that brought it may have had no part for the board, or the program that it ran.
    """
    from ampkeeper.firmware.update.trust import trust_of  # 9 MB

    return bool(trust) and trust_of(trust).counter_floor is not None
