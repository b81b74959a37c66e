"""The table of faults and the set in force."""

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety.fault import FaultSet


def test_row_n_is_code_n():
    assert [f.TABLE[row] for row in range(0, len(f.TABLE), f.ROW_BYTES)] == list(
        range(f.CODE_COUNT)
    )
    assert len(f.TABLE) == f.CODE_COUNT * f.ROW_BYTES
    assert f.CODE_COUNT <= f.OWN_COUNT


def test_every_row_is_complete():
    for code in range(f.CODE_COUNT):
        assert f.severity_of(code) in (f.HIGH, f.MEDIUM, f.LOW)
        assert f.clearing_of(code) in (f.ITSELF, f.UNPLUG, f.SERVICE)
        assert 0 <= f.after_ms_of(code) <= 60_000


# section 5.6 and the requirements: severity, how it goes, after how many seconds
ROWS = (
    (f.RCD_AC, f.HIGH, f.SERVICE, 0),
    (f.RCD_DC, f.HIGH, f.SERVICE, 0),
    (f.CONTACTOR_WELDED, f.HIGH, f.SERVICE, 0),
    (f.CONTACTOR_STUCK, f.HIGH, f.SERVICE, 0),
    (f.PILOT_FAULT, f.HIGH, f.ITSELF, 2),
    (f.PILOT_SHORT, f.HIGH, f.ITSELF, 2),
    (f.DIODE_FAULT, f.HIGH, f.UNPLUG, 0),
    (f.VENTILATION_NOT_AVAILABLE, f.HIGH, f.ITSELF, 2),
    (f.PROXIMITY_FAULT, f.MEDIUM, f.UNPLUG, 0),
    (f.LOCK_FAILED, f.MEDIUM, f.UNPLUG, 0),
    (f.LOCK_LOST, f.MEDIUM, f.ITSELF, 0),
    (f.PE_LOST, f.HIGH, f.ITSELF, 10),
    (f.OVER_TEMPERATURE, f.MEDIUM, f.ITSELF, 0),
    (f.EMERGENCY_STOP, f.HIGH, f.SERVICE, 0),
    (f.SUPPLY_LOST, f.HIGH, f.ITSELF, 5),
    (f.OVER_CURRENT, f.MEDIUM, f.UNPLUG, 0),
    (f.OVER_CURRENT_FAST, f.HIGH, f.UNPLUG, 0),
    (f.OVER_VOLTAGE, f.HIGH, f.ITSELF, 60),
    (f.UNDER_VOLTAGE, f.MEDIUM, f.ITSELF, 60),
    (f.METER_STALE, f.MEDIUM, f.ITSELF, 0),
    (f.RCD_TEST_FAILED, f.MEDIUM, f.SERVICE, 0),
    (f.OUTLET_LIVE, f.HIGH, f.SERVICE, 0),
    (f.BOARD_FAILED, f.HIGH, f.SERVICE, 0),
    (f.RAIL_FAULT, f.HIGH, f.ITSELF, 2),
    (f.TEMPERATURE_SENSOR, f.MEDIUM, f.ITSELF, 10),
    (f.TAMPERED, f.HIGH, f.SERVICE, 0),
    (f.LOCK_UNCHARGED, f.MEDIUM, f.ITSELF, 0),
    (f.CONTACTOR_WORN, f.LOW, f.SERVICE, 0),
    (f.CONTACTOR_SPENT, f.MEDIUM, f.SERVICE, 0),
    (f.OUTLET_DEAD, f.MEDIUM, f.UNPLUG, 0),
)


def test_each_fault_opens_and_goes_as_required():
    assert len(ROWS) == f.CODE_COUNT == f.OWN_COUNT == 30
    for code in range(f.CODE_COUNT):
        row = (code, f.severity_of(code), f.clearing_of(code), f.after_ms_of(code) // 1_000)
        assert row == ROWS[code]


def test_f_is_shown_for_what_the_charger_itself_must_not_go_on_with():
    shown = [code for code in range(f.CODE_COUNT) if f.F_BITS >> code & 1]
    assert f.F_BITS >> f.CODE_COUNT == 0
    assert shown == [
        f.RCD_AC,
        f.RCD_DC,
        f.CONTACTOR_WELDED,
        f.CONTACTOR_STUCK,
        f.PE_LOST,
        f.EMERGENCY_STOP,
        f.OUTLET_LIVE,
        f.BOARD_FAILED,
        f.TAMPERED,
    ]


def needs_all_its_time(faults):
    """Tell whether a pilot fault in force goes after two seconds of good, not before."""
    faults.judge(f.PILOT_FAULT, False, True, 1_999)
    was_there = faults.is_raised(f.PILOT_FAULT)
    faults.judge(f.PILOT_FAULT, False, True, 1)
    return was_there and not faults.is_raised(f.PILOT_FAULT)


def test_the_time_of_good_counts_from_nothing_and_to_the_millisecond():
    faults = FaultSet()
    for _ in range(2):  # a new set, and one that has cleared the fault before
        faults.raise_fault(f.PILOT_FAULT)
        assert needs_all_its_time(faults)
    faults.judge(f.PILOT_FAULT, True, False, 10)
    assert needs_all_its_time(faults)
    faults.raise_fault(f.PILOT_FAULT)
    faults.judge(f.PILOT_FAULT, False, True, 500)
    faults.judge(f.PILOT_FAULT, False, False, 10)
    assert needs_all_its_time(faults)
    faults.raise_fault(f.PILOT_FAULT)
    faults.judge(f.PILOT_FAULT, False, True, 500)
    assert faults.clear(f.PILOT_FAULT)
    faults.raise_fault(f.PILOT_FAULT)
    assert needs_all_its_time(faults)


def test_whatever_could_hurt_opens_at_once():
    for code in (f.RCD_AC, f.RCD_DC, f.CONTACTOR_WELDED, f.PE_LOST, f.EMERGENCY_STOP):
        assert f.severity_of(code) == f.HIGH


def test_latched_is_what_does_not_clear_itself():
    assert f.is_latched(f.RCD_DC)
    assert f.is_latched(f.DIODE_FAULT)
    assert not f.is_latched(f.PILOT_FAULT)


def test_the_set_counts_by_severity():
    faults = FaultSet()
    assert faults.raise_fault(f.RCD_AC)
    assert not faults.raise_fault(f.RCD_AC)
    faults.raise_fault(f.LOCK_LOST)
    assert (faults.high_count, faults.medium_count) == (1, 1)
    assert faults.is_raised(f.LOCK_LOST)
    assert faults.clear(f.RCD_AC)
    assert not faults.clear(f.RCD_AC)
    assert (faults.high_count, faults.medium_count) == (0, 1)
    faults.clear(f.LOCK_LOST)
    assert (faults.high_count, faults.medium_count) == (0, 0)


def test_the_bitmap_has_a_bit_for_each_code():
    faults = FaultSet()
    faults.raise_fault(f.RCD_AC)
    faults.raise_fault(f.OVER_CURRENT)
    assert faults.bitmap() == 1 << 0 | 1 << 15


def test_a_fault_that_goes_by_itself_needs_its_time_of_good():
    faults = FaultSet()
    faults.judge(f.PILOT_FAULT, True, False, 10)
    for _ in range(199):
        faults.judge(f.PILOT_FAULT, False, True, 10)
    assert faults.is_raised(f.PILOT_FAULT)
    faults.judge(f.PILOT_FAULT, False, True, 10)
    assert not faults.is_raised(f.PILOT_FAULT)


def test_a_doubtful_moment_starts_the_time_again():
    faults = FaultSet()
    faults.judge(f.PILOT_FAULT, True, False, 10)
    faults.judge(f.PILOT_FAULT, False, True, 1_990)
    faults.judge(f.PILOT_FAULT, False, False, 10)
    faults.judge(f.PILOT_FAULT, False, True, 1_990)
    assert faults.is_raised(f.PILOT_FAULT)
    faults.judge(f.PILOT_FAULT, False, True, 10)
    assert not faults.is_raised(f.PILOT_FAULT)


def test_what_a_person_has_to_clear_waits_for_the_person_and_for_its_cause():
    faults = FaultSet()
    faults.judge(f.RCD_AC, True, True, 10)
    assert not faults.forgive(f.RCD_AC)
    faults.judge(f.RCD_AC, False, True, 60_000)
    assert faults.is_raised(f.RCD_AC)
    assert faults.forgive(f.RCD_AC)
    assert not faults.forgive(f.RCD_AC)
    assert faults.high_count == 0


def lose_earth(faults):
    faults.judge(f.PE_LOST, True, False, 10)
    faults.judge(f.PE_LOST, False, True, 10_000)
    return faults.is_raised(f.PE_LOST)


def test_the_third_loss_of_earth_stays_until_a_person_clears_it():
    faults = FaultSet()
    lose_earth(faults)
    lose_earth(faults)
    assert not faults.is_raised(f.PE_LOST)
    lose_earth(faults)
    assert faults.is_raised(f.PE_LOST)
    assert faults.forgive(f.PE_LOST)
    lose_earth(faults)
    assert not faults.is_raised(f.PE_LOST)


def test_a_loss_of_earth_that_stayed_stays_over_a_restart():
    faults = FaultSet()
    faults.restore(1 << f.PE_LOST)
    faults.judge(f.PE_LOST, False, True, 60_000)
    assert faults.is_raised(f.PE_LOST)
    assert faults.forgive(f.PE_LOST)
    lose_earth(faults)
    lose_earth(faults)
    assert not faults.is_raised(f.PE_LOST)


def test_a_loss_of_earth_that_is_put_back_while_it_is_there_stays_after_it():
    faults = FaultSet()
    faults.judge(f.PE_LOST, True, False, 10)
    faults.restore(1 << f.PE_LOST)
    faults.judge(f.PE_LOST, False, True, 60_000)
    assert faults.is_raised(f.PE_LOST)
    assert faults.high_count == 1


def test_after_a_restart_only_what_a_person_clears_comes_back():
    faults = FaultSet()
    faults.restore((1 << 30) - 1)
    kept = (f.BOARD_FAILED, f.OUTLET_LIVE, f.RCD_TEST_FAILED, f.TAMPERED)
    kept += (f.CONTACTOR_WORN, f.CONTACTOR_SPENT, f.PE_LOST)
    assert faults.bitmap() == 0b0010_0000_0000_1111 | sum(1 << code for code in kept)


DAY_MS = 86_400_000


def test_losses_of_earth_are_forgotten_after_a_day_with_earth():
    for calm_ms, stays in ((DAY_MS - 1, True), (DAY_MS, False)):
        faults = FaultSet()
        assert not lose_earth(faults)
        assert not lose_earth(faults)
        faults.judge(f.PE_LOST, False, True, calm_ms - 1_000)
        faults.judge(f.PE_LOST, False, False, DAY_MS)  # nobody knows
        faults.judge(f.PE_LOST, False, True, 1_000)
        assert lose_earth(faults) == stays


def test_after_a_day_with_earth_the_third_loss_stays_and_not_the_second():
    faults = FaultSet()
    assert not lose_earth(faults)
    faults.judge(f.PE_LOST, False, True, DAY_MS)
    assert [lose_earth(faults) for _ in range(3)] == [False, False, True]


def test_a_loss_of_earth_that_stays_is_not_forgotten_and_a_long_calm_ends_no_later_loss():
    faults = FaultSet()
    losses = [lose_earth(faults) for _ in range(3)]
    assert losses == [False, False, True]
    for _ in range(3):
        faults.judge(f.PE_LOST, False, True, DAY_MS)
    assert faults.is_raised(f.PE_LOST)
    assert faults.forgive(f.PE_LOST)
    faults.judge(f.PE_LOST, False, True, DAY_MS)
    faults.raise_fault(f.PE_LOST)
    faults.judge(f.PE_LOST, False, True, 9_990)
    assert faults.is_raised(f.PE_LOST)
