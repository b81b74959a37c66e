"""Settings of prices and costs (OCA, "OCPP & California Pricing Requirements"), and local time."""

from ampkeeper.firmware.ocpp.makers import fixed
from ampkeeper.firmware.ocpp.price_reading import default_price, offset_of, time_of
from ampkeeper.firmware.ocpp.setting import Access, Kind, Setting

COSTS_SHOWN = "OCPP16.CustomDisplayCostAndPrice"
DECIMALS = "OCPP16.NumberOfDecimalsForCostValues"
DEFAULT_PRICE = "OCPP16.DefaultPrice"
LANGUAGE = "OCPP16.Language"
OFFSET = "ClockCtrlr.TimeOffset"
NEXT_OFFSET = "ClockCtrlr.TimeOffset[NextTransition]"
NEXT_OFFSET_AT = "ClockCtrlr.NextTimeOffsetTransitionDateTime"
VALUE_CHARS_MAX = 500  # 1.6 KeyValue

PRICES = (
    Setting(
        name=COSTS_SHOWN, key="CustomDisplayCostAndPrice",
        kind=Kind.BOOLEAN, default=False, access=Access.READ_ONLY,
        help="Whether people here are shown what they pay: prices and costs are then taken.",
    ),
    Setting(
        name=DECIMALS, key="NumberOfDecimalsForCostValues",
        kind=Kind.INTEGER, default=3, lowest=0, highest=9, access=Access.READ_ONLY,
        help="Decimals of the costs that are shown.",
    ),
    Setting(
        name=DEFAULT_PRICE, key="DefaultPrice",
        kind=Kind.TEXT, default="", highest=VALUE_CHARS_MAX,
        form=lambda text: default_price(text) is not None,
        pattern_help='a JSON object with "priceText", perhaps "priceTextOffline", "chargingPrice"',
        help="What everybody is shown who has no price of his own; its prices count offline.",
    ),
    fixed(
        "OCPP16.CustomIdleFeeAfterStop", Kind.BOOLEAN, False,
        "Whether fees go on after the end of a transaction, until the plug is out.",
        "CustomIdleFeeAfterStop",
    ),
    fixed(
        "OCPP16.CustomMultiLanguageMessages", Kind.BOOLEAN, False,
        "Whether texts are shown in several languages at once; one is chosen by Language.",
        "CustomMultiLanguageMessages",
    ),
    Setting(
        name=LANGUAGE, key="Language",
        kind=Kind.TEXT, default="en", lowest=2, highest=35,
        help="The language (RFC 5646) of texts that come in several.",
    ),
    Setting(
        name="OCPP16.SupportedLanguages", key="SupportedLanguages",
        kind=Kind.TEXT, default="en", lowest=2, highest=VALUE_CHARS_MAX, access=Access.READ_ONLY,
        help="The languages that the display here has letters for, comma-separated.",
    ),
    Setting(
        name=OFFSET, key="TimeOffset",
        kind=Kind.TEXT, default="+00:00", lowest=6, highest=6,
        form=lambda text: offset_of(text) is not None, pattern_help="+02:00, -05:30 or the like",
        help="How far local time is from UTC, for times that are shown or told without offset.",
    ),
    Setting(
        name=NEXT_OFFSET, key="TimeOffsetNextTransition",
        kind=Kind.TEXT, default="", highest=6,
        form=lambda text: offset_of(text) is not None, pattern_help="+02:00, -05:30 or the like",
        help="The same from NextTimeOffsetTransitionDateTime on.",
    ),
    Setting(
        name=NEXT_OFFSET_AT, key="NextTimeOffsetTransitionDateTime",
        kind=Kind.TIME, default="", highest=40,
        form=lambda text: time_of(text) is not None, pattern_help="a date and time, ISO 8601",
        help="When local time changes next; without an offset it is local until then.",
    ),
)  # fmt: skip
