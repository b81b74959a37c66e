"""Fetches central systems that nobody here wrote, to test against, into ``.tools/peers``.

``python -m tools.peers.fetch``: safe to call again; does nothing when the pinned ones are there.
"""

from tools.npm import Pinned

PEERS = Pinned("peers", "node_modules/ocpp-rpc/index.js", "node_modules/ocpp-ws-io/dist/index.js")

if __name__ == "__main__":
    raise SystemExit(PEERS.fetch())
