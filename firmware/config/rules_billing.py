"""Rules of bills: what their sections may not say together."""

from urllib.parse import urlsplit

from ampkeeper.firmware.config.model_billing import WITH_TERMINAL
from ampkeeper.firmware.config.read import Reader, Sections


def check_billing(sections: Sections, reader: Reader) -> None:
    """Nothing is sent that is not signed, and no mail without a server and a sender."""
    ocmf, delivery = sections["ocmf"][0], sections["delivery"][0]
    if ocmf.get("send") and ocmf.get("sign") is False:
        reader.problem(("ocmf", "send"), True, "nothing is signed here: set ocmf.sign = true")
    url = delivery.get("push_url")
    if url and not _has_port(url):
        reader.problem(("delivery", "push_url"), url, "its port must be 1 to 65535")
    _check_logs(sections, reader)
    for name in ("smtp_host", "mail_from"):
        if delivery.get("mail_to") and delivery.get(name) == "":
            reader.problem(("delivery", name), None, "missing: delivery.mail_to needs it")
    _check_payment(sections, reader)
    if delivery.get("smtp_user") and delivery.get("smtp_password_file") == "":
        where = ("delivery", "smtp_password_file")
        reader.problem(where, None, "missing: delivery.smtp_user needs it")


def _check_logs(sections: Sections, reader: Reader) -> None:
    """A log goes somewhere, by a way that is there."""
    delivery = sections["delivery"][0]
    for index, log in enumerate(sections["monthly_log"]):
        if not log.get("mail_to") and not log.get("push"):
            words = "missing: who gets it, or push = true"
            reader.problem(("monthly_log", index, "mail_to"), None, words)
        if log.get("push") and not delivery.get("push_url"):
            where = ("monthly_log", index, "push")
            reader.problem(where, True, "there is nowhere to push to: set delivery.push_url")
        for name in ("smtp_host", "mail_from"):
            if log.get("mail_to") and not delivery.get(name):
                words = "missing: monthly_log.mail_to needs it"
                reader.problem(("delivery", name), None, words)


def _has_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def _check_payment(sections: Sections, reader: Reader) -> None:
    """Nobody pays at a terminal that is not there, or without a price."""
    payment, tariff, board = (sections[name][0] for name in ("payment", "tariff", "board"))
    if not payment.get("terminal"):
        return
    where = ("payment", "terminal")
    if board.get("name") not in (None, *WITH_TERMINAL):
        allowed = f"this board has none: left out, or a board of {', '.join(WITH_TERMINAL)}"
        reader.problem(where, True, allowed)
    prices = ("per_kwh", "per_minute", "per_session", "idle_per_minute")
    if not any(tariff.get(name) for name in prices) and not sections["tariff_hours"]:
        reader.problem(where, True, "there is no price: set tariff.per_kwh")
