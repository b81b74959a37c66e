"""The pilot board: what reaches ring 1 from the link, on both interpreters."""

from link_bench import (
    LEVEL_A,
    LEVEL_B,
    LEVEL_C,
    Bench,
    framed,
    hello,
    reminder,
    settings_order,
)

from ampkeeper.hal.link.messages import (
    CLEAR_FAULT,
    COMMAND,
    DONE,
    ENTER,
    PROTOCOL,
    REFUSED,
    RESTORE_FAULTS,
    RESTORE_RCD_RETRIES,
    UNKNOWN,
)

RCD_AC = 0
PE_LOST = 11


def charging():
    """A board that charges on permits up to counter 9."""
    bench = Bench()
    bench.greet()
    bench.plug_in_and_draw()
    for counter in range(2, 10):
        bench.board.feed(bench.permit(counter))
        bench.run(500)
    assert bench.out.coil == 1
    return bench


def command(bench, counter, command_id, code, argument):
    return framed(
        COMMAND,
        epoch=bench.status()["epoch"],
        counter=counter,
        command_id=command_id,
        code=code,
        argument=argument,
    )


def test_permits_close_and_keep_the_contactor_closed() -> None:
    bench = charging()
    assert [value for _, what, value in bench.edges if what == "coil"] == [1]


def test_no_permit_counts_before_settings() -> None:
    bench = Bench()
    bench.board.feed(hello())
    bench.plug_in_and_draw()
    for counter in range(1, 20):
        bench.board.feed(bench.permit(counter))
        bench.run(500)
    assert bench.edges == []
    assert bench.report["refused_count"] == 19


def test_a_silent_station_means_x1_within_2_s_and_coil_off_within_6_more() -> None:
    bench = charging()  # TV-SEQ-8 with a car that ignores X1
    bench.obeys = False
    bench.board.feed(bench.permit(10))
    died_ms = bench.now_ms
    bench.edges.clear()
    bench.run(9_000)
    duty, coil = bench.edges
    assert duty == (duty[0], "duty", 62_500)
    assert duty[0] - died_ms <= 2_000 + 10
    assert (coil[1], coil[2]) == ("coil", 0)
    assert coil[0] - died_ms <= 8_000 + 20


def test_a_replayed_permit_prolongs_nothing() -> None:
    bench = charging()
    last = bench.permit(10)
    bench.board.feed(last)
    died_ms = bench.now_ms
    bench.edges.clear()
    for _ in range(400):
        bench.board.feed(last)
        bench.tick()
    assert bench.edges[0][0] - died_ms <= 2_010
    assert bench.out.coil == 0


def test_a_replayed_permit_revives_nothing() -> None:
    bench = charging()
    record = [bench.permit(counter) for counter in range(2, 12)]
    bench.run(9_000)
    assert bench.out.coil == 0
    bench.edges.clear()
    for nonce in (1, 2, 2, 1):
        for data in record:
            bench.board.feed(data)
            bench.run(100)
        bench.board.feed(hello(nonce))
    bench.run(9_000)
    assert bench.edges == []


def test_a_permit_for_zero_stops_at_once() -> None:
    bench = charging()
    bench.board.feed(bench.permit(10, 0))
    bench.run(300)
    assert bench.out.coil == 0
    assert bench.report["stop_count"] == 1


def test_settings_are_in_force_when_the_status_names_their_id() -> None:
    bench = Bench()
    bench.greet(max_ma=20_000)
    bench.run(100)
    assert bench.report["settings_id"] == 77
    assert bench.board.supervisor.settings.max_ma == 20_000


def test_the_first_settings_count_although_a_car_is_plugged_in() -> None:
    bench = Bench(has_socket=True)  # wrong for this cable, as after a change of the board
    bench.plug_in_and_draw()
    bench.run(1_000)
    assert bench.report["faults"]
    bench.greet(max_ma=20_000)
    for counter in range(2, 6):
        bench.board.feed(bench.permit(counter, 32_000))
        bench.run(500)
    assert bench.out.coil == 1
    assert bench.out.limit_ma == 20_000


def test_a_fault_that_a_person_clears_outlives_the_first_settings() -> None:
    bench = Bench()
    bench.inputs.rcd_ac = 1
    bench.run(100)
    bench.inputs.rcd_ac = 0
    bench.run(100)
    bench.greet()
    bench.run(200)
    assert bench.report["settings_id"] == 77
    assert bench.report["faults"] == 1 << RCD_AC


def test_later_settings_wait_until_the_car_has_gone() -> None:
    bench = charging()
    epoch = bench.status()["epoch"]
    bench.board.feed(settings_order(epoch, 10, settings_id=78, max_ma=10_000))
    bench.run(200)
    assert bench.report["settings_id"] == 77
    assert bench.board.supervisor.settings.max_ma == 32_000
    bench.level_mv = LEVEL_A
    bench.run(1_000)
    bench.board.feed(settings_order(epoch, 11, settings_id=78, max_ma=10_000))
    bench.run(200)
    assert bench.report["settings_id"] == 78


def test_settings_that_ring_1_refuses_are_never_in_force() -> None:
    bench = Bench()
    bench.greet(phases=2)
    bench.run(200)
    assert bench.report["settings_id"] == 0
    assert bench.board.supervisor.settings.phases == 3


def test_the_station_may_restart_in_mid_charge() -> None:
    bench = charging()
    bench.board.feed(hello(2))
    bench.board.feed(settings_order(bench.status()["epoch"], 1))
    for counter in range(2, 10):
        bench.board.feed(bench.permit(counter))
        bench.run(500)
    assert bench.out.coil == 1
    assert bench.report["stop_count"] == 0


def test_a_latched_fault_clears_on_command_once_its_cause_has_gone() -> None:
    bench = Bench()
    bench.greet()
    bench.inputs.rcd_ac = 1
    bench.run(100)
    bench.board.feed(command(bench, 2, 5, CLEAR_FAULT, RCD_AC))
    bench.run(200)
    assert bench.report["command_result"] == REFUSED
    bench.inputs.rcd_ac = 0
    bench.run(100)
    bench.board.feed(command(bench, 3, 6, CLEAR_FAULT, RCD_AC))
    bench.run(200)
    assert (bench.report["command_id"], bench.report["command_result"]) == (6, DONE)
    assert bench.report["faults"] == 0


def test_a_command_runs_once_however_often_it_comes() -> None:
    bench = Bench()
    bench.greet()
    bench.inputs.rcd_ac = 1
    bench.run(100)
    bench.board.feed(command(bench, 2, 5, CLEAR_FAULT, RCD_AC))
    bench.inputs.rcd_ac = 0
    bench.run(100)
    bench.board.feed(command(bench, 3, 5, CLEAR_FAULT, RCD_AC))
    bench.run(200)
    assert bench.report["command_result"] == REFUSED
    assert bench.report["faults"] == 1 << RCD_AC


def test_faults_of_before_a_restart_can_be_put_back() -> None:
    bench = Bench()
    bench.greet()
    bench.board.feed(command(bench, 2, 1, RESTORE_FAULTS, 1 << RCD_AC))
    bench.run(200)
    assert bench.report["faults"] == 1 << RCD_AC


def test_a_report_that_tells_that_faults_were_put_back_shows_them_at_once() -> None:
    """Before the next tick too: the station believes it, and would take them for cleared."""
    bench = Bench()
    bench.run(300)
    bench.board.feed(hello(1))
    bench.run(200)
    bench.board.feed(reminder(bench.status()["epoch"], 1, 1 << PE_LOST))
    bench.hear(bytes(bench.board.to_send()))
    assert bench.report["command_result"] == DONE
    assert bench.report["faults"] == 1 << PE_LOST


def test_an_unknown_command_is_answered_as_unknown() -> None:
    bench = Bench()
    bench.greet()
    bench.board.feed(command(bench, 2, 1, 200, 0))
    bench.run(200)
    assert bench.report["command_result"] == UNKNOWN


def test_what_the_car_does_is_reported_on_the_next_tick() -> None:
    bench = Bench()
    bench.run(1_000)
    bench.level_mv = LEVEL_B
    for _ in range(4):  # two blocks for ring 1 to be sure, two for the gap between reports
        bench.tick()
    assert bench.report["pilot"] == bench.out.pilot == 1


def test_a_status_tells_what_ring_1_drives() -> None:
    bench = charging()
    bench.run(100)
    status = bench.report
    assert (status["coil"], status["mirror"], status["limit_ma"]) == (1, 1, 16_000)
    assert (status["high_mv"], status["low_mv"]) == (LEVEL_C, -12_000)
    assert status["closing_count"] == 1
    assert 0 <= bench.now_ms - status["uptime_ms"] < 100


def test_a_tick_of_the_whole_board_allocates_nothing() -> None:
    try:
        from micropython import heap_lock, heap_unlock
    except ImportError:  # CPython: nothing to prove
        return
    bench = charging()
    bench.board.feed(bench.permit(10))
    board, inputs = bench.board, bench.inputs
    heap_lock()
    try:
        for high_mv in (6_000, 9_000, 12_000, 6_000):
            inputs.cp_high_mv = high_mv
            for _ in range(30):
                board.tick(10, inputs)
                board.to_send()
    finally:
        heap_unlock()


def test_no_settings_count_before_ring_1_was_told_what_to_put_back() -> None:
    bench = Bench()
    bench.board.feed(hello())
    epoch = bench.status()["epoch"]
    bench.board.feed(settings_order(epoch, 1))
    bench.run(200)
    assert (bench.report["settings_id"], bench.report["refused_count"]) == (0, 1)
    bench.board.feed(command(bench, 2, 2, RESTORE_FAULTS, 0))
    bench.board.feed(settings_order(epoch, 3))
    bench.run(200)
    assert bench.report["settings_id"] == 77


def test_retries_of_before_a_restart_can_be_put_back() -> None:
    bench = Bench()
    bench.greet()
    bench.board.feed(command(bench, 2, 2, RESTORE_RCD_RETRIES, 3))
    bench.run(200)
    assert (bench.report["command_result"], bench.report["rcd_retry_count"]) == (DONE, 3)


def entered(bench, counter, epoch=None):
    """Ask the board to stop for being flashed."""
    order = {"counter": counter, "command_id": counter, "code": ENTER, "argument": 0}
    bench.board.feed(framed(COMMAND, epoch=epoch or bench.status()["epoch"], **order))
    return bench.board.is_leaving


def test_a_board_that_the_station_cannot_flash_never_stops() -> None:
    bench = Bench()
    bench.greet()
    assert not entered(bench, 20)
    bench.run(100)
    assert bench.status()["command_result"] == REFUSED


def test_ring_1_stops_to_be_flashed_only_with_all_open_and_nothing_permitted() -> None:
    bench = charging()
    bench.board.image = 1
    assert not entered(bench, 20), "it supplies a car"
    bench.board.feed(bench.permit(21, current_ma=0))
    bench.run(8_000)
    assert bench.out.coil == 0
    bench.board.feed(bench.permit(22))
    assert not entered(bench, 23), "something is permitted"
    bench.run(3_000)
    assert not entered(bench, 23), "an old order"
    assert entered(bench, 24)


def test_a_board_that_is_leaving_takes_no_permit() -> None:
    bench = Bench()
    bench.greet()
    bench.board.image = 1
    bench.run(100)
    assert entered(bench, 20)
    bench.board.feed(bench.permit(21))
    assert bench.board.supervisor.permit.current_ma == 0


def test_a_station_of_another_version_may_ask_a_board_to_stop_and_nothing_else() -> None:
    bench = Bench()
    bench.board.image = 1
    bench.board.feed(hello(nonce=5, protocol=PROTOCOL + 1))
    bench.run(100)
    epoch = bench.status()["epoch"]
    bench.board.feed(reminder(epoch, 1))
    assert bench.status()["counter"] == 0
    assert not entered(bench, 2, epoch=epoch - 1), "of another epoch"
    assert entered(bench, 2)
