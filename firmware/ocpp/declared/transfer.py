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
        "OCPP16.UnsignedUpdateAllowed", False,
        "UpdateFirmware is served in security profiles 1 to 3 too; in profile 0 it always is.",
        "UnsignedUpdateAllowed",
    ),
)  # fmt: skip
