"""Settings of passwords, certificates and who the station is."""

from ampkeeper.firmware.ocpp.makers import counted, fixed, hardware, number, switch
from ampkeeper.firmware.ocpp.setting import Access, Kind, Origin, Setting

CHAIN_CHARS_MAX = 10_000  # whitepaper 7.3: at most that many
ROOTS_MAX = 20
DAY_S = 86_400
FORM_TEXT, FORM_BYTES = "Text", "Bytes"

SECURITY = (
    Setting(
        name="SecurityCtrlr.SecurityProfile", key="SecurityProfile",
        kind=Kind.INTEGER, default=0, lowest=0, highest=3, origin=Origin.TABLE,
        access=Access.READ_ONLY, access_16=Access.READ_WRITE,
        help="The security profile in use; the central system can raise it (A05), never lower it.",
    ),
    hardware("SecurityCtrlr.Identity", Kind.TEXT, "", "The station's id, from [ocpp] id."),
    Setting(
        name="SecurityCtrlr.BasicAuthPassword", key="AuthorizationKey",
        kind=Kind.TEXT, default="", lowest=16, highest=40, access=Access.WRITE_ONLY, is_secret=True,
        help="The password of profiles 1 and 2, from the next connection on.",
    ),
    Setting(
        name="OCPP16.AuthorizationKeyForm", key="AuthorizationKeyForm",
        kind=Kind.OPTION, default=FORM_TEXT, allowed=(FORM_TEXT, FORM_BYTES),
        access=Access.READ_ONLY,
        help="How the key goes into Basic auth: as its text, or as the bytes that its hex means.",
    ),
    Setting(
        name="SecurityCtrlr.OrganizationName", key="CpoName",
        kind=Kind.TEXT, default="", highest=255,
        help="The operator's name, for the subject of the station's certificate.",
    ),
    counted(
        "SecurityCtrlr.CertificateEntries", ROOTS_MAX,
        "Root certificates that are installed; for 1.6 the most there can be.",
        "CertificateStoreMaxLength",
    ),
    fixed(
        "SecurityCtrlr.MaxCertificateChainSize", Kind.INTEGER, CHAIN_CHARS_MAX,
        "Most characters of a signed certificate with its chain.", "CertificateSignedMaxChainSize",
    ),
    Setting(
        name="SecurityCtrlr.AdditionalRootCertificateCheck", key="AdditionalRootCertificateCheck",
        kind=Kind.BOOLEAN, default=False, access=Access.READ_ONLY,
        help="Whether there is one root for the central system, and the old one signs the new one.",
    ),
    switch(
        "SecurityCtrlr.AllowCSMSTLSWildcards", False,
        "Whether a wildcard in its certificate stands for the central system's name.",
        "AllowCSMSTLSWildcards",
    ),
    number(
        "SecurityCtrlr.CertSigningWaitMinimum", 60, 1, DAY_S, "s",
        "Wait for a signed certificate before it is asked for again; doubled each time.",
        "CertSigningWaitMinimum",
    ),
    number(
        "SecurityCtrlr.CertSigningRepeatTimes", 0, 0, 20, "",
        "How often a certificate that does not come is asked for again.", "CertSigningRepeatTimes",
    ),
    Setting(
        name="OCPP16.CertificateChangesWithoutTls", key="CertificateChangesWithoutTls",
        kind=Kind.BOOLEAN, default=False, access=Access.READ_ONLY,
        help="Whether certificates may be changed through OCPP in security profiles 0 and 1.",
    ),
)  # fmt: skip
