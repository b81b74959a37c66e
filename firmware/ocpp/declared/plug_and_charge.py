"""Settings of Plug & Charge with OCPP 1.6 (OCA whitepaper): what there is without ISO 15118."""

from ampkeeper.firmware.ocpp.makers import fixed, switch
from ampkeeper.firmware.ocpp.setting import Kind

ROOTS_KEPT = "OCPP16.ISO15118CertificateManagementEnabled"

PLUG_AND_CHARGE = (
    fixed(
        "OCPP16.ISO15118PnCEnabled", Kind.BOOLEAN, False,
        "Whether cars are let in by their contracts: no board speaks ISO 15118.",
        "ISO15118PnCEnabled",
    ),
    fixed(
        "OCPP16.CentralContractValidationAllowed", Kind.BOOLEAN, False,
        "Whether the central system is asked about contracts: none is seen here.",
        "CentralContractValidationAllowed",
    ),
    fixed(
        "OCPP16.ContractValidationOffline", Kind.BOOLEAN, False,
        "Whether contracts are judged here: none is seen.",
        "ContractValidationOffline",
    ),
    switch(
        ROOTS_KEPT, False,
        "Whether roots of ISO 15118 that come by DataTransfer are kept for a board to come.",
        "ISO15118CertificateManagementEnabled",
    ),
)  # fmt: skip
