"""Sessions: who is logged in, and when that ends."""

from ampkeeper.firmware.access.sessions import OF_ONE_MAX, SESSIONS_MAX, Sessions, csrf_of

IDLE_S, WHOLE_S = 1_800.0, 43_200.0


def sessions() -> Sessions:
    made = Sessions(IDLE_S, WHOLE_S)
    made.begin("anna", "secret", "password", 0.0)
    return made


def test_only_who_has_the_id_is_in() -> None:
    made = sessions()
    found = made.find("secret", 1.0)
    assert found is not None
    assert (found.user, found.csrf) == ("anna", csrf_of("secret"))
    assert made.find("Secret", 1.0) is None
    assert made.find("", 1.0) is None


def test_it_ends_when_nothing_is_done_in_it() -> None:
    made = sessions()
    assert made.find("secret", IDLE_S - 1) is not None
    assert made.find("secret", 2 * IDLE_S - 2) is not None, "something was done"
    assert made.find("secret", 3 * IDLE_S - 2) is None
    assert made.find("secret", 0.0) is None, "for good"


def test_a_page_that_only_watches_does_nothing() -> None:
    made = sessions()
    assert made.find("secret", IDLE_S - 1, is_act=False) is not None
    assert made.find("secret", IDLE_S) is None


def test_it_ends_after_its_whole_time_whatever_is_done() -> None:
    made = sessions()
    now_s = 0.0
    while now_s < WHOLE_S - IDLE_S:
        now_s += IDLE_S / 2
        assert made.find("secret", now_s) is not None
    assert made.find("secret", now_s + IDLE_S / 2) is not None
    assert made.find("secret", WHOLE_S) is None


def test_who_logs_out_is_out_and_who_is_no_user_is_out_everywhere() -> None:
    made = sessions()
    made.begin("anna", "other", "password", 0.0)
    made.begin("bert", "third", "password", 0.0)
    made.end("secret")
    assert made.find("secret", 1.0) is None
    made.begin("anna", "fourth", "password", 0.0)
    made.end_all_of("anna", besides="other")
    found = [made.find(secret, 1.0) is not None for secret in ("other", "third", "fourth")]
    assert found == [True, True, False]


def test_of_too_many_the_idlest_ends() -> None:
    made = Sessions(IDLE_S, WHOLE_S)
    for number in range(OF_ONE_MAX + 1):
        made.begin("anna", f"anna {number}", "password", float(number))
    assert [made.find(f"anna {number}", 10.0) is None for number in range(3)] == [
        True,
        False,
        False,
    ]
    for number in range(SESSIONS_MAX):
        made.begin(f"user {number}", f"of {number}", "password", 20.0 + number)
    assert made.find("anna 1", 100.0) is None
    assert made.find("of 0", 100.0) is not None
