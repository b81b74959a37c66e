"""Rules of Modbus/TCP: who is let in from elsewhere is named, because the protocol asks nobody."""

from ipaddress import ip_network

from ampkeeper.firmware.config.read import Reader, Sections
from ampkeeper.firmware.config.rules_listen import address_problem, split
from ampkeeper.firmware.config.rules_site import is_loopback

IPV4_BITS_MIN, IPV6_BITS_MIN = 16, 48
IPV4 = 4


def check_modbus(sections: Sections, reader: Reader) -> None:
    """Nothing listens to other machines unless those are named."""
    modbus = sections["modbus"][0]
    clients = modbus.get("clients") or ()
    for index, each in enumerate(clients):
        if wrong := _client_problem(each):
            reader.problem(("modbus", "clients", index), each, wrong)
    listen = modbus.get("listen")
    if not listen:
        return
    where = ("modbus", "listen")
    if wrong := address_problem(listen):
        reader.problem(where, listen, wrong)
    elif not is_loopback(split(listen)[0]) and modbus.get("clients") == ():
        reader.problem(where, listen, "other machines reach it: must have modbus.clients")
    for other in ("web", "price"):
        if sections[other][0].get("listen") == listen:
            reader.problem(where, listen, f"{other}.listen is the same: must be another port")


def _client_problem(client: str) -> str:
    try:
        network = ip_network(client)
    except ValueError:
        return 'must be an IP address or a network without host bits, such as "192.0.2.0/28"'
    least = IPV4_BITS_MIN if network.version == IPV4 else IPV6_BITS_MIN
    if network.prefixlen < least:
        return f"too many machines: must be /{least} or narrower"
    return ""
