"""The table of an update: complete, every state left, and no status out of its order."""

from ampkeeper.firmware.update import table
from ampkeeper.firmware.update.table import ENDS, EVENTS, IGNORED, STATES, TABLE

# Security whitepaper, figure 14: what may follow what; "" is nothing told yet.
FOLLOWS = {
    "": {"DownloadScheduled", "Downloading"},
    "DownloadScheduled": {"Downloading"},
    "Downloading": {
        "Downloaded", "DownloadFailed",
        # Refused by its head: the figure knows only files that were fetched to their end, and
        # L01.FR.03 and FR.29 say what is told of one that is not believed, or not for here.
        "InvalidSignature", "InstallVerificationFailed",
    },
    "Downloaded": {
        "SignatureVerified", "InvalidSignature", "InstallScheduled", "Installing",
        "DownloadFailed", "InstallVerificationFailed", "InstallationFailed",
    },
    "SignatureVerified": {
        "InstallScheduled", "Installing", "InvalidSignature", "InstallVerificationFailed",
        "InstallationFailed",
    },
    "InstallScheduled": {"InstallScheduled", "Installing", "InvalidSignature",
                         "InstallVerificationFailed", "InstallationFailed"},
    "Installing": {"InstallRebooting", "Installed", "InstallationFailed",
                   "InstallVerificationFailed",
                   "Installing", "InstallScheduled", "InvalidSignature"},  # begun again
    "InstallRebooting": {"Installed", "InstallationFailed"},
}  # fmt: skip


def test_every_pair_is_a_row_or_is_ignored_and_never_both():
    rows = [(row[0], row[1]) for row in TABLE]
    ignored = [(state, event) for state, events in IGNORED.items() for event in events]
    assert sorted(rows + ignored) == [
        (state, event) for state in range(len(STATES)) for event in range(len(EVENTS))
    ]


def test_every_state_is_reached_and_led_out_of():
    reached = {table.IDLE}
    for _ in STATES:
        reached |= {row[2] for row in TABLE if row[0] in reached}
    assert reached == set(range(len(STATES)))
    ending = {table.IDLE}
    for _ in STATES:
        ending |= {row[0] for row in TABLE if row[2] in ending}
    assert ending == reached


def test_whatever_happens_the_statuses_come_in_their_order():
    seen = set()
    waiting = [(table.IDLE, "")]
    while waiting:
        state, told = waiting.pop()
        if (state, told) in seen:
            continue
        seen.add((state, told))
        for at, event, next_state, now_told, _ in TABLE:
            if at != state or event == table.BROUGHT:  # of which nothing is told
                continue
            if now_told:
                assert now_told in FOLLOWS[told], f"{now_told} after {told}"
            after = "" if next_state == table.IDLE else now_told or told
            waiting.append((next_state, after))


def test_what_ends_an_order_is_told_once_and_only_at_its_end():
    for _, event, next_state, told, _ in TABLE:
        if told in ENDS:
            assert next_state == table.IDLE
        if next_state == table.IDLE and event != table.CANCEL:
            assert told in ENDS, EVENTS[event]


def test_only_an_end_and_a_cancel_give_the_connectors_back_without_a_power_cut():
    for state, event, next_state, _, keeps in TABLE:
        if state in (table.WAITING, table.RESTARTING) and not keeps:
            assert next_state == table.IDLE or event in (table.POWER, table.ON_TRIAL)


def test_nothing_is_installed_that_was_not_checked_since_the_power_came():
    into = {(row[0], row[1]) for row in TABLE if row[2] == table.INSTALLING}
    assert into == {(table.READY, table.FREE), (table.WAITING, table.FREE)}
    ready = {(row[0], row[1]) for row in TABLE if row[2] == table.READY}
    checks = (table.GOOD, table.PLAIN)
    assert all(event in checks or state == table.DATED for state, event in ready)
    for state in (table.READY, table.DATED, table.WAITING, table.INSTALLING):
        assert table.moved(state, table.POWER)[0] == table.RECHECKING


def test_what_is_being_installed_cannot_be_canceled():
    canceled = {row[0] for row in TABLE if row[1] == table.CANCEL}
    never = {table.IDLE, table.INSTALLING, table.RESTARTING, table.TRYING}
    assert canceled == set(range(len(STATES))) - never


def test_an_ignored_event_changes_nothing():
    for state, events in IGNORED.items():
        for event in events:
            assert table.moved(state, event) is None
