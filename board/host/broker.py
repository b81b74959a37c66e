"""Broker: the way to an MQTT broker on every board whose network is the real one."""

from random import SystemRandom

from ampkeeper.firmware.config.model_site import MQTT_5, Mqtt
from ampkeeper.firmware.config.rules_site import broker_place
from ampkeeper.hal.linux.tls import TlsSettings
from ampkeeper.hal.ports import Bus


def mqtt_bus(mqtt: Mqtt, own: str) -> Bus:
    """A client of the broker, by what is configured."""
    from ampkeeper.hal.linux.mqtt import MqttBus, MqttSettings  # 10 MB, where there is a broker

    host, port, has_tls = broker_place(mqtt.url)
    tls = TlsSettings(
        ca_file=mqtt.ca_file or None,
        certificate_file=mqtt.certificate_file or None,
        key_file=mqtt.key_file or None,
    )
    settings = MqttSettings(
        host,
        port,
        own,
        tls if has_tls else None,
        mqtt.user,
        mqtt.password_file,
        mqtt.keepalive_s,
        mqtt.protocol == MQTT_5,
    )
    return MqttBus(settings, SystemRandom().random)
