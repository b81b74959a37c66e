"""System file: what the configuration says of central systems, by slot."""

from ampkeeper.firmware.config.model import Config, Fallback
from ampkeeper.firmware.ocpp.system import MAIN, System


def slots_of(config: Config) -> tuple[str, ...]:
    """The slots that the file fills, in its order."""
    return tuple(str(MAIN + place) for place in range(len(config.fallback) + 1))


def interfaces_of(config: Config) -> dict[str, str]:
    """The machine's network interfaces, by the names of OCPP."""
    pairs = (told.partition("=") for told in config.ocpp.interfaces)
    return {name: interface for name, _, interface in pairs}


def systems_of(config: Config) -> dict[int, System]:
    """What the file says, by slot; its passwords stay in their files."""
    ocpp = config.ocpp
    main = System(
        url=ocpp.url,
        id=ocpp.id,
        versions=ocpp.versions,
        security_profile=ocpp.security_profile,
        books=ocpp.books,
    )
    others = {slot: _other(each, main) for slot, each in enumerate(config.fallback, MAIN + 1)}
    return {MAIN: main, **others}


def _other(fallback: Fallback, main: System) -> System:
    profile = fallback.security_profile
    return System(
        url=fallback.url,
        id=fallback.id or main.id,
        versions=fallback.versions or main.versions,
        security_profile=main.security_profile if profile is None else profile,
        password_file=fallback.password_file,
        books=fallback.books,
    )
