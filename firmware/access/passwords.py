"""Passwords: which are good enough, and how they are kept: by scrypt, each with its own salt.

N = 2**14, r = 8, p = 5 takes 16 MiB and as long to try as OWASP's other choices. Tokens and ids of
sessions are random of 256 bits, so that a plain digest keeps them.
"""

import hashlib
import hmac
import unicodedata

CHARS_MIN, CHARS_MAX = 10, 128  # NIST SP 800-63B 5.1.1.2 asks for 8 at least
SALT_BYTES = 16
COST, BLOCK, PARALLEL = 2**14, 8, 5
HASH_BYTES = 32
MEMORY_BYTES_MAX = 64 * 1024 * 1024
KIND = "scrypt"
# What a password is held against when nobody has that name: it takes as long, and is never right.
OF_NOBODY = f"{KIND}${COST}${BLOCK}${PARALLEL}${'00' * SALT_BYTES}${'00' * HASH_BYTES}"
KINDS_OF_CHARS_MIN = 4  # "aaaaaaaaaa" and "1212121212" are too easy
COMMON = (
    "1234567890", "0123456789", "1q2w3e4r5t", "qwertyuiop", "qwertzuiop", "password12",
    "password123", "password1234", "passwort123", "administrator", "iloveyou123", "ampkeeper1",
    "ampkeeper123", "changeme123", "letmein1234",
)  # fmt: skip


def problem_of(password: str, name: str) -> str:
    """What is wrong with a new password of somebody; "": nothing."""
    text = _normal(password)
    if not CHARS_MIN <= len(text) <= CHARS_MAX:
        return f"password: must have {CHARS_MIN} to {CHARS_MAX} characters"
    folded = text.casefold()
    if folded in COMMON or len(set(folded)) < KINDS_OF_CHARS_MIN:
        return "password: is one of the first that anybody would try"
    if name and name.casefold() in folded:
        return "password: must not hold the name"
    return ""


def hashed(password: str, salt: bytes) -> str:
    """How a password is kept; takes some tenths of a second and 16 MiB."""
    assert len(salt) == SALT_BYTES, "each password has its own"
    digest = _scrypt(_normal(password), salt, COST, BLOCK, PARALLEL)
    return f"{KIND}${COST}${BLOCK}${PARALLEL}${salt.hex()}${digest.hex()}"


def is_right(password: str, kept: str) -> bool:
    """True if it is the one that is kept; takes as long as ``hashed``, whatever it says."""
    kind, cost, block, parallel, salt, digest = kept.split("$")
    assert kind == KIND, "the book was checked when it was read"
    shown = _scrypt(
        _normal(password[:CHARS_MAX]), bytes.fromhex(salt), int(cost), int(block), int(parallel)
    )
    return hmac.compare_digest(shown, bytes.fromhex(digest))


def is_kept_well(kept: str) -> bool:
    """True for what ``hashed`` makes."""
    parts = kept.split("$")
    head = [KIND, str(COST), str(BLOCK), str(PARALLEL)]
    if len(parts) != 6 or parts[:4] != head:
        return False
    sizes = (SALT_BYTES, HASH_BYTES)
    return all(_is_hex(text, size) for text, size in zip(parts[4:], sizes, strict=True))


def digest_of(secret: str) -> str:
    """How a token or the id of a session is kept."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _scrypt(text: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    return hashlib.scrypt(
        text.encode("utf-8", "replace"),
        salt=salt,
        n=cost,
        r=block,
        p=parallel,
        maxmem=MEMORY_BYTES_MAX,
        dklen=HASH_BYTES,
    )


def _normal(password: str) -> str:
    """One text for what looks the same on every keyboard (NIST SP 800-63B 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def _is_hex(text: str, size: int) -> bool:
    try:
        return len(text) == 2 * size and len(bytes.fromhex(text)) == size
    except ValueError:
        return False
