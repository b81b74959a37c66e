"""What 2.1 lets be asked by messages of 2.0.1, and this station does not do.

The handlers of 2.0.1 know only its words: what is new is refused here before it reaches them,
with the word that the standard has for it, or else Rejected.
"""

from collections.abc import Callable

from ampkeeper.firmware.ocpp.dialect import Answer, Payload
from ampkeeper.firmware.ocpp.v21.answers import not_done
from ampkeeper.firmware.ocpp.v21.profiles import WORDS, why_not_profile
from ampkeeper.firmware.ocpp.v201.answers import status
from ampkeeper.firmware.ocpp.v201.certificates import USAGES
from ampkeeper.firmware.ocpp.v201.display import MOMENTS
from ampkeeper.firmware.ocpp.v201.files import KINDS

Refuses = Callable[[Payload], Answer | None]


def _profile(payload: Payload) -> Answer | None:
    return why_not_profile(payload["chargingProfile"])


def _remote_start(payload: Payload) -> Answer | None:
    asked = payload.get("chargingProfile")
    return None if asked is None else why_not_profile(asked)


def _clear_profiles(payload: Payload) -> Answer | None:
    """Of a purpose that none can have, there is none."""
    criteria = payload.get("chargingProfileCriteria", {})
    return _of_no_purpose(criteria, "Unknown")


def _get_profiles(payload: Payload) -> Answer | None:
    return _of_no_purpose(payload["chargingProfile"], "NoProfiles")


def _of_no_purpose(criteria: Payload, word: str) -> Answer | None:
    purpose = criteria.get("chargingProfilePurpose")
    return None if purpose is None or purpose in WORDS.purposes else status(word)


def _log(payload: Payload) -> Answer | None:
    """No data collector is here (N01.FR.24)."""
    if payload["logType"] in KINDS:
        return None
    return not_done(payload["logType"])


def _certificate(payload: Payload) -> Answer | None:
    """No root of a car's maker is needed: no board speaks ISO 15118-20."""
    if payload["certificateType"] in USAGES:
        return None
    return not_done(payload["certificateType"])


def _display(payload: Payload) -> Answer | None:
    """States of cars that give energy back, and one that no standard text explains."""
    state = payload["message"].get("state")
    return None if state is None or state in MOMENTS else status("NotSupportedState")


REFUSALS: dict[str, Refuses] = {
    "ClearChargingProfile": _clear_profiles,
    "GetChargingProfiles": _get_profiles,
    "GetLog": _log,
    "InstallCertificate": _certificate,
    "RequestStartTransaction": _remote_start,
    "SetChargingProfile": _profile,
    "SetDisplayMessage": _display,
}
