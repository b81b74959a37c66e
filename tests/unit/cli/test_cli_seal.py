"""``ampkeeper seal``: signed here, with a key that stays here."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from ampkeeper.firmware.faces.cli import main
from ampkeeper.firmware.limits.seal import Seal, check, seal_of
from tests.unit.cli.answers_of_a_station import door

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
SHOWN = {
    "serial": "AK-0001", "key": "0123456789abcdef", "counter": 3, "broken": None,
    "required": False, "seals": [{"evse": None, "max_a": 16.0, "counter": 3}],
}  # fmt: skip


def private(key: Any, cipher: Any = None) -> bytes:
    cipher = cipher or NoEncryption()
    pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, cipher)
    return pem


async def run(state: Path, *words: str) -> tuple[int, list[Seal]]:
    seals: list[Seal] = []

    async def station(verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
        assert verb == "seal"
        if arguments["action"] == "show":
            return SHOWN
        seals.append(seal_of(arguments["seal"]))
        return {"result": "sealed"}

    async with door(state, station):
        code = await asyncio.to_thread(main, ["seal", *words, "--state", str(state)])
    return code, seals


@pytest.mark.parametrize(("more", "evse_id"), [((), 0), (("--evse", "2"), 2)])
async def test_it_is_signed_for_this_station_with_the_next_number(
    tmp_path: Path, more: tuple[str, ...], evse_id: int
) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(private(KEY))
    code, (seal,) = await run(tmp_path, "set", "--max-a", "16", "--key", str(file), *more)
    assert code == 0
    assert (seal.evse_id, seal.max_a, seal.counter) == (evse_id, 16.0, 4)
    check(seal, KEY.public_key(), "AK-0001", 3)


@pytest.mark.parametrize(
    ("pem", "words"),
    [
        (None, "No such file"),
        (b"nothing", "no private key in PEM"),
        (private(generate_private_key(SECP256R1())), "must be a key of Ed25519"),
        (private(KEY, BestAvailableEncryption(b"x")), "passphrase"),
    ],
)
async def test_a_key_that_cannot_be_used_is_said_to_be_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], pem: bytes | None, words: str
) -> None:
    file = tmp_path / "key.pem"
    if pem is not None:
        file.write_bytes(pem)
    assert await run(tmp_path, "set", "--max-a", "16", "--key", str(file)) == (1, [])
    assert words in capsys.readouterr().err


async def test_it_is_shown_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await run(tmp_path, "show") == (0, [])
    text = capsys.readouterr().out
    assert "each EVSE: at most 16 A per phase (number 3)" in text
    assert "station AK-0001, installer's key 0123456789abcdef" in text
