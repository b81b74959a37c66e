"""Samples by the clock of EVSEs where nobody charges, and when none are taken."""

from ampkeeper.firmware.facts import MeterSampled

from .charger import Charger

EVERY_S = 60


def sampled(charger: Charger, seconds: float) -> set[int]:
    """The EVSEs of which a sample is told in this time, outside of a transaction."""
    charger.changes.clear()
    charger.wait(seconds)
    return {fact.evse_id for fact in charger.facts if isinstance(fact, MeterSampled)}


def made(idle_only: bool) -> Charger:
    charger = Charger(2)
    charger.variables |= {
        "AlignedDataCtrlr.Interval": EVERY_S,
        "AlignedDataCtrlr.Measurands": ("Energy.Active.Import.Register",),
        "AlignedDataCtrlr.SendDuringIdle": idle_only,
    }
    for number in (1, 2):
        charger.report(number)
    return charger


def test_free_evses_are_told_by_the_clock() -> None:
    """J01.FR.14."""
    assert sampled(made(idle_only=True), 2 * EVERY_S) == {1, 2}


def test_a_transaction_silences_all_evses_where_that_is_for_idle_times_alone() -> None:
    """J01.FR.19, FR.20: the other EVSE too."""
    charger = made(idle_only=True)
    charger.start()
    assert charger.station.evses[1].transaction is not None
    assert sampled(charger, 2 * EVERY_S) == set()


def test_else_the_other_evse_goes_on() -> None:
    charger = made(idle_only=False)
    charger.start()
    assert sampled(charger, 2 * EVERY_S) == {2}
