"""What a checkpoint may cost to read, whatever it claims about itself.

The readers check the type and size of a value before they hash, compare, print or multiply it, and draw what
reading a file takes from one Budget. The largest published checkpoint needs less than a tenth of it.
"""
import math

from . import Refused

MOST_VALUES = 1 << 20  # opcodes of pickles, values of msgpack
MOST_BYTES = 1 << 24  # of everything that is no tensor's values
MOST_TENSORS = 1 << 14
MOST_NAME = 1 << 10
MOST_RANK = 8
MOST_SIZE = 1 << 48


class Damaged(Exception):
    """What is wrong with a file; whoever knows its title makes a Refused of it."""


class Budget:
    """What is left for one file."""

    def __init__(self):
        self.values, self.bytes = MOST_VALUES, MOST_BYTES

    def spend(self, values, size):
        self.values -= values
        self.bytes -= size
        if self.values < 0 or self.bytes < 0:
            raise Damaged("describes its tensors with more than any checkpoint needs")


def whole(value):
    """Whether this is a size, an offset or a count."""
    return type(value) is int and 0 <= value < MOST_SIZE


def elements(shape):
    """How many elements a list or tuple of sizes stands for; None if it is no shape."""
    if not isinstance(shape, (list, tuple)) or len(shape) > MOST_RANK or not all(map(whole, shape)):
        return None
    # numpy multiplies the sizes, too, and those beside a 0 must not overflow either.
    return math.prod(shape) if math.prod(size or 1 for size in shape) < MOST_SIZE else None


def check_tensors(named, file_size):
    """named: {name: bytes of its values}. A small file must not become huge, though weights may be tied."""
    if len(named) > MOST_TENSORS:
        raise Damaged(f"holds {len(named)} tensors, more than any checkpoint")
    if sum(named.values()) > 2 * file_size:
        raise Damaged("has tensors that share their values, so that they are larger than the file")
