"""Settings of payments by web (2.1, C25)."""

from ampkeeper.firmware.ocpp.makers import fixed, number, switch
from ampkeeper.firmware.ocpp.setting import Access, Kind, Setting
from ampkeeper.firmware.web_payment import VERSION, why_not_template

WEB_PAYMENT = (
    switch(
        "WebPaymentsCtrlr.Enabled", False,
        "Whether free EVSEs show a code to pay by web, once template and secret are set (2.1).",
    ),
    Setting(
        name="WebPaymentsCtrlr.URLTemplate", kind=Kind.TEXT, default="", highest=512,
        form=lambda text: not why_not_template(text),
        help="Address in the code, with {totp}, {version} and {chargingstationid}, perhaps {evse}.",
    ),
    Setting(
        name="WebPaymentsCtrlr.SharedSecret", kind=Kind.TEXT, default="", lowest=16, highest=64,
        access=Access.WRITE_ONLY, is_secret=True,
        help="What the one-time password of the code is made with.",
    ),
    number(
        "WebPaymentsCtrlr.ValidityTime", 30, 6, 3600, "s", "How long a code is shown.",
    ),
    number(
        "WebPaymentsCtrlr.Length", 8, 6, 32, "", "Characters of the one-time password.",
    ),
    fixed(
        "WebPaymentsCtrlr.TOTPVersion", Kind.TEXT, VERSION, "How the password is worked out.",
    ),
)  # fmt: skip
