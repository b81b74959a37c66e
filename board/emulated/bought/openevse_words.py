"""OpenEVSE's words: RAPI commands to the twin's machine and back, written from the command list.

Frames are made and read here by hand, not by the driver's code.
"""

from ampkeeper.board.emulated.bought.openevse import OpenEvse

BUFFER_CHARS = 32
TOKENS_MAX = 10
AMPS_MIN = 6
COOKIE = "165"


def xor(text: str) -> str:
    """The checksum of a frame's text, two hex digits."""
    value = 0
    for character in text:
        value ^= ord(character)
    return f"{value:02X}"


def frame(text: str) -> bytes:
    """A frame with its checksum."""
    return f"${text}^{xor('$' + text)}\r".encode()


class Rapi:
    """The controller's end of the line."""

    def __init__(self, board: OpenEvse) -> None:
        self.board = board
        self.commands: list[str] = []  # as they were taken
        self.has_sequences = True  # False: old firmware, which does not return the id
        self._heard = ""

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes; return a reply for each command."""
        replies = []
        for character in data.decode("latin-1"):
            if character == "$":
                self._heard = "$"
            elif character != "\r":
                self._heard = (self._heard + character)[: BUFFER_CHARS + 1]
            elif self._heard.startswith("$"):
                if len(self._heard) < BUFFER_CHARS:
                    replies.append(self._reply(self._heard))
                self._heard = ""
        return replies

    def take_told(self) -> list[bytes]:
        """What is to be sent unasked."""
        told, self.board.told = self.board.told, []
        return [frame(text) for text in told]

    def _reply(self, heard: str) -> bytes:
        text, mark, digits = heard.rpartition("^")
        if not mark:
            text = heard
        elif digits != xor(text):
            return frame("NK")
        tokens = text[1:].split()
        sequence = ""
        if tokens and tokens[-1].startswith(":"):
            sequence = " " + tokens.pop() if self.has_sequences else ""
            tokens = tokens if self.has_sequences else tokens[:-1] or tokens
        if not tokens or len(tokens) > TOKENS_MAX:
            return frame("NK" + sequence)
        self.commands.append(" ".join(tokens))
        return frame(self._do(tokens[0], tokens[1:]) + sequence)

    def _do(self, word: str, arguments: list[str]) -> str:
        board = self.board
        match word:
            case "GV":
                return f"OK {board.firmware} {board.protocol}"
            case "GS":
                return f"OK {board.shown:02x} 0 {board.state:02x} {board.vflags:04x}"
            case "GE":
                return f"OK {board.amps} {board.flags:04x}"
            case "GC":
                return f"OK {AMPS_MIN} {board.hardware_a} {board.current_a} {board.capacity_a}"
            case "GG":
                return f"OK {board.current_ma if board.is_on else 0} -1"
            case "GF":
                return f"OK {board.trips:x} 0 0"
            case "GU":
                return f"OK 0 {board.car.energy_wh}"
            case "GP":
                return "OK " + " ".join(str(each) for each in board.temperatures_dc)
            case "GY":
                return self._beat()
            case "FF" if len(arguments) == 2 and arguments[0] == "B":
                return "OK" if board.switch_button(arguments[1] == "1") else "NK"
            case "SC":
                return self._set_current(arguments)
            case "SY":
                return self._heartbeat(arguments)
        return self._order(word)

    def _order(self, word: str) -> str:
        board = self.board
        if word == "SB":
            board.is_boot_locked = False
            return f"OK {int(bool(board.fault))}"
        orders = {
            "FE": board.enable,
            "FS": board.sleep,
            "FD": board.disable,
            "FR": board.power_up,
        }
        if word not in orders:
            return "NK"
        orders[word]()
        return "OK"

    def _set_current(self, arguments: list[str]) -> str:
        board = self.board
        if not arguments or not arguments[0].isdigit():
            return "NK"
        wanted = int(arguments[0])
        taken = max(AMPS_MIN, min(wanted, board.capacity_a))
        board.current_a = taken
        if "V" not in arguments:
            board.eeprom_writes += 1
        return f"{'OK' if taken == wanted else 'NK'} {taken}"

    def _heartbeat(self, arguments: list[str]) -> str:
        board = self.board
        board.beat()
        if len(arguments) == 2:
            board.interval_s, board.fallback_a = int(arguments[0]), int(arguments[1])
            board.trigger = 0
            board.eeprom_writes += 1
        elif arguments == [COOKIE] and board.trigger == 2:
            board.trigger = 1
        return self._beat() if board.trigger != 2 else self._beat().replace("OK", "NK")

    def _beat(self) -> str:
        board = self.board
        return f"OK {board.interval_s} {board.fallback_a} {board.trigger}"
