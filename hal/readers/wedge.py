"""Keyboard wedge: a USB reader that types each token as a keyboard would, read as kernel events.

It is bound to one device by name and grabbed, so that its keys reach nobody else and no other
keyboard is ever listened to (``hal/linux/input_events.py``); what is typed becomes a token in
``key_events.py``. It cannot be asked; unplugged, it is absent until it is back under its name.
"""

from ampkeeper.hal.ports import ByteStream, Clock
from ampkeeper.hal.readers.form import Form
from ampkeeper.hal.readers.key_events import KeyDecoder
from ampkeeper.hal.readers.unasked import REPEAT_S, UnaskedReader


class WedgeReader(UnaskedReader):
    """One reader; ``stream`` carries the kernel's ``input_event`` structures."""

    stray_max = 65_536  # bytes: 900 keys, each pressed and released

    def __init__(
        self, stream: ByteStream, clock: Clock, form: Form | None = None, name: str = "wedge"
    ) -> None:
        super().__init__(stream, clock, KeyDecoder(form or Form()), name, REPEAT_S)
