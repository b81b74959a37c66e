"""Compare: what our check of an image says of the corpus, and what rauc says of the bundles in it.

Rauc is asked over D-Bus, by the methods behind ``rauc info`` and ``rauc install``. Whatever rauc
says is about the bundle alone; ours is about the image around it, in which the bundle's digest
stands. An installation is tried only of what ``info`` takes.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from jeepney import DBusErrorResponse, new_method_call
from jeepney.io.blocking import open_dbus_connection
from jeepney.wrappers import unwrap_msg

from ampkeeper.firmware.update.envelope import read_head, read_payloads
from ampkeeper.firmware.update.refused import ImageRefused
from ampkeeper.firmware.update.verdict import Target, check
from ampkeeper.hal.errors import RefusedError
from ampkeeper.hal.linux.rauc import INSTALLER, RaucBus
from tools.rauc.corpus import CHANGES, FORMS, Mistake, Workshop, image_of, mutants
from tools.rauc.service import RaucMachine, why_no_mounts

INFO_S = 30.0
SEED = 20261123
EXPLAINED = {
    ("verity", "one bit of the file system"): (
        "`rauc info` looks at the signed manifest only; a block that was changed is found by "
        "dm-verity when it is read. Ours reads the whole image before rauc is asked."
    ),
    ("plain", "one bit of the signature"): (
        "Some bits of a CMS are not signed and not looked at by OpenSSL: its versions, the type of "
        "what is signed, the name of the signature's algorithm. What was signed is untouched. "
        "Ours hashes the bundle as it is, its signature too."
    ),
    ("plain", "for other hardware"): (
        "`rauc info` shows a bundle for any machine; `rauc install` refuses it. Ours refuses it "
        "by the manifest's boards, before a byte is kept."
    ),
    ("plain", "older than what runs"): (
        "Rauc has no security counter; `min-bundle-version` is new in later versions, and fixed "
        "in system.conf."
    ),
    ("plain", "to be installed until yesterday"): "A bundle has no last day; an image has.",
    ("plain", "damaged before the image was signed"): (
        "Ours says who made the image, and that it is whole; what a bundle holds is for rauc to "
        "say, which is asked next, and refuses it."
    ),
    ("plain", "the signer was revoked; rauc has no list"): (
        "Rauc knows of a revocation by a CRL in its keyring only, and with `check-crl` only. Ours "
        "travels in an image, signed by the root."
    ),
}
EXPLAINED["verity", "something appended"] = (
    "The signature is looked for at the end: a second copy of it behind the first one is as good, "
    "for `rauc info`. Ours takes no byte behind the last payload."
)
EXPLAINED["verity", "one bit of the signature"] = EXPLAINED["plain", "one bit of the signature"]
for _name in ("other bytes", "bytes twice", "bytes missing"):
    EXPLAINED["verity", _name] = EXPLAINED["verity", "one bit of the file system"]


@dataclass(slots=True)
class Row:
    """What was tried, how often, and how often each refused it; None: could not be tried."""

    form: str
    what: str
    tried: int = 0
    by_us: int = 0
    by_info: int = 0
    by_rauc: int | None = 0  # by info, or then by install
    taken_by_us_alone: list[str] = field(default_factory=list)

    @property
    def differs(self) -> bool:
        """True if not all said the same of all."""
        told = {self.by_us, self.by_info, self.by_info if self.by_rauc is None else self.by_rauc}
        return len(told) > 1


class Court:
    """Both, side by side; files are below ``folder``. Each rauc runs until the court rises."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._maker_folder = folder / "made"
        self._maker_folder.mkdir(parents=True)
        self.maker = Workshop(self._maker_folder)
        self.why_no_installs = why_no_mounts(folder / "mount")
        self._raucs: dict[str, _Rauc] = {}

    def __enter__(self) -> "Court":
        return self

    def __exit__(self, *_: object) -> None:
        for rauc in self._raucs.values():
            rauc.stop()

    def rows(self, number: int) -> Iterator[Row]:
        """The whole corpus, with ``number`` mutants of each format."""
        for form in FORMS:
            yield from self._mutant_rows(form, number)
        for mistake in self.maker.mistakes():
            yield self._mistake_row(mistake)

    def _mutant_rows(self, form: str, number: int) -> Iterator[Row]:
        whole = self.maker.whole(form)
        rows = {name: Row(form, name) for name in CHANGES}
        rauc = self._rauc()
        for name, raw in mutants(whole, number, SEED):
            self._judge(rows[name], rauc, raw, image_of(whole, raw), self.maker.target)
        yield from rows.values()

    def _mistake_row(self, mistake: Mistake) -> Row:
        row = Row("plain", mistake.name)
        rauc = self._rauc(mistake.keyring, mistake.crl_pem)
        self._judge(row, rauc, mistake.bundle, mistake.image, mistake.target)
        return row

    def _judge(self, row: Row, rauc: "_Rauc", bundle: bytes, image: bytes, target: Target) -> None:
        file = self._folder / "tried.raucb"
        file.write_bytes(bundle)
        ours = why_not(image, target, self.maker.now)
        info = rauc.info(file)
        row.tried += 1
        row.by_us += bool(ours)
        row.by_info += bool(info)
        last = info
        if not info and self._can_install(row.form):
            last = rauc.install(file)
        if row.by_rauc is not None:
            row.by_rauc = row.by_rauc + bool(last) if last or self._can_install(row.form) else None
        if last and not ours:
            row.taken_by_us_alone.append(last)

    def _can_install(self, form: str) -> bool:
        return form == "plain" and not self.why_no_installs

    def _rauc(self, keyring: str = "", crl_pem: str = "") -> "_Rauc":
        if keyring not in self._raucs:
            folder = self._folder / f"machine{len(self._raucs)}"
            machine = RaucMachine(folder, self.maker.root.pem + crl_pem, keyring=keyring)
            self._raucs[keyring] = _Rauc(machine)
        return self._raucs[keyring]


class _Rauc:
    """A service that runs."""

    def __init__(self, machine: RaucMachine) -> None:
        self._machine = machine
        try:
            machine.start()
            self._connection = open_dbus_connection(machine.address)
        except Exception:
            machine.stop()
            raise

    def stop(self) -> None:
        """It ends."""
        self._connection.close()
        self._machine.stop()

    def info(self, file: Path) -> str:
        """Empty if it shows the bundle; else what it says."""
        asked = new_method_call(INSTALLER, "Info", "s", (str(file),))
        try:
            unwrap_msg(self._connection.send_and_get_reply(asked, timeout=INFO_S))
        except DBusErrorResponse as error:
            return str(error)
        return ""

    def install(self, file: Path) -> str:
        """Empty if it installs the bundle; else what it says."""
        try:
            RaucBus(self._machine.address).install(str(file), lambda percent: None)
        except RefusedError as error:
            return str(error)
        return ""


def why_not(image: bytes, target: Target, now: datetime) -> str:
    """Empty if our check takes an image to its last byte; else why not."""
    file = io.BytesIO(image)
    try:
        head = read_head(file)
        check(head, target, now)
        for _ in read_payloads(file, head, lambda payload, raw: None):
            pass
    except ImageRefused as refusal:
        return str(refusal)
    return ""
