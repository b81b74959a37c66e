"""The port that is listened on."""

import socket

from ampkeeper.firmware.faces.http import door


def test_no_answer_waits_for_the_other_side_to_say_that_it_heard_the_first_half() -> None:
    with (
        door.listen("127.0.0.1:0", "page") as listening,
        socket.create_connection(listening.getsockname()),
    ):
        taken, _ = listening.accept()
        with taken:
            assert taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
