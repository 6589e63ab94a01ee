"""A checkpoint of any container as names with arrays, and the record of what a layout took from it."""
import re

from . import Refused, flax_file, pickled, safetensors_file, torch_file
from .limits import Damaged

# Where training code keeps the weights inside a checkpoint, and what wrappers put before the names.
HOLDERS = ("state_dict", "model_state_dict", "model")
WRAPPERS = ("module.", "_orig_mod.")
MOST_NAMED = 3


def _listed(names):
    names = sorted(names)
    rest = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")


class Checkpoint:
    """arrays: {name: Array}. Layouts ask for arrays by name; finish() says what did not fit."""

    def __init__(self, title, arrays):
        self.title, self.arrays = title, arrays
        self.taken, self.missing, self.misshapen = set(), set(), {}

    def count(self, before, after=""):
        """How many of before + "0" + after, before + "1" + after and so on begin some name."""
        pattern = re.compile(re.escape(before) + r"(\d+)" + re.escape(after))
        found = {match.group(1) for match in map(pattern.match, self.arrays) if match}
        number = 0
        while str(number) in found:
            number += 1
        return number

    def shape(self, name, rank):
        """The shape of an array that sizes are read from."""
        if name not in self.arrays:
            raise Refused(f"{self.title}: {name} is missing")
        shape = self.arrays[name].shape
        if len(shape) != rank or 0 in shape:
            raise Refused(f"{self.title}: {name} has the shape {shape}, expected {rank} sizes above 0")
        return shape

    def take(self, name, *shape):
        """The array of this name and shape; None, and a note for finish(), where there is none."""
        array = self.arrays.get(name)
        self.taken.add(name)
        if array is None:
            self.missing.add(name)
        elif array.shape != shape:
            self.misshapen[name] = f"{name} is {array.shape} and not {shape}"
            array = None
        return array

    def finish(self, kind):
        """Ends with Refused where arrays are missing, of a wrong shape or unknown to the layout.Kind."""
        unknown = {name for name in self.arrays.keys() - self.taken if not name.startswith(kind.ignored)}
        faults = [f"{len(names)} missing ({_listed(names)})" if which == "missing" else
                  f"{len(names)} unknown ({_listed(names)})"
                  for which, names in (("missing", self.missing), ("unknown", unknown)) if names]
        if self.misshapen:
            faults.insert(0, _listed(self.misshapen.values()))
        if faults:
            raise Refused(
                f"{self.title}: looks like {kind.title}, but its tensors do not fit: {'; '.join(faults)}")


def _weights(data):
    """The dict of tensors in what a checkpoint holds; {} if there is none."""
    if not isinstance(data, dict):
        return {}
    for holder in HOLDERS:
        if isinstance(data.get(holder), dict):
            data = data[holder]
            break
    named = {}
    for name, value in data.items():
        if isinstance(name, str) and isinstance(value, pickled.Tensor):
            for wrapper in WRAPPERS:
                name = name.replace(wrapper, "")
            if name in named:
                raise Damaged(f"has two tensors called {name}")
            named[name] = value
    return named


def read_checkpoint(stream, title):
    """A Checkpoint of a PyTorch, safetensors or flax file, open for reading. OSError where reading fails."""
    head = stream.read(9)
    if not head:
        raise Refused(f"{title}: is empty")
    if head[:4] == b"GGUF":
        raise Refused(f"{title}: is a GGUF file, which needs no conversion")
    if head[:4] == b"PK\3\4":
        source = torch_file.Zip(stream, title)
    elif head[0] == 0x80 and head[1:2] in (b"\2", b"\3", b"\4", b"\5"):
        source = torch_file.Legacy(stream, title)
    elif head[8:] == b"{":
        source = safetensors_file.Safetensors(stream, title)
    elif 0x80 <= head[0] <= 0x8F or head[0] in (0xDE, 0xDF):
        source = flax_file.Flax(stream, title)
    else:
        raise Refused(f"{title}: is no checkpoint of PyTorch, safetensors or flax")
    arrays = source.arrays(_weights)
    if not arrays:
        raise Refused(f"{title}: holds no tensors by name")
    return Checkpoint(title, arrays)
