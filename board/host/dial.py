"""Dial: the way to the central system on every board whose network is the real one."""

from ampkeeper.firmware.ocpp.dialer import Access, Dialer
from ampkeeper.firmware.transfers.port import Carriers, Trust
from ampkeeper.hal.carriers.files import FileCarriers
from ampkeeper.hal.linux.tls import TlsSettings
from ampkeeper.hal.linux.websocket import WebSocketDialer, WebSocketSettings


def file_carriers(trust: Trust) -> Carriers:
    """What brings files over the real network."""
    return FileCarriers(
        trust.known_hosts, trust.learns_hosts, trust.ca_file, roots_pem=trust.roots_pem
    )


def websocket_dialer(access: Access) -> Dialer:
    """A WebSocket, opened as configuration and settings say now."""
    settings = WebSocketSettings(
        user=access.user,
        password=access.password,
        interface=access.interface,
        tls=TlsSettings(
            roots_pem=access.roots_pem,
            ca_file=access.ca_file,
            own_pem=access.own_pem,
            certificate_file=access.certificate_file,
            key_file=access.key_file,
            allows_wildcards=access.allows_wildcards,
        ),
    )
    return WebSocketDialer(settings)
