"""Staged: the settings by which a central system names another in its place (OCPP 1.6).

They are written down one by one and count together, from the next start on.
"""

from collections.abc import Mapping

from ampkeeper.firmware.ocpp.system import Wish

URL, ID = "OCPP16.CentralSystemUrl", "OCPP16.CentralSystemId"
VERSIONS, BOOKS = "OCPP16.CentralSystemVersions", "OCPP16.CentralSystemBooks"
NEW_BASIC_AUTH = "OCPP16.CentralSystemPassword"
STAGED = (URL, ID, VERSIONS, BOOKS, NEW_BASIC_AUTH)


def wish_of(staged: Mapping[str, str]) -> Wish:
    """What was set of a system; an empty text leaves it as it is."""
    versions = tuple(part.strip() for part in staged.get(VERSIONS, "").split(",") if part.strip())
    return Wish(
        url=staged.get(URL) or None,
        id=staged.get(ID) or None,
        versions=versions or None,
        password=staged.get(NEW_BASIC_AUTH, ""),
        books=staged.get(BOOKS) or None,
    )
