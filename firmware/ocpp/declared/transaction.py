"""Settings of when a transaction begins and ends."""

from ampkeeper.firmware.ocpp.makers import fixed, number, switch
from ampkeeper.firmware.ocpp.setting import Kind

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
    fixed(
        "TxCtrlr.StopTxOnEVSideDisconnect", Kind.BOOLEAN, True,
        "Unplugging ends the transaction.", "StopTransactionOnEVSideDisconnect",
    ),
    fixed(
        "TxCtrlr.TxStartPoint", Kind.MEMBERS, ("PowerPathClosed",),
        "A transaction starts when a car is plugged in and its user is authorised.",
    ),
    fixed(
        "TxCtrlr.TxStopPoint", Kind.MEMBERS, ("PowerPathClosed",),
        "A transaction ends when the car is unplugged or the authorisation ends.",
    ),
)  # fmt: skip
