"""Letterhead: who writes receipts and charge logs, and in which language, as configured."""

from ampkeeper.firmware.billing.receipt import Letterhead
from ampkeeper.firmware.config.model import Config


def letterhead_of(config: Config) -> Letterhead:
    """As ``[letterhead]`` says."""
    head = config.letterhead
    return Letterhead(head.name, head.address, head.tax_id, head.footer, head.language)
