"""GGUF v3 in the strict profile of docs/MODEL_FORMAT.md: a writer, and a reader for tests and references."""
import hashlib
import itertools
import os
import struct

import numpy as np

ALIGNMENT = 256
F32, F16, Q8_0 = 0, 1, 8
FILE_TYPES = {"f32": 0, "f16": 1, "q8_0": 7}
U32, FLOAT, BOOL, STRING, ARRAY = 4, 6, 7, 8, 9
ALWAYS_F32 = ("quant.codebook.weight", "head.position_bias")
DIGEST = "maskgit.sha256."
PIECE = 1 << 22  # elements, a multiple of a Q8_0 block


def _string(text):
    raw = text.encode("utf-8")
    return struct.pack("<Q", len(raw)) + raw


def _typed(value):
    """(GGUF type, bytes) of a Python value: bool, int (u32), float (f32), str or a list of one of them."""
    if isinstance(value, bool):
        return BOOL, struct.pack("<B", value)
    if isinstance(value, int):
        return U32, struct.pack("<I", value)
    if isinstance(value, float):
        return FLOAT, struct.pack("<f", value)
    if isinstance(value, str):
        return STRING, _string(value)
    items = [_typed(item) for item in value]
    if len({kind for kind, _ in items}) != 1:
        raise ValueError("an array needs items of one type")
    return ARRAY, struct.pack("<IQ", items[0][0], len(items)) + b"".join(raw for _, raw in items)


def quantize_q8_0(array):
    """float32 (..., n), n a multiple of 32, to blocks of an f16 scale and 32 signed bytes."""
    blocks = np.ascontiguousarray(array, np.float32).reshape(-1, 32)
    scale = np.abs(blocks).max(1) / np.float32(127)
    # Of smaller scales the inverse is not finite, and as f16 they are 0.
    inverse = np.divide(1, scale, out=np.zeros_like(scale), where=scale >= np.finfo(np.float32).tiny)
    # Halves away from zero, as roundf() does it.
    scaled = blocks * inverse[:, None]
    codes = np.trunc(scaled + np.copysign(np.float32(0.5), scaled)).astype(np.int8)
    out = np.empty(len(blocks), np.dtype([("scale", "<f2"), ("codes", "i1", 32)]))
    out["scale"], out["codes"] = scale.astype(np.float16), codes
    return out.tobytes()


def dequantize_q8_0(raw, shape):
    blocks = np.frombuffer(raw, np.dtype([("scale", "<f2"), ("codes", "i1", 32)]))
    return (blocks["codes"].astype(np.float32) * blocks["scale"].astype(np.float32)[:, None]).reshape(shape)


def stored_type(name, shape, file_type):
    """The type that a tensor has in a file of this type."""
    if len(shape) == 1 or name in ALWAYS_F32 or file_type == "f32":
        return F32
    if file_type == "f16" or shape[-1] % 32:
        return F16
    return Q8_0


def _encode(array, kind):
    if kind == Q8_0:
        return quantize_q8_0(array)
    return np.ascontiguousarray(array, "<f2" if kind == F16 else "<f4").tobytes()


def _round_up(size):
    return -(-size // ALIGNMENT) * ALIGNMENT


def _pieces(array, kind):
    """The stored bytes of a tensor, a few megabytes at a time."""
    values = array.load() if hasattr(array, "load") else array
    flat = np.ascontiguousarray(values, np.float32).reshape(-1)
    for start in range(0, len(flat), PIECE):
        yield _encode(flat[start:start + PIECE], kind)


def _header(metadata, infos, data_digest):
    """The bytes before the data section. infos: [(name, shape, type, offset)]."""
    pairs = {**metadata, DIGEST + "header": "0" * 64, DIGEST + "data": data_digest}
    header = bytearray(b"GGUF" + struct.pack("<IQQ", 3, len(infos), len(pairs)))
    spot = None
    for key, value in pairs.items():
        kind, raw = _typed(value)
        header += _string(key) + struct.pack("<I", kind) + raw
        if key == DIGEST + "header":
            spot = len(header) - 64
    for name, shape, kind, offset in infos:
        header += _string(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape[::-1], kind, offset)
    header.extend(bytes(_round_up(len(header)) - len(header)))
    header[spot:spot + 64] = hashlib.sha256(header).hexdigest().encode("ascii")
    return bytes(header)


def _write_data(stream, tensors, infos, progress):
    """Writes the data section and returns its digest."""
    digest, done = hashlib.sha256(), 0
    end = infos[-1][3] + _size(infos[-1][2], infos[-1][1])
    for (_, array), (_, _, kind, offset) in zip(tensors, infos):
        for piece in itertools.chain([bytes(offset - done)], _pieces(array, kind)):
            stream.write(piece)
            digest.update(piece)
        done = offset + _size(kind, array.shape)
        if progress:
            progress(done, end)
    return digest.hexdigest()


def write(path, metadata, tensors, file_type="f16", progress=None):
    """Writes a file that appears whole or not at all, holding one tensor at a time.

    metadata: without digests, in file order. tensors: [(name, array)]; an array with load() is read when its
    turn comes. progress(bytes done, bytes in all) is called after each.
    """
    infos, end = [], 0
    for name, array in tensors:
        kind = stored_type(name, array.shape, file_type)
        infos.append((name, tuple(array.shape), kind, _round_up(end)))
        end = infos[-1][3] + _size(kind, array.shape)
    temporary = f"{path}.tmp{os.getpid()}"
    try:
        with open(temporary, "wb") as stream:
            # The digests stand in the header, so its place is kept free until the data is known.
            stream.write(bytes(len(_header(metadata, infos, "0" * 64))))
            stream_digest = _write_data(stream, tensors, infos, progress)
            stream.seek(0)
            stream.write(_header(metadata, infos, stream_digest))
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


class _Cursor:
    def __init__(self, raw):
        self.raw, self.at = raw, 0

    def take(self, form):
        values = struct.unpack_from("<" + form, self.raw, self.at)
        self.at += struct.calcsize("<" + form)
        return values if len(values) > 1 else values[0]

    def string(self):
        size = self.take("Q")
        text = self.raw[self.at:self.at + size].decode("utf-8")
        self.at += size
        return text

    def value(self, kind):
        if kind == STRING:
            return self.string()
        if kind == ARRAY:
            inner, count = self.take("IQ")
            return [self.value(inner) for _ in range(count)]
        return {U32: lambda: self.take("I"), FLOAT: lambda: self.take("f"),
                BOOL: lambda: bool(self.take("B"))}[kind]()


def _decode(raw, kind, shape):
    if kind == Q8_0:
        return dequantize_q8_0(raw, shape)
    return np.frombuffer(raw, "<f2" if kind == F16 else "<f4").astype(np.float32).reshape(shape)


def _size(kind, shape):
    count = int(np.prod(shape))
    return count // 32 * 34 if kind == Q8_0 else count * (2 if kind == F16 else 4)


def read(path):
    """(metadata dict, {name: float32 array}) of a file; ValueError where a digest is wrong."""
    with open(path, "rb") as stream:
        raw = stream.read()
    cursor = _Cursor(raw)
    if raw[:4] != b"GGUF":
        raise ValueError(f"{path}: not a GGUF file")
    cursor.at = 4
    version, tensor_count, pair_count = cursor.take("IQQ")
    if version != 3:
        raise ValueError(f"{path}: version is {version}, expected 3")
    metadata, spot = {}, None
    for _ in range(pair_count):
        key = cursor.string()
        metadata[key] = cursor.value(cursor.take("I"))
        if key == DIGEST + "header":
            spot = cursor.at - 64
    infos = []
    for _ in range(tensor_count):
        name, rank = cursor.string(), cursor.take("I")
        dims = [cursor.take("Q") for _ in range(rank)]
        infos.append((name, tuple(dims[::-1]), *cursor.take("IQ")))
    start = _round_up(cursor.at)
    header = bytearray(raw[:start])
    if spot is None or DIGEST + "data" not in metadata:
        raise ValueError(f"{path}: a digest is missing")
    header[spot:spot + 64] = b"0" * 64
    if hashlib.sha256(header).hexdigest() != metadata[DIGEST + "header"]:
        raise ValueError(f"{path}: {DIGEST}header does not match")
    if hashlib.sha256(raw[start:]).hexdigest() != metadata[DIGEST + "data"]:
        raise ValueError(f"{path}: {DIGEST}data does not match")
    tensors = {}
    for name, shape, kind, offset in infos:
        at = start + offset
        tensors[name] = _decode(raw[at:at + _size(kind, shape)], kind, shape)
    return metadata, tensors
