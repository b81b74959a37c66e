"""Sessions that the station signs itself: in the books, with pages that no power cut repeats."""

import asyncio
import json
import sqlite3
from base64 import b64decode
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pyocmf.utils.xml import OcmfContainer

from ampkeeper.board.emulated.virtual_charger import VirtualCharger
from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.billing import ocmf, ocmf_keys
from ampkeeper.firmware.faces.cli import main
from ampkeeper.firmware.store.store import STORE_FILE
from tests.station.test_cut_at_every_write import cut_at
from tests.support.rig import CAR, CARD

SIGN = ("ocmf.sign", "true")
CUTS = (3, 5, 6, 8, 10)  # of the store's calls in one session


def charger(folder: Path, *sets: tuple[str, str]) -> VirtualCharger:
    folder.mkdir(exist_ok=True)
    return VirtualCharger(folder, sets=(("authorise.tags", f'["{CARD}"]'), *sets))


async def a_session(made: VirtualCharger) -> None:
    made.csms.versions = ()  # nobody answers
    await made.until(lambda: made.status() == "Available")
    made.plug(**CAR)
    made.swipe(CARD)
    await made.until(lambda: made.status() == "Charging", 90)
    await asyncio.sleep(60)
    made.swipe(CARD)
    await made.until(lambda: made.app.station.evses[1].transaction is None, 90)
    made.unplug()
    await made.until(lambda: made.status() == "Available", 90)


def records(made: VirtualCharger) -> list[tuple[int, str, str, str]]:
    with closing(sqlite3.connect(made.state_dir / STORE_FILE)) as books:
        query = "SELECT page, context, text, public_key FROM signed_record ORDER BY number"
        return books.execute(query).fetchall()


def ids(made: VirtualCharger) -> list[str]:
    with closing(sqlite3.connect(made.state_dir / STORE_FILE)) as books:
        return [tx_id for (tx_id,) in books.execute("SELECT tx_id FROM session ORDER BY number")]


def test_begin_and_end_are_signed_and_somebody_else_agrees(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = charger(tmp_path, SIGN)

    async def play() -> None:
        async with made.running():
            await a_session(made)
        async with made.running():
            await a_session(made)

    run_virtual(play())
    found = records(made)
    assert [page for page, *_ in found] == [1, 2, 3, 4]
    assert len({key for *_, key in found}) == 1
    for _, _, text, key in found:
        ocmf_keys.check(ocmf.read(text), key)
    end = ocmf.read(found[1][2]).content
    first, last = end["RD"]
    assert (first["TX"], last["TX"], last["ST"], last["EF"]) == ("B", "L", "G", "")
    assert last["RV"] > first["RV"]
    assert (end["ID"], end["MS"] != "") == (CARD, True)

    state, file = ["--state", str(made.state_dir)], tmp_path / "session.xml"
    assert main(["ocmf", "export", ids(made)[0], *state]) == 0
    file.write_text(capsys.readouterr().out)
    for record in OcmfContainer.from_xml(file, strict=True):
        assert record.verify_signature()
    assert main(["ocmf", "verify", str(file), *state]) == 0
    assert "2 records as they were signed, by this station's key" in capsys.readouterr().out
    file.write_text(file.read_text().replace(f'"RV":{last["RV"]}', f'"RV":{last["RV"] + 1}'))
    assert main(["ocmf", "verify", str(file), *state]) == 1
    assert "record 2: the signature is not of this record" in capsys.readouterr().err


def test_a_time_is_called_synchronised_once_a_central_system_told_it(tmp_path: Path) -> None:
    made = charger(tmp_path, SIGN)

    async def play() -> None:
        async with made.running():
            versions, made.csms.versions = made.csms.versions, ()  # nobody answers yet
            await made.until(lambda: made.status() == "Available")
            made.plug(**CAR)
            made.swipe(CARD)
            await made.until(lambda: made.status() == "Charging", 90)
            made.csms.versions = versions
            await made.until(lambda: made.csms.links != {}, 600)
            await asyncio.sleep(10)
            made.swipe(CARD)
            await made.until(lambda: made.app.station.evses[1].transaction is None, 90)

    run_virtual(play())
    end = ocmf.read(records(made)[1][2]).content
    assert [one["TM"][-1] for one in end["RD"]] == ["U", "S"]


def test_nothing_is_signed_unless_it_is_asked_for(tmp_path: Path) -> None:
    made = charger(tmp_path)

    async def play() -> None:
        async with made.running():
            await a_session(made)

    run_virtual(play())
    assert records(made) == []
    assert main(["ocmf", "key", "--state", str(made.state_dir)]) == 1


@pytest.mark.parametrize("number", CUTS)
def test_no_page_is_given_twice_whenever_the_power_goes(tmp_path: Path, number: int) -> None:
    seen: dict[int, str] = {}
    made = charger(tmp_path, SIGN)

    async def play() -> None:
        for is_after in (False, True):
            async with made.running():
                cut = cut_at(made, number, is_after)
                session = asyncio.create_task(a_session(made))
                await cut.wait()
                session.cancel()
            seen.update(checked(made, seen))
            made.unplug()
            async with made.running():
                await asyncio.sleep(30)
            seen.update(checked(made, seen))
        async with made.running():
            await a_session(made)

    run_virtual(play())
    pages = sorted(checked(made, seen))
    assert pages == list(range(1, len(pages) + 1))


def checked(made: VirtualCharger, seen: dict[int, str]) -> dict[int, str]:
    """The records by page, if those that were seen before are still the same."""
    found = {page: text for page, _, text, _ in records(made)}
    assert {page: found.get(page) for page in seen} == seen
    assert all(
        json.loads(ocmf.read(one).payload)["PG"] == f"T{page}" for page, one in found.items()
    )
    return found


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_the_central_system_gets_the_record_where_that_is_configured(
    tmp_path: Path, version: str
) -> None:
    made = charger(tmp_path, SIGN, ("ocmf.send", "true"), ("ocpp.versions", f'["{version}"]'))
    heard: list[tuple[str, Any]] = []

    async def play() -> None:
        async with made.running():
            csms: Any = made.csms
            answer = csms._answer

            def hear(link: Any, message_id: str, action: str, payload: Any) -> Any:
                heard.append((action, payload))
                return answer(link, message_id, action, payload)

            csms._answer = hear
            await made.until(lambda: made.csms.links != {} and made.status() == "Available")
            made.plug(**CAR)
            made.swipe(CARD)
            await made.until(lambda: made.status() == "Charging", 90)
            await asyncio.sleep(30)
            made.swipe(CARD)
            await made.until(lambda: made.status() == "Finishing", 90)
            await asyncio.sleep(30)

    run_virtual(play())
    *_, (_, _, text, key) = records(made)
    assert text in (of_16(heard) if version == "1.6" else of_201(heard, key))


def of_16(heard: list[tuple[str, Any]]) -> list[str]:
    (stop,) = (payload for action, payload in heard if action == "StopTransaction")
    values = [one for each in stop["transactionData"] for one in each["sampledValue"]]
    return [one["value"] for one in values if one.get("format") == "SignedData"]


def of_201(heard: list[tuple[str, Any]], key: str) -> list[str]:
    ended = [
        one
        for action, payload in heard
        if action == "TransactionEvent" and payload["eventType"] == "Ended"
        for each in payload["meterValue"]
        for one in each["sampledValue"]
    ]
    signed = [one["signedMeterValue"] for one in ended if "signedMeterValue" in one]
    assert all(one["encodingMethod"] == "OCMF" for one in signed)
    assert all(key in b64decode(one["publicKey"]).decode().lower() for one in signed)
    return [b64decode(one["signedMeterData"]).decode() for one in signed]
