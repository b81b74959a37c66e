"""Commands: what waits to be run by ring 1, one after the other, and what was put back.

Host side. A command is sent until a STATUS names it, and outlives a greeting. But one that puts
something back speaks of the boot in which it was given: a greeting may follow a boot, so it is
dropped there, and the station says it anew. CLEAR_FAULT speaks of the fault that a person saw: it
may have been run unseen, and what it found after the greeting might be another, so it is given up
there, and the person has to ask again. RESTORE_FAULTS is given last: with it ring 1 begins
to take settings, and so permits.
"""

from ampkeeper.hal.link.frame import one_more
from ampkeeper.hal.link.messages import (
    CLEAR_FAULT,
    DONE,
    RESTORE_CLOSINGS,
    RESTORE_FAULTS,
    RESTORE_RCD_RETRIES,
    RESTORE_UNDER_LOAD,
)

RESTORES = (RESTORE_FAULTS, RESTORE_CLOSINGS, RESTORE_UNDER_LOAD, RESTORE_RCD_RETRIES)
COMMANDS_MAX = 12  # waiting; when full, a new one is refused
OF_ONE_EPOCH = (*RESTORES, CLEAR_FAULT)
RESTORED_MAX = 64  # remembered of one epoch; one that was forgotten may be run again

Command = tuple[int, int]  # code and argument


class Commands:
    """The commands for one pilot board, oldest first."""

    def __init__(self) -> None:
        self.waiting: list[Command] = []
        self.declined_count = 0  # that ring 1 answered with no
        self.given_up_count = 0  # that a greeting ended, and that nobody says anew
        self.command_id = 0  # of the first that waits; 0: not sent yet
        self._is_reminded = False  # RESTORE_FAULTS was run in this epoch
        self._restored: list[Command] = []  # in this epoch

    def clear(self) -> None:
        """Forget all that waits."""
        self.waiting.clear()
        self.begin_epoch()

    def begin_epoch(self) -> None:
        """A greeting was answered, perhaps by a ring 1 that knows nothing."""
        for code, _ in self.waiting:
            if code == CLEAR_FAULT:
                self.given_up_count = one_more(self.given_up_count)
        self.waiting = [command for command in self.waiting if command[0] not in OF_ONE_EPOCH]
        self._restored.clear()
        self._is_reminded = False
        self.command_id = 0

    def add(self, code: int, argument: int) -> bool:
        """Let a command wait, if it does not already; False if too many do."""
        command = (code, argument)
        if command in self.waiting or command in self._restored:
            return True
        if len(self.waiting) >= COMMANDS_MAX:
            return False
        self.waiting.append(command)
        return True

    def has_reminded(self) -> bool:
        """Tell whether ring 1 has confirmed, in this epoch, all that was to be put back."""
        return self._is_reminded and not any(code in RESTORES for code, _ in self.waiting)

    def settle(self, command_id: int, result: int) -> bool:
        """Strike off the command that a report names; True if the next may be sent."""
        if not self.command_id or command_id != self.command_id:
            return False
        command = self.waiting.pop(0)
        self.command_id = 0
        if result != DONE:
            self.declined_count = one_more(self.declined_count)
        elif command[0] in RESTORES:
            self._is_reminded = self._is_reminded or command[0] == RESTORE_FAULTS
            self._restored = [*self._restored, command][-RESTORED_MAX:]
        return bool(self.waiting)
