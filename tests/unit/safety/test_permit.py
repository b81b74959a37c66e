"""The permit: what is taken, what is refused, and that it ends."""

from ampkeeper.firmware.safety.permit import IN_SERVICE, KEEP_LOCKED, Permit


def granted(current_ma=16_000, phases=3, flags=IN_SERVICE):
    permit = Permit(2_000)
    permit.grant(current_ma, phases, flags)
    return permit


def test_a_permit_lives_two_seconds():
    permit = granted()
    permit.tick(1_999)
    assert permit.current_ma == 16_000
    assert not permit.has_expired
    permit.tick(1)
    assert permit.current_ma == 0
    assert permit.has_expired


def test_each_grant_starts_the_time_again():
    permit = granted()
    for _ in range(10):
        permit.tick(1_999)
        assert permit.grant(16_000, 3, IN_SERVICE)
    assert permit.current_ma == 16_000


def test_less_than_six_amperes_is_nothing():
    assert granted(5_999).current_ma == 0
    assert granted(6_000).current_ma == 6_000
    assert granted(80_000).current_ma == 80_000


def test_out_of_service_nothing_is_offered_but_the_plug_may_be_held():
    permit = granted(16_000, 3, KEEP_LOCKED)
    assert permit.current_ma == 0
    assert permit.keeps_locked()


def test_what_is_out_of_range_is_refused_and_counted_and_the_old_permit_runs_out():
    permit = granted()
    for current_ma, phases, flags in (
        (-1, 3, IN_SERVICE),
        (80_001, 3, IN_SERVICE),
        (16_000, 0, IN_SERVICE),
        (16_000, 2, IN_SERVICE),
        (16_000, 4, IN_SERVICE),
        (16_000, 3, 4),
        (16_000, 3, -1),
        (2_000_000_000, 3, IN_SERVICE),
    ):
        assert not permit.grant(current_ma, phases, flags)
    assert permit.refused_count == 8
    assert permit.current_ma == 16_000
    permit.tick(2_000)
    assert permit.current_ma == 0


def test_an_expired_permit_holds_the_plug_for_one_minute_more():
    """A station that starts anew shall not give the cable away; REQ-LCK-02."""
    permit = granted(16_000, 3, IN_SERVICE | KEEP_LOCKED)
    permit.tick(5_000)
    assert (permit.keeps_locked(), permit.flags & IN_SERVICE) == (True, 0)
    permit.tick(59_999)
    assert permit.keeps_locked()
    permit.tick(1)
    assert not permit.keeps_locked()


def test_what_was_permitted_was_for_the_car_that_left():
    permit = granted(16_000, 3, IN_SERVICE | KEEP_LOCKED)
    permit.forget_car()
    assert (permit.current_ma, permit.flags) == (0, IN_SERVICE)
    assert permit.linked() == 1


def test_time_without_a_permit_changes_nothing():
    permit = Permit(2_000)
    permit.tick(1_000)
    assert not permit.has_expired
    assert permit.current_ma == 0


def test_the_station_is_unknown_then_heard_then_silent():
    permit = Permit(2_000)
    assert permit.linked() == -1
    permit.grant(0, 1, 0)
    assert permit.linked() == 1
    permit.tick(1_999)
    assert permit.linked() == 1
    permit.tick(1)
    assert permit.linked() == 0
