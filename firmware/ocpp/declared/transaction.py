"""Settings of when a transaction begins and ends."""

from ampkeeper.firmware.ocpp.makers import number, switch
from ampkeeper.firmware.ocpp.setting import Kind, Setting

TRANSACTION = (
    number(
        "TxCtrlr.EVConnectionTimeOut", 120, 1, 3600, "s",
        "How long an accepted token waits for the car, and a car for a token.",
        "ConnectionTimeOut",
    ),
    switch(
        "TxCtrlr.StopTxOnInvalidId", True,
        "Whether a transaction whose token turns out not accepted is stopped, or only paused.",
        "StopTransactionOnInvalidId",
    ),
    number(
        "TxCtrlr.MaxEnergyOnInvalidId", 0, 0, 100_000, "Wh",
        "Energy that may still flow to a refused token whose transaction is not stopped.",
        "MaxEnergyOnInvalidId",
    ),
    switch(
        "TxCtrlr.StopTxOnEVSideDisconnect", True,
        "Whether unplugging ends the authorisation. If not, a captive cable may be plugged in"
        " again within EVConnectionTimeOut, unless TxStopPoint ends the transaction; a socket"
        " lets go of its plug, so there it always does.",
    ),
    Setting(
        name="TxCtrlr.TxStartPoint", kind=Kind.MEMBERS, default=("PowerPathClosed",), lowest=1,
        allowed=("EVConnected", "Authorized", "DataSigned", "PowerPathClosed", "EnergyTransfer"),
        help="What begins a transaction, whichever comes first; DataSigned where a meter signs."
        " No energy flows without one.",
    ),
    Setting(
        name="TxCtrlr.TxStopPoint", kind=Kind.MEMBERS, default=("PowerPathClosed",), lowest=1,
        allowed=("EVConnected", "Authorized", "PowerPathClosed", "EnergyTransfer"),
        help="What ends a transaction as soon as it is no longer so, whichever comes first;"
        " in any case it ends once the car is gone and nobody may charge.",
    ),
)  # fmt: skip
