"""Updates and logs in the words of 1.6: each request, each status, against the schemas."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ampkeeper.firmware.ocpp.dialect import Answer, Call
from ampkeeper.firmware.ocpp.ports.transfer import (
    LOG,
    UPDATE,
    LogOrder,
    TransferStatus,
    UpdateOrder,
)
from ampkeeper.firmware.ocpp.schemas import schemas_for
from ampkeeper.firmware.ocpp.v16.dialect import Dialect16
from ampkeeper.firmware.ocpp.v201.dialect import Dialect201
from tests.unit.ocpp_dialects.station_fake import FakeStation

AT = datetime(2026, 12, 1, 8, tzinfo=UTC)
UPDATE_STATUSES = (
    "Downloaded", "DownloadFailed", "Downloading", "DownloadScheduled", "InstallationFailed",
    "Installing", "Installed", "InstallRebooting", "InstallScheduled", "InvalidSignature",
    "SignatureVerified", "Idle",
)  # fmt: skip
LOG_STATUSES = (
    "BadMessage", "Idle", "NotSupportedOperation", "PermissionDenied", "Uploaded",
    "UploadFailure", "Uploading",
)  # fmt: skip


@pytest.fixture
def station() -> FakeStation:
    return FakeStation()


@pytest.fixture
def old(station: FakeStation) -> Dialect16:
    return Dialect16(station)


def ask(dialect: Dialect16, action: str, payload: dict[str, Any], is_valid: bool = True) -> Answer:
    """What is answered; a request that is not valid has been let through by mistake."""
    assert (schemas_for("ocpp1.6").check_request(action, payload) is None) == is_valid
    answer = dialect.handle(action, payload)
    assert isinstance(answer, Answer)
    if answer.error is None:
        assert schemas_for("ocpp1.6").check_response(action, answer.payload) is None
    return answer


def calls(answer: Answer) -> list[Call]:
    return [call for follow in answer.follow for call in follow.calls]


def signed(**firmware: Any) -> dict[str, Any]:
    told = {
        "location": "https://a.example/f",
        "retrieveDateTime": "2026-12-01T09:00:00+01:00",
        "signingCertificate": "PEM",
        "signature": "c2ln",
    }
    return {"requestId": 12, "retries": 2, "retryInterval": 30, "firmware": told | firmware}


def test_a_signed_order_says_all_that_was_asked(old: Dialect16, station: FakeStation) -> None:
    answer = ask(old, "SignedUpdateFirmware", signed(installDateTime="2026-12-01T08:00:00Z"))
    assert answer.payload == {"status": "Accepted"}
    assert station.transfers.updates == [
        UpdateOrder("https://a.example/f", 2, 30, AT, AT, 12, "PEM", "c2ln")
    ]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("accepted", "Accepted"),
        ("canceled", "AcceptedCanceled"),
        ("rejected", "Rejected"),
        ("invalid_certificate", "InvalidCertificate"),
        ("revoked_certificate", "RevokedCertificate"),
    ],
)
def test_each_word_of_the_station_is_said(
    old: Dialect16, station: FakeStation, word: str, status: str
) -> None:
    station.transfers.word = word
    assert ask(old, "SignedUpdateFirmware", signed()).payload == {"status": status}


@pytest.mark.parametrize(
    "fields", [{"retrieveDateTime": "soon"}, {"installDateTime": "later"}, {"retrieveDateTime": ""}]
)
def test_a_date_that_is_none_rejects_a_signed_order(
    old: Dialect16, station: FakeStation, fields: dict[str, str]
) -> None:
    assert ask(old, "SignedUpdateFirmware", signed(**fields), False).payload == {
        "status": "Rejected"
    }
    assert station.transfers.updates == []


def test_an_unsigned_order_has_no_status_to_answer_with(
    old: Dialect16, station: FakeStation
) -> None:
    order = {"location": "ftp://a.example/f", "retrieveDate": "2026-12-01T08:00:00Z"}
    assert ask(old, "UpdateFirmware", order) == Answer()
    assert station.transfers.updates == [UpdateOrder("ftp://a.example/f", None, None, AT)]


def test_a_bad_unsigned_order_is_told_to_have_failed_unless_another_runs(
    old: Dialect16, station: FakeStation
) -> None:
    station.transfers.word = "rejected"
    order = {"location": "dummy://dummy", "retrieveDate": "2026-12-01T08:00:00Z"}
    failed = Call("FirmwareStatusNotification", {"status": "DownloadFailed"})
    assert calls(ask(old, "UpdateFirmware", order)) == [failed]
    station.transfers.is_busy = True
    assert calls(ask(old, "UpdateFirmware", order)) == []


def test_an_unsigned_order_may_be_refused_or_dated_never(
    old: Dialect16, station: FakeStation
) -> None:
    order = {"location": "ftp://a.example/f", "retrieveDate": "never"}
    assert ask(old, "UpdateFirmware", order, False).error == "PropertyConstraintViolation"
    station.transfers.is_unsigned_taken = False
    assert ask(old, "UpdateFirmware", order, False).error == "NotSupported"
    assert station.transfers.updates == []


def test_diagnostics_are_asked_for_by_the_old_message(old: Dialect16, station: FakeStation) -> None:
    payload = {"location": "ftp://a.example/l", "startTime": "2026-12-01T08:00:00Z", "retries": 1}
    assert ask(old, "GetDiagnostics", payload).payload == {"fileName": "AK-0001_log.zip"}
    assert station.transfers.logs == [
        LogOrder("diagnostics", "ftp://a.example/l", 1, None, AT, None)
    ]
    station.transfers.word = "rejected"
    assert ask(old, "GetDiagnostics", payload).payload == {}


@pytest.mark.parametrize(
    ("kind", "word"), [("DiagnosticsLog", "diagnostics"), ("SecurityLog", "security")]
)
def test_both_logs_are_asked_for_by_the_new_message(
    old: Dialect16, station: FakeStation, kind: str, word: str
) -> None:
    log = {"remoteLocation": "https://a.example/l", "latestTimestamp": "2026-12-01T08:00:00Z"}
    payload = {"logType": kind, "requestId": 3, "log": log}
    answer = ask(old, "GetLog", payload).payload
    assert answer == {"status": "Accepted", "filename": "AK-0001_log.zip"}
    assert station.transfers.logs == [
        LogOrder(word, "https://a.example/l", None, None, None, AT, 3)
    ]
    station.transfers.word = "canceled"
    assert ask(old, "GetLog", payload).payload["status"] == "AcceptedCanceled"


@pytest.mark.parametrize(
    "times",
    [
        {"oldestTimestamp": "then"},
        {"latestTimestamp": "now"},
        {"oldestTimestamp": "2026-12-02T00:00:00Z", "latestTimestamp": "2026-12-01T00:00:00Z"},
    ],
)
def test_times_that_make_no_sense_ask_for_nothing(
    old: Dialect16, station: FakeStation, times: dict[str, str]
) -> None:
    is_valid = len(times) == 2
    log = {"remoteLocation": "https://a.example/l"} | times
    payload = {"logType": "SecurityLog", "requestId": 3, "log": log}
    assert ask(old, "GetLog", payload, is_valid).payload == {"status": "Rejected"}
    names = {"oldestTimestamp": "startTime", "latestTimestamp": "stopTime"}
    asked = {names[name]: text for name, text in times.items()} | {"location": "ftp://a.example"}
    assert ask(old, "GetDiagnostics", asked, is_valid).error == "PropertyConstraintViolation"
    assert station.transfers.logs == []


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
@pytest.mark.parametrize("area", [UPDATE, LOG])
@pytest.mark.parametrize("request_id", [None, 0, -1, 4711])
def test_every_status_is_worded_by_the_schema_or_not_at_all(
    station: FakeStation, version: str, area: str, request_id: int | None
) -> None:
    is_16 = version == "1.6"
    dialect = Dialect16(station) if is_16 else Dialect201(station)
    schemas = schemas_for(f"ocpp{version}")
    statuses = UPDATE_STATUSES if area == UPDATE else [*LOG_STATUSES, "AcceptedCanceled"]
    for status in statuses:
        call = dialect.transfer_status(TransferStatus(area, status, request_id))
        if call is None:
            assert is_16
            continue
        assert schemas.check_request(call.action, call.payload) is None, call
        has_id = request_id is not None and not (is_16 and status == "Idle" and area == UPDATE)
        assert call.payload.get("requestId") == (request_id if has_id else None)


def test_what_the_old_messages_cannot_say_is_left_out_or_is_a_failure(old: Dialect16) -> None:
    assert old.transfer_status(TransferStatus(UPDATE, "InstallRebooting")) is None
    assert old.transfer_status(TransferStatus(UPDATE, "SignatureVerified")) is None
    denied = old.transfer_status(TransferStatus(LOG, "PermissionDenied"))
    assert denied == Call("DiagnosticsStatusNotification", {"status": "UploadFailed"})
    assert old.transfer_status(TransferStatus(LOG, "AcceptedCanceled", 3)) is None


@pytest.mark.parametrize(
    ("message", "status", "is_busy", "expected"),
    [
        ("FirmwareStatusNotification", TransferStatus(UPDATE, "Downloading"), True, "Downloading"),
        ("FirmwareStatusNotification", TransferStatus(UPDATE, "DownloadFailed"), False, "Idle"),
        ("FirmwareStatusNotification", TransferStatus(UPDATE, "Downloading", 3), True, "Idle"),
        ("FirmwareStatusNotification", TransferStatus(UPDATE, "DownloadScheduled"), True, "Idle"),
        ("DiagnosticsStatusNotification", TransferStatus(LOG, "Uploading"), False, "Uploading"),
        ("DiagnosticsStatusNotification", TransferStatus(LOG, "Uploading", 3), False, "Idle"),
        ("DiagnosticsStatusNotification", TransferStatus(LOG, "Idle"), False, "Idle"),
    ],
)
def test_the_old_trigger_tells_of_the_old_messages_only(
    old: Dialect16,
    station: FakeStation,
    message: str,
    status: TransferStatus,
    is_busy: bool,
    expected: str,
) -> None:
    station.transfers.update_told = station.transfers.log_told = status
    station.transfers.is_busy = is_busy
    answer = ask(old, "TriggerMessage", {"requestedMessage": message})
    assert answer.payload == {"status": "Accepted"}
    assert calls(answer) == [Call(message, {"status": expected})]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (TransferStatus(UPDATE, "Idle"), {"status": "Idle"}),
        (TransferStatus(UPDATE, "Downloaded", 3), {"status": "Downloaded", "requestId": 3}),
        (TransferStatus(UPDATE, "Downloading", 0), {"status": "Downloading", "requestId": 0}),
    ],
)
def test_the_extended_trigger_tells_of_the_signed_update(
    old: Dialect16, station: FakeStation, status: TransferStatus, expected: dict[str, Any]
) -> None:
    station.transfers.update_told = status
    trigger = {"requestedMessage": "FirmwareStatusNotification"}
    answer = ask(old, "ExtendedTriggerMessage", trigger)
    assert calls(answer) == [Call("SignedFirmwareStatusNotification", expected)]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (TransferStatus(LOG, "Uploading", 0), {"status": "Uploading", "requestId": 0}),
        (TransferStatus(LOG, "Uploading"), {"status": "Idle"}),
    ],
)
def test_the_extended_trigger_tells_of_the_log_with_a_request(
    old: Dialect16, station: FakeStation, status: TransferStatus, expected: dict[str, Any]
) -> None:
    station.transfers.log_told = status
    answer = ask(old, "ExtendedTriggerMessage", {"requestedMessage": "LogStatusNotification"})
    assert calls(answer) == [Call("LogStatusNotification", expected)]
