"""A PIO state machine, cycle by cycle, for the instructions that the EV board uses.

``Assembler`` stands in for ``rp2`` while the program is imported: it keeps what the program says.
From the RP2040 datasheet, section 3.4: one instruction a cycle; a jump on X is taken if X was not
zero before it counted down; IN shifts left; a push that may not wait clears ISR.
"""

WORD = 0xFFFFFFFF
SETTLED_CYCLES = 2  # of the input synchroniser, section 3.5.6.3
SIZE_MAX = 32  # instructions


class Program:
    """Instructions as tuples, labels as numbers of instructions."""

    def __init__(self):
        self.code = []
        self.labels = {}


class Assembler:
    """``rp2``, as far as a program needs it."""

    class PIO:
        JOIN_RX = 2

    def asm_pio(self, **settings):
        assert settings == {"fifo_join": self.PIO.JOIN_RX}, settings

        def assemble(function):
            program = Program()
            code = program.code
            names = {name: name for name in ("x", "y", "null", "pin", "x_dec", "noblock")}
            names["wrap_target"] = names["wrap"] = lambda: None
            names["label"] = lambda name: program.labels.update({name: len(code)})
            names["jmp"] = lambda *words: code.append(("jmp", *words))
            names["in_"] = lambda source, bits: code.append(("in", source, bits))
            names["push"] = lambda how: code.append(("push", how))
            function.__globals__.update(names)
            function()
            assert len(code) <= SIZE_MAX
            return program

        return assemble


class Machine:
    """Runs a program against a pin; ``words`` is what it pushed."""

    def __init__(self, program):
        self.program = program
        self.x = WORD
        self.y = 1
        self.isr = 0
        self.at = 0
        self.words = []
        self._seen = [0] * SETTLED_CYCLES

    def cycle(self, level):
        """One cycle with this level at the pad."""
        self._seen.append(level)
        pin = self._seen.pop(0)
        name, *words = self.program.code[self.at]
        self.at = (self.at + 1) % len(self.program.code)  # the last wraps to the first
        if name == "in":
            source, bits = words
            value = {"x": self.x, "y": self.y, "null": 0}[source]
            self.isr = (self.isr << bits | value & ((1 << bits) - 1)) & WORD
        elif name == "push":
            self.words.append(self.isr)
            self.isr = 0
        else:
            self._jump(words, pin)

    def _jump(self, words, pin):
        is_taken = True
        if words[0] == "x_dec":
            is_taken = self.x != 0
            self.x = (self.x - 1) & WORD
        elif words[0] == "pin":
            is_taken = bool(pin)
        if is_taken:
            self.at = self.program.labels[words[-1]]
