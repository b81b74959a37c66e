"""Election: when a member steps forward to lead, and when a leader steps back. Pure.

Members step forward in the order of their rank, so that mostly one does. If two do, the rule of
``Lease.beats`` decides; until it has, and for as long after as a grant may be good, neither grants
anything. A leader that is not followed, as one that hears nobody, makes way; so does one whose
grants do not arrive. Who does not hear what it says to itself, on the topic of beats and on its
own, as where a broker lets it read or write only some, does not step forward: it would depose
whoever leads, and again each time.
"""

import math

from ampkeeper.firmware.site.messages import (
    SILENCE_S,
    SLACK,
    TERM_JUMP_MAX,
    TERM_MAX,
    Beat,
    Lease,
)

RANK_S = 1.5  # between one member's turn to step forward and the next one's
RANKS_MAX = 8  # those behind step forward with the last of these
PATIENCE_S = 30.0  # of a leader that too few follow
UNHEEDED_S = 60.0  # of one whose grants too few take
ECHOES = ("beat", "to")  # the kinds of topics on which it has to hear itself
RETREAT_S = 60.0  # how long it stays back after that


class Election:
    """What one member knows of who leads."""

    def __init__(self, member: str, rank: int, now_s: float) -> None:
        self._member = member
        self._wait_s = SILENCE_S * SLACK + RANK_S * min(rank, RANKS_MAX)
        self._heard_s = now_s
        self._term = 0
        self._back_until_s = now_s
        self._echo_s = dict.fromkeys(ECHOES, -math.inf)
        self._unfollowed_s: float | None = None
        self._unheeded_s: float | None = None

    def on_beat(self, beat: Beat, now_s: float) -> bool:
        """Somebody leads; False for one whose term was made up."""
        is_heeded = self.on_lease(beat.lease)
        if is_heeded:
            self._heard_s = now_s
        return is_heeded

    def hear(self, now_s: float) -> None:
        """Whoever leads answered us, which says as much as a beat."""
        self._heard_s = now_s

    def on_return(self, now_s: float) -> None:
        """The bus is back: whoever leads is heard soon."""
        self._heard_s = now_s

    def on_lease(self, lease: Lease) -> bool:
        """A lease that somebody goes by, even of one who leads no more: the next is later.

        False for one that no site comes to from where this one is. If it is the other way round,
        what is known here was made up. Who knows of no lease believes any.
        """
        if self._term and lease.term - self._term > TERM_JUMP_MAX:
            return False
        is_back = self._term - lease.term > TERM_JUMP_MAX
        self._term = lease.term if is_back else max(self._term, lease.term)
        return True

    def on_echo(self, kind: str, now_s: float) -> None:
        """We heard ourselves on a topic of this kind."""
        self._echo_s[kind] = now_s

    def is_quiet(self, now_s: float) -> bool:
        """Nobody was heard to lead for some time: soon somebody has to."""
        return now_s - self._heard_s >= SILENCE_S / 2

    def step_forward(self, now_s: float, is_wronged: bool = False) -> Lease | None:
        """A lease of its own, once nobody was heard to lead for long enough.

        ``is_wronged``: whoever leads gives nothing, and no reason (``grievance.py``).
        """
        is_time = is_wronged or now_s - self._heard_s >= self._wait_s
        is_heard = now_s - min(self._echo_s.values()) < SILENCE_S
        if not is_time or not is_heard or now_s < self._back_until_s:
            return None
        self._term = self._term % TERM_MAX + 1
        self._unfollowed_s = self._unheeded_s = None
        return Lease(self._term, self._member)

    def must_step_back(self, is_followed: bool, is_heeded: bool, now_s: float) -> bool:
        """True for a leader that was not followed, or not heeded, for too long.

        It stays back for a while.
        """
        self._unfollowed_s = None if is_followed else _since(self._unfollowed_s, now_s)
        self._unheeded_s = None if is_heeded else _since(self._unheeded_s, now_s)
        unfollowed_s, unheeded_s = self._unfollowed_s, self._unheeded_s
        is_left = unfollowed_s is not None and now_s - unfollowed_s >= PATIENCE_S
        is_vain = unheeded_s is not None and now_s - unheeded_s >= UNHEEDED_S
        if not is_left and not is_vain:
            return False
        self._back_until_s, self._heard_s = now_s + RETREAT_S, now_s
        self._unfollowed_s = self._unheeded_s = None
        return True


def _since(since_s: float | None, now_s: float) -> float:
    return now_s if since_s is None else since_s
