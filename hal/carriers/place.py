"""Place: where a file is on another machine, as every carrier is told it."""

from typing import Protocol

CHUNK_BYTES = 64 * 1024  # what one read gives at most


class Place(Protocol):
    """An address, already checked and unquoted. ``path`` begins with a slash.

    ``target`` is path and query as they stand in the address, quoted.
    """

    @property
    def scheme(self) -> str:
        """ "http", "https", "ftp", "ftps" or "sftp"."""

    @property
    def host(self) -> str:
        """Name or number of the machine, no brackets round an IPv6 one."""

    @property
    def port(self) -> int:
        """From 1 to 65535."""

    @property
    def path(self) -> str:
        """Where on the machine."""

    @property
    def target(self) -> str:
        """The same, with the query, as HTTP sends it."""

    @property
    def user(self) -> str:
        """Empty: nobody in particular."""

    @property
    def password(self) -> str:
        """Goes to the machine and nowhere else."""
