"""Ring 1's tables: no duplicate rows, every pair decided, every state reached, faults dead.

``IGNORED`` names each pair of state and event that changes nothing. It stands here and not
beside the tables because a device would have to carry it in its memory.
"""

import pytest

from ampkeeper.firmware.safety import contactor, leakage, lock, names, selftest, sequence
from ampkeeper.firmware.safety.contactor import Contactor
from ampkeeper.firmware.safety.leakage import Leakage
from ampkeeper.firmware.safety.lock import Lock
from ampkeeper.firmware.safety.sequence import Sequence
from ampkeeper.firmware.safety.signals import LOCK_REST
from ampkeeper.firmware.safety.units import DRIVE_PWM

IGNORED = {
    contactor: {
        "OPEN": "RELEASE BROKE LATE RESET DROPPED",
        "CLOSING": "CLOSE BROKE RESET DROPPED",
        "CLOSED": "CLOSE MADE LATE RESET DROPPED",
        "OPENING": "CLOSE RELEASE MADE RESET",
        "STUCK": "CLOSE RELEASE BROKE LATE DROPPED",
        "WELDED": "CLOSE RELEASE MADE BROKE LATE DROPPED",
    },
    leakage: {
        "DUE": "QUIET BOTH LATE CANCEL EXPIRE",
        "CHECKING": "START BOTH EXPIRE",
        # what was injected is seen through: half a test leaves a line tripped
        "INJECTING": "START QUIET CANCEL EXPIRE",
        "RELEASING": "START BOTH CANCEL EXPIRE",
        "PASSED": "QUIET BOTH LATE CANCEL",
        "FAILED": "QUIET BOTH LATE CANCEL",
    },
    lock: {
        "NO_LOCK": "LOCK UNLOCK BOLT_IN BOLT_OUT PULSE_OVER RETRY GIVE_UP RESET",
        "UNLOCKED": "UNLOCK BOLT_OUT PULSE_OVER RESET",
        "LOCKING": "LOCK BOLT_OUT RESET",
        "LOCKED": "LOCK BOLT_IN PULSE_OVER RETRY GIVE_UP RESET",
        "UNLOCKING": "LOCK UNLOCK BOLT_IN RESET",  # a motor is not reversed in motion
        "JAMMED": "LOCK UNLOCK BOLT_IN BOLT_OUT RETRY GIVE_UP",
    },
    sequence: {
        "IDLE": "UNPLUG HOLD OFFER READY PAUSE REVOKE LATE F_OVER CLEAR "
        "CALL_F CALL_CUT CALL_X1 PART JOIN",
        # C without PWM waits
        "CONNECTED": "PLUG READY PAUSE REVOKE LATE F_OVER CLEAR CALL_F CALL_CUT CALL_X1 JOIN",
        "OFFERED": "PLUG HOLD LET_GO OFFER PAUSE LATE F_OVER CLEAR CALL_X1 PART JOIN",
        "CHARGING": "PLUG HOLD LET_GO OFFER READY LATE F_OVER CLEAR "
        "CALL_F CALL_CUT CALL_X1 PART JOIN",
        "STOPPING": "PLUG HOLD LET_GO READY REVOKE F_OVER CLEAR CALL_F CALL_CUT CALL_X1 PART JOIN",
        # a fault outlives the plug; CLEAR sees to it
        "FAULTED": "PLUG UNPLUG HOLD OFFER READY PAUSE REVOKE LATE "
        "CALL_F CALL_CUT CALL_X1 PART JOIN",
        # awake or not is judged where PWM runs
        "WAKING": "PLUG HOLD LET_GO READY PAUSE LATE F_OVER CLEAR CALL_F CALL_CUT PART JOIN",
        "SWITCHING": "PLUG HOLD LET_GO OFFER READY PAUSE REVOKE LATE F_OVER CLEAR "
        "CALL_F CALL_CUT CALL_X1 PART",
    },
}
TABLES = [contactor, leakage, lock, sequence]
STATES = {
    contactor: names.CONTACTOR_STATES,
    leakage: names.LEAKAGE_STATES,
    lock: names.LOCK_STATES,
    sequence: names.SEQUENCE_STATES,
}
EVENTS = {
    contactor: names.CONTACTOR_EVENTS,
    leakage: names.LEAKAGE_EVENTS,
    lock: names.LOCK_EVENTS,
    sequence: names.SEQUENCE_EVENTS,
}
ROWS = {module: list(names.rows(module.TABLE, module.ROW_BYTES)) for module in TABLES}
FIRST = {
    contactor: {"OPEN"},
    leakage: {"DUE"},
    lock: {"NO_LOCK", "UNLOCKED"},
    sequence: {"IDLE"},
}
MACHINES = {contactor: Contactor, leakage: Leakage, sequence: Sequence}


def machine_of(module):
    """A machine of ``module``, in its first state."""
    return Lock(1) if module is lock else MACHINES[module]()


def name_of(module) -> str:
    return module.__name__.rsplit(".", 1)[-1]


@pytest.mark.parametrize("module", TABLES, ids=name_of)
def test_no_row_is_there_twice(module) -> None:
    pairs = [row[:2] for row in ROWS[module]]
    assert len(pairs) == len(set(pairs))


@pytest.mark.parametrize("module", TABLES, ids=name_of)
def test_every_pair_is_a_row_or_ignored_and_never_both(module) -> None:
    rows = {(STATES[module][row[0]], EVENTS[module][row[1]]) for row in ROWS[module]}
    ignored = {
        (state, event) for state, events in IGNORED[module].items() for event in events.split()
    }
    assert not rows & ignored
    assert rows | ignored == {
        (state, event) for state in STATES[module] for event in EVENTS[module]
    }


@pytest.mark.parametrize("module", TABLES, ids=name_of)
def test_names_stand_for_their_numbers(module) -> None:
    for words in (STATES[module], EVENTS[module]):
        for number, name in enumerate(words):
            assert getattr(module, name) == number


@pytest.mark.parametrize("module", TABLES, ids=name_of)
def test_every_state_is_reachable(module) -> None:
    reached = set(FIRST[module])
    for _ in STATES[module]:
        for state, _event, next_state, *_ in ROWS[module]:
            if STATES[module][state] in reached:
                reached.add(STATES[module][next_state])
    assert reached == set(STATES[module])


@pytest.mark.parametrize("module", TABLES, ids=name_of)
def test_each_row_does_what_it_says_and_each_ignored_pair_nothing(module) -> None:
    rows = {row[:2]: row[2:] for row in ROWS[module]}
    for state in range(len(STATES[module])):
        for event in range(len(EVENTS[module])):
            machine = machine_of(module)
            machine.state = state
            before = outputs_of(machine)
            moved = machine.feed(event)
            expected = rows.get((state, event))
            assert moved == (expected is not None)
            if expected is None:
                assert (machine.state, *outputs_of(machine)) == (state, *before)
            else:
                assert (machine.state, *outputs_of(machine)) == expected


def outputs_of(machine) -> tuple:
    if isinstance(machine, Contactor):
        return (machine.coil,)
    if isinstance(machine, Leakage):
        return (machine.test_input,)
    if isinstance(machine, Lock):
        return (machine.drive,)
    return (machine.drive, machine.coil, machine.lock)


def test_the_monitor_is_driven_in_one_state_only() -> None:
    for _, _, next_state, test_input in ROWS[leakage]:
        assert test_input == (next_state == leakage.INJECTING)


def test_a_test_of_the_monitor_passes_only_after_both_branches_tripped() -> None:
    into = [(row[0], row[1]) for row in ROWS[leakage] if row[2] == leakage.PASSED]
    assert into == [(leakage.RELEASING, leakage.QUIET)]
    into = [(row[0], row[1]) for row in ROWS[leakage] if row[2] == leakage.RELEASING]
    assert into == [(leakage.INJECTING, leakage.BOTH)]


def test_results_and_self_tests_have_a_name_each() -> None:
    for number, name in enumerate(names.SELF_TEST_RESULTS):
        assert getattr(selftest, name) == number
    assert len(set(names.SELF_TESTS)) == len(names.SELF_TESTS) == 34


def test_every_fault_state_of_the_contactor_is_without_coil() -> None:
    for _, _, next_state, coil in ROWS[contactor]:
        if next_state in (contactor.STUCK, contactor.WELDED, contactor.OPEN, contactor.OPENING):
            assert coil == 0


def test_the_sequence_drives_the_coil_in_charging_and_stopping_only() -> None:
    for _, _, next_state, drive, coil, _ in ROWS[sequence]:
        is_energised = next_state in (sequence.CHARGING, sequence.STOPPING)
        assert coil == is_energised
        is_offering = next_state in (sequence.OFFERED, sequence.CHARGING)
        assert (drive == DRIVE_PWM) == is_offering


def test_a_fault_ends_every_state_and_only_clear_leads_out() -> None:
    into = {row[0] for row in ROWS[sequence] if row[1] == sequence.FAULT}
    assert into == set(range(8)), "FAULTED too: a weld shows F again"
    out = {row[1] for row in ROWS[sequence] if row[0] == sequence.FAULTED != row[2]}
    assert out == {sequence.CLEAR}


def test_the_bolt_is_held_wherever_the_coil_is_driven() -> None:
    for row in ROWS[sequence]:
        assert not row[4] or row[5] == lock.HELD


def test_the_motor_rests_in_every_state_that_lasts() -> None:
    for _, _, next_state, drive in ROWS[lock]:
        if next_state in (lock.UNLOCKED, lock.LOCKED):
            assert drive == LOCK_REST


def test_a_jam_is_left_by_reset_only_and_the_coil_states_by_reset_only() -> None:
    assert {row[1] for row in ROWS[lock] if row[0] == lock.JAMMED != row[2]} == {lock.RESET}
    for state in (contactor.STUCK, contactor.WELDED):
        out = {row[1] for row in ROWS[contactor] if row[0] == state and row[2] == contactor.OPEN}
        assert out == {contactor.RESET}
