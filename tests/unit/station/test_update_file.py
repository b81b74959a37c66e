"""The file of an update: what is taken from somebody's hands, and that it stays the same one."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ampkeeper.firmware.station.update_file import digest_of, install_same, take
from ampkeeper.firmware.update.installer import NoInstaller
from ampkeeper.firmware.update.refused import Ground, ImageRefused

NOW = datetime(2026, 11, 23, tzinfo=UTC)


class TakingInstaller(NoInstaller):
    """Installs anything; ``taken`` is what."""

    taken = b""

    def install(self, file: Path, now: datetime, progress: object) -> bool:
        self.taken = file.read_bytes()
        return True


def test_what_is_taken_is_what_was_brought(tmp_path: Path):
    source, file = tmp_path / "new.image", tmp_path / "kept" / "file"
    source.write_bytes(os.urandom(3 << 20))
    take(source, file, 4 << 20)
    assert file.read_bytes() == source.read_bytes()


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "new.image")
    with pytest.raises(ValueError, match="no file"):
        take(tmp_path / "new.image", tmp_path / "file", 1 << 20)


def test_a_device_that_never_ends_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="no file"):
        take(Path("/dev/zero"), tmp_path / "file", 1 << 20)


def test_a_file_that_is_too_long_is_refused_before_it_is_copied(tmp_path: Path):
    (tmp_path / "new.image").write_bytes(bytes(11))
    with pytest.raises(ValueError, match="at most 10"):
        take(tmp_path / "new.image", tmp_path / "file", 10)
    assert not (tmp_path / "file").exists() or (tmp_path / "file").stat().st_size == 0


def test_the_file_that_was_checked_is_installed_and_no_other(tmp_path: Path):
    file, installer = tmp_path / "file", TakingInstaller()
    file.write_bytes(b"checked")
    digest = digest_of(file)
    assert install_same(installer, file, digest, NOW, lambda permille: None)
    assert installer.taken == b"checked"
    file.write_bytes(b"swapped")
    with pytest.raises(ImageRefused) as caught:
        install_same(installer, file, digest, NOW, lambda permille: None)
    assert caught.value.ground is Ground.CONTENT
    assert installer.taken == b"checked"
