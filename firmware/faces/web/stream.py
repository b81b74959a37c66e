"""Stream: server-sent events for one viewer, for as long as he may see them."""

from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse

from ampkeeper.firmware.access.roles import Right, may
from ampkeeper.firmware.faces.web.entry import Entry, Refusal
from ampkeeper.firmware.faces.web.events import VIEWERS_MAX, Viewer
from ampkeeper.firmware.faces.web.handlers import Means, Visit

BEAT_S = 5.0  # between two looks at whether he is still let in


def stream(means: Means, entry: Entry, visit: Visit) -> StreamingResponse:
    """The answer that goes on; Refusal if there are too many viewers."""
    role = visit.visitor.role
    viewer = Viewer(role is not None and may(role, Right.HISTORY))
    if not means.hub.join(viewer):
        raise Refusal(429, f"{VIEWERS_MAX} viewers: that is the most", {"retry-after": "10"})
    parts = _parts(means, entry, visit, viewer)
    return StreamingResponse(parts, media_type="text/event-stream")


async def _parts(means: Means, entry: Entry, visit: Visit, viewer: Viewer) -> AsyncIterator[str]:
    """Ended by the client, by the end of his session, or because he takes too little."""
    try:
        while not viewer.is_dropped and _may_stay(means, entry, visit):
            text = await viewer.next(BEAT_S)
            if text is not None:
                yield text
    finally:
        means.hub.leave(viewer)


def _may_stay(means: Means, entry: Entry, visit: Visit) -> bool:
    """A page that only watches does not keep its session alive."""
    visitor, book, now_s = visit.visitor, means.desk.book, means.clock.now_s()
    if visitor.session is None:
        return any(one.name == visitor.by.who and one.role is visitor.role for one in book.tokens)
    found = entry.person(visitor.secret, visit.address, book, now_s, is_act=False)
    return found is not None and found.role is visitor.role
