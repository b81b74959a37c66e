"""Rules of what listens: an address of this machine, and over the network only with TLS."""

from ipaddress import ip_address

from ampkeeper.firmware.config.rules_site import LOOPBACK

PORT_MAX = 65_535


def address_problem(listen: str) -> str:
    """What is wrong with where something listens; "": nothing."""
    host, port = split(listen)
    is_port = port.isascii() and port.isdigit() and 1 <= int(port[:9]) <= PORT_MAX
    if is_port and (host == LOOPBACK or is_address(host)):
        return ""
    return 'must be an IP address or localhost, and a port, such as "127.0.0.1:8650"'


def split(listen: str) -> tuple[str, str]:
    """Host, without brackets, and port."""
    host, _, port = listen.rpartition(":")
    return host.removeprefix("[").removesuffix("]"), port


def is_address(host: str) -> bool:
    """True for an IP address."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
