"""Pickles read without running anything: a name stands for tensors, for inert data, or the file is refused.

Python's own unpickler calls whatever a file names. This one knows the few names that PyTorch writes for
tensors. Objects that only carry settings (a trainer's arguments, its callbacks) become inert placeholders;
every other name ends the reading. No object's attributes are ever set, and no module is ever imported.
"""
import collections
import pickle

from . import Refused

ELEMENT_TYPES = {
    "Float": "<f4",
    "Double": "<f8",
    "Half": "<f2",
    "BFloat16": "bfloat16",
    "Long": "<i8",
    "Int": "<i4",
    "Short": "<i2",
    "Char": "i1",
    "Byte": "u1",
    "Bool": "?"
}
# Modules whose objects carry settings beside the weights of published files, and names of data types.
INERT_MODULES = ("argparse", "datetime", "enum", "lightning", "lightning_fabric", "numpy", "omegaconf",
                 "pathlib", "pytorch_lightning", "typing", "yacs")
INERT_BUILTINS = ("bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int", "list",
                  "object", "range", "set", "slice", "str", "tuple")
INERT_NAMES = {("_codecs", "encode"), ("collections", "Counter"), ("collections", "defaultdict"),
               ("collections", "deque"), ("torch", "Size"), ("torch", "device"),
               *((module, name) for module in ("builtins", "__builtin__") for name in INERT_BUILTINS),
               *((module, "_reconstructor") for module in ("copyreg", "copy_reg")),
               *(("torch", name) for name in ("float32", "float64", "float16", "bfloat16", "int64", "int32"))}


class Storage:
    """A run of elements in the file; where is set by whoever knows the container."""

    def __init__(self, key, kind, count):
        self.key, self.kind, self.count, self.where = key, kind, count, None


class Tensor:
    def __init__(self, storage, offset, shape, strides):
        self.storage, self.offset, self.shape, self.strides = storage, offset, tuple(shape), tuple(strides)


class Inert:
    """What is left of an object that is not a tensor: nothing."""

    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)

    def __init__(self, *args, **kwargs):
        pass

    def ignore(self, *args):
        pass

    append = extend = add = __setitem__ = ignore


def _whole(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _tensor(storage, offset, shape, strides, *rest):
    sizes = isinstance(shape, tuple) and isinstance(strides, tuple) and len(shape) == len(strides) <= 8
    if not isinstance(storage, Storage) or not sizes or not all(map(_whole, (offset, *shape, *strides))):
        raise pickle.UnpicklingError("a tensor is not described as PyTorch does it")
    return Tensor(storage, offset, shape, strides)


def _parameter(data, *rest):
    return data


def _key(value):
    """A dictionary's key or a set's element. Python hashes tuples in tuples to any depth, until its stack is
    full, so only flat ones pass."""
    if isinstance(value, tuple) and any(isinstance(part, tuple) for part in value):
        raise pickle.UnpicklingError("a key of nested tuples")
    return value


class Ordered(collections.OrderedDict):
    def __init__(self, pairs=()):
        super().__init__()
        for key, value in pairs:
            self[_key(key)] = value


FUNCTIONS = {("torch._utils", "_rebuild_tensor_v2"): _tensor, ("torch._utils", "_rebuild_tensor"): _tensor,
             ("torch._utils", "_rebuild_parameter"): _parameter,
             ("torch._utils", "_rebuild_parameter_with_state"): _parameter,
             ("collections", "OrderedDict"): Ordered}


class StorageType:
    def __init__(self, kind):
        self.kind = kind


# One short opcode can make the C unpickler allocate gigabytes; the Python one keeps its memo in a dict.
class Unpickler(pickle._Unpickler):
    """load() returns plain data with Tensors in it. storages: every Storage by key."""

    dispatch = dict(pickle._Unpickler.dispatch)

    def __init__(self, stream, title):
        super().__init__(stream, encoding="latin-1")
        self.title, self.storages = title, {}

    def find_class(self, module, name):
        if (module, name) in FUNCTIONS:
            return FUNCTIONS[module, name]
        if module == "torch" and name.endswith("Storage") and name[:-7] in ELEMENT_TYPES:
            return StorageType(ELEMENT_TYPES[name[:-7]])
        if (module, name) in INERT_NAMES or module.split(".")[0] in INERT_MODULES:
            return type("Inert", (Inert,), {})
        raise Refused(
            f"{self.title}: asks for {module}.{name}, which weights never need; such a file can run code")

    def persistent_load(self, saved):
        if not isinstance(saved, tuple) or len(saved) not in (5, 6) or saved[0] not in ("storage",
                                                                                        b"storage"):
            raise pickle.UnpicklingError("an unknown kind of reference")
        kind, key, count = saved[1], str(saved[2]), saved[4]
        if not isinstance(kind, StorageType) or not _whole(count) or (len(saved) == 6
                                                                      and saved[5] is not None):
            raise pickle.UnpicklingError("a storage is not described as PyTorch does it")
        storage = self.storages.setdefault(key, Storage(key, kind.kind, count))
        if (storage.kind, storage.count) != (kind.kind, count):
            raise pickle.UnpicklingError(f"storage {key} is described in two ways")
        return storage

    def load_build(self):
        self.stack.pop()

    dispatch[pickle.BUILD[0]] = load_build

    def keyed(load, step):
        """An opcode whose operands, every `step`th from the mark or (0) the one below the top, are hashed."""

        def checked(self):
            for key in self.stack[::step] if step else self.stack[-2:-1]:
                _key(key)
            load(self)

        return checked

    for opcode, step in ((pickle.SETITEM, 0), (pickle.SETITEMS, 2), (pickle.DICT, 2), (pickle.ADDITEMS, 1),
                         (pickle.FROZENSET, 1)):
        dispatch[opcode[0]] = keyed(dispatch[opcode[0]], step)
    del keyed, opcode, step

    def load_bytearray8(self):
        raise pickle.UnpicklingError("a bytearray, whose size may be a lie")

    dispatch[pickle.BYTEARRAY8[0]] = load_bytearray8


def load(stream, title):
    """(plain data, {key: Storage}) of one pickle; Refused for damage and for names that are not wanted."""
    reader = Unpickler(stream, title)
    try:
        return reader.load(), reader.storages
    except Refused:
        raise
    except (Exception, MemoryError) as error:
        # A damaged pickle can fail in any opcode, with any exception.
        raise Refused(f"{title}: damaged or foreign pickle ({type(error).__name__})") from error
