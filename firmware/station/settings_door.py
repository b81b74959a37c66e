"""Settings door: what may be set at run time, for who stands before the station or at its page.

The same settings, and the same rules, as for the central system; what is set wins over the file
and survives restarts. Secrets are neither shown nor set here.
"""

from typing import Any

from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.ocpp.variables import (
    SETTINGS,
    Access,
    Kind,
    Origin,
    Refused,
    Setting,
    Settings,
    allowed_text,
    by_name,
    check,
    text_of,
)
from ampkeeper.firmware.station.desk import Desk
from ampkeeper.firmware.station.task import StationTask

OUTCOMES = {
    "accepted": "is in force",
    "reboot_required": "is in force after a restart",
}
NUMBERS = (Kind.INTEGER, Kind.DECIMAL)
NAME_CHARS_MAX, VALUE_CHARS_MAX = 100, 2_500


class SettingsDoor:
    """Answers "setting"; a refusal is a ``LocalRefusedError`` with a sentence."""

    def __init__(self, desk: Desk, settings: Settings, task: StationTask) -> None:
        self._desk = desk
        self._settings = settings
        self._task = task

    async def answer(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Show all, or set one."""
        match arguments.get("action", "show"):
            case "show":
                return {"settings": [self._shape(one) for one in SETTINGS if _is_open(one)]}
            case "set":
                return await self._set(arguments.get("name"), arguments.get("value"))
        raise LocalRefusedError("setting: allowed actions are show, set")

    async def _set(self, name: object, value: object) -> dict[str, Any]:
        if not isinstance(name, str) or len(name) > NAME_CHARS_MAX:
            raise LocalRefusedError(f"name {name!r:.40}: must be that of a setting")
        if not isinstance(value, str) or len(value) > VALUE_CHARS_MAX:
            raise LocalRefusedError(f"{name}: must be a text of at most {VALUE_CHARS_MAX}")
        setting = by_name(name)
        if setting is None or not _is_open(setting):
            raise LocalRefusedError(f"name {name[:40]!a}: there is no such setting to be set here")
        checked = check(setting, value)
        if isinstance(checked, Refused):
            raise LocalRefusedError(f"{setting.name} = {checked.reason}")
        outcome = self._desk.set_variable(setting.name, value)
        if outcome not in OUTCOMES:
            raise LocalRefusedError(f"{setting.name} = {value[:40]!r}: this station cannot do that")
        await self._task.settled()
        return {"result": f"{setting.name} {OUTCOMES[outcome]}"} | self._shape(setting)

    def _shape(self, setting: Setting) -> dict[str, Any]:
        return {
            "name": setting.name,
            "key": setting.key,
            "value": text_of(self._desk.variable(setting.name)),
            "help": setting.help,
            "allowed": allowed_text(setting),
            "unit": setting.unit,
            "kind": setting.kind.value,
            "lowest": setting.lowest if setting.kind in NUMBERS else None,
            "highest": setting.highest if setting.kind in NUMBERS else None,
            "choices": list(setting.allowed) if setting.kind is Kind.OPTION else [],
            "is_changed": setting.name in self._settings.changed,
            "needs_restart": setting.reboot,
        }


def _is_open(setting: Setting) -> bool:
    """True for what the owner may see and set: chosen, of the whole station, and no secret."""
    is_chosen = setting.origin is Origin.CHOSEN and setting.access is Access.READ_WRITE
    return is_chosen and not setting.is_secret and not setting.is_live
