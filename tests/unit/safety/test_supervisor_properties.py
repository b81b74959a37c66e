"""Whatever is measured, granted or told about time: nothing raises, and garbage never closes."""

from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st
from safety_rig import Rig, settings

from ampkeeper.firmware.safety import sequence as seq
from ampkeeper.firmware.safety.duty import current_of, duty_of, is_allowed
from ampkeeper.firmware.safety.permit import Permit
from ampkeeper.firmware.safety.pilot import classify
from ampkeeper.firmware.safety.signals import Inputs
from ampkeeper.firmware.safety.supervisor import Supervisor

ANY = st.integers(-(2**30), 2**30)
BIT = st.integers(0, 1)
LEVEL = st.one_of(ANY, st.integers(-14_000, 14_000))
BLOCKS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "cp_high_mv": LEVEL,
            "cp_low_mv": LEVEL,
            "cp_noise_mv": st.integers(0, 5_000),
            "pp_ohm": ANY,
            "mirror": BIT,
            "lock_closed": BIT,
            "rcd_ac": BIT,
            "rcd_dc": BIT,
            "pe_ok": BIT,
            "emergency_stop": BIT,
            "supply_ok": BIT,
            "over_current": BIT,
            "temperature_dc": ANY,
        },
    ),
    max_size=60,
)


@given(blocks=BLOCKS, elapsed_ms=st.one_of(st.integers(-1, 300), ANY), current_ma=ANY)
@how(max_examples=100)
def test_no_measurement_raises_and_every_output_is_lawful(blocks, elapsed_ms, current_ma):
    supervisor = Supervisor(settings())
    inputs = Inputs()
    for block in blocks:
        for name, value in block.items():
            setattr(inputs, name, value)
        supervisor.permit.grant(current_ma, 3, 3)
        out = supervisor.tick(elapsed_ms, inputs)
        assert is_allowed(out.duty_ticks)
        assert not out.coil or out.sequence in (seq.CHARGING, seq.STOPPING)
        assert not out.coil or supervisor.faults.high_count == 0


@given(block=BLOCKS.filter(len), held=st.integers(1, 20))
@how(max_examples=100)
def test_a_charge_goes_on_only_while_all_is_well(block, held):
    rig = Rig()
    rig.charge()
    for name, value in block[0].items():
        setattr(rig.inputs, name, value)
    for _ in range(held):
        out = rig.supervisor.tick(10, rig.inputs)
    inputs = rig.inputs
    is_tripped = inputs.rcd_ac or inputs.rcd_dc or inputs.emergency_stop or inputs.over_current
    assert not (is_tripped and out.coil)
    if held >= 2:
        assert not (out.coil and (not inputs.pe_ok or not inputs.supply_ok))
    if held >= 12:  # REQ-CP-04 and the debounce
        high_class = classify(inputs.cp_high_mv, inputs.cp_low_mv, 2, is_pwm=True)
        assert not out.coil or high_class in (1, 2) or out.sequence == seq.STOPPING


@given(current_ma=ANY, phases=ANY, flags=ANY, elapsed_ms=st.integers(0, 2**30))
def test_a_permit_is_nothing_or_within_the_law(current_ma, phases, flags, elapsed_ms):
    permit = Permit(2_000)
    was_taken = permit.grant(current_ma, phases, flags)
    assert permit.current_ma == 0 or 6_000 <= permit.current_ma <= 80_000
    assert permit.phases in (1, 3)
    assert was_taken or permit.refused_count == 1
    permit.tick(elapsed_ms)
    assert elapsed_ms < 2_000 or permit.current_ma == 0


@given(first_ma=st.integers(6_000, 80_000), second_ma=st.integers(6_000, 80_000))
def test_more_current_is_never_less_duty(first_ma, second_ma):
    least_ma, most_ma = sorted((first_ma, second_ma))
    assert duty_of(least_ma) <= duty_of(most_ma)
    assert current_of(duty_of(most_ma)) <= most_ma
