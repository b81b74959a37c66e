"""The host half: greeting, silence, what is repeated and what never is."""

import pytest

from ampkeeper.firmware.safety import ranges
from ampkeeper.firmware.safety.signals import Settings
from ampkeeper.hal.link import commands, host
from ampkeeper.hal.link.frame import FRAME_BYTES_MAX, HEADER_BYTES, FrameParser, seal
from ampkeeper.hal.link.host import GREETING, MISMATCHED, SILENT, UP, HostLink
from ampkeeper.hal.link.messages import (
    CLEAR_FAULT,
    COMMAND,
    DONE,
    HELLO,
    IDENTITY,
    PERMIT,
    PROTOCOL,
    RESTORE_FAULTS,
    SETTINGS,
    SETTINGS_FIRST,
    STATUS,
    Message,
)
from ampkeeper.hal.link.reference import fields_of
from ampkeeper.hal.link.values import fill

EPOCH = 500


class Far:
    """The other end of one HostLink, written by hand, so that it can lie."""

    def __init__(self) -> None:
        self.link = HostLink(Settings(), "0.1.0")
        self.now_ms = 1_000
        self.epoch = EPOCH
        self.sequence = 0
        self.told = 0
        self.uptime_ms = 0
        self.settings_id = 0
        self.heard: list[Message] = []
        self.link.start(self.now_ms)
        self.wait(0)

    def wait(self, wait_ms: int) -> None:
        self.now_ms += wait_ms
        self.link.tick(self.now_ms)
        self._hear()

    def say(self, kind: int, **values: int) -> list[dict[str, int]]:
        message = Message(kind)
        message.values.update(values)
        self.sequence += 1
        buffer = bytearray(FRAME_BYTES_MAX)
        message.pack_into(buffer, HEADER_BYTES)
        total = seal(buffer, message.length, self.sequence, kind)
        reports = self.link.feed(bytes(buffer[:total]), self.now_ms)
        self._hear()
        return reports

    def tell(self, kind: int, **values: int) -> None:
        """Say a RESULT or a TRACE that is news."""
        self.told += 1
        self.say(kind, **({"epoch": self.epoch, "counter": self.told, "layout": 1} | values))

    def identify(self, protocol: int = PROTOCOL) -> None:
        nonce = self.last(HELLO)["nonce"]
        self.say(IDENTITY, protocol=protocol, nonce=nonce, epoch=self.epoch)
        self.wait(0)

    def report(self, **changes: int) -> list[dict[str, int]]:
        self.uptime_ms += 100
        self.wait(100)
        values = {"epoch": self.epoch, "uptime_ms": self.uptime_ms, "counter": self.counter()}
        values["settings_id"] = self.settings_id
        return self.say(STATUS, **(values | changes))

    def obey(self) -> list[dict[str, int]]:
        """Report that the newest command was run."""
        return self.report(command_id=self.last(COMMAND)["command_id"], command_result=DONE)

    def remind(self, faults: int = 0) -> None:
        """Ring 1 has booted; the station says what it has to know, and it confirms."""
        self.report()
        self.link.command(RESTORE_FAULTS, faults)
        self.wait(0)
        self.obey()

    def counter(self) -> int:
        orders = [m.values["counter"] for m in self.heard if "counter" in m.values]
        return max(orders, default=0)

    def last(self, kind: int) -> dict[str, int]:
        return [message for message in self.heard if message.kind == kind][-1].values

    def count(self, kind: int) -> int:
        return sum(message.kind == kind for message in self.heard)

    def _hear(self) -> None:
        parser = FrameParser()
        data = self.link.to_send()
        taken = 0
        while taken < len(data):
            taken += parser.feed(data, taken)
            while parser.next():
                message = Message(parser.kind)
                assert message.unpack_from(parser.buffer, parser.offset, parser.length)
                self.heard.append(message)


def up() -> Far:
    """A ring 1 that kept its settings while the station was away."""
    far = Far()
    far.identify()
    far.settings_id = id_of(Settings())
    far.report()
    return far


def id_of(settings: Settings) -> int:
    message = Message(SETTINGS)
    fill(message, settings, "settings_id")
    return message.values["settings_id"]


def test_hello_is_repeated_until_answered() -> None:
    far = Far()
    for _ in range(4):
        far.wait(host.REPEAT_MS)
    assert far.count(HELLO) == 5
    far.identify()
    assert far.link.state == UP
    far.heard.clear()
    far.report()
    assert far.count(HELLO) == 0


def test_settings_follow_the_greeting_and_are_repeated_until_in_force() -> None:
    far = Far()
    far.identify()
    far.remind()
    settings = far.last(SETTINGS)
    assert settings["max_ma"] == Settings().max_ma
    assert not far.link.is_settled()
    for _ in range(4):
        far.report()
    assert far.count(SETTINGS) >= 3
    far.settings_id = settings["settings_id"]
    far.report()
    assert far.link.is_settled()
    sent = far.count(SETTINGS)
    far.report()
    far.report()
    assert far.count(SETTINGS) == sent


def test_each_order_has_a_higher_counter() -> None:
    far = up()
    for _ in range(3):
        far.link.permit(6_000, 1, 2)
        far.report()
    counters = [m.values["counter"] for m in far.heard if "counter" in m.values]
    assert counters == sorted(set(counters))


def test_a_permit_is_sent_once_and_never_repeated() -> None:
    far = up()
    far.link.permit(16_000, 3, 2)
    for _ in range(20):
        far.report()
    assert far.count(PERMIT) == 1
    assert far.last(PERMIT)["current_ma"] == 16_000
    assert far.last(PERMIT)["seen_ms"] == 100


def test_a_permit_is_dropped_while_the_link_is_not_up() -> None:
    far = Far()
    assert not far.link.permit(16_000, 3, 2)
    far.wait(1)
    assert far.count(PERMIT) == 0
    assert far.link.counters()["dropped"] == 1


def test_a_permit_needs_a_status_to_answer() -> None:
    far = Far()
    far.identify()
    assert not far.link.permit(16_000, 3, 2)


def test_one_second_without_a_status_is_silence() -> None:
    far = up()
    far.wait(host.SILENCE_MS - 1)
    assert far.link.state == UP
    far.wait(1)
    assert far.link.state == SILENT
    assert not far.link.permit(16_000, 3, 2)


def test_a_pilot_that_speaks_again_is_greeted_anew() -> None:
    far = up()
    old = far.link.greeting_count
    far.wait(host.SILENCE_MS)
    far.say(STATUS, epoch=EPOCH, uptime_ms=5_000)
    assert far.link.state == GREETING
    far.identify()
    assert far.link.state == UP
    assert far.link.greeting_count == old + 1


def test_a_pilot_that_restarted_is_greeted_anew() -> None:
    far = up()
    assert far.report(epoch=EPOCH + 7) == []
    assert far.link.state == GREETING
    far.wait(host.REPEAT_MS)
    far.identify()
    assert far.link.state == UP
    far.settings_id = 0
    far.remind()
    far.wait(0)
    assert far.count(SETTINGS) == 1


def test_a_pilot_that_hears_nothing_is_greeted_anew() -> None:
    far = up()
    for _ in range(host.UNHEARD_ORDERS_MAX + 2):
        far.link.permit(6_000, 1, 2)
    far.wait(1)
    far.report(counter=1)
    assert far.link.state == GREETING


def test_another_protocol_is_a_mismatch_and_gets_no_orders() -> None:
    far = Far()
    far.identify(PROTOCOL + 1)
    assert far.link.state == MISMATCHED
    far.wait(host.REPEAT_MS)
    assert {message.kind for message in far.heard} == {HELLO}
    assert not far.link.permit(6_000, 1, 2)


def test_an_answer_to_an_older_greeting_is_ignored() -> None:
    far = Far()
    nonce = far.last(HELLO)["nonce"]
    far.link.start(far.now_ms + 50)
    far.say(IDENTITY, protocol=PROTOCOL, nonce=nonce, epoch=EPOCH)
    assert far.link.state == GREETING
    assert far.link.counters()["stale"] == 1


def test_a_status_is_passed_on_once_and_only_forward() -> None:
    far = up()
    assert len(far.report()) == 1
    assert far.report(uptime_ms=far.uptime_ms) == []
    assert far.report(uptime_ms=50) == []
    assert far.link.counters()["stale"] == 2


def test_lost_frames_are_counted() -> None:
    far = up()
    far.sequence += 3
    far.report()
    assert far.link.counters()["lost"] == 3


def test_a_command_is_repeated_until_the_status_names_it() -> None:
    far = up()
    assert far.link.command(CLEAR_FAULT, 3)
    assert far.link.command(CLEAR_FAULT, 3)
    for _ in range(6):
        far.report()
    first = far.last(COMMAND)
    assert far.count(COMMAND) >= 3
    assert {m.values["command_id"] for m in far.heard if m.kind == COMMAND} == {first["command_id"]}
    far.report(command_id=first["command_id"], command_result=DONE)
    sent = far.count(COMMAND)
    for _ in range(6):
        far.report()
    assert far.count(COMMAND) == sent


def test_commands_wait_for_each_other_and_have_a_limit() -> None:
    far = up()
    taken = [far.link.command(CLEAR_FAULT, fault) for fault in range(commands.COMMANDS_MAX + 1)]
    assert taken == [True] * commands.COMMANDS_MAX + [False]
    for _ in range(commands.COMMANDS_MAX):
        far.report()
        far.obey()
    assert [m.values["argument"] for m in far.heard if m.kind == COMMAND][-1] == 11


def test_orders_that_nobody_takes_have_a_limit() -> None:
    far = up()
    for _ in range(1_000):
        far.link.permit(6_000, 1, 2)
    assert len(far.link.to_send()) <= host.OUTBOX_BYTES_MAX


@pytest.mark.parametrize(("name", "value"), [("max_ma", 5_999), ("permit_ms", 60_000)])
def test_settings_out_of_range_are_refused_with_their_name(name: str, value: int) -> None:
    settings = Settings()
    setattr(settings, name, value)
    with pytest.raises(ValueError, match=f"{name} = {value}"):
        HostLink(settings)


def test_the_settings_id_follows_from_the_settings_alone() -> None:
    other = Settings()
    other.max_ma = 20_000
    assert id_of(Settings()) == id_of(Settings()) != id_of(other)


def test_the_link_carries_all_settings_in_the_ranges_of_ring_1() -> None:
    fields = {field.name: field for field in list(fields_of(SETTINGS))[SETTINGS_FIRST:]}
    assert list(fields) == list(vars(Settings()))
    for at in range(0, len(ranges.SETTINGS_RANGES), ranges.RANGE):
        name, least, most = ranges.SETTINGS_RANGES[at : at + ranges.RANGE]
        assert (fields[name].low, fields[name].high) == (least, most), name


ROWS = [(row[0], row[1]) for row in host.TABLE]


def test_every_pair_of_state_and_event_is_one_row_or_ignored() -> None:
    pairs = [(s, e) for s in range(len(host.STATES)) for e in range(len(host.EVENTS))]
    assert sorted(ROWS + list(host.IGNORED)) == sorted(pairs)


def test_orders_are_given_only_when_up() -> None:
    for row in host.TABLE:
        assert (row[2] == UP) == (row[4] == 1) == (row[3] == 0), row


def test_a_ring_1_that_has_booted_gets_no_settings_and_no_permit_before_it_is_reminded() -> None:
    far = Far()
    far.identify()
    for _ in range(6):
        far.report()
        assert far.link.is_forgetful()
        assert not far.link.permit(16_000, 3, 2)
    assert {message.kind for message in far.heard} == {HELLO}
    far.remind(0b100)
    assert far.last(COMMAND)["argument"] == 0b100
    assert not far.link.is_forgetful()
    assert far.count(SETTINGS) == 1, "at once"
    assert not far.link.permit(16_000, 3, 2), "it would be refused"
    far.settings_id = far.last(SETTINGS)["settings_id"]
    far.report()
    assert far.link.permit(16_000, 3, 2)


def test_faults_said_before_a_greeting_are_not_sent_after_it() -> None:
    far = up()
    far.link.command(RESTORE_FAULTS, 0)
    far.report(epoch=EPOCH + 7)
    far.epoch, far.settings_id = EPOCH + 8, 0
    far.wait(host.REPEAT_MS)
    far.identify()
    far.heard.clear()
    for _ in range(6):
        far.report()
    assert far.heard == []
    assert far.link.is_forgetful()


def test_other_settings_are_sent_to_a_ring_1_that_has_some_already() -> None:
    far = Far()
    far.identify()
    far.settings_id = 1 + id_of(Settings()) % 60_000
    far.report()
    far.report()
    assert far.count(SETTINGS) >= 1
    assert far.link.permit(16_000, 3, 2), "in the old settings, until the car has gone"
