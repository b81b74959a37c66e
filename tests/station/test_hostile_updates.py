"""Images that no station takes, over OCPP: what is told, and that nothing has changed.

One row for each thing that can be wrong, tried on a whole charger in virtual time, with OCPP 1.6
and 2.0.1, against a real server. Every order is signed as OCPP asks: whoever sends it is believed.
"""

import errno
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.update.ceremony import KeyPair, new_root, new_signer
from ampkeeper.firmware.update.envelope import HEADER, payload_of, sealed, write_image
from ampkeeper.firmware.update.keys import fingerprint
from ampkeeper.firmware.update.manifest import STATION, Manifest
from ampkeeper.firmware.update.trust import Trust, statement_of
from ampkeeper.hal.linux.files import FolderDisk
from tests.support.file_servers import WebServer, web_server
from tests.support.images import (
    BOARD,
    SINCE,
    UNTIL,
    Maker,
    archive_of,
    factory_file,
    image_of,
    make_maker,
    release_keys,
)
from tests.support.virtual import STATION as STATION_ID
from tests.support.virtual import Charger

NOW = datetime(2026, 1, 1, tzinfo=UTC)  # where virtual time begins
DAY = timedelta(days=1)
COUNTER = 5  # of what the station came with
PAYLOAD = archive_of({"filling": bytes(300_000)})
BY_HEAD = ["Downloading"]
WHOLE = ["Downloading", "Downloaded", "SignatureVerified"]
UNFIT, BAD = "InstallVerificationFailed", "InvalidSignature"
NO_SIGNATURE = "InvalidFirmwareSignature"
NO_SIGNER = "InvalidFirmwareSigningCertificate"


def image(signer: KeyPair | None = None, payload: bytes = PAYLOAD, **changes: Any) -> bytes:
    """An image for the station of these tests, but for ``changes``."""
    told = (payload_of(STATION, "2.0.0", io.BytesIO(PAYLOAD)),)
    fields = {"version": "2.0.0", "counter": COUNTER, "boards": (BOARD,)}
    fields |= {"created": SINCE, "not_after": UNTIL, "payloads": told} | changes
    signer = signer or release_keys()[1]
    file = io.BytesIO()
    head = sealed(Manifest(**fields), (signer.certificate,), signer.key)
    for _ in write_image(file, head, (io.BytesIO(payload),)):
        pass
    return file.getvalue()


def of_a_stranger() -> bytes:
    root = new_root("Stranger", SINCE)
    return image(new_signer(root, "Stranger Release", SINCE))


def signed_too_late() -> bytes:
    return image(new_signer(release_keys()[0], "Old Release", NOW - 800 * DAY))


def by_a_revoked_key() -> bytes:
    root, signer = release_keys()
    new = Trust((root.pem,), frozenset((fingerprint(signer.certificate),)), serial=1)
    return image(trust=statement_of(new, [(root.pem, root.key)]))


def made_before_its_key() -> bytes:
    return image(new_signer(release_keys()[0], "New Release", NOW), created=NOW - 9 * DAY)


def with_a_manifest_of_the_future() -> bytes:
    raw = image()
    size = HEADER.unpack(raw[: HEADER.size])[3]
    manifest = raw[HEADER.size : HEADER.size + size].replace(b'"format":1', b'"format":2')
    return raw[: HEADER.size] + manifest + raw[HEADER.size + size :]


def with_a_changed_manifest() -> bytes:
    return image().replace(b'"version":"2.0.0"', b'"version":"2.0.1"')


@dataclass(frozen=True)
class Row:
    """``why`` stands in the one sentence that is told; ``noted`` is the security event."""

    name: str
    make: Callable[[], bytes]
    status: str
    why: str
    noted: str = ""
    before: tuple[str, ...] = tuple(BY_HEAD)


# fmt: off
ROWS = (
    Row("no image", lambda: b"#!/bin/sh\n" * 9_000, UNFIT, "no image"),
    Row("unknown envelope", lambda: b"\x89AKI\r\n\x1a\n\x00\x02" + bytes(90), UNFIT, "envelope 2"),
    Row("unknown manifest", with_a_manifest_of_the_future, UNFIT, "format 2"),
    Row("other board", lambda: image(boards=("pi-rp2040",)), UNFIT, "it is for pi-rp2040"),
    Row("older", lambda: image(counter=COUNTER - 1), UNFIT, f"has {COUNTER}"),
    Row("too late", lambda: image(not_after=NOW - DAY), UNFIT, "too late"),
    Row("wrong clock", lambda: image(created=NOW + 9 * DAY), UNFIT, "without the right time"),
    Row("other root", of_a_stranger, BAD, "root that is believed", NO_SIGNER),
    Row("expired signer", signed_too_late, BAD, "expired on", NO_SIGNER),
    Row("young signer", made_before_its_key, BAD, "was made before", NO_SIGNER),
    Row("revoked signer", by_a_revoked_key, BAD, "was revoked", NO_SIGNER),
    Row("changed manifest", with_a_changed_manifest, BAD, "was changed", NO_SIGNATURE),
    Row("longer than declared", lambda: image() + b"x", UNFIT, "at most"),
    Row("shorter than declared", lambda: image()[:-1], UNFIT, "too early", NO_SIGNATURE,
        (*WHOLE, "Installing")),
    Row("other payload", lambda: image(payload=bytes(len(PAYLOAD))), UNFIT, "not those",
        NO_SIGNATURE, (*WHOLE, "Installing")),
)
# fmt: on


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as running:
        yield running


@pytest.fixture(scope="module")
def maker() -> Maker:
    return make_maker()


class Ordered:
    """A charger, and orders to it; each has a number of its own."""

    def __init__(self, made: Charger, maker: Maker, server: WebServer) -> None:
        self.made, self.maker, self.server = made, maker, server
        self.number = 0

    async def trust(self, root_pem: str) -> None:
        """Whoever brought the station believed this maker, for OCPP's signature."""
        told = {"action": "add", "usage": "maker", "pem": root_pem}
        assert await self.made.app.api.answer("security", told)

    async def order(self, raw: bytes, retries: int = 0, **more: str) -> str:
        """Order it; returns the answer."""
        self.number += 1
        self.server.files["/image"] = raw
        firmware = {
            "location": self.server.url("/image"),
            "retrieveDateTime": self.made.app.clock.now().isoformat(),
            "signingCertificate": self.maker.certificate_pem,
            "signature": self.maker.sign(raw),
        }
        action = "SignedUpdateFirmware" if self.made.is_16 else "UpdateFirmware"
        told = {"requestId": self.number, "retries": retries, "firmware": firmware | more}
        frame = await self.made.csms.call(STATION_ID, action, told)
        return str(frame[2]["status"])

    def told(self) -> list[str]:
        """The statuses of the last order."""
        name = (
            "SignedFirmwareStatusNotification"
            if self.made.is_16
            else ("FirmwareStatusNotification")
        )
        rows = self.made.watched.record.calls(name)
        return [row["status"] for row in rows if row.get("requestId") == self.number]

    def noted(self) -> list[str]:
        """The security events about firmware that the central system heard of."""
        rows = self.made.watched.record.calls("SecurityEventNotification")
        return [row["type"] for row in rows if "Firmware" in row["type"]]

    def has_noted(self, more_than: int) -> bool:
        return len(self.noted()) > more_than

    async def reason(self) -> str:
        """Why the last order ended, as people read it."""
        told = await self.made.app.api.answer("image", {"action": "status"})
        return str(told["reason"])

    async def until(self, status: str) -> None:
        await self.made.until(lambda: status in self.told(), 300)


def charger(folder: Path, version: str) -> Charger:
    file = factory_file(folder / "came", COUNTER)
    return Charger(folder / "state", version, update__factory_file=str(file))


def run(made: Charger, maker: Maker, server: WebServer, script: Callable[[Ordered], Any]) -> None:
    async def whole() -> None:
        async with made.running():
            await made.until(lambda: made.registered and made.status() == "Available")
            ordered = Ordered(made, maker, server)
            await ordered.trust(maker.root_pem)
            await script(ordered)
            await made.until(lambda: made.status() == "Available")

    run_virtual(whole())


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_an_image_that_is_wrong_is_refused_before_anything_changes(
    tmp_path: Path, maker: Maker, server: WebServer, version: str
) -> None:
    made = charger(tmp_path, version)

    async def script(ordered: Ordered) -> None:
        for row in ROWS:
            before = len(ordered.noted())
            assert await ordered.order(row.make()) == "Accepted", row.name
            await ordered.until(row.status)
            assert ordered.told() == [*row.before, row.status], row.name
            reason = await ordered.reason()
            assert row.why in reason, (row.name, reason)
            await made.until(lambda: not made.app.desk.transfers.is_updating())
            if row.noted:
                await made.until(partial(ordered.has_noted, before))
            assert ordered.noted()[before:] == ([row.noted] if row.noted else []), row.name
            assert list((made.state_dir / "transfers").iterdir()) == [], row.name
        assert installed(made) == []

    run(made, maker, server, script)


def installed(made: Charger) -> list[str]:
    """The slots that hold software."""
    return [path.parent.name for path in (made.state_dir / "slots").glob("*/head")]


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_disk_without_room_or_that_cannot_be_written_fails_the_installation(
    tmp_path: Path,
    maker: Maker,
    server: WebServer,
    version: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = charger(tmp_path, version)

    def read_only(disk: FolderDisk, name: str) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    async def script(ordered: Ordered) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(FolderDisk, "free_bytes", lambda disk: 1 << 20)
            await ordered.order(image())
            await ordered.until("InstallationFailed")
            assert "1 MiB are free" in await ordered.reason()
        with monkeypatch.context() as patched:
            patched.setattr(FolderDisk, "create", read_only)
            await ordered.order(image())
            await ordered.until("InstallationFailed")
            assert "Read-only file system" in await ordered.reason()
        assert ordered.told() == [*WHOLE, "Installing", "InstallationFailed"]
        assert ordered.noted() == []
        assert installed(made) == []

    run(made, maker, server, script)


def test_a_hostile_central_system_alone_installs_nothing(
    tmp_path: Path, maker: Maker, server: WebServer
) -> None:
    """It may bring a root of its own and sign as OCPP asks: the maker's signature is within."""
    made = charger(tmp_path, "2.0.1")
    own = make_maker("Hostile")

    async def script(ordered: Ordered) -> None:
        told = {"certificateType": "ManufacturerRootCertificate", "certificate": own.root_pem}
        frame = await made.csms.call(STATION_ID, "InstallCertificate", told)
        assert frame[2]["status"] in ("Accepted", "Rejected")
        await ordered.trust(own.root_pem)  # as if it had got in
        ordered.maker = own
        assert await ordered.order(of_a_stranger()) == "Accepted"
        await ordered.until(BAD)
        assert await ordered.order(b"anything" * 9_000) == "Accepted"
        await ordered.until(UNFIT)
        assert installed(made) == []

    run(made, maker, server, script)


def test_a_genuine_image_without_the_signature_of_ocpp_is_refused(
    tmp_path: Path, maker: Maker, server: WebServer
) -> None:
    """The maker's word alone is not enough over OCPP, either."""
    made = charger(tmp_path, "2.0.1")

    async def script(ordered: Ordered) -> None:
        ordered.maker = make_maker("Nobody")
        assert await ordered.order(image_of("2.0.0", counter=COUNTER)) == "InvalidCertificate"
        ordered.maker = Maker(maker.root_pem, maker.certificate_pem, ordered.maker.key)
        assert await ordered.order(image_of("2.0.0", counter=COUNTER)) == "Accepted"
        await ordered.until(BAD)
        assert ordered.told() == ["Downloading", "Downloaded", BAD]
        assert NO_SIGNATURE in ordered.noted()
        assert installed(made) == []

    run(made, maker, server, script)


def test_a_file_that_is_swapped_after_its_check_is_not_installed(
    tmp_path: Path, maker: Maker, server: WebServer
) -> None:
    """By another image of the same maker, which nobody ordered: OCPP's signature is of a file."""
    made = charger(tmp_path, "2.0.1")

    async def script(ordered: Ordered) -> None:
        at = made.app.clock.now() + timedelta(seconds=30)
        await ordered.order(image(), installDateTime=at.isoformat())
        await ordered.until("InstallScheduled")
        file = made.state_dir / "transfers" / "update.part"
        file.write_bytes(image_of("3.0.0", counter=COUNTER))
        await ordered.until(UNFIT)
        assert "not the one that was checked" in await ordered.reason()
        await made.until(lambda: NO_SIGNATURE in ordered.noted())
        assert installed(made) == []

    run(made, maker, server, script)


def test_an_image_that_is_cut_on_its_way_goes_on_where_it_was(
    tmp_path: Path, maker: Maker, server: WebServer
) -> None:
    """Judged by its head in each attempt, and fetched once."""
    made = charger(tmp_path, "2.0.1")

    async def script(ordered: Ordered) -> None:
        server.faults.cut_after = [200_000]
        await ordered.order(image(), retries=1)
        await ordered.until("Installed")
        ranges = [headers.get("Range") for _, _, headers in server.log]
        assert ranges == [None, "bytes=200000-"]

    run(made, maker, server, script)


def test_what_is_refused_by_its_head_is_not_fetched_to_its_end(
    tmp_path: Path, maker: Maker, server: WebServer
) -> None:
    made = charger(tmp_path, "2.0.1")

    def progress() -> list[str]:
        return [kind for _, kind, _ in made.trace.events if kind == "update_progress"]

    async def script(ordered: Ordered) -> None:
        await ordered.order(image(boards=("pi-rp2040",)))
        await ordered.until(UNFIT)
        assert progress() == []
        await ordered.order(image(payload=bytes(len(PAYLOAD))))
        await ordered.until(UNFIT)
        assert progress() != []

    run(made, maker, server, script)
