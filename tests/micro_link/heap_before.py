"""First of three: the heap before anything of ours is loaded, then ring 1 alone."""

import kept


def test_ring_1_loads():
    kept.mark()
    from ampkeeper.firmware.safety.signals import Settings
    from ampkeeper.firmware.safety.supervisor import Supervisor

    kept.held.append(Supervisor(Settings()))
