"""What OCPP 2.0.1 says of updates, logs and reservations: use cases L01, N01 and H04."""

from ampkeeper.firmware.ocpp.dialect import Call, Payload
from ampkeeper.firmware.ocpp.ports.transfer import RESERVATION, UPDATE, TransferStatus


def transfer_status(status: TransferStatus) -> Call:
    """Firmware- or LogStatusNotification, or ReservationStatusUpdate; names are 2.0.1's own."""
    if status.area == RESERVATION:
        told = {"reservationId": status.request_id, "reservationUpdateStatus": status.status}
        return Call("ReservationStatusUpdate", told)
    payload: Payload = {"status": status.status}
    if status.request_id is not None:
        payload["requestId"] = status.request_id
    is_update = status.area == UPDATE
    return Call("FirmwareStatusNotification" if is_update else "LogStatusNotification", payload)
