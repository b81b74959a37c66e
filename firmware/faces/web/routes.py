"""Routes: everything that can be asked over HTTP, as one table.

What a row asks for (a right, a body, a query) is checked before its handler runs; the description
for programs (``openapi.py``) and the table of routes and roles in the tests are made from it.
A row with a ``verb`` asks the station just that; the others name a handler of ``handlers.py``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ampkeeper.firmware.access.passwords import CHARS_MAX
from ampkeeper.firmware.access.roles import PEOPLE, Right, Role
from ampkeeper.firmware.energy.schedules import DAYS
from ampkeeper.firmware.faces.api import State
from ampkeeper.firmware.faults import BY_NAME

API = "/api/v1"
BODY_BYTES_MAX = 8_192
PRICES_BYTES_MAX = 65_536
TABLE_BYTES_MAX = 262_144
SCHEMA = "https://json-schema.org/draft/2020-12/schema"

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that can be asked. ``right`` None: by anybody."""

    method: str
    path: str
    right: Right | None
    summary: str
    verb: str = ""
    handler: str = ""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    body: Schema | None = None
    guarded: Mapping[str, Right] = field(default_factory=dict)  # members that ask for more
    body_bytes_max: int = BODY_BYTES_MAX
    is_file: bool = False  # the body is no JSON, and may be large: it is read as it comes
    query: Mapping[str, Schema] = field(default_factory=dict)
    answer: type | None = None
    kind: str = "application/json"  # of the answer

    @property
    def name(self) -> str:
        """As the description for programs calls it."""
        words = re.sub(r"[^a-z]+", " ", f"{self.method} {self.path.removeprefix(API)}".lower())
        return "_".join(words.split())

    @property
    def is_change(self) -> bool:
        """True if it does more than tell something."""
        return self.method != "GET"


def text(low: int, high: int, **more: Any) -> Schema:
    """A text of so many characters."""
    return {"type": "string", "minLength": low, "maxLength": high, **more}


def whole(low: int, high: int) -> Schema:
    """A whole number."""
    return {"type": "integer", "minimum": low, "maximum": high}


def number(low: float, high: float) -> Schema:
    """Any number."""
    return {"type": "number", "minimum": low, "maximum": high}


def choice(*allowed: str) -> Schema:
    """One of these."""
    return {"type": "string", "enum": list(allowed)}


def an_object(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Any:
    """An object with these members and no others."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


NAME, PASSWORD = text(1, 32), text(1, CHARS_MAX)
MODES = ("now", "surplus", "min+surplus", "schedule", "price", "off")
LIMIT = an_object({"current_a": number(0, 80)}, {"for_s": number(1, 30 * 86_400)})
HOURS_ROW = an_object(
    {"name": text(1, 40), "begin": text(5, 5), "end": text(5, 5)},
    {
        "days": {"type": "array", "items": choice(*DAYS), "minItems": 1, "maxItems": 7},
        "what": choice("charge", "limit"),
        "max_a": {"anyOf": [number(0, 80), {"type": "null"}]},
        "evse": whole(0, 8),
    },
)
HOURS = an_object({"hours": {"type": "array", "items": HOURS_ROW, "maxItems": 20}})
DEPARTURE = an_object({"by": text(4, 40), "energy_wh": whole(100, 250_000)})
TOKEN_ROLES = (*PEOPLE, Role.PRICES)
UUID = text(36, 36, pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
PLACES: Mapping[str, Schema] = {  # what stands in a path
    "evse": whole(1, 8),
    "fault": choice(*BY_NAME),
    "name": NAME,
    "file": text(1, 40),
    "payment": UUID,
    "user": whole(1, 1_000_000),
    "session": UUID,
}
PAGE = {"limit": whole(1, 1_000), "offset": whole(0, 1_000_000_000)}
EVSE = f"{API}/evses/{{evse}}"


def _get(path: str, right: Right | None, summary: str, **more: Any) -> Row:
    return Row(method="GET", path=path, right=right, summary=summary, **more)


def _post(path: str, right: Right | None, summary: str, **more: Any) -> Row:
    return Row(method="POST", path=path, right=right, summary=summary, **more)


def _put(path: str, right: Right, summary: str, **more: Any) -> Row:
    return Row(method="PUT", path=path, right=right, summary=summary, **more)


def _delete(path: str, right: Right, summary: str, **more: Any) -> Row:
    return Row(method="DELETE", path=path, right=right, summary=summary, **more)


DRIVER, CARDS = text(1, 60), {"type": "array", "items": text(1, 36), "maxItems": 10}
DRIVER_TOLD: Mapping[str, Schema] = {
    "add_cards": CARDS,
    "drop_cards": CARDS,
    "from": text(0, 40),
    "until": text(0, 40),
    "budget_kwh": text(0, 40),
}
WHO = an_object({"name": NAME, "password": PASSWORD})
FIRST = an_object({"code": text(1, 100), "name": NAME, "password": PASSWORD})
OWN_PASSWORD = an_object({"old": PASSWORD, "new": PASSWORD})
USER = an_object({"name": NAME, "role": choice(*PEOPLE), "password": PASSWORD})
TOKEN = an_object({"name": NAME, "role": choice(*TOKEN_ROLES)})
INSTALLER = an_object(
    {"installer": text(1, 60)},
    {"company": text(0, 60), "place": text(0, 100), "note": text(0, 500)},
)
MEASURED = an_object(
    {"fuse_a": number(6, 125), "rcd": choice("type A", "type B")},
    {
        "meter_serial": text(0, 50),
        "rotation": choice("RST", "STR", "TRS", "RTS", "TSR", "SRT"),
    },
)

# fmt: off
ROWS: tuple[Row, ...] = (
    # the page
    _get("/", None, "The page.", handler="page", kind="text/html"),
    _get("/kiosk", None, "A page for a small screen at the charger.", handler="kiosk",
         query={"every": whole(1, 600), "language": choice("en", "de")}, kind="text/html"),
    _get("/page/{file}", None, "A file of the page.", handler="file", kind="*/*"),
    # who comes in
    _get(f"{API}/welcome", None, "Whether it is set up, and who this browser is.",
         handler="welcome"),
    _post(f"{API}/setup", None, "Become the owner, with the code of this charger; only once.",
          handler="set_up", body=FIRST),
    _post(f"{API}/login", None, "Log in.", handler="log_in", body=WHO),
    _post(f"{API}/logout", Right.OWN, "Log out.", handler="log_out"),
    _post(f"{API}/password", Right.OWN, "Have another password.",
          handler="change_password", body=OWN_PASSWORD),
    # what is so
    _get(f"{API}/state", Right.SEE, "The charger now.", handler="state", answer=State),
    _get(f"{API}/events", Right.SEE, "The same whenever it changes, as server-sent events.",
         handler="events", kind="text/event-stream"),
    _get(f"{API}/display", None, "The charger now, for the screen at it; asked only from there.",
         handler="display", answer=State),
    _get(f"{EVSE}/curve", Right.SEE, "Power and currents of the last hour.", handler="curve"),
    _get(f"{API}/openapi.json", Right.SEE, "This description.", handler="description"),
    _get("/metrics", Right.SEE, "The same for Prometheus, which shows a token.",
         handler="metrics", kind="text/plain"),
    # what it did
    _get(f"{API}/sessions", Right.HISTORY, "Sessions, newest first.", verb="sessions",
         query=PAGE),
    _get(f"{API}/charge-log", Right.HISTORY, "The charges of a month, or of one user's, in hex.",
         verb="charges", query={"month": text(7, 7), "user": text(1, 70),
                                "kind": choice("csv", "json", "html", "pdf")}),
    _get(f"{API}/sessions/{{session}}/receipt", Right.HISTORY, "What it cost, as a file in hex.",
         verb="charges", query={"kind": choice("html", "pdf")}),
    _get(f"{API}/payments", Right.HISTORY, "What a payment terminal held, took and gave back.",
         verb="payments", fixed={"action": "list"}),
    _post(f"{API}/payments/{{payment}}/release", Right.ACCESS,
          "Give back what is held for a session that the books lost.", verb="payments",
          fixed={"action": "release"}),
    _post(f"{API}/payments/{{payment}}/claim", Right.ACCESS,
          "Take so much of what is held for a session that the books lost.", verb="payments",
          fixed={"action": "claim"}, body=an_object({"amount": text(1, 20)})),
    _get(f"{API}/totals", Right.HISTORY, "Energy and sessions by day or by month.", verb="totals",
         query={"by": choice("day", "month"), "count": whole(1, 92)}),
    _get(f"{API}/faults", Right.HISTORY, "Faults, and those that went away.", verb="faults"),
    _get(f"{API}/limits/history", Right.HISTORY, "Which limits bound, newest first.", verb="why",
         fixed={"history": True},
         query={"since_s": whole(1, 30 * 86_400), "limit": whole(1, 1_000)}),
    # charging
    _post(f"{EVSE}/start", Right.CHARGE, "Start a charge.", verb="start",
          body=an_object({}, {"uid": text(1, 36)}), guarded={"uid": Right.SERVICE}),
    _post(f"{EVSE}/stop", Right.CHARGE, "Stop the charge.", verb="stop"),
    # how much and when
    _put(f"{EVSE}/limit", Right.LIMIT, "Limit the current per phase; 0 pauses.", verb="limit",
         fixed={"by": "web"}, body=LIMIT),
    _delete(f"{EVSE}/limit", Right.LIMIT, "Limit it no more.", verb="limit"),
    _put(f"{API}/mode", Right.LIMIT, "When to charge.", verb="mode",
         body=an_object({"mode": choice(*MODES)})),
    _get(f"{API}/hours", Right.SEE, "The hours of the week in which to charge, or less.",
         verb="hours", fixed={"action": "show"}),
    _put(f"{API}/hours", Right.LIMIT, "Others in the place of all of them.", verb="hours",
         fixed={"action": "set"}, body=HOURS),
    _delete(f"{API}/hours", Right.LIMIT, "Those of the configuration again.", verb="hours",
            fixed={"action": "reset"}),
    _put(f"{EVSE}/charge-now", Right.LIMIT, "Whatever the mode, until this car leaves.",
         verb="charge", body=an_object({"now": {"type": "boolean"}})),
    _put(f"{EVSE}/departure", Right.LIMIT, "By when the car has to have what.", verb="depart",
         body=DEPARTURE),
    _delete(f"{EVSE}/departure", Right.LIMIT, "As the configuration says.", verb="depart"),
    _put("/prices", Right.PRICES, "What a kWh costs from now on.", handler="prices",
         body={"type": "object"}, body_bytes_max=PRICES_BYTES_MAX),
    # service
    _post(f"{EVSE}/faults/{{fault}}/clear", Right.SERVICE, "Ask ring 1 to clear a fault.",
          verb="clear_fault"),
    _get(f"{API}/selftests", Right.SERVICE, "The self-tests.", verb="selftest"),
    _post(f"{EVSE}/selftests", Right.SERVICE, "Run a self-test; 0: all that may run now.",
          verb="selftest", body=an_object({"run": whole(0, 99)})),
    _post(f"{API}/restart", Right.SERVICE, "Start the station anew.", verb="restart",
          body=an_object({"when": choice("soft", "on_idle")})),
    # handing it over
    _get(f"{API}/commissioning", Right.SERVICE, "What is proven of it, and what is still to do.",
         verb="commissioning", fixed={"action": "show"}),
    _post(f"{API}/commissioning", Right.SERVICE, "Begin to prove it; what was begun before, goes.",
          verb="commissioning", fixed={"action": "begin"}, body=INSTALLER),
    _put(f"{EVSE}/commissioning", Right.SERVICE, "What the installer measured and read.",
         verb="commissioning", fixed={"action": "enter"}, body=MEASURED),
    _post(f"{API}/commissioning/finish", Right.SERVICE, "Sign the report, if all is proven.",
          verb="commissioning", fixed={"action": "finish"}),
    _get(f"{API}/commissioning/report", Right.SERVICE, "The newest report, as a file in hex.",
         verb="commissioning", fixed={"action": "report"},
         query={"kind": choice("html", "pdf", "json")}),
    # the configuration
    _get(f"{API}/config", Right.CONFIGURE, "The configuration in force, secrets masked.",
         handler="configuration"),
    _get(f"{API}/config/schema", Right.CONFIGURE, "Its keys: help, units, ranges.",
         handler="configuration_schema"),
    _get(f"{API}/settings", Right.CONFIGURE, "What may be set at run time.", verb="setting"),
    _put(f"{API}/settings", Right.CONFIGURE, "Set one; it wins over the file.", verb="setting",
         fixed={"action": "set"}, body=an_object({"name": text(1, 100), "value": text(0, 2_500)})),
    _get(f"{API}/update", Right.SERVICE, "What becomes of a software update.", verb="image",
         fixed={"action": "status"}),
    _put(f"{API}/update/image", Right.SERVICE, "Install an image of the maker's; it is on trial.",
         handler="take_image", is_file=True),
    _get(f"{API}/security-events", Right.CONFIGURE, "The security log, newest first.",
         verb="security", fixed={"action": "log"}, query={"limit": whole(1, 1_000)}),
    # who may charge, with which cards
    _get(f"{API}/drivers", Right.ACCESS, "Users of this charger, with cards, days and energy.",
         verb="user", fixed={"action": "list"}),
    _post(f"{API}/drivers", Right.ACCESS, "One more.", verb="user", fixed={"action": "add"},
          body=an_object({"user": DRIVER}, DRIVER_TOLD)),
    _put(f"{API}/drivers/{{user}}", Right.ACCESS, "Other cards, days, energy or name.",
         verb="user", fixed={"action": "change"},
         body=an_object({}, {**DRIVER_TOLD, "cards": CARDS, "called": DRIVER})),
    _delete(f"{API}/drivers/{{user}}", Right.ACCESS, "May charge no more.", verb="user",
            fixed={"action": "remove"}),
    _post(f"{API}/drivers/{{user}}/learn", Right.ACCESS, "The next card at a reader is his.",
          verb="user", fixed={"action": "learn"}, body=an_object({}, {"for_s": whole(1, 300)})),
    _get(f"{API}/lesson", Right.ACCESS, "What became of it.", verb="user",
         fixed={"action": "lesson"}),
    _post(f"{API}/drivers-table", Right.ACCESS, "Many from CSV: all of it, or nothing.",
          verb="user", fixed={"action": "import"}, body_bytes_max=TABLE_BYTES_MAX,
          body=an_object({"table": text(1, 60_000)}, {"dry_run": {"type": "boolean"}})),
    _get(f"{API}/drivers/{{user}}/data", Right.ACCESS, "All that is kept of one person.",
         verb="privacy", fixed={"action": "export"}),
    _delete(f"{API}/drivers/{{user}}/data", Right.ACCESS, "Forget who it was.",
            verb="privacy", fixed={"action": "delete"}),
    # who may come in, and who did what
    _get(f"{API}/users", Right.ACCESS, "Who may come in.", handler="users"),
    _post(f"{API}/users", Right.ACCESS, "Let somebody more come in.", handler="add_user",
          body=USER),
    _put(f"{API}/users/{{name}}/password", Right.ACCESS, "Give somebody another password.",
         handler="set_password", body=an_object({"password": PASSWORD})),
    _delete(f"{API}/users/{{name}}", Right.ACCESS, "Let somebody come in no more.",
            handler="drop_user"),
    _post(f"{API}/tokens", Right.ACCESS, "Make a token for a program; it is told once.",
          handler="add_token", body=TOKEN),
    _delete(f"{API}/tokens/{{name}}", Right.ACCESS, "Let a program come in no more.",
            handler="drop_token"),
    _get(f"{API}/audit", Right.ACCESS, "Who asked for which change, newest first.",
         handler="audit", query={"limit": whole(1, 1_000)}),
)
# fmt: on


def places_of(path: str) -> list[str]:
    """The names of what stands in a path."""
    return re.findall(r"{([a-z]+)}", path)


def check_rows(rows: tuple[Row, ...]) -> None:
    """Our own bugs: a row twice, one that nobody answers, a place without a schema."""
    seen = [(row.method, row.path) for row in rows]
    assert len(set(seen)) == len(seen), "each row once"
    assert all(bool(row.verb) != bool(row.handler) for row in rows), "one who answers"
    assert all(name in PLACES for row in rows for name in places_of(row.path)), "places are known"
