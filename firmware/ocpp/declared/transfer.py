"""Settings of files that come and go."""

from ampkeeper.firmware.ocpp.makers import fixed, number, switch
from ampkeeper.firmware.ocpp.setting import Kind

BYTES_PER_SECOND_MAX = 100_000_000

TRANSFER = (
    fixed(
        "OCPPCommCtrlr.FileTransferProtocols", Kind.MEMBERS,
        ("FTP", "FTPS", "HTTP", "HTTPS", "SFTP"),
        "Protocols by which files come and go.", "SupportedFileTransferProtocols",
    ),
    number(
        "TransferCtrlr.BytesPerSecondMax", 0, 0, BYTES_PER_SECOND_MAX, "B/s",
        "Most bytes a second of one transfer; 0: as fast as it goes.",
        "FileTransferBytesPerSecondMax",
    ),
    switch(
        "ChargingStation.AllowNewSessionsPendingFirmwareUpdate", False,
        "Whether sessions may begin while an update waits for the end of others.",
    ),
    switch(
        "OCPP16.UnsignedUpdateAllowed", True,
        "false: no order without a signature; true: where `update.allow_unsigned_orders` of the "
        "charger's own configuration permits it.",
        "UnsignedUpdateAllowed",
    ),
)  # fmt: skip
