"""Values: an object's attributes as SETTINGS or PROFILE, with the id that follows from them.

Host side. Two sets of equal values have the same id, so a station that restarts knows its own.
"""

from ampkeeper.hal.link.frame import crc16
from ampkeeper.hal.link.messages import FIELD, SETTINGS_FIRST, Message

ID_OFFSET = 10  # bytes of epoch, counter and id, which the id does not cover


def fill(message: Message, source: object, id_name: str) -> None:
    """Copy each value from ``source``, refuse what is out of range, and set the id."""
    fields = message.fields
    for at in range(SETTINGS_FIRST * FIELD, len(fields), FIELD):
        name, _, low, high = fields[at : at + FIELD]
        value = getattr(source, name)
        if not low <= value <= high:
            raise ValueError("%s = %s is not from %s to %s" % (name, value, low, high))
        message.values[name] = value
    frame = bytearray(message.length)
    message.pack_into(frame, 0)
    message.values[id_name] = crc16(frame, ID_OFFSET, message.length) or 1
