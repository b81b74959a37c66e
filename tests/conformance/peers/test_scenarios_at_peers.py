"""Scenarios against two strict central systems that nobody here wrote: no frame is refused."""

import asyncio
from pathlib import Path

import pytest

from ampkeeper.board.emulated.rig.command import EXAMPLES
from ampkeeper.board.emulated.rig.traffic import ANSWER_S
from ampkeeper.firmware.faces.cli import main
from tests.conformance.peers.strict_peer import SCRIPTS, StrictPeer

pytestmark = pytest.mark.process

SPEED = 5.0


@pytest.mark.parametrize(("package", "version"), list(zip(SCRIPTS, ("1.6", "2.0.1"), strict=True)))
async def test_a_broken_cable_is_told_to_a_strict_central_system(
    package: str, version: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (EXAMPLES / "broken_cable.toml").read_text()
    file = tmp_path / "story.toml"
    file.write_text(f'given.versions = ["{version}"]\n{text}')
    peer = StrictPeer(version, package)
    await peer.start()
    try:
        words = ["scenario", str(file), "--csms", peer.url, "--speed", f"{SPEED:g}"]
        code = await asyncio.to_thread(main, words)
        assert code == 0, capsys.readouterr().out
        assert peer.verdict(ANSWER_S / SPEED) == []
        assert peer.record.calls("BootNotification") != []
    finally:
        await peer.stop()
