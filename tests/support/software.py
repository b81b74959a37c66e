"""Software: this very tree as an image, built and signed by the shipped commands."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from ampkeeper.firmware.faces.cli.run import run
from tests.support.images import BOARD, archive_of, release_keys

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("firmware", "hal", "board")


def software(changes: Mapping[str, tuple[str, str]]) -> bytes:
    """The application, packed as a wheel has it, with ``changes``: file -> (old text, new text)."""
    told = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *PARTS],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    files = {}
    for name in told.stdout.splitlines():
        if name.endswith(".md") or not (ROOT / name).is_file():
            continue
        raw = (ROOT / name).read_bytes()
        if name in changes:
            old, new = (text.encode() for text in changes[name])
            assert old in raw, f"{name} has no {old!r}"
            raw = raw.replace(old, new)
        files[f"ampkeeper/{name}"] = raw
    return archive_of(files)


def signed_image(folder: Path, version: str, application: bytes) -> bytes:
    """An image of it, by ``ampkeeper image build`` and ``sign``."""
    folder.mkdir(parents=True, exist_ok=True)
    payload, draft, image = (folder / f"{version}.{kind}" for kind in ("zip", "draft", "image"))
    signer = release_keys()[1]
    key, certificate = folder / "release.key", folder / "release.pem"
    key.write_text(signer.key_pem())
    certificate.write_text(signer.pem)
    payload.write_bytes(application)
    build = ["--version", version, "--counter", "1", "--board", BOARD, "--created", "1750000000"]
    build += ["--days", "3650", "--station", str(payload), "--out", str(draft)]
    assert run(["image", "build", *build]) == 0
    sign = [str(draft), "--cert", str(certificate), "--key", str(key), "--out", str(image)]
    assert run(["image", "sign", *sign]) == 0
    return image.read_bytes()
