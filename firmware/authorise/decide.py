"""Decides whether a token may charge: at once, after asking, or not at all.

Pure: the caller looks up the cache and knows whether the central system can be reached. The order
is the standard's: local tags, then list and cache (LocalPreAuthorize), then the central system,
and only without it the offline rules (OCPP 1.6 §3.5.1, §4.8; 2.0.1 C10 to C15).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

ACCEPTED = "Accepted"


class Decision(Enum):
    """What to do with a token."""

    ACCEPT = auto()
    ASK = auto()
    REFUSE = auto()


@dataclass(frozen=True, slots=True)
class Known:
    """What the cache remembers of a token; ``status`` is a 2.0.1 AuthorizationStatus name."""

    status: str
    group_id: str | None = None
    expires: datetime | None = None
    evse_ids: tuple[int, ...] = ()  # where it may charge; empty: everywhere (2.0.1 C01.FR.20)


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings that decide."""

    is_free: bool = False
    local_tags: frozenset[str] = frozenset()
    cache_enabled: bool = True
    pre_authorise: bool = True  # LocalPreAuthorize
    authorise_offline: bool = True  # LocalAuthorizeOffline
    unknown_offline: bool = False  # AllowOfflineTxForUnknownId
    list_is_final: bool = False  # DisablePostAuthorize: who is not accepted there is not asked for
    cache_is_final: bool = False
    asks_nobody: bool = False  # DisableRemoteAuthorization: list and cache alone decide


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision and its reason in plain words."""

    decision: Decision
    why: str
    group_id: str | None = None
    evse_ids: tuple[int, ...] = ()


def decide(
    token: str,
    rules: Rules,
    listed: Known | None,
    cached: Known | None,
    is_online: bool,
    now: datetime,
) -> Ruling:
    """Rule on ``token`` (compared without case, as CiString); the list wins over the cache."""
    if rules.is_free:
        return Ruling(Decision.ACCEPT, "free mode")
    if token.upper() in rules.local_tags:
        return Ruling(Decision.ACCEPT, "local tag")
    known = listed or (cached if rules.cache_enabled else None)
    where = "on the local list" if listed is not None else "cached"
    usable = known if is_valid(known, now) else None
    if is_online:
        if (rules.pre_authorise or rules.asks_nobody) and usable is not None:
            return Ruling(Decision.ACCEPT, where, usable.group_id, usable.evse_ids)
        if rules.asks_nobody:
            return Ruling(Decision.REFUSE, "nobody is asked, and the tag is not known here")
        is_final = rules.cache_is_final if listed is None else rules.list_is_final
        if is_final and known is not None and known.status != ACCEPTED:
            return Ruling(Decision.REFUSE, f"{where} as {known.status}")
        return Ruling(Decision.ASK, "the central system decides")
    if rules.authorise_offline and usable is not None:
        return Ruling(Decision.ACCEPT, f"{where}, offline", usable.group_id, usable.evse_ids)
    if known is None and rules.unknown_offline:
        return Ruling(Decision.ACCEPT, "unknown tags are allowed offline")
    return Ruling(Decision.REFUSE, "offline, and the tag is not known here")


def is_valid(known: Known | None, now: datetime) -> bool:
    """True if the cache says Accepted and that has not expired."""
    if known is None or known.status != ACCEPTED:
        return False
    return known.expires is None or now < known.expires
