"""Update steps: what is written down and told with each step of an update. Pure."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from ampkeeper.firmware.ocpp.ports.transfer import UPDATE, TransferStatus
from ampkeeper.firmware.security_events import SecurityEventKind
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.statuses import Statuses
from ampkeeper.firmware.store.changes import SaveMeta, SaveTransfer
from ampkeeper.firmware.update import table
from ampkeeper.firmware.update.installer import Outcome, Phase
from ampkeeper.firmware.update.job import Job
from ampkeeper.firmware.update.launch import RESTART_KIND

RESET_KEY = "reset_kind"
OUTCOMES = {  # of the installer, where the power, or a restart, came while it was at work
    (table.INSTALLING, Phase.DUE): table.RESTART,
    (table.INSTALLING, Phase.TRYING): table.ON_TRIAL,
    (table.INSTALLING, Phase.REVERTED): table.OLD_RUNS,
    (table.RESTARTING, Phase.NONE): table.OLD_RUNS,
    (table.RESTARTING, Phase.TRYING): table.ON_TRIAL,
    (table.RESTARTING, Phase.GOOD): table.NEW_RUNS,
    (table.RESTARTING, Phase.REVERTED): table.OLD_RUNS,
    (table.TRYING, Phase.NONE): table.OLD_RUNS,
    (table.TRYING, Phase.GOOD): table.NEW_RUNS,
    (table.TRYING, Phase.REVERTED): table.OLD_RUNS,
}

NoteSecurity = Callable[[SecurityEventKind, str], None]


def event_of(state: int, outcome: Outcome, was_restarted: bool) -> tuple[int | None, str]:
    """What a start tells of an update, and why it went wrong; ``was_restarted``: just for it.

    What is due after that was not started: the launcher could not write down that it would be.
    """
    event, phase = OUTCOMES.get((state, outcome.phase)), outcome.phase
    if phase is Phase.DUE and state == table.RESTARTING and was_restarted:
        return table.OLD_RUNS, "it was not started after the restart"
    if event != table.OLD_RUNS:
        return event, ""
    return event, outcome.reason if phase is Phase.REVERTED else "nothing was installed"


def effects_of(
    job: Job, told: str, is_local: bool, statuses: Statuses, note_security: NoteSecurity
) -> Effects:
    """Of a step that led to ``job``; what was done by hand has no status."""
    effects = Effects(changes=[SaveTransfer(UPDATE, job.to_text())])
    state = table.STATES[job.state]
    effects.notice("update", state=state, told=told, reason=job.reason)
    if told and not is_local:
        status = TransferStatus(UPDATE, told, job.request_id)
        effects.changes.append(statuses.add([status]))
        effects.acts.append(statuses.say)
    if told == "Installed":
        note = partial(note_security, SecurityEventKind.FIRMWARE_UPDATED, job.reason)
        effects.acts.append(note)
    return effects


def on_restart(now: datetime, now_s: float) -> Effects:
    """Restart into whatever the launcher finds due."""
    return Effects(changes=[SaveMeta(RESET_KEY, RESTART_KIND)], restart=RESTART_KIND)


def on_reverted(reason: str, now: datetime, now_s: float) -> Effects:
    """What somebody installed by hand did not prove itself."""
    effects = Effects()
    effects.notice("update_reverted", reason=reason)
    return effects
