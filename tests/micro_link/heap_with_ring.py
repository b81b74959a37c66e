"""Second of three: ring 1 alone, in an image of nothing else."""

import kept


def test_ring_1_loads():
    from ampkeeper.firmware.safety.signals import Settings
    from ampkeeper.firmware.safety.supervisor import Supervisor

    kept.held.append(Supervisor(Settings()))
