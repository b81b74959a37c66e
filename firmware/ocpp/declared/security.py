"""Settings of passwords, certificates and who the station is."""

from ampkeeper.firmware.ocpp.makers import fixed, hardware
from ampkeeper.firmware.ocpp.setting import Access, Kind, Setting

SECURITY = (
    hardware(
        "SecurityCtrlr.SecurityProfile", Kind.INTEGER, 0,
        "The security profile in use, from [ocpp] security_profile.", "SecurityProfile",
    ),
    hardware("SecurityCtrlr.Identity", Kind.TEXT, "", "The station's id, from [ocpp] id."),
    Setting(
        name="SecurityCtrlr.BasicAuthPassword", key="AuthorizationKey",
        kind=Kind.TEXT, default="", lowest=16, highest=40, access=Access.WRITE_ONLY, is_secret=True,
        help="The password of profiles 1 and 2, from the next connection on.",
    ),
    Setting(
        name="SecurityCtrlr.OrganizationName", key="CpoName",
        kind=Kind.TEXT, default="", highest=255,
        help="The operator's name, for the subject of the station's certificate.",
    ),
    fixed(
        "SecurityCtrlr.CertificateEntries", Kind.INTEGER, 0,
        "Certificates installed by the central system: installing is not supported.",
    ),
    fixed(
        "SecurityCtrlr.AdditionalRootCertificateCheck", Kind.BOOLEAN, False,
        "A new root need not be signed by the old one.", "AdditionalRootCertificateCheck",
    ),
)  # fmt: skip
