"""A process that commits numbered changes and says so: what the crash tests cut off.

``python -m tests.unit.store.writer PATH COUNT``: prints "open", then each number once it is
committed. Commit n writes session, fact, setting and meta, all with n in them.
"""

import sys
from collections.abc import Sequence

from ampkeeper.firmware.store.changes import AddFact, Change, SaveMeta, SaveSetting
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.store import Reads, Store
from tests.unit.store.examples import open_session, sampled


def changes(number: int) -> Sequence[Change]:
    """Commit ``number``."""
    tx_id = f"tx-{number}"
    return (
        SaveSetting("number", str(number)),
        open_session(tx_id),
        AddFact(sampled(tx_id, number), f"message-{number}"),
        SaveMeta(f"meta-{number}", "x" * 500),
    )


def committed(store: Reads) -> int:
    """How many commits the store holds; fails unless each is there as a whole, in order."""
    count = int(store.settings().get("number", "0"))
    names = [f"tx-{number}" for number in range(1, count + 1)]
    assert [row.tx_id for row in store.open_sessions()] == names
    assert store.outbox_count() == count
    assert store.meta(f"meta-{count}") is not None or count == 0
    assert store.meta(f"meta-{count + 1}") is None
    return count


def main(path: str, count: int) -> None:
    """Commit and report; a refused commit is reported as "refused" and not repeated."""
    store = Store(path)
    _say("open")
    number = 1
    for _ in range(count):
        try:
            store.commit(changes(number))
        except StoreError as error:
            _say(f"refused {error}")
        else:
            _say(str(number))
            number += 1
    store.close()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        main(sys.argv[1], int(sys.argv[2]))
    except StoreError as refusal:
        _say(f"not opened: {refusal}")
