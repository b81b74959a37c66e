"""Answers: what each command finds out, as data; ``run.py`` prints it, as JSON or as a table."""

import argparse
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from ampkeeper.firmware.config import load
from ampkeeper.firmware.config.show import as_data, masked
from ampkeeper.firmware.faces.cli import (
    charges,
    commission,
    csms,
    energy,
    evidence,
    forms,
    grid,
    ocmf,
    seal,
    security,
    users,
    web,
)
from ampkeeper.firmware.faces.cli.client import ask
from ampkeeper.firmware.faces.cli.errors import NotReachableError
from ampkeeper.firmware.faces.cli.start import check_fits, checkers
from ampkeeper.firmware.faces.shapes import limit_change_shape, session_shape
from ampkeeper.firmware.store.store import STORE_FILE, open_read_only

LOOKS = 20  # at the faults, for ring 1 to answer and the station to hear it
LIMIT_CHANGES_SHOWN = 1_000
LOOK_S = 0.1  # before each

Answer = dict[str, Any]


def status(arguments: argparse.Namespace) -> Answer:
    """What the station does now."""
    return ask(arguments.state, "status")


def why(arguments: argparse.Namespace) -> Answer:
    """The limits of each EVSE."""
    return ask(arguments.state, "why")


def site(arguments: argparse.Namespace) -> Answer:
    """The site that this charger belongs to."""
    return ask(arguments.state, "site")


def why_history(arguments: argparse.Namespace) -> Answer:
    """Which limits bound: from the station, or from its store while it does not run."""
    since_s = arguments.since or forms.DURATION_S_MAX
    try:
        return ask(arguments.state, "why", history=True, since_s=since_s)
    except NotReachableError as silence:
        path = arguments.state / STORE_FILE
        if not path.is_file():
            raise NotReachableError(f"{silence}; and {path} is not there") from silence
        since = datetime.now(UTC) - timedelta(seconds=since_s)
        store = open_read_only(path)
        try:
            rows = store.limit_changes(since, LIMIT_CHANGES_SHOWN)
        finally:
            store.close()
        return {"changes": [limit_change_shape(row) for row in rows]}


def limit(arguments: argparse.Namespace) -> Answer:
    """Limit the current, or no more: the owner's own, or all EVSEs from outside."""
    asked = {
        "current_a": arguments.current,
        "source": arguments.source,
        "evse": arguments.evse,
        "for_s": arguments.for_s,
    }
    return ask(
        arguments.state, "limit", **{key: one for key, one in asked.items() if one is not None}
    )


def faults(arguments: argparse.Namespace) -> Answer:
    """Active faults and history."""
    return ask(arguments.state, "faults")


def faults_clear(arguments: argparse.Namespace) -> Answer:
    """Ask ring 1 to clear a latched fault, and see what became of it; ring 1 decides."""
    name, evse = arguments.clear, arguments.evse or 1
    answer = ask(arguments.state, "clear_fault", fault=name, evse=evse)
    if not answer.get("is_there"):
        return answer
    for _ in range(LOOKS):
        time.sleep(LOOK_S)
        active = ask(arguments.state, "faults")["active"]
        if (evse, name) not in [(one["evse_id"], one["fault"]) for one in active]:
            return {**answer, "is_cleared": True, "result": f"ring 1 has cleared {name}"}
    why_not = "its cause is still there, or it is none that a person clears"
    result = f"ring 1 did not clear {name}: {why_not}"
    return {**answer, "is_cleared": False, "result": result}


def sessions(arguments: argparse.Namespace) -> Answer:
    """Sessions, newest first: from the station, or from its store while it does not run."""
    page = {"limit": arguments.limit, "offset": arguments.offset}
    try:
        return ask(arguments.state, "sessions", **page)
    except NotReachableError as silence:
        path = arguments.state / STORE_FILE
        if not path.is_file():
            raise NotReachableError(f"{silence}; and {path} is not there") from silence
        return _stored_sessions(arguments)


def tag_present(arguments: argparse.Namespace) -> Answer:
    """Present a card."""
    return ask(arguments.state, "tag", action="present", uid=arguments.uid, evse=arguments.evse)


def tag_list(arguments: argparse.Namespace) -> Answer:
    """The authorisation cache."""
    return ask(arguments.state, "tag", action="list")


def tag_clear(arguments: argparse.Namespace) -> Answer:
    """Forget the authorisation cache."""
    return ask(arguments.state, "tag", action="clear")


def config_check(arguments: argparse.Namespace) -> Answer:
    """Load the configuration, and hold it against its board; ConfigError has the problems."""
    config = load(arguments.file, checkers=checkers())
    check_fits(config)
    return {"file": str(arguments.file), "evses": len(config.evse), "problems": []}


def config_show(arguments: argparse.Namespace) -> Answer:
    """The configuration in force, and what was changed at run time."""
    config = load(arguments.file, checkers=checkers())
    return {"config": as_data(config), "stored": _stored_settings(arguments)}


def _stored_sessions(arguments: argparse.Namespace) -> Answer:
    store = open_read_only(arguments.state / STORE_FILE)
    try:
        rows = store.sessions(arguments.limit, arguments.offset)
    finally:
        store.close()
    return {"sessions": [session_shape(row) for row in rows]}


def _stored_settings(arguments: argparse.Namespace) -> dict[str, object]:
    path = arguments.state / STORE_FILE
    if not path.is_file():
        return {}
    store = open_read_only(path)
    try:
        found = store.settings()
    finally:
        store.close()
    return {name: masked(name, value) for name, value in found.items()}


def _backup() -> Any:
    from ampkeeper.firmware.faces.cli import backup  # the settings' names are slow to import

    return backup


ANSWERS: dict[str, Callable[[argparse.Namespace], Answer]] = {
    "status": status,
    "why": why,
    "why history": why_history,
    "site": site,
    "sessions": sessions,
    "limit": limit,
    "faults": faults,
    "faults clear": faults_clear,
    "tag present": tag_present,
    "tag list": tag_list,
    "tag clear": tag_clear,
    "config diff": lambda arguments: _backup().diff(arguments),
    "config backup": lambda arguments: _backup().backup(arguments),
    "config restore": lambda arguments: _backup().restore(arguments),
    "config check": config_check,
    "config show": config_show,
    "start": web.start,
    "stop": web.stop,
    "privacy export": users.export,
    "privacy delete": users.delete,
    "commission show": commission.show,
    "commission begin": commission.begin,
    "commission enter": commission.enter,
    "commission finish": commission.finish,
    "commission report": commission.report,
    "user list": users.shown,
    "user add": users.add,
    "user change": users.change,
    "user remove": users.remove,
    "user import": users.table,
    "user learn": users.learn,
    "web show": web.show,
    "web reset": web.reset,
    "web audit": web.audit,
    "selftest": evidence.selftest,
    "trace": evidence.trace,
    "trace text": evidence.trace,
    "mode": energy.mode,
    "charge": energy.charge,
    "depart": energy.depart,
    "price push": energy.price_push,
    "price show": energy.price_show,
    "csms show": csms.show,
    "csms set": csms.put,
    "csms undo": csms.undo,
    "grid cap": grid.cap,
    "grid release": grid.release,
    "grid show": grid.show,
    "grid export": grid.export,
    "grid key": grid.key,
    "grid verify": grid.verify,
    "charges": charges.log,
    "receipt": charges.one_receipt,
    "payments list": charges.payments_list,
    "payments release": charges.payments_release,
    "payments claim": charges.payments_claim,
    "ocmf export": ocmf.export,
    "ocmf key": ocmf.key,
    "ocmf verify": ocmf.verify,
    "seal show": seal.show,
    "seal set": seal.put,
    "security log": security.log,
    "security wipe": security.wipe,
    "security certificates": security.certificates,
    "security add": security.add,
    "security profile": security.profile,
}
