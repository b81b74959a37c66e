"""Letters: what is sent of a session, and when it is tried again. Pure.

The id of a message is the same in every try, so whoever gets it twice can tell.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256

from ampkeeper.firmware.billing.charge_log import Charge, row_of, sums, to_csv
from ampkeeper.firmware.billing.receipt import Letterhead, Paper, receipt, to_html
from ampkeeper.firmware.billing.receipt_pdf import to_pdf

MAIL, PUSH = "mail", "push"
FIRST_WAIT_S, WAIT_S_MAX = 30.0, 3_600.0
UNMADE = (ValueError, TypeError, LookupError, ArithmeticError)  # a letter that cannot be written


@dataclass(frozen=True, slots=True)
class Log:
    """One monthly log: whose, by which way, to whom; ``user`` empty: everybody's."""

    user: str
    way: str
    to: str

    @property
    def key(self) -> str:
        """By which it is known what was sent of it."""
        return sha256("\x1f".join((self.way, self.to, self.user)).encode()).hexdigest()[:8]


def wait_s(tries: int) -> float:
    """After so many failed ones in a row: twice as long each time, at most an hour."""
    assert tries >= 1
    doublings = min(tries - 1, 10)
    return min(FIRST_WAIT_S * 2.0**doublings, WAIT_S_MAX)


def mail(
    message_id: str, charge: Charge, head: Letterhead, station: str, sender: str, to: str
) -> bytes:
    """A message with the receipt as page and as PDF."""
    paper = receipt(charge, head, station, charge.ended)
    letter = EmailMessage(policy=SMTP)
    letter["From"], letter["To"] = sender, to
    letter["Subject"] = f"{paper.title} {charge.started:%Y-%m-%d} {charge.session[:8]}"
    letter["Date"] = charge.ended
    letter["Message-ID"] = f"<{message_id}@{sender.rpartition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    lines = [f"{name}: {value}" for name, value in paper.facts]
    lines += [f"{line.what}  {line.amount}  {line.price}" for line in paper.lines]
    letter.set_content("\n".join(lines))
    letter.add_alternative(to_html(paper), subtype="html")
    name = f"receipt-{charge.session[:8]}.pdf"
    letter.add_attachment(to_pdf(paper), maintype="application", subtype="pdf", filename=name)
    return letter.as_bytes()


def monthly_mail(
    message_id: str, log: Log, charges: Sequence[Charge], paper: Paper, sender: str, now: datetime
) -> bytes:
    """A message with the log of a month as CSV and as PDF; the text has its sums."""
    letter = EmailMessage(policy=SMTP)
    letter["From"], letter["To"] = sender, log.to
    span = paper.facts[-1][1]
    letter["Subject"] = " ".join(f"{paper.title} {span} {log.user}".split())
    letter["Date"] = now
    letter["Message-ID"] = f"<{message_id}@{sender.rpartition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    lines = [f"{name}: {value}" for name, value in paper.facts]
    lines += [f"{one.what}  {one.amount}  {one.price}" for one in paper.lines if one.is_strong]
    letter.set_content("\n".join(lines))
    name = f"charges-{span}"
    table, page = to_csv(charges).encode(), to_pdf(paper)
    letter.add_attachment(table, maintype="text", subtype="csv", filename=f"{name}.csv")
    letter.add_attachment(page, maintype="application", subtype="pdf", filename=f"{name}.pdf")
    return letter.as_bytes()


def monthly_push(
    message_id: str, log: Log, month: str, charges: Sequence[Charge], station: str
) -> bytes:
    """The log of a month as JSON."""
    told = {"message_id": message_id, "station": station, "month": month, "user": log.user or None}
    rows = {"charges": [row_of(one) for one in charges], "sums": sums(charges)}
    return json.dumps(told | rows, ensure_ascii=False).encode()


def push(message_id: str, charge: Charge, station: str) -> bytes:
    """One line of the charge log as JSON."""
    told = {"message_id": message_id, "station": station, "charge": row_of(charge)}
    return json.dumps(told, ensure_ascii=False).encode()
