"""Station door: asks a real charger for a current, by the owner's limit of its Modbus face.

Each word is a connection of its own: cases ask seldom, and no connection can be stale. The limit
is taken back at the end.
"""

from typing import Any

from ampkeeper.firmware.faces.modbus.registers import (
    BLOCK,
    LIMIT_AT,
    LIMIT_STEPS_PER_A,
    U16,
    UNKNOWN,
)
from tools.hil.bench import HilError

TIMEOUT_S = 3.0
STATUS_AT = 0


class StationDoor:
    """``place`` is HOST:PORT of ``[modbus] listen``, with ``offers = "limit"`` there."""

    def __init__(self, place: str, evse_id: int) -> None:
        self._place = place
        self._base = BLOCK * evse_id

    def prove(self) -> None:
        """HilError unless the EVSE is there."""
        self._ask(None)

    def limit(self, current_a: float) -> None:
        """Ask for a current, 0 for a pause; back once it is in the station's books."""
        self._ask(round(current_a * LIMIT_STEPS_PER_A))

    def clear(self) -> None:
        """Take the owner's limit back."""
        self._ask(UNKNOWN[U16])

    def _ask(self, value: int | None) -> None:
        from pymodbus import ModbusException
        from pymodbus.client import ModbusTcpClient

        host, _, port = self._place.rpartition(":")
        client: Any = ModbusTcpClient(host, port=int(port), timeout=TIMEOUT_S, retries=0)
        try:
            if not client.connect():
                raise HilError(f"station.modbus = {self._place!r}: nobody is there")
            if value is None:
                told = client.read_holding_registers(self._base + STATUS_AT, count=1)
            else:
                told = client.write_register(self._base + LIMIT_AT, value)
            if told.isError():
                raise HilError(
                    f"station.modbus = {self._place!r}: the station refuses ({told}); it has to "
                    'have that EVSE, and offers = "limit" for this machine'
                )
        except ModbusException as error:
            raise HilError(f"station.modbus = {self._place!r}: {error}") from error
        finally:
            client.close()
