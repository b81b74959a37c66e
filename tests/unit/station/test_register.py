"""The register of a transaction: never backwards, never more than the meter itself came to show."""

from ampkeeper.firmware.metering.watch import MeterWatch
from ampkeeper.firmware.station.register import Register
from ampkeeper.hal.ports import MeterIdentity, MeterReading


def register(begin_wh: int) -> Register:
    made = Register(MeterWatch(32.0, 3), 6.0)
    show(made, 0.0, begin_wh)
    made.begin(begin_wh)
    return made


def show(made: Register, now_s: float, energy_wh: int) -> int:
    """The meter shows this; return what is billed up to now."""
    made.feed(MeterReading(now_s, energy_wh, 0.0, (0.0, 0.0, 0.0)))
    latest = made.latest()
    assert latest is not None
    return latest.energy_wh


def test_a_register_is_billed_as_it_stands() -> None:
    made = register(5_000)
    assert show(made, 1.0, 5_003) == 5_003


def test_a_reset_goes_on_from_where_it_stood() -> None:
    made = register(5_000)
    assert show(made, 1.0, 0) == 5_000
    assert show(made, 2.0, 3) == 5_000
    assert show(made, 3.0, 6) == 5_003


def test_a_register_that_fell_and_returns_is_the_truth_again() -> None:
    made = register(5_000)
    assert show(made, 1.0, 4_990) == 5_000
    assert show(made, 2.0, 4_990) == 5_000
    assert show(made, 600.0, 5_020) == 5_020, "and not 5,030"
    assert show(made, 601.0, 5_023) == 5_023


def test_a_register_that_creeps_back_is_not_billed_twice() -> None:
    made = register(5_000)
    show(made, 1.0, 4_990)
    show(made, 2.0, 4_990)
    billed = [show(made, 3.0 + step, 4_990 + 3 * step) for step in range(12)]
    assert billed == sorted(billed)
    assert billed[-1] == 5_023


def test_another_meter_goes_on_from_where_the_first_one_stood() -> None:
    made = register(5_000)
    made.identify(MeterIdentity("A", "B", "1"))
    made.identify(MeterIdentity("A", "B", "2"))
    assert show(made, 1.0, 80_000) == 5_000
    assert show(made, 2.0, 80_003) == 5_003


def test_after_the_transaction_the_register_is_its_own_again() -> None:
    made = register(5_000)
    show(made, 1.0, 0)
    assert show(made, 2.0, 0) == 5_000
    made.end()
    assert show(made, 3.0, 0) == 0


def test_a_meter_that_is_lost_again_within_a_minute_gets_no_current_back() -> None:
    made = register(5_000)
    for begin_s in (1.0, 40.0):
        show(made, begin_s, 5_000)
        made.tick(begin_s + 1.0)
        assert made.limit() == (None, "")
        made.tick(begin_s + 15.0)
        assert made.limit()[0] == 0.0
    show(made, 57.0, 5_000)
    made.tick(58.0)
    limit_a, reason = made.limit()
    assert limit_a == 0.0
    assert "again" in reason
    for now_s in range(60, 670, 10):
        assert made.limit()[0] == 0.0
        show(made, float(now_s), 5_000)
    assert made.limit() == (None, "")
