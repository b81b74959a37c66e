"""Bundles: what rauc installs, made by rauc itself, right and wrong."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ampkeeper.firmware.update.ceremony import KeyPair
from tools.rauc.fetch import PROGRAMS, RAUC
from tools.rauc.service import COMPATIBLE

TIMEOUT_S = 600
UNPACKED = "-noI -noD -noF -noX"  # mksquashfs: packs nothing, so that the sizes are those given
MANIFEST = """[update]
compatible={compatible}
version={version}

[bundle]
format={form}

[image.rootfs]
filename=rootfs.img
"""


@dataclass(frozen=True, slots=True)
class Content:
    """What a bundle holds, and for which machines."""

    system: bytes
    version: str = "1.5.0"
    compatible: str = COMPATIBLE
    form: str = "plain"  # or "verity"


def write_bundle(
    out: Path, content: Content, signer: KeyPair, intermediates: Sequence[str] = ()
) -> None:
    """Have rauc pack and sign a bundle; beside it lies what it was made from."""
    folder = out.with_suffix(".content")
    folder.mkdir()
    (folder / "rootfs.img").write_bytes(content.system)
    told = MANIFEST.format(
        compatible=content.compatible, version=content.version, form=content.form
    )
    (folder / "manifest.raucm").write_text(told)
    certificate, key = out.with_suffix(".pem"), out.with_suffix(".key")
    certificate.write_text(signer.pem)
    key.write_text(signer.key_pem())
    options = [f"--cert={certificate}", f"--key={key}", f"--mksquashfs-args={UNPACKED}"]
    for number, pem in enumerate(intermediates):
        file = out.with_suffix(f".{number}.pem")
        file.write_text(pem)
        options.append(f"--intermediate={file}")
    done = subprocess.run(
        [str(PROGRAMS.path(RAUC)), "bundle", *options, str(folder), str(out)],
        env=PROGRAMS.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    if done.returncode != 0:
        raise RuntimeError(f"rauc bundle: {done.stderr[-500:]}")
