"""Self-test 16, both rails of the pilot: at start, at each plug-in, and under a car."""

from protection_rig import ROUND_MS, Ring

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety.selftest import ABSENT, FAILED, PASSED
from ampkeeper.firmware.safety.signals import UNKNOWN


def with_rails(high_mv, low_mv):
    ring = Ring()
    ring.inputs.rail_high_mv = high_mv
    ring.inputs.rail_low_mv = low_mv
    return ring


def test_16_looks_at_both_rails_at_start_req_cp_06():
    for high_mv, low_mv, is_good, worst_mv in (
        (12_000, 12_100, True, 12_100),
        (11_400, 12_000, True, 11_400),
        (11_399, 12_000, False, 11_399),
        (12_600, 11_900, True, 12_600),
        (12_601, 11_900, False, 12_601),
        (12_000, 12_601, False, 12_601),
        (12_000, 11_399, False, 11_399),
        (12_400, 11_600, True, 12_400),  # equally far: the first
    ):
        ring = with_rails(high_mv, low_mv).look(10)
        assert ring.row(16) == (PASSED if is_good else FAILED, worst_mv, 11_400, 12_600)
        assert ring.tests.duration_ms[16] == 0


def test_16_looks_again_at_each_plug_in_and_not_between():
    ring = with_rails(12_000, 12_000).look()
    ring.inputs.rail_low_mv = 12_700
    ring.run(ROUND_MS)
    assert ring.result(16) == PASSED
    ring.context.is_plugged = True
    ring.run(10)
    assert ring.row(16) == (FAILED, 12_700, 11_400, 12_600)
    ring.run(ROUND_MS)
    assert ring.tests.count[16] == 2
    ring.context.is_plugged = False
    ring.run(ROUND_MS)
    assert ring.tests.count[16] == 2


def test_16_warns_of_a_rail_that_drifts_under_a_car_req_cp_06():
    for name, mv in (("rail_low_mv", 11_399), ("rail_low_mv", 12_601), ("rail_high_mv", 11_399)):
        ring = with_rails(12_000, 12_000).look()
        setattr(ring.inputs, name, mv)
        ring.run(990)
        assert ring.result(16) == PASSED
        ring.run(10)
        assert ring.row(16) == (FAILED, mv, 11_400, 12_600)
        assert ring.run(ROUND_MS) == []  # a warning, no fault
        assert ring.tests.count[16] == 2


def test_16_waits_for_a_drift_to_last_a_second_without_a_gap():
    ring = with_rails(12_000, 12_000).look()
    for _ in range(3):
        ring.inputs.rail_low_mv = 11_300
        ring.run(990)
        ring.inputs.rail_low_mv = 12_000
        ring.run(10)
    assert ring.result(16) == PASSED


def test_16_counts_a_drift_from_nothing_after_it_told():
    ring = with_rails(12_000, 12_000).look(10)
    assert ring.tests.count[16] == 1
    ring.inputs.rail_low_mv = 11_300
    ring.run(990)
    ring.run(9, 1)
    assert ring.result(16) == PASSED
    ring.run(1, 1)
    assert ring.result(16) == FAILED


def test_16_tells_once_that_nobody_measures_the_rails():
    ring = with_rails(12_000, UNKNOWN)
    ring.inputs.checks_known = 1 << 16
    for is_plugged in (False, True, False, True):
        ring.context.is_plugged = is_plugged
        assert ring.look().result(16) == ABSENT
    assert ring.tests.count[16] == 1


def test_16_takes_the_word_of_a_board_that_measures_its_pilot_req_cp_06():
    for high_mv, result in ((12_000, PASSED), (UNKNOWN, ABSENT)):
        ring = with_rails(high_mv, 12_000)
        ring.inputs.checks_known = 1 << 16
        ring.look()
        assert ring.result(16) == result
        ring.inputs.checks_failed = 1 << 16
        assert ring.run(990) == []
        assert ring.result(16) == result
        assert ring.run(10) == [f.RAIL_FAULT]  # the car would be offered what nobody meant
        assert ring.row(16) == (FAILED, 12_000, 11_400, 12_600)
        ring.inputs.checks_failed = 0
        assert ring.run(1_990) == [f.RAIL_FAULT]
        assert ring.run(10) == []
        assert ring.look(1_970).result(16) == FAILED
        assert ring.look(20).result(16) == result


def test_16_judges_each_rail_on_its_own():
    for known, checks_known in ((11_399, 0), (12_601, 0), (12_601, 1 << 16)):
        for rails in ((known, UNKNOWN), (UNKNOWN, known)):
            ring = with_rails(*rails)
            ring.inputs.checks_known = checks_known
            assert ring.look(10).row(16) == (FAILED, known, 11_400, 12_600)
            assert ring.look().result(16) == FAILED


def test_16_never_passes_with_a_rail_that_nobody_measures():
    for rails in ((UNKNOWN, UNKNOWN), (12_000, UNKNOWN), (UNKNOWN, 12_000)):
        for checks_known in (0, 1 << 16):
            ring = with_rails(*rails)
            ring.inputs.checks_known = checks_known
            for is_plugged in (False, True, False, True):
                ring.context.is_plugged = is_plugged
                assert ring.look().result(16) == ABSENT
            ring.inputs.rail_high_mv = ring.inputs.rail_low_mv = 12_000
            assert ring.look().result(16) == PASSED


def test_16_ends_its_warning_when_the_rail_was_good_for_two_seconds():
    ring = with_rails(12_000, 11_300).look()
    for _ in range(3):
        ring.inputs.rail_low_mv = 11_400
        ring.run(1_990)
        ring.inputs.rail_low_mv = 11_399
        ring.run(10)
    assert ring.row(16) == (FAILED, 11_300, 11_400, 12_600)
    ring.inputs.rail_low_mv = 11_400
    ring.run(1_990)
    assert ring.result(16) == FAILED
    ring.run(10)
    assert ring.row(16) == (PASSED, 11_400, 11_400, 12_600)
    assert ring.tests.count[16] == 2


def test_16_keeps_its_warning_while_the_rail_is_not_measured():
    ring = with_rails(12_000, 11_300).look()
    ring.inputs.rail_low_mv = UNKNOWN
    assert ring.look(10_000).row(16) == (FAILED, 11_300, 11_400, 12_600)
    ring.inputs.rail_low_mv = 12_000
    assert ring.look(2_000).result(16) == PASSED


def test_16_hears_nothing_from_a_board_that_does_not_measure_its_pilot():
    ring = with_rails(12_000, 12_000)
    ring.inputs.checks_failed = 1 << 16
    assert ring.run(5_000) == []
    assert ring.result(16) == PASSED


def test_16_waits_for_both_rails_and_fails_with_the_fault():
    ring = with_rails(12_000, UNKNOWN).look()
    assert ring.result(16) == ABSENT
    ring = with_rails(UNKNOWN, 12_000).look()
    assert ring.result(16) == ABSENT
    ring.inputs.rail_high_mv = 12_000
    assert ring.look(10).result(16) == PASSED
    ring.inputs.rail_high_mv = 9_000
    assert ring.look(1_000 + ROUND_MS).result(16) == FAILED
