"""Rules of bills: what their sections may not say together."""

from ampkeeper.firmware.config.read import Reader, Sections


def check_billing(sections: Sections, reader: Reader) -> None:
    """Nothing is sent that is not signed, and no mail without a server and a sender."""
    ocmf, delivery = sections["ocmf"][0], sections["delivery"][0]
    if ocmf.get("send") and ocmf.get("sign") is False:
        reader.problem(("ocmf", "send"), True, "nothing is signed here: set ocmf.sign = true")
    for name in ("smtp_host", "mail_from"):
        if delivery.get("mail_to") and delivery.get(name) == "":
            reader.problem(("delivery", name), None, "missing: delivery.mail_to needs it")
    if delivery.get("smtp_user") and delivery.get("smtp_password_file") == "":
        where = ("delivery", "smtp_password_file")
        reader.problem(where, None, "missing: delivery.smtp_user needs it")
