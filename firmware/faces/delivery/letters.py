"""Letters: what is sent of a session, and when it is tried again. Pure.

The id of a message is the same in every try, so whoever gets it twice can tell.
"""

import json
from email.message import EmailMessage
from email.policy import SMTP

from ampkeeper.firmware.billing.charge_log import Charge, row_of
from ampkeeper.firmware.billing.receipt import Letterhead, receipt, to_html
from ampkeeper.firmware.billing.receipt_pdf import to_pdf

MAIL, PUSH = "mail", "push"
FIRST_WAIT_S, WAIT_S_MAX = 30.0, 3_600.0


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


def push(message_id: str, charge: Charge, station: str) -> bytes:
    """One line of the charge log as JSON."""
    told = {"message_id": message_id, "station": station, "charge": row_of(charge)}
    return json.dumps(told, ensure_ascii=False).encode()
