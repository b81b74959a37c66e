"""Post: receipts by the mail server and the HTTPS server of the configuration."""

from dataclasses import dataclass
from functools import partial

from ampkeeper.firmware.config.model_billing import TLS, Delivery


@dataclass(frozen=True, slots=True)
class NetworkPost:
    """Implements ``firmware.post.Post``; its libraries are imported with the first letter."""

    told: Delivery

    def mail(self, message: bytes, to: str) -> None:
        from ampkeeper.hal.carriers.post import MailServer, send_mail
        from ampkeeper.hal.carriers.trust import context_of

        told = self.told
        is_implicit = told.smtp_tls == TLS
        names = (told.smtp_user, told.smtp_password_file)
        server = MailServer(told.smtp_host, told.smtp_port, is_implicit, *names)
        trusted = partial(context_of, told.ca_file)
        send_mail(server, told.mail_from, to, message, trusted)

    def push(self, message_id: str, body: bytes) -> None:
        from ampkeeper.hal.carriers.post import push
        from ampkeeper.hal.carriers.trust import context_of

        told, trusted = self.told, partial(context_of, self.told.ca_file)
        push(told.push_url, told.push_token_file, message_id, body, trusted)
