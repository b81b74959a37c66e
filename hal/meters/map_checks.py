"""Map checks: what must hold between the entries of a register map. Pure; raises MapError."""

from collections.abc import Iterator, Mapping, Sequence

from ampkeeper.hal.meters.checked import MapError
from ampkeeper.hal.meters.registers import Block, Quantity, RegisterMap
from ampkeeper.hal.meters.words import words_of

NEEDED = "energy_wh"
SHARED = {"power_w", "power_phase_w"}


def holder(where: str, blocks: Sequence[Block], address: int, count: int) -> Block:
    """Return the block that a value is read with; raise MapError if there is none."""
    for block in blocks:
        if block.address <= address and address + count <= block.address + block.count:
            return block
    for block in blocks:
        if block.address < address + count and address < block.address + block.count:
            raise MapError(
                f"{where}: address {address:#06x} takes {count} registers and is cut by the end of"
                f" the block of {block.count} registers at {block.address:#06x}"
            )
    spans = (f"{block.address:#06x} to {block.address + block.count - 1:#06x}" for block in blocks)
    raise MapError(
        f"{where}: address {address:#06x} is in no block; blocks hold {', '.join(spans)}"
    )


def check_quantities(name: str, quantities: Sequence[Quantity]) -> None:
    """Energy has to be there, and no register can be part of two values."""
    if NEEDED not in [quantity.name for quantity in quantities]:
        raise MapError(f"{name}: quantities.{NEEDED} is missing; nothing could be billed")
    users: dict[int, tuple[Quantity, int]] = {}
    for quantity, address, count in _spans(quantities):
        if quantity.addresses.count(address) > 1:
            raise MapError(f"{name}: quantities.{quantity.name} has {address:#06x} twice")
        for register in range(address, address + count):
            other, other_address = users.setdefault(register, (quantity, address))
            if address != other_address or not _may_share(quantity, other):
                raise MapError(
                    f"{name}: quantities.{quantity.name} at {address:#06x} overlaps {other.name}"
                    f" at {other_address:#06x}; {quantity.kind} takes"
                    f" {_registers(count)} of its own"
                )
    _check_exponents(name, quantities, users)


def _check_exponents(
    name: str, quantities: Sequence[Quantity], users: Mapping[int, tuple[Quantity, int]]
) -> None:
    """Values may share an exponent; it is no part of a value."""
    for quantity in quantities:
        if quantity.exponent is not None and quantity.exponent in users:
            other, address = users[quantity.exponent]
            raise MapError(
                f"{name}: the exponent of {quantity.name} at {quantity.exponent:#06x} is part of"
                f" {other.name} at {address:#06x}; it takes 1 register of its own"
            )


def _registers(count: int) -> str:
    return "1 register" if count == 1 else f"{count} registers"


def _may_share(quantity: Quantity, other: Quantity) -> bool:
    """A meter of one phase has one register for its power and the power of L1."""
    names = {quantity.name, other.name}
    is_alike = (quantity.kind, quantity.factor) == (other.kind, other.factor)
    has_one = len(quantity.addresses) == len(other.addresses) == 1
    return quantity is other or (names == SHARED and is_alike and has_one)


def check_blocks(name: str, blocks: Sequence[Block], quantities: Sequence[Quantity]) -> None:
    """Blocks are apart, are needed, and do not end in the middle of a pair of registers."""
    for index, block in enumerate(blocks):
        where = f"{name}: blocks[{index}]: {block.count} registers at {block.address:#06x}"
        for other in blocks[:index]:
            if block.address < other.address + other.count and (
                other.address < block.address + block.count
            ):
                raise MapError(
                    f"{where} overlap the block of {other.count} at {other.address:#06x};"
                    " each register is read once"
                )
        spans = [(at, count) for _, at, count in _spans(quantities) if _is_in(block, at)]
        if not spans:
            raise MapError(f"{where} hold no quantity; a block is there for at least one")
        is_paired = all((at - block.address) % 2 == count % 2 == 0 for at, count in spans)
        if block.count % 2 and is_paired:
            raise MapError(
                f"{where} are an odd number, and every value in it is of pairs;"
                " allowed is an even number"
            )


def check_shapes(name: str, result: RegisterMap) -> None:
    """Per function, each number of registers belongs to one address: it tells the answers apart."""
    shapes: dict[tuple[int, int], Block] = {}
    for block in result.reads():
        known = shapes.setdefault((block.function, block.count), block)
        if known.address != block.address:
            raise MapError(
                f"{name}: {block.count} registers are read at {known.address:#06x} and at"
                f" {block.address:#06x}; numbers must differ to tell the answers apart"
            )


def _spans(quantities: Sequence[Quantity]) -> Iterator[tuple[Quantity, int, int]]:
    """Each address of each value, with its number of registers."""
    for quantity in quantities:
        for address in quantity.addresses:
            yield quantity, address, words_of(quantity.kind)


def _is_in(block: Block, address: int) -> bool:
    return block.address <= address < block.address + block.count
