"""Configurations that the tests start from."""

SMALLEST = """\
[station]
vendor = "Ampkeeper"
model = "Emulated"
serial = "AK-0001"

[board]
name = "emulated"

[[evse]]
id = 1
max_a = 32
phases = 3
socket = true                     # false: captive cable

[ocpp]
url = "ws://127.0.0.1:9000/ocpp"  # the id is appended: ws://127.0.0.1:9000/ocpp/AK0001
id = "AK0001"
versions = ["2.0.1", "1.6"]       # offered in this order
security_profile = 0

[ocpp.keys]                       # any OCPP 1.6 key
MeterValueSampleInterval = 10

[ocpp.variables]                  # any OCPP 2.x variable
"SampledDataCtrlr.TxUpdatedInterval" = 10
"""


def changed(old: str, new: str) -> str:
    """The smallest file with one piece of it replaced."""
    assert SMALLEST.count(old) == 1, f"{old!r} stands once in the smallest file"
    return SMALLEST.replace(old, new)


def line_of(text: str, piece: str) -> int:
    """The line on which ``piece`` stands first."""
    return text[: text.index(piece)].count("\n") + 1
