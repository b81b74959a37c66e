"""The grid operator's cap: at once, kept when he falls silent, drawn out when it is released."""

from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.energy import grid_operator as grid
from ampkeeper.firmware.energy.grid_operator import GridOperator, GridRules, shares


def test_an_order_caps_at_once_to_the_configured_power():
    operator = GridOperator(GridRules(), 0.0)
    assert operator.power_w is None
    assert operator.order(None, 1.0)
    assert (operator.power_w, operator.reason) == (4_200.0, "reduced by the grid operator")
    assert not operator.order(None, 2.0)


def test_no_order_goes_below_what_is_configured():
    operator = GridOperator(GridRules(), 0.0)
    operator.order(1_000.0, 1.0)
    assert operator.power_w == 4_200.0
    operator.order(6_000.0, 2.0)
    assert operator.power_w == 6_000.0


def test_a_release_without_a_delay_frees_with_the_next_tick():
    operator = GridOperator(GridRules(), 0.0)
    operator.order(None, 1.0)
    assert operator.release(2.0, 0.7)
    assert operator.power_w == 4_200.0
    operator.tick(2.0, 0.7)
    assert operator.power_w is None


def test_how_long_a_release_is_still_drawn_out_is_known():
    operator = GridOperator(GridRules(release_s_max=600.0), 0.0)
    operator.order(None, 0.0)
    assert operator.release_in_s(5.0) is None
    operator.release(10.0, 0.5)
    assert operator.release_in_s(110.0) == 200.0
    operator.tick(310.0, 0.5)
    assert operator.release_in_s(310.0) is None
    after = GridOperator(GridRules(release_s_max=600.0))
    after.resume(None, True)
    assert after.release_in_s(50.0) == 600.0, "another delay is drawn in this life"


def test_a_release_may_be_drawn_out_and_an_order_ends_that():
    operator = GridOperator(GridRules(release_s_max=600.0), 0.0)
    operator.order(None, 1.0)
    operator.release(10.0, 0.5)
    assert not operator.release(200.0, 0.5)
    assert not operator.tick(309.0, 0.5)
    operator.order(None, 309.5)
    operator.tick(400.0, 0.5)
    assert operator.power_w == 4_200.0
    operator.release(400.0, 0.0)
    assert operator.tick(400.0, 0.0)
    assert operator.power_w is None


def test_an_input_that_falls_silent_keeps_the_cap_and_one_that_was_never_heard_caps():
    operator = GridOperator(GridRules(hold_s=60.0), 0.0)
    assert not operator.tick(59.0, 0.0)
    assert operator.tick(60.0, 0.0)
    assert (operator.state, operator.power_w) == (grid.SILENT, 4_200.0)
    operator.release(61.0, 0.0)
    operator.tick(61.0, 0.0)
    assert operator.power_w is None


def test_an_order_ends_by_itself_where_that_is_configured():
    operator = GridOperator(GridRules(duration_s_max=3_600.0), 0.0)
    operator.order(None, 100.0)
    operator.order(None, 3_000.0)
    assert not operator.tick(3_699.0, 0.0)
    assert operator.tick(3_700.0, 0.0)
    assert operator.power_w is None


def test_every_state_is_reached_and_only_free_is_not_capped():
    reached = {grid.FREE} | {row[2] for row in grid.TABLE}
    assert reached == set(range(len(grid.STATES)))
    assert len({row[:2] for row in grid.TABLE}) == len(grid.TABLE)
    assert all(bool(row[3]) == (row[2] != grid.FREE) for row in grid.TABLE)


def test_a_cap_serves_who_came_first_with_what_he_can_use():
    assert shares(4_200.0, [4_140.0]) == (4_200.0,)
    assert shares(4_200.0, [4_140.0, 4_140.0]) == (4_200.0, 0.0)
    assert shares(4_200.0, [1_380.0, 1_380.0]) == (2_100.0, 2_100.0)
    assert shares(1_000.0, [1_380.0]) == (0.0,)
    assert shares(4_200.0, [5_520.0, 4_140.0]) == (0.0, 4_200.0), "who waits blocks nobody"


@given(st.floats(0, 50_000), st.lists(st.floats(1_000, 12_000), max_size=8))
def test_shares_are_never_more_than_the_cap(total_w: float, least_w: list[float]):
    parts = shares(total_w, least_w)
    assert sum(parts) <= total_w * (1 + 1e-9)
    assert all(part == 0.0 or part >= need_w for part, need_w in zip(parts, least_w, strict=True))
