"""The update of the station's software, from an order to its end: one table.

The right-hand side is complete: the status that is told on entering (empty: none), and whether
connectors that are free are kept so. OCPP 1.6 sections 4.5 and 5.19, security whitepaper L01.
"""

# states
IDLE, PLANNED, FETCHING, CHECKING, RECHECKING, READY, DATED, WAITING = range(8)
INSTALLING, RESTARTING, TRYING = range(8, 11)
STATES = (
    "IDLE",
    "PLANNED",  # before the date from which it may be fetched
    "FETCHING",
    "CHECKING",  # its signature
    "RECHECKING",  # after a power cut: what lies on a disk is believed anew
    "READY",
    "DATED",  # before the date from which it may be installed
    "WAITING",  # for transactions to end
    "INSTALLING",
    "RESTARTING",
    "TRYING",  # it runs, and is still to prove itself
)
# events
LATER, NOW, DUE, FETCHED, LOST, GOOD, PLAIN, BAD, TOO_EARLY, CLEAR, FREE = range(11)
DONE, RESTART, FAILED, POWER, NEW_RUNS, OLD_RUNS, CANCEL, BUSY = range(11, 19)
REFUSED, ON_TRIAL, BROUGHT = range(19, 22)
EVENTS = (
    "LATER",  # ordered, for later
    "NOW",  # ordered
    "DUE",
    "FETCHED",
    "LOST",  # not fetched in all attempts, or gone from the disk
    "GOOD",  # the signature is
    "PLAIN",  # there is none, and none is wanted
    "BAD",
    "TOO_EARLY",  # to install
    "CLEAR",  # the way, for which the connectors must be free
    "FREE",  # no transaction runs, or none is in the way
    "DONE",  # installed, without a restart
    "RESTART",  # installed, but for a restart
    "FAILED",
    "POWER",  # came back
    "NEW_RUNS",  # and is good
    "OLD_RUNS",  # after a restart: the new one did not prove itself
    "CANCEL",
    "BUSY",  # transactions run, and are in the way
    "REFUSED",  # what the maker signed is not for this station, or not now
    "ON_TRIAL",  # after a restart: the new one runs, and may still be found bad
    "BROUGHT",  # by somebody who stands here, and copied
)

# fmt: off
TABLE = (
    # state       event      next        told                         keeps free
    (IDLE,         LATER,     PLANNED,    "DownloadScheduled",         0),
    (IDLE,         NOW,       FETCHING,   "Downloading",               0),
    (IDLE,         BROUGHT,   RECHECKING, "",                          0),
    (PLANNED,      DUE,       FETCHING,   "Downloading",               0),
    (PLANNED,      CANCEL,    IDLE,       "",                          0),  # the reply says it
    (FETCHING,     FETCHED,   CHECKING,   "Downloaded",                0),
    (FETCHING,     LOST,      IDLE,       "DownloadFailed",            0),
    (FETCHING,     BAD,       IDLE,       "InvalidSignature",          0),  # by its head
    (FETCHING,     REFUSED,   IDLE,       "InstallVerificationFailed", 0),  # L01.FR.29
    (FETCHING,     CANCEL,    IDLE,       "",                          0),
    (CHECKING,     GOOD,      READY,      "SignatureVerified",         0),
    (CHECKING,     PLAIN,     READY,      "",                          0),
    (CHECKING,     BAD,       IDLE,       "InvalidSignature",          0),  # L01.FR.03
    (CHECKING,     LOST,      IDLE,       "DownloadFailed",            0),
    (CHECKING,     CANCEL,    IDLE,       "",                          0),
    (RECHECKING,   GOOD,      READY,      "",                          0),
    (RECHECKING,   PLAIN,     READY,      "",                          0),
    (RECHECKING,   BAD,       IDLE,       "InvalidSignature",          0),
    (RECHECKING,   LOST,      IDLE,       "InstallationFailed",        0),
    (RECHECKING,   CANCEL,    IDLE,       "",                          0),
    (READY,        TOO_EARLY, DATED,      "InstallScheduled",          0),  # L01.FR.16
    (READY,        CLEAR,     WAITING,    "",                          1),  # L01.FR.06, FR.07
    (READY,        BUSY,      WAITING,    "InstallScheduled",          1),  # TC_L_15, step 9
    (READY,        FREE,      INSTALLING, "Installing",                0),
    (READY,        POWER,     RECHECKING, "",                          0),
    (READY,        REFUSED,   IDLE,       "InstallVerificationFailed", 0),
    (READY,        FAILED,    IDLE,       "InstallationFailed",        0),
    (READY,        CANCEL,    IDLE,       "",                          0),
    (DATED,        DUE,       READY,      "",                          0),  # L01.FR.17
    (DATED,        POWER,     RECHECKING, "",                          0),
    (DATED,        CANCEL,    IDLE,       "",                          0),
    (WAITING,      FREE,      INSTALLING, "Installing",                1),
    (WAITING,      POWER,     RECHECKING, "",                          0),
    (WAITING,      CANCEL,    IDLE,       "",                          0),
    (INSTALLING,   DONE,      IDLE,       "Installed",                 0),
    (INSTALLING,   RESTART,   RESTARTING, "InstallRebooting",          1),  # L01.FR.15
    (INSTALLING,   FAILED,    IDLE,       "InstallationFailed",        0),
    (INSTALLING,   REFUSED,   IDLE,       "InstallVerificationFailed", 0),
    (INSTALLING,   POWER,     RECHECKING, "",                          0),  # begins again
    (INSTALLING,   ON_TRIAL,  TRYING,     "",                          0),  # the power restarted it
    (INSTALLING,   NEW_RUNS,  IDLE,       "Installed",                 0),
    (INSTALLING,   OLD_RUNS,  IDLE,       "InstallationFailed",        0),  # did not prove itself
    (RESTARTING,   ON_TRIAL,  TRYING,     "",                          0),  # all are let in again
    (RESTARTING,   NEW_RUNS,  IDLE,       "Installed",                 0),
    (RESTARTING,   OLD_RUNS,  IDLE,       "InstallationFailed",        0),
    (TRYING,       NEW_RUNS,  IDLE,       "Installed",                 0),
    (TRYING,       OLD_RUNS,  IDLE,       "InstallationFailed",        0),
)
# fmt: on

# fmt: off
IGNORED = {
    # What came too early, too late, or twice; a power cut where nothing has to be begun again.
    IDLE: (DUE, FETCHED, LOST, GOOD, PLAIN, BAD, TOO_EARLY, CLEAR, FREE, DONE, RESTART, FAILED,
           POWER, NEW_RUNS, OLD_RUNS, CANCEL, BUSY, REFUSED, ON_TRIAL),
    PLANNED: (LATER, NOW, FETCHED, LOST, GOOD, PLAIN, BAD, TOO_EARLY, CLEAR, FREE, DONE, RESTART,
              FAILED, POWER, NEW_RUNS, OLD_RUNS, BUSY, REFUSED, ON_TRIAL, BROUGHT),
    FETCHING: (LATER, NOW, DUE, GOOD, PLAIN, TOO_EARLY, CLEAR, FREE, DONE, RESTART, FAILED, POWER,
               NEW_RUNS, OLD_RUNS, BUSY, ON_TRIAL, BROUGHT),
    CHECKING: (LATER, NOW, DUE, FETCHED, TOO_EARLY, CLEAR, FREE, DONE, RESTART, FAILED, POWER,
               NEW_RUNS, OLD_RUNS, BUSY, REFUSED, ON_TRIAL, BROUGHT),
    RECHECKING: (LATER, NOW, DUE, FETCHED, TOO_EARLY, CLEAR, FREE, DONE, RESTART, FAILED, POWER,
                 NEW_RUNS, OLD_RUNS, BUSY, REFUSED, ON_TRIAL, BROUGHT),
    READY: (LATER, NOW, DUE, FETCHED, LOST, GOOD, PLAIN, BAD, DONE, RESTART, NEW_RUNS, OLD_RUNS,
            ON_TRIAL, BROUGHT),
    DATED: (LATER, NOW, FETCHED, LOST, GOOD, PLAIN, BAD, TOO_EARLY, CLEAR, FREE, DONE, RESTART,
            FAILED, NEW_RUNS, OLD_RUNS, BUSY, REFUSED, ON_TRIAL, BROUGHT),
    WAITING: (LATER, NOW, DUE, FETCHED, LOST, GOOD, PLAIN, BAD, TOO_EARLY, CLEAR, DONE, RESTART,
              FAILED, NEW_RUNS, OLD_RUNS, BUSY, REFUSED, ON_TRIAL, BROUGHT),
    # L01.FR.27: what is being installed cannot be canceled any more.
    INSTALLING: (LATER, NOW, DUE, FETCHED, LOST, GOOD, PLAIN, BAD, TOO_EARLY, CLEAR, FREE, CANCEL,
                 BUSY, BROUGHT),
    RESTARTING: (LATER, NOW, DUE, FETCHED, LOST, GOOD, PLAIN, BAD, TOO_EARLY, CLEAR, FREE, DONE,
                 RESTART, FAILED, POWER, CANCEL, BUSY, REFUSED, BROUGHT),
    TRYING: (LATER, NOW, DUE, FETCHED, LOST, GOOD, PLAIN, BAD, TOO_EARLY, CLEAR, FREE, DONE,
             RESTART, FAILED, POWER, CANCEL, BUSY, REFUSED, ON_TRIAL, BROUGHT),
}
# fmt: on

ENDS = (
    "DownloadFailed",
    "InvalidSignature",
    "InstallVerificationFailed",
    "InstallationFailed",
    "Installed",
)
"""The statuses after which nothing more comes of an order."""


def moved(state: int, event: int) -> tuple[int, str, bool] | None:
    """(next state, told, keeps free); None where the event changes nothing."""
    for at, on, next_state, told, keeps_free in TABLE:
        if (at, on) == (state, event):
            return next_state, told, keeps_free == 1
    return None
