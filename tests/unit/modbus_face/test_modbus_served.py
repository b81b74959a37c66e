"""Modbus/TCP as it is served, asked by pymodbus, and by who is no Modbus at all."""

import asyncio

import pytest
from pymodbus.client import AsyncModbusTcpClient

from tests.unit.modbus_face.modbus_rig import READ_STATUS, Charger, exchange, frame, module

LIMIT = 129


async def client_of(port: int) -> AsyncModbusTcpClient:
    client = AsyncModbusTcpClient("127.0.0.1", port=port, timeout=10, retries=0)
    assert await client.connect()
    return client


async def test_another_library_reads_both_kinds_and_who_it_is() -> None:
    charger = Charger(offers="state")
    async with charger.served() as port:
        client = await client_of(port)
        holding = await client.read_holding_registers(100, count=30)
        inputs = await client.read_input_registers(200, count=30, device_id=17)
        who = await client.read_device_information(read_code=1, object_id=0)
        one = await client.read_device_information(read_code=4, object_id=1)
        beyond = await client.read_holding_registers(66, count=1)
        client.close()
    assert holding.registers[0] == inputs.registers[0] == 3
    assert holding.registers[4:6] == [0, 11_040]
    assert who.information == {0: b"Ampkeeper", 1: b"Emulated", 2: b"1.0"}
    assert one.information == {1: b"Emulated"}
    assert beyond.exception_code == 2
    assert charger.asked == []


async def test_a_limit_is_written_only_where_that_is_allowed() -> None:
    charger = Charger(offers="state")
    async with charger.served() as port:
        client = await client_of(port)
        assert (await client.write_register(LIMIT, 100)).exception_code == 1
        assert (await client.write_registers(LIMIT, [100])).exception_code == 1
        client.close()
    assert charger.asked == []


async def test_a_limit_is_set_paused_and_cleared() -> None:
    charger = Charger()
    async with charger.served() as port:
        client = await client_of(port)
        for value in (100, 0, 0xFFFF):
            assert not (await client.write_registers(LIMIT, [value])).isError()
            read = await client.read_holding_registers(LIMIT, count=1)
            assert read.registers == [value]
        client.close()
    by = {"evse": 1, "by": "Modbus"}
    assert charger.asked == [
        ("limit", by | {"current_a": 10.0}),
        ("limit", by | {"current_a": 0.0}),
        ("limit", by),
    ]


async def test_what_is_written_again_and_again_is_kept_once_and_renewed_in_time() -> None:
    charger = Charger(limit_s=60)
    async with charger.served() as port:
        client = await client_of(port)
        for _ in range(10):  # 0 to 90 s
            assert not (await client.write_register(LIMIT, 100)).isError()
            charger.clock.pass_s(10.0)
        charger.owner_a = None  # somebody cleared it at the page
        assert not (await client.write_register(LIMIT, 100)).isError()
        client.close()
    told = {"evse": 1, "by": "Modbus", "current_a": 10.0, "for_s": 90.0}
    assert charger.asked == [("limit", told)] * 5  # at 0, 30, 60, 90 s, and after the page


async def test_whatever_else_is_written_is_refused_and_changes_nothing() -> None:
    charger = Charger()
    async with charger.served() as port:
        client = await client_of(port)
        assert (await client.write_register(100, 1)).exception_code == 2
        assert (await client.write_register(29, 100)).exception_code == 2
        assert (await client.write_register(329, 100)).exception_code == 2
        assert (await client.write_registers(LIMIT, [100, 100])).exception_code == 3
        charger.refusal = "limit 5.9: 0 (pause) or 6 to 80 A per phase"
        assert (await client.write_register(LIMIT, 59)).exception_code == 3
        client.close()
    assert charger.asked == []


async def test_a_look_at_the_station_serves_many_requests() -> None:
    charger = Charger()
    async with charger.served() as port:
        await exchange(port, READ_STATUS * 50)
        charger.clock.pass_s(1.0)
        await exchange(port, READ_STATUS)
    assert charger.looks == 2


async def test_requests_that_come_together_are_answered_in_order() -> None:
    requests = b"".join(frame(b"\x03\x00\x64\x00\x01", number) for number in range(200))
    async with Charger().served() as port:
        told = await exchange(port, requests)
    assert [told[at : at + 2] for at in range(0, len(told), 11)] == [
        number.to_bytes(2) for number in range(200)
    ]


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00" * 9, b"\x00"])
async def test_who_speaks_no_modbus_is_hung_up_on_and_others_are_served(data: bytes) -> None:
    async with Charger().served() as port:
        assert await exchange(port, data) == b""
        assert (await exchange(port, READ_STATUS))[:2] == READ_STATUS[:2]


async def test_half_a_frame_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REST_S", 0.05)
    async with Charger().served() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(READ_STATUS[:5])
        assert await reader.read() == b""
        writer.close()


async def test_one_connection_too_many_is_refused_until_another_ends() -> None:
    async with Charger().served() as port:
        open_ones = [await client_of(port) for _ in range(module.CONNECTIONS_MAX)]
        for one in open_ones:
            await one.read_holding_registers(0, count=1)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b""
        writer.close()
        for one in open_ones:
            one.close()
        for _ in range(1_000):
            if told := await exchange(port, READ_STATUS):
                break
    assert told[:2] == READ_STATUS[:2]


@pytest.mark.parametrize(
    ("peer", "is_client"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("192.0.2.20", True),
        ("::ffff:192.0.2.20", True),
        ("198.51.100.7", True),
        ("198.51.100.16", False),
        ("192.0.2.21", False),
        ("fe80::1%eth0", False),
        ("", False),
    ],
)
def test_only_who_is_named_comes_in(peer: str, is_client: bool) -> None:
    face = Charger(clients=("192.0.2.20", "198.51.100.0/28")).face
    assert face._is_client(peer) is is_client
