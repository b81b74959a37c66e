"""A report that was promised is told whole, whatever becomes of the link meanwhile."""

from ampkeeper.firmware.ocpp.dialect import Answer, Call, Follow
from tests.unit.ocpp_core.core_fakes import NOON_TEXT, Rig

ACCEPTED = {"status": "Accepted"}


def page(seq_no: int) -> Call:
    fields = {"requestId": 7, "generatedAt": NOON_TEXT, "seqNo": seq_no, "tbc": seq_no < 2}
    return Call("NotifyReport", fields)


def promised() -> Rig:
    rig = Rig("ocpp2.0.1")
    rig.register()
    pages = tuple(page(seq_no) for seq_no in range(3))
    rig.dialect.answers["GetBaseReport"] = Answer(ACCEPTED, follow=(Follow("report", calls=pages),))
    asked = {"requestId": 7, "reportBase": "FullInventory"}
    rig.receive(2, "x", "GetBaseReport", asked)
    assert rig.next()[0] == 3
    return rig


def told(rig: Rig) -> list[int]:
    """Answer all that comes; the numbers of the pages."""
    numbers = []
    while rig.sent:
        call = rig.reply()
        if call[2] == "NotifyReport":
            numbers.append(call[3]["seqNo"])
    return numbers


def test_the_pages_come_one_after_the_other() -> None:
    assert told(promised()) == [0, 1, 2]


def test_a_report_goes_on_after_a_lost_link_with_the_page_that_was_on_its_way() -> None:
    rig = promised()
    assert rig.reply()[3]["seqNo"] == 0
    assert rig.next()[3]["seqNo"] == 1  # nobody answers it
    rig.disconnect()
    rig.wait(3600)
    rig.connect()
    assert told(rig) == [1, 2]


def test_however_often_the_link_goes_the_page_comes_again() -> None:
    rig = promised()
    sends = 0
    for _ in range(10):
        rig.disconnect()
        rig.sent.clear()
        rig.connect()
        sends += sum(frame[0] == 2 and frame[2] == "NotifyReport" for frame in rig.sent)
    assert sends == 10


def test_a_page_that_is_refused_is_not_said_again() -> None:
    rig = promised()
    rig.refuse()
    assert told(rig) == [1, 2]


def test_other_messages_end_with_their_link() -> None:
    rig = promised()
    meter = Answer(ACCEPTED, follow=(Follow("status", 1),))
    rig.dialect.answers["TriggerMessage"] = meter
    rig.receive(2, "y", "TriggerMessage", {"requestedMessage": "StatusNotification"})
    rig.disconnect()
    rig.sent.clear()
    rig.connect()
    assert told(rig) == [0, 1, 2]
