"""Broker: a real Mosquitto on a free port, with TLS, passwords and an ACL where wanted.

It can be paused, killed and started again on its port, as brokers are in the field.
"""

import base64
import hashlib
import os
import pwd
import signal
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.support.pki import Authority
from tools.broker.fetch import broker_command

RUNNING = b" running"  # its log says so when it listens
STARTS_MAX = 5  # another process may be given the port that was free
KILL_S = 10.0
ROUNDS = 101  # of Mosquitto's own hash, PBKDF2 with SHA-512


class Mosquitto:
    """One broker; files are below ``folder``."""

    def __init__(
        self,
        folder: Path,
        *,
        ca: Authority | None = None,
        users: Mapping[str, str] | None = None,
        acl: str = "",
        wants_certificates: bool = False,
        counts_every_s: int = 0,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = 0
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        own_name = pwd.getpwuid(os.getuid()).pw_name  # it would give up root, and read nothing
        self._lines = ["persistence false", "log_dest stderr", "connection_messages false"]
        self._lines.append(f"user {own_name}")
        self._lines.append(f"sys_interval {counts_every_s}")
        if users is None:
            self._lines.append("allow_anonymous true")
        else:
            entries = "".join(f"{user}:{_hashed(word)}\n" for user, word in users.items())
            self._lines += [
                "allow_anonymous false",
                f"password_file {self._write('users', entries)}",
            ]
        if acl:
            self._lines.append(f"acl_file {self._write('acl', acl)}")
        if ca is not None:
            own = ca.server("127.0.0.1")
            self._lines += [
                f"certfile {self._write('server.pem', own.chain_pem)}",
                f"keyfile {self._write('server.key', own.key_pem)}",
                f"cafile {self._write('ca.pem', ca.pem)}",
            ]
            if wants_certificates:
                self._lines += ["require_certificate true", "use_identity_as_username false"]

    def start(self) -> None:
        """Listen, on the port of before if there was one."""
        for _ in range(STARTS_MAX):
            port = self.port or _free_port()
            if self._is_started(port):
                self.port = port
                return
        raise RuntimeError(f"no mosquitto on port {self.port}")

    def _is_started(self, port: int) -> bool:
        lines = [f"listener {port} 127.0.0.1", *self._lines]
        settings = self._write("mosquitto.conf", "\n".join(lines) + "\n")
        command, environment = broker_command()
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "-c", str(settings)], env=environment, stderr=subprocess.PIPE, stdout=log
            )
        assert self._process.stderr is not None
        said = b""
        for line in self._process.stderr:  # ended by the process's end
            said += line
            if RUNNING in line:
                return True
        self.kill()
        if b"Address already in use" not in said:
            raise RuntimeError(said.decode("utf-8", "replace"))
        return False

    def pause(self) -> None:
        """It hangs; its connections stay."""
        self._tell(signal.SIGSTOP)

    def resume(self) -> None:
        """It goes on."""
        self._tell(signal.SIGCONT)

    def kill(self) -> None:
        """It is gone; safe twice."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait(KILL_S)
        assert self._process.stderr is not None
        self._process.stderr.close()
        self._process = None

    def _tell(self, number: int) -> None:
        assert self._process is not None, "it was started"
        os.kill(self._process.pid, number)

    def _write(self, name: str, text: str) -> Path:
        path = self._folder / name
        path.write_text(text)
        path.chmod(0o600)
        return path


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _hashed(password: str) -> str:
    """As mosquitto_passwd writes it."""
    salt = hashlib.sha256(password.encode()).digest()[:12]
    found = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ROUNDS)
    return f"$7${ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(found).decode()}"
