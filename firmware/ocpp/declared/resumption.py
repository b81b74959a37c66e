"""Settings of transactions that were interrupted (2.1, E17)."""

from ampkeeper.firmware.ocpp.makers import number, switch

RESUMPTION = (
    number(
        "TxCtrlr.ResumptionTimeout", 86_400, 0, 31_536_000, "s",
        "Longest interruption after which a transaction goes on; after a longer one it ends.",
    ),
    switch(
        "TxCtrlr.AllowEnergyTransferResumption", True,
        "Whether energy flows again in a transaction that was interrupted, or it only waits.",
    ),
    number(
        "TxCtrlr.EnergyTransferResumptionRandomRange", 0, 0, 3600, "s",
        "Largest random wait before energy flows again after an interruption.",
    ),
)  # fmt: skip
