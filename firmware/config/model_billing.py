"""The model's sections on what a session costs, and what is written down for its bill."""

from dataclasses import dataclass
from typing import Any

from ampkeeper.firmware.config.fields import boolean, file, integer, number, text, texts

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]"
CLOCK_WORDS = 'a time of the day, local, such as "22:00"'
TARIFF_HOURS_MAX = 8  # with the usual price at most ten of each part, as OCPP 2.1 has them
PRICE_MAX = 1_000.0

ALGORITHMS = (
    "ECDSA-secp192r1-SHA256",
    "ECDSA-secp256k1-SHA256",
    "ECDSA-secp256r1-SHA256",
    "ECDSA-brainpool256r1-SHA256",
    "ECDSA-secp384r1-SHA256",
    "ECDSA-brainpool384r1-SHA256",
)  # those of OCMF that can be signed with


@dataclass(frozen=True, slots=True, kw_only=True)
class Ocmf:
    """Signed records of sessions, in the Open Charge Metering Format."""

    sign: bool = boolean(
        "true: what the meter does not sign is signed by the charger, with a key that it makes "
        "for itself; such records are declared as not legally relevant.",
        default=False,
    )
    algorithm: str = text(
        "What it signs with; another one means another key.",
        default="ECDSA-secp256r1-SHA256",
        choices=ALGORITHMS,
    )
    send: bool = boolean(
        "true: what the charger signs goes to the central system with begin and end of the "
        "transaction; needs sign.",
        default=False,
    )


def _price(help: str, per: str, default: float | None = 0.0) -> Any:
    unit = f"of the currency{per}"
    return number(help, unit=unit, low=0.0, high=PRICE_MAX, default=default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """What a session costs, where the central system tells no price; without prices: nothing."""

    currency: str = text(
        "Currency, ISO 4217.", default="EUR", pattern=r"[A-Z]{3}", words="three capital letters"
    )
    per_kwh: float = _price("Energy.", " per kWh")
    per_minute: float = _price("Time in which the car charges.", " per min")
    per_session: float = _price("Once for each session.", "")
    idle_per_minute: float = _price("Time in which the car does not charge.", " per min")
    idle_after_min: int = integer(
        "So much of each pause costs nothing.", unit="min", low=0, high=1440, default=0
    )
    tax_percent: float = number("Value added tax.", unit="%", low=0.0, high=100.0, default=0.0)
    with_tax: bool = boolean(
        "true: prices here are with tax, as people pay them; false: without.", default=True
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffHours:
    """One [[tariff_hours]] table for hours of the week with other prices; the first that holds."""

    days: tuple[str, ...] = texts(
        "Days on which they begin.", default=DAYS, count_min=1, count_max=7, choices=DAYS
    )
    begin: str = text("When they begin.", pattern=CLOCK, words=CLOCK_WORDS)
    end: str = text(
        "When they end; no later than begin: after midnight.",
        pattern=CLOCK + r"|24:00",
        words=CLOCK_WORDS + ' or "24:00"',
    )
    per_kwh: float | None = _price("Energy; left out: as usual.", " per kWh", None)
    per_minute: float | None = _price(
        "Time in which the car charges; left out: as usual.", " per min", None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """Who writes receipts and charge logs."""

    name: str = text("Name of the operator.", default="", chars_max=66)
    address: tuple[str, ...] = texts("Lines of his address.", default=(), count_max=5, chars_max=66)
    tax_id: str = text("His tax number.", default="", chars_max=40)
    footer: str = text("What stands at the end.", default="", chars_max=255)
    language: str = text("Of receipts and charge logs.", default="en", choices=("en", "de"))


WITH_TERMINAL = ("emulated",)  # boards that bring a payment terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment terminal at the charger; needs prices in [tariff]."""

    terminal: bool = boolean(
        "true: people may pay at the board's terminal; so far board emulated alone has one, "
        "which is simulated.",
        default=False,
    )
    hold: float = number(
        "So much is held on a card before it charges; a session ends when it has come to that.",
        unit="of the currency",
        low=1.0,
        high=100_000.0,
        default=50.0,
    )


MONTHLY_LOGS_MAX = 32
MAIL_ADDRESS = r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190}"
MAIL_WORDS = "an e-mail address, such as bills@example.com"
TLS, STARTTLS = "tls", "starttls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Where the receipt of each session goes by itself; left out: nowhere."""

    mail_to: str = text(
        "Who gets it by e-mail.", default="", pattern=MAIL_ADDRESS, words=MAIL_WORDS
    )
    mail_from: str = text(
        "Who sends it, for the mail server.", default="", pattern=MAIL_ADDRESS, words=MAIL_WORDS
    )
    smtp_host: str = text(
        "The mail server.", default="", pattern=r"[A-Za-z0-9.-]{1,253}", words="a host's name"
    )
    smtp_port: int = integer("Its port.", low=1, high=65535, default=465)
    smtp_tls: str = text(
        "TLS from the first byte (port 465), or by STARTTLS (587); never without.",
        default=TLS,
        choices=(TLS, STARTTLS),
    )
    smtp_user: str = text("User there; left out: it asks for none.", default="", chars_max=128)
    smtp_password_file: str = file("File that holds his password.")
    push_url: str = text(
        "Where a line of the charge log is posted as JSON.",
        default="",
        chars_max=512,
        pattern=r"https://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?(/[!-~]*)?",
        words="an address that begins with https://, without user and password",
    )
    push_token_file: str = file("File that holds the bearer token for it.")
    ca_file: str = file("PEM file of more roots to trust for both than the system's.")


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyLog:
    """One [[monthly_log]] table for a charge log that leaves when its month is over."""

    user: str = text(
        "Whose charges, by name or card; left out: everybody's, with a sum for each.",
        default="",
        chars_max=70,
    )
    mail_to: str = text(
        "Who gets it by e-mail, as CSV and as PDF.",
        default="",
        pattern=MAIL_ADDRESS,
        words=MAIL_WORDS,
    )
    push: bool = boolean("true: it is posted to delivery.push_url as JSON.", default=False)
