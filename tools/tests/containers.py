"""Containers of checkpoints put together byte by byte, without PyTorch, whatever is in them."""
import json
import struct
import zlib

FLOAT_STORAGE = b"ctorch\nFloatStorage\n"
REBUILD = b"ctorch._utils\n_rebuild_tensor_v2\n"
ORDERED = b"ccollections\nOrderedDict\n"
MAGIC = b"\x80\x02\x8a\x0al\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
VERSION = b"\x80\x02M\xe9\x03."
SYSTEM = b"\x80\x02}X\x0d\0\0\0little_endian\x88s."


def text(value):
    """The opcode of a text."""
    raw = value.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<I", len(raw)) + raw


def number(value):
    """The opcode of a whole number."""
    if 0 <= value < 256:
        return b"K" + bytes([value])
    raw = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(raw)]) + raw if len(raw) < 256 else b"\x8b" + struct.pack("<I",
                                                                                          len(raw)) + raw


def storage(key, count, kind=FLOAT_STORAGE):
    """A reference to a storage."""
    return b"(" + text("storage") + kind + text(key) + text("cpu") + number(count) + b"tQ"


def numbers(values):
    """A tuple of whole numbers."""
    return b"(" + b"".join(map(number, values)) + b"t"


def tensor(where, offset, shape, strides):
    """A tensor in a storage() given as opcodes."""
    return (REBUILD + b"(" + where + number(offset) + numbers(shape) + numbers(strides) + b"\x89" + ORDERED +
            b")RtR")


def mapping(items):
    """A dict of (text, opcodes) pairs."""
    return b"}(" + b"".join(text(name) + value for name, value in items) + b"u"


def pickled(opcodes):
    return b"\x80\x02" + opcodes + b"."


def zip_local(name, raw, crc):
    name = name.encode()
    return struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 0, crc, len(raw), len(raw), len(name),
                       0) + name + raw


def zip_entry(name, size, crc, offset, method=0):
    name = name.encode()
    return struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, method, 0, 0, crc, size, size, len(name), 0, 0, 0,
                       0, 0, offset) + name


def zip_end(count, size, offset):
    return struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, size, offset, 0)


def zipped(members):
    """A zip archive of stored members, given as (name, bytes); a name may stand twice."""
    body, directory = b"", b""
    for name, raw in members:
        crc = zlib.crc32(raw)
        directory += zip_entry(name, len(raw), crc, len(body))
        body += zip_local(name, raw, crc)
    return body + directory + zip_end(len(members), len(directory), len(body))


def torch_zip(data, storages=()):
    """A torch.save() archive: the pickle, and storages as (key, bytes)."""
    return zipped([("archive/data.pkl", data), ("archive/version", b"3\n"),
                   *((f"archive/data/{key}", raw) for key, raw in storages)])


def torch_legacy(data, keys, storages):
    """The form before PyTorch 1.6: keys as opcodes of a list, storages as (count, bytes)."""
    return (MAGIC + VERSION + SYSTEM + data + pickled(keys) +
            b"".join(struct.pack("<q", count) + raw for count, raw in storages))


def safetensors(header, data=b""):
    """header: JSON as text, or what becomes it."""
    raw = (header if isinstance(header, str) else json.dumps(header)).encode()
    return struct.pack("<Q", len(raw)) + raw + data


class Packed(bytes):
    """What msgpack() takes as it is."""


def msgpack(value):
    """A dict, ("map", pairs) for one with equal keys, a list, int, str, bool, None, bytes or Packed."""
    if isinstance(value, Packed):
        return bytes(value)
    if isinstance(value, dict):
        value = ("map", list(value.items()))
    if isinstance(value, tuple):
        pairs = value[1]
        return b"\xdf" + struct.pack(">I", len(pairs)) + b"".join(map(msgpack, (x for p in pairs for x in p)))
    if isinstance(value, list):
        return b"\xdd" + struct.pack(">I", len(value)) + b"".join(map(msgpack, value))
    if value is None or isinstance(value, bool):
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
    if isinstance(value, int):
        return b"\xd3" + struct.pack(">q", value) if value < 0 else b"\xcf" + struct.pack(">Q", value)
    if isinstance(value, str):
        return b"\xdb" + struct.pack(">I", len(value.encode())) + value.encode()
    return b"\xc6" + struct.pack(">I", len(value)) + value


def flax_array(shape, kind, raw):
    """An array as flax packs it."""
    body = msgpack([list(shape), kind, raw])
    return Packed(b"\xc9" + struct.pack(">Ib", len(body), 1) + body)
