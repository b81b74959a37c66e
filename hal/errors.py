"""Errors of the hardware layer, named for what the caller can do about them."""


class HalError(Exception):
    """Root of all errors that a driver raises."""


class TransientError(HalError):
    """Nothing usable this time (time-out, bad checksum, noise): try again at the next turn."""


class OpenTransactionError(TransientError):
    """A signing meter has a transaction open that was not begun by this call: end it first."""


class ImplausibleError(TransientError):
    """The answer is well formed but cannot be a measurement: NaN, or out of range."""


class AbsentError(HalError):
    """The part or its bus is not there (unplugged, never answered): open it again later."""


class WrongDeviceError(HalError):
    """Something answers, but not the part that was configured: a person has to look."""


class RefusedError(HalError):
    """The far side answered, and says no: asking the same again is no use.

    ``word`` says why: "denied", "missing", "unsupported", "untrusted" or "refused".
    """

    def __init__(self, text: str, word: str = "refused") -> None:
        super().__init__(text)
        self.word = word


# Why two sides do not trust each other.
CERTIFICATE = "certificate"  # theirs is not valid, or is not theirs
TLS_VERSION = "tls_version"  # they know no TLS 1.2
CIPHER_SUITE = "cipher_suite"  # they know none of the suites that are allowed
CREDENTIALS = "credentials"  # they do not take our password or our certificate


class DistrustError(AbsentError):
    """Somebody is there, but one of the two sides does not trust the other; ``reason`` as above."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason
