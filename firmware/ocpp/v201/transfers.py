"""What OCPP 2.0.1 says of updates and logs: use cases L01 and N01."""

from ampkeeper.firmware.ocpp.dialect import Call, Payload
from ampkeeper.firmware.ocpp.ports.transfer import UPDATE, TransferStatus


def transfer_status(status: TransferStatus) -> Call:
    """FirmwareStatusNotification or LogStatusNotification; the names are 2.0.1's own."""
    payload: Payload = {"status": status.status}
    if status.request_id is not None:
        payload["requestId"] = status.request_id
    is_update = status.area == UPDATE
    return Call("FirmwareStatusNotification" if is_update else "LogStatusNotification", payload)
