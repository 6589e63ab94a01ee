"""Pickles read without running anything: a name stands for tensors, for inert data, or the file is refused.

Python's own unpickler calls whatever a file names, and even without that a few bytes make it double a text
for ever or fill the memory. This reader knows the opcodes of protocols 2 to 5 and the few names that PyTorch
writes for tensors. A value is None, a bool, a number, a text, a tuple, a list, a dict whose keys are texts,
a Storage, a Tensor, or INERT: what is left of everything else, be it sets, bytes or a trainer's settings.
Only texts are hashed, nothing is compared or printed before its type and length are known, and everything is
paid for from a limits.Budget. No module is ever imported.
"""
import struct

from . import Refused
from .limits import MOST_NAME, MOST_RANK, Damaged, whole

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
MOST_INTEGER = 64  # bytes; PyTorch's magic number has 10
MOST_PROTOCOL = 5


class Storage:
    """A run of elements in the file; where is set by whoever knows the container."""

    __slots__ = "key", "kind", "count", "where"

    def __init__(self, key, kind, count):
        self.key, self.kind, self.count, self.where = key, kind, count, None


class Tensor:
    __slots__ = "storage", "offset", "shape", "strides"

    def __init__(self, storage, offset, shape, strides):
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides


class StorageType:
    """What torch.FloatStorage and its kind stand for."""

    __slots__ = ("kind", )

    def __init__(self, kind):
        self.kind = kind


class Function:
    """What a name stands for that is called: run(reader, arguments)."""

    __slots__ = ("run", )

    def __init__(self, run):
        self.run = run


class _Inert:
    __slots__ = ()


INERT = _Inert()


def _sizes(value):
    return type(value) is tuple and len(value) <= MOST_RANK and all(map(whole, value))


def _tensor(reader, arguments):
    if len(arguments) < 4 or type(arguments[0]) is not Storage:
        raise Damaged("describes a tensor as PyTorch does not")
    storage, offset, shape, strides = arguments[:4]
    if not whole(offset) or not _sizes(shape) or not _sizes(strides) or len(shape) != len(strides):
        raise Damaged("describes a tensor as PyTorch does not")
    return Tensor(storage, offset, shape, strides)


def _parameter(reader, arguments):
    if not arguments or type(arguments[0]) is not Tensor:
        raise Damaged("describes a parameter as PyTorch does not")
    return arguments[0]


def _ordered(reader, arguments):
    """An OrderedDict: without arguments, or from a list of pairs, as Python 2 wrote it."""
    if len(arguments) > 1 or (arguments and type(arguments[0]) not in (list, tuple)):
        raise Damaged("has an OrderedDict of no pairs")
    made = {}
    for pair in arguments[0] if arguments else ():
        if type(pair) not in (list, tuple) or len(pair) != 2:
            raise Damaged("has an OrderedDict of no pairs")
        reader.budget.spend(1, 0)
        reader.set_item(made, *pair)
    return made


TENSOR, PARAMETER, ORDERED = Function(_tensor), Function(_parameter), Function(_ordered)
FUNCTIONS = {("torch._utils", "_rebuild_tensor_v2"): TENSOR, ("torch._utils", "_rebuild_tensor"): TENSOR,
             ("torch._utils", "_rebuild_parameter"): PARAMETER,
             ("torch._utils", "_rebuild_parameter_with_state"): PARAMETER,
             ("collections", "OrderedDict"): ORDERED}
STORAGE_TYPES = {f"{name}Storage": StorageType(kind) for name, kind in ELEMENT_TYPES.items()}
OPCODES = {}  # byte: method of Reader
STOP = b"."


def opcode(*codes):
    def listed(function):
        OPCODES.update({code.encode("latin-1"): function for code in codes})
        return function
    return listed


class Reader:
    """One pickle at the place of a stream. storages: every Storage by key."""

    def __init__(self, stream, budget):
        self.stream, self.budget = stream, budget
        self.stack, self.below, self.memo, self.storages = [], [], {}, {}

    def load(self):
        """The value of the pickle. IndexError: the stack has too few; KeyError: so has the memo."""
        read, spend = self.stream.read, self.budget.spend
        while True:
            spend(1, 1)
            code = read(1)
            if code == STOP:
                return self.stack.pop()
            action = OPCODES.get(code)
            if action is None:
                raise Damaged("has a pickle with an opcode that PyTorch never writes"
                              if code else "is cut short")
            action(self)

    def take(self, size):
        self.budget.spend(0, size)
        raw = self.stream.read(size)
        if len(raw) != size:
            raise Damaged("is cut short")
        return raw

    def number(self, size, signed=False):
        return int.from_bytes(self.take(size), "little", signed=signed)

    def line(self):
        raw = self.stream.readline(MOST_NAME)
        self.budget.spend(0, len(raw))
        if raw[-1:] != b"\n":
            raise Damaged("has a pickle with a name that does not end")
        return raw[:-1].decode("utf-8")

    def marked(self):
        """The values above the mark, which goes away."""
        values, self.stack = self.stack, self.below.pop()
        return values

    def named(self, module, name):
        if (module, name) in FUNCTIONS:
            return FUNCTIONS[module, name]
        if module == "torch" and name in STORAGE_TYPES:
            return STORAGE_TYPES[name]
        if (module, name) in INERT_NAMES or module.split(".", 1)[0] in INERT_MODULES:
            return INERT
        raise Damaged(f"asks for {module}.{name}, which weights never need; such a file can run code")

    def call(self, function, arguments):
        if function is INERT:
            return INERT
        if type(function) is not Function or type(arguments) is not tuple:
            raise Damaged("has a pickle that calls what is no function")
        return function.run(self, arguments)

    def set_item(self, target, key, value):
        """Other keys than texts are never those of weights."""
        if type(key) is str:
            # Equal keys are compared letter by letter.
            self.budget.spend(0, len(key))
            target[key] = value

    def storage(self, saved):
        if type(saved) is not tuple or len(saved) not in (5, 6) or type(saved[0]) is not str or \
                saved[0] != "storage":
            raise Damaged("refers to something else than a storage")
        kind, key, count = saved[1], saved[2], saved[4]
        viewed = len(saved) == 6 and saved[5] is not None
        if type(kind) is not StorageType or not whole(count) or viewed or \
                type(key) is not str or len(key) > MOST_NAME:
            raise Damaged("describes a storage as PyTorch does not")
        found = self.storages.setdefault(key, Storage(key, kind.kind, count))
        if (found.kind, found.count) != (kind.kind, count):
            raise Damaged(f"describes storage {key} in two ways")
        return found

    @opcode("\x80")
    def _protocol(self):
        if self.number(1) > MOST_PROTOCOL:
            raise Damaged("has a pickle of a newer kind")

    @opcode("\x95")
    def _frame(self):
        self.take(8)

    @opcode("N")
    def _none(self):
        self.stack.append(None)

    @opcode("\x88")
    def _true(self):
        self.stack.append(True)

    @opcode("\x89")
    def _false(self):
        self.stack.append(False)

    @opcode("J")
    def _int4(self):
        self.stack.append(self.number(4, True))

    @opcode("K")
    def _int1(self):
        self.stack.append(self.number(1))

    @opcode("M")
    def _int2(self):
        self.stack.append(self.number(2))

    def push_long(self, size):
        if size > MOST_INTEGER:
            raise Damaged("has a pickle with an endless number")
        self.stack.append(self.number(size, True))

    @opcode("\x8a")
    def _long1(self):
        self.push_long(self.number(1))

    @opcode("\x8b")
    def _long4(self):
        self.push_long(self.number(4))

    @opcode("G")
    def _float(self):
        self.stack.append(struct.unpack(">d", self.take(8))[0])

    def push_text(self, size, encoding="utf-8"):
        self.stack.append(self.take(size).decode(encoding, "surrogatepass"))

    @opcode("\x8c")
    def _text1(self):
        self.push_text(self.number(1))

    @opcode("X")
    def _text4(self):
        self.push_text(self.number(4))

    @opcode("\x8d")
    def _text8(self):
        self.push_text(self.number(8))

    @opcode("U")
    def _old_text1(self):
        self.push_text(self.number(1), "latin-1")

    @opcode("T")
    def _old_text4(self):
        self.push_text(self.number(4), "latin-1")

    def push_bytes(self, size):
        self.take(size)
        self.stack.append(INERT)

    @opcode("C")
    def _bytes1(self):
        self.push_bytes(self.number(1))

    @opcode("B")
    def _bytes4(self):
        self.push_bytes(self.number(4))

    @opcode("\x8e", "\x96")
    def _bytes8(self):
        self.push_bytes(self.number(8))

    @opcode("(")
    def _mark(self):
        self.below.append(self.stack)
        self.stack = []

    @opcode("0")
    def _pop(self):
        if self.stack:
            del self.stack[-1]
        else:
            self.marked()

    @opcode("1")
    def _pop_mark(self):
        self.marked()

    @opcode("2")
    def _duplicate(self):
        self.stack.append(self.stack[-1])

    @opcode(")")
    def _tuple0(self):
        self.stack.append(())

    def push_tuple(self, size):
        if len(self.stack) < size:
            raise IndexError
        self.stack[-size:] = [tuple(self.stack[-size:])]

    @opcode("\x85")
    def _tuple1(self):
        self.push_tuple(1)

    @opcode("\x86")
    def _tuple2(self):
        self.push_tuple(2)

    @opcode("\x87")
    def _tuple3(self):
        self.push_tuple(3)

    @opcode("t")
    def _tuple(self):
        values = self.marked()
        self.stack.append(tuple(values))

    @opcode("]")
    def _list(self):
        self.stack.append([])

    def extend(self, values):
        target = self.stack[-1]
        if type(target) is list:
            target.extend(values)
        elif target is not INERT:
            raise Damaged("has a pickle that appends to what is no list")

    @opcode("a")
    def _append(self):
        value = self.stack.pop()
        self.extend((value, ))

    @opcode("e")
    def _appends(self):
        self.extend(self.marked())

    @opcode("}")
    def _dict(self):
        self.stack.append({})

    def set_items(self, pairs):
        target = self.stack[-1]
        if target is INERT:
            return
        if type(target) is not dict or len(pairs) % 2:
            raise Damaged("has a pickle that sets items of what is no dict")
        for key, value in zip(pairs[::2], pairs[1::2]):
            self.set_item(target, key, value)

    @opcode("s")
    def _set_item(self):
        value, key = self.stack.pop(), self.stack.pop()
        self.set_items((key, value))

    @opcode("u")
    def _set_items(self):
        self.set_items(self.marked())

    @opcode("\x8f")
    def _set(self):
        self.stack.append(INERT)

    @opcode("\x90")
    def _add_items(self):
        self.marked()
        if self.stack[-1] is not INERT:
            raise Damaged("has a pickle that adds to what is no set")

    @opcode("\x91")
    def _frozen_set(self):
        self.marked()
        self.stack.append(INERT)

    @opcode("q")
    def _put1(self):
        self.memo[self.number(1)] = self.stack[-1]

    @opcode("r")
    def _put4(self):
        self.memo[self.number(4)] = self.stack[-1]

    @opcode("\x94")
    def _memoize(self):
        self.memo[len(self.memo)] = self.stack[-1]

    @opcode("h")
    def _get1(self):
        self.stack.append(self.memo[self.number(1)])

    @opcode("j")
    def _get4(self):
        self.stack.append(self.memo[self.number(4)])

    @opcode("c")
    def _global(self):
        module = self.line()
        self.stack.append(self.named(module, self.line()))

    @opcode("\x93")
    def _stack_global(self):
        name, module = self.stack.pop(), self.stack.pop()
        if type(name) is not str or type(module) is not str or max(len(name), len(module)) > MOST_NAME:
            raise Damaged("has a pickle with a name that is none")
        self.stack.append(self.named(module, name))

    @opcode("R", "\x81")
    def _call(self):
        """REDUCE, and NEWOBJ, which is the same for the names known here."""
        arguments, function = self.stack.pop(), self.stack.pop()
        self.stack.append(self.call(function, arguments))

    @opcode("\x92")
    def _new_object_named(self):
        """NEWOBJ_EX: nothing that weights need has named arguments."""
        self.stack.pop(), self.stack.pop()
        self.stack.append(self.call(self.stack.pop(), None))

    @opcode("o")
    def _old_object(self):
        self.stack.append(self.call(self.marked()[0], None))

    @opcode("b")
    def _build(self):
        """No object's attributes are ever set."""
        self.stack.pop()

    @opcode("Q")
    def _storage(self):
        self.stack.append(self.storage(self.stack.pop()))


def load(stream, title, budget):
    """(plain data, {key: Storage}) of one pickle; Refused for damage and for names that are not wanted."""
    reader = Reader(stream, budget)
    try:
        return reader.load(), reader.storages
    except Damaged as error:
        raise Refused(f"{title}: {error}") from error
    except (IndexError, KeyError, UnicodeDecodeError) as error:
        raise Refused(f"{title}: damaged or foreign pickle") from error
