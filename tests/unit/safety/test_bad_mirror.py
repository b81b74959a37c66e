"""A mirror that contradicts the coil, in each state of the contactor: stuck, flapping, swapped."""

from bad_rig import LONG_MS, BadRig, charging, some
from safety_rig import LEVEL_B, LEVEL_C

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety.contactor import CLOSED, CLOSING, OPEN, OPENING, STUCK, WELDED

WELD_MS, CLOSE_MS, BREAK_MS = 200, 150, 200  # REQ-CNT-01, REQ-CNT-02
DIP_MS = 300  # a contactor that drops out is judged after this, if the mains stayed
BLOCKS_MS = 3 * 10
FLAP_MS = 230  # 80 ms at four, less a quarter each: made as often as open


def in_state(state):
    """A rig whose contactor is in ``state``, as a charge brings it there."""
    rig = charging() if state in (CLOSED, OPENING) else BadRig()
    if state == CLOSING:
        rig.allow(16_000)
        rig.plug(level_mv=LEVEL_C)
        rig.until("contactor", CLOSING)
    if state == OPENING:
        rig.level_mv = LEVEL_B
        rig.until("contactor", OPENING)
    assert rig.out.contactor == state
    return rig


def stays_open(rig, fault):
    assert rig.faults() == [fault], rig.describe()
    rig.run(200)
    assert rig.never_closes() == [fault]


def test_a_mirror_stuck_made_is_welded_in_every_state_but_closed():
    for state, limit_ms in ((OPEN, WELD_MS), (OPENING, BREAK_MS)):
        rig = in_state(state)
        rig.is_welded = True
        assert rig.until("contactor", WELDED) <= limit_ms + BLOCKS_MS, state
        stays_open(rig, f.CONTACTOR_WELDED)


def test_a_mirror_stuck_made_while_closed_is_found_when_it_should_open():
    for state in (CLOSING, CLOSED):
        rig = in_state(state)
        rig.is_welded = True
        rig.run(LONG_MS)
        assert rig.out.contactor == CLOSED
        rig.allow(0)
        rig.level_mv = LEVEL_B
        rig.opens_within(BLOCKS_MS)
        assert rig.until("contactor", WELDED) <= BREAK_MS + BLOCKS_MS
        stays_open(rig, f.CONTACTOR_WELDED)


def test_a_mirror_stuck_open_is_stuck_where_it_should_be_made():
    for state, limit_ms in ((CLOSING, CLOSE_MS), (CLOSED, 20)):
        rig = in_state(state)
        rig.is_stuck = True
        rig.opens_within(limit_ms + BLOCKS_MS)
        assert rig.until("contactor", STUCK) <= DIP_MS + BLOCKS_MS
        rig.is_stuck = False
        stays_open(rig, f.CONTACTOR_STUCK)


def test_a_mirror_stuck_open_while_open_is_found_at_the_next_closing():
    for state in (OPEN, OPENING):
        rig = in_state(state)
        rig.is_stuck = True
        rig.allow(16_000)
        rig.plug(level_mv=LEVEL_C)
        rig.until("contactor", CLOSING)
        rig.opens_within(CLOSE_MS + BLOCKS_MS)
        stays_open(rig, f.CONTACTOR_STUCK)


def test_a_flapping_mirror_never_closes_and_is_named_where_it_should_move():
    rig = in_state(OPEN)
    rig.flaps["mirror"] = (0, 1)
    assert rig.never_closes() == [f.CONTACTOR_WELDED]  # never proven open
    rig = in_state(CLOSING)
    rig.flaps["mirror"] = (0, 1)
    rig.opens_within(CLOSE_MS + BLOCKS_MS)
    rig.flaps = {}
    stays_open(rig, f.CONTACTOR_STUCK)
    rig = in_state(OPENING)
    rig.flaps["mirror"] = (0, 1)
    assert rig.until("contactor", WELDED) <= BREAK_MS + BLOCKS_MS
    rig.flaps = {}
    stays_open(rig, f.CONTACTOR_WELDED)


def test_req_cnt_02_a_mirror_that_flaps_while_closed_opens_and_is_named():
    for stays, fault in ((True, f.CONTACTOR_WELDED), (False, f.CONTACTOR_STUCK)):
        rig = in_state(CLOSED)
        rig.run(2 * DIP_MS)  # with mains
        rig.flaps["mirror"] = (0, 1)
        assert rig.opens_within(FLAP_MS) >= 10 * BLOCKS_MS // 3
        rig.flaps = rig.flaps if stays else {}
        rig.run(DIP_MS + BREAK_MS)
        rig.flaps = {}
        stays_open(rig, fault)


def test_a_mirror_that_is_open_for_a_block_now_and_then_charges_on():
    rig = in_state(CLOSED)
    for _ in range(100):
        rig.stuck = {"mirror": 0}
        rig.run(10)
        rig.stuck = {"mirror": 1}
        rig.run(40)
    assert rig.out.coil == 1
    assert rig.faults() == []


def test_a_mirror_that_bounces_in_the_open_contactor_is_no_weld():
    rig = in_state(OPEN)
    for _ in range(100):
        rig.stuck = {"mirror": 1}
        rig.run(10)
        rig.stuck = {"mirror": 0}
        rig.run(40)
    assert rig.faults() == []


def test_a_swapped_mirror_never_closes():
    cases = (
        (OPEN, f.CONTACTOR_WELDED),
        (CLOSING, f.CONTACTOR_STUCK),
        (CLOSED, f.CONTACTOR_WELDED),  # made, with the coil off
        (OPENING, f.CONTACTOR_WELDED),
    )
    for state, fault in some(cases):
        rig = in_state(state)
        rig.is_swapped = True
        rig.run(WELD_MS + CLOSE_MS + BLOCKS_MS)
        assert rig.out.coil == 0, state
        assert fault in rig.faults(), (state, rig.describe())
        rig.never_closes()
        assert fault in rig.faults(), state


def test_a_person_clears_no_contactor_whose_mirror_still_contradicts():
    for code, name in ((f.CONTACTOR_WELDED, "is_welded"), (f.CONTACTOR_STUCK, "is_stuck")):
        rig = in_state(OPENING if name == "is_welded" else CLOSING)
        setattr(rig, name, True)
        rig.run(1_000)
        assert rig.faults() == [code]
        if name == "is_welded":
            assert not rig.supervisor.clear(code)
        else:
            assert rig.supervisor.clear(code)  # open is what it should be; the next try tells
            rig.run(45_000)
        assert rig.faults() == [code]
        assert rig.out.coil == 0
