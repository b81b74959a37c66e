"""Lawful breaches of the house rules: the rule, the file, and why the code is clearer so.

One that is no longer needed fails the test, like one that is missing.
"""

EXCEPTIONS = (
    (
        "only app.py catches everything",
        "firmware/transfers/task.py",
        "an executor keeps every exception in its future",
    ),
    (
        "asyncio stays in the shells",
        "firmware/station/transfers.py",
        "a shell, runs updates and uploads, beside task.py",
    ),
    (
        "deciding code has no I/O",
        "firmware/station/transfers.py",
        "a shell, runs updates and uploads, beside task.py",
    ),
    (
        "asyncio stays in the shells",
        "firmware/station/update_way.py",
        "a shell, waits for transactions to end, beside task.py",
    ),
    (
        "deciding code has no I/O",
        "firmware/station/update_way.py",
        "a shell, waits for transactions to end, beside task.py",
    ),
    (
        "asyncio stays in the shells",
        "firmware/station/trials.py",
        "a shell, shows what it sees to update/trial.py",
    ),
    (
        "deciding code has no I/O",
        "firmware/station/trials.py",
        "a shell, shows what it sees to update/trial.py",
    ),
    (
        "deciding code has no I/O",
        "firmware/station/update_file.py",
        "what is done to one file, in the mover's thread",
    ),
    (
        "deciding code has no I/O",
        "firmware/station/update_door.py",
        "names the file that somebody brought",
    ),
    (
        "deciding code has no I/O",
        "firmware/update/folder_installer.py",
        "opens the file that it is given, in the mover's thread",
    ),
    (
        "deciding code has no I/O",
        "firmware/update/rauc.py",
        "opens the file that it is given, in the mover's thread",
    ),
    (
        "deciding code has no I/O",
        "firmware/ocpp/hands.py",
        "a shell, carries out effects for task.py",
    ),
    (
        "deciding code has no I/O",
        "firmware/courier.py",
        "names the folders that it hands to what it builds",
    ),
    (
        "asyncio stays in the shells",
        "firmware/station/customers.py",
        "a shell, reads and tells page by page, beside task.py",
    ),
    (
        "deciding code has no I/O",
        "firmware/station/customers.py",
        "a shell, reads and tells page by page, beside task.py",
    ),
    (
        "asyncio stays in the shells",
        "firmware/station/uploads.py",
        "a shell, one step of a transfer after another, beside task.py",
    ),
    (
        "deciding code has no I/O",
        "firmware/station/uploads.py",
        "a shell, one step of a transfer after another, beside task.py",
    ),
    (
        "asyncio stays in the shells",
        "firmware/station/sticks.py",
        "a shell, looks into a folder again and again, beside task.py",
    ),
    (
        "deciding code has no I/O",
        "firmware/station/sticks.py",
        "a shell, looks into a folder again and again, beside task.py",
    ),
    (
        "deciding code has no I/O",
        "firmware/station/update_fetch.py",
        "part of updates.py: fetches the file of an order",
    ),
    (
        "asyncio stays in the shells",
        "firmware/station/updates.py",
        "a shell, one step of a transfer after another, beside task.py",
    ),
    (
        "deciding code has no I/O",
        "firmware/station/updates.py",
        "a shell, one step of a transfer after another, beside task.py",
    ),
    (
        "only app.py catches everything",
        "firmware/ocpp/rpc.py",
        "a handler's own bug is answered with InternalError, as the standard asks",
    ),
    (
        "only app.py catches everything",
        "board/emulated/virtual_time.py",
        "an executor keeps every exception in its future",
    ),
    (
        "deciding code has no I/O",
        "firmware/ocpp/schemas.py",
        "reads the schemas of the ocpp package once, when they are first needed",
    ),
    (
        "deciding code has no I/O",
        "firmware/station/feeds.py",
        "a shell, one loop per part, beside task.py",
    ),
    (
        "asyncio stays in the shells",
        "firmware/station/feeds.py",
        "a shell, one loop per part, beside task.py",
    ),
    (
        "deciding code has no I/O",
        "firmware/station/examine.py",
        "a shell, waits for self-tests, beside task.py",
    ),
    (
        "asyncio stays in the shells",
        "firmware/station/examine.py",
        "a shell, waits for self-tests, beside task.py",
    ),
    (
        "asyncio stays in the shells",
        "firmware/station/csms.py",
        "a shell, the way to the central system, beside task.py",
    ),
    (
        "deciding code has no I/O",
        "firmware/station/csms.py",
        "a shell, the way to the central system, beside task.py",
    ),
)
