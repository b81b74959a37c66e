"""The parts of the fake station; tests set ``conditions`` and ``counts``."""

from ampkeeper.firmware.device_model.condition import Condition


class FakeDevice:
    """``DevicePort``."""

    def __init__(self) -> None:
        self.conditions: dict[int, Condition] = {}
        self.counts = (0, 0)  # tokens on the list, certificates

    def condition(self, evse_id: int) -> Condition:
        return self.conditions.get(evse_id, Condition())

    def listed(self) -> int:
        return self.counts[0]

    def certificates(self) -> int:
        return self.counts[1]
