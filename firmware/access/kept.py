"""Kept: what of log-ins outlives a restart, as text: who is in, came in, and has to wait. Pure.

Of a session the digest of its id is kept, never the id; when something was done in it last is kept
in steps, rounded down, so that it ends rather too soon. A clock that went back logs everybody out,
and lets whoever guessed wait from now on.
"""

import json
from datetime import UTC, datetime, timedelta

from ampkeeper.firmware.access.guesses import AccountGuesses, Guesses
from ampkeeper.firmware.access.sessions import Sessions

STEP_S = 300  # of what was done last: a write for each click would wear the memory out
BEGUN_STEP_S = 60
TEXT_CHARS_MAX = 65_536


def to_text(
    sessions: Sessions, guesses: Guesses, accounts: AccountGuesses, now: datetime, now_s: float
) -> str:
    """What is kept of all."""

    def at(then_s: float, step_s: int) -> int:
        then = now - timedelta(seconds=now_s - then_s)
        return int(then.timestamp()) // step_s * step_s

    rows = [
        [one.digest, one.user, one.of, at(one.begun_s, BEGUN_STEP_S), at(one.seen_s, STEP_S)]
        for one in sessions.running(now_s)
    ]
    waits, held = (
        [[name, count, at(last_s, 1)] for name, count, last_s in each.known(now_s)]
        for each in (guesses, accounts)
    )
    places = list(accounts.came_in())
    told = {"sessions": rows, "guesses": waits, "accounts": held, "came_in": places}
    return json.dumps(told)


def take_up(
    text: str,
    sessions: Sessions,
    guesses: Guesses,
    accounts: AccountGuesses,
    now: datetime,
    now_s: float,
) -> str:
    """Go on with what was kept; return what is wrong with it, and then it is left out."""
    if not text:
        return ""
    try:
        told = json.loads(text[:TEXT_CHARS_MAX])
        found = [_session(*row) for row in told["sessions"]]
        waits = [_wait(*row) for row in told["guesses"]]
        held = [_wait(*row) for row in told.get("accounts", [])]
        places = [(str(account), str(address)) for account, address in told.get("came_in", [])]
    except (KeyError, OverflowError, OSError, RecursionError, TypeError, ValueError) as error:
        return f"log-ins that were kept cannot be read: {error}"
    for digest, user, of, begun, seen in found:
        if begun <= now and seen <= now:
            ages_s = ((now - each).total_seconds() for each in (begun, max(begun, seen)))
            begun_s, seen_s = (now_s - age_s for age_s in ages_s)
            sessions.go_on(digest, user, of, begun_s, seen_s)
    for name, count, last in waits:
        guesses.go_on(name, count, now_s - max(0.0, (now - last).total_seconds()))
    for name, count, last in held:
        accounts.go_on(name, count, now_s - max(0.0, (now - last).total_seconds()))
    for account, address in places:
        accounts.go_on_from(account, address)
    return ""


def _wait(name: str, count: int, last: int) -> tuple[str, int, datetime]:
    return str(name), int(count), _time(last)


def _session(
    digest: str, user: str, of: str, begun: int, seen: int
) -> tuple[str, str, str, datetime, datetime]:
    return str(digest), str(user), str(of), _time(begun), _time(seen)


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)
