"""Settings of which central system the station connects to, and of a change to another.

What is set here names the system that is to take the place of slot 1 after the next restart, on
trial; until then, and after it, the keys tell the one in force.
"""

from ampkeeper.firmware.ocpp.makers import number
from ampkeeper.firmware.ocpp.setting import Access, Kind, Origin, Setting
from ampkeeper.firmware.ocpp.system import BOOKS_CHARS_MAX, URL_CHARS_MAX, VERSIONS

DAY_S = 86_400
TRIAL_S, RETURN_S = 300, 600

ROUTE = (
    number(
        "RouteCtrlr.TrialTime", TRIAL_S, 30, DAY_S, "s",
        "How long a central system set at run time has to accept the station, or it is left again.",
        "CentralSystemTrialTime",
    ),
    number(
        "RouteCtrlr.ReturnTime", RETURN_S, 0, DAY_S, "s",
        "Time on a fall-back until a better one is looked for; 0: only if something is owed to it.",
        "CentralSystemReturnTime",
    ),
    Setting(
        name="OCPP16.CentralSystemUrl", key="CentralSystemUrl",
        kind=Kind.TEXT, default="", highest=URL_CHARS_MAX, origin=Origin.TABLE, reboot=True,
        access=Access.READ_ONLY, access_16=Access.READ_WRITE,
        help="Address of the central system from the next restart on, on trial.",
    ),
    Setting(
        name="OCPP16.CentralSystemId", key="CentralSystemId",
        kind=Kind.TEXT, default="", highest=48, origin=Origin.TABLE, reboot=True,
        access=Access.READ_ONLY, access_16=Access.READ_WRITE,
        help="The station's identity there.",
    ),
    Setting(
        name="OCPP16.CentralSystemVersions", key="CentralSystemVersions",
        kind=Kind.SEQUENCE, default=(), allowed=VERSIONS, origin=Origin.TABLE, reboot=True,
        access=Access.READ_ONLY, access_16=Access.READ_WRITE,
        help="OCPP versions offered there, in this order.",
    ),
    Setting(
        name="OCPP16.CentralSystemBooks", key="CentralSystemBooks",
        kind=Kind.TEXT, default="", highest=BOOKS_CHARS_MAX, origin=Origin.TABLE, reboot=True,
        access=Access.READ_ONLY, access_16=Access.READ_WRITE,
        help="Name of the operator's books, where the other system knows the same transactions.",
    ),
    Setting(
        name="OCPP16.CentralSystemPassword", key="CentralSystemPassword",
        kind=Kind.TEXT, default="", lowest=16, highest=40, origin=Origin.TABLE, reboot=True,
        access=Access.READ_ONLY, access_16=Access.WRITE_ONLY, is_secret=True,
        help="The password of profiles 1 and 2 there; left out: the one of now.",
    ),
)  # fmt: skip
