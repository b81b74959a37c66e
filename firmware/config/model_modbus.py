"""The model's section on Modbus/TCP."""

from dataclasses import dataclass

from ampkeeper.firmware.config.fields import integer, text, texts

STATE, LIMIT = "state", "limit"
CLIENTS_MAX = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Modbus:
    """Modbus/TCP server for energy managers; nothing listens unless it is said where."""

    listen: str = text(
        "Where Modbus/TCP is served; it knows neither TLS nor a log-in. Left out: nothing listens.",
        default="",
        words='an IP address or localhost, and the port, such as "192.0.2.10:502"',
    )
    clients: tuple[str, ...] = texts(
        "Machines or networks that may connect, beside this machine itself.",
        default=(),
        count_max=CLIENTS_MAX,
        chars_max=50,
        words='an IP address or a network, such as "192.0.2.20" or "192.0.2.0/28"',
    )
    offers: str = text(
        "What the clients may do: read the state, or also write the owner's limit of each EVSE.",
        default=STATE,
        choices=(STATE, LIMIT),
    )
    limit_s: int = integer(
        "A limit that is written ends when it is not written again for so long, or half as long "
        "again; 0: it stays until it is cleared.",
        unit="s",
        low=0,
        high=86_400,
        default=0,
    )
