"""Releases: a maker with root and release key, and images of his, right and wrong."""

import io
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from ampkeeper.firmware.update.ceremony import KeyPair, new_root, new_signer
from ampkeeper.firmware.update.envelope import payload_of, sealed, write_image
from ampkeeper.firmware.update.manifest import PILOT, STATION, Manifest
from ampkeeper.firmware.update.trust import Trust
from ampkeeper.firmware.update.verdict import Target

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
STATION_FILE = bytes(range(256))
PILOT_FILE = b"pilot" * 8


def draft(**changes: object) -> Manifest:
    """A manifest as it should be, but for ``changes``."""
    payloads = (
        payload_of(STATION, "1.5.0", io.BytesIO(STATION_FILE)),
        payload_of(PILOT, "1.5.0", io.BytesIO(PILOT_FILE)),
    )
    whole = Manifest(
        version="1.5.0",
        counter=7,
        boards=("emulated", "pi-rp2040"),
        created=NOW - DAY,
        not_after=NOW + 90 * DAY,
        payloads=payloads,
        notes="Charges faster.\nStops sooner.",
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


@dataclass
class ReleaseMaker:
    """Somebody who releases firmware."""

    name: str = "Maker"
    now: datetime = NOW
    root: KeyPair = field(init=False)
    signer: KeyPair = field(init=False)

    def __post_init__(self) -> None:
        self.root = new_root(f"{self.name} Root", self.now - 100 * DAY)
        self.signer = new_signer(self.root, f"{self.name} Release", self.now - 10 * DAY)

    @property
    def trust(self) -> Trust:
        """Of a station that this maker made."""
        return Trust((self.root.pem,))

    def target(self, **changes: object) -> Target:
        """Such a station."""
        return replace(Target("emulated", 5, self.trust), **changes)  # type: ignore[arg-type]

    def head(self, manifest: Manifest | None = None, signer: KeyPair | None = None) -> bytes:
        """The head of an image, signed by this maker or by somebody else."""
        signer = signer or self.signer
        return sealed(manifest or draft(), (signer.certificate,), signer.key)

    def image(self, manifest: Manifest | None = None, signer: KeyPair | None = None) -> bytes:
        """A whole image with the usual payloads."""
        file = io.BytesIO()
        payloads = (io.BytesIO(STATION_FILE), io.BytesIO(PILOT_FILE))
        for _ in write_image(file, self.head(manifest, signer), payloads):
            pass
        return file.getvalue()
