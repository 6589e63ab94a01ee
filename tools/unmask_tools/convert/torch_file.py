"""PyTorch checkpoints, zip archives and the older plain pickles, without PyTorch.

Only the bytes that a tensor covers are read, when it is asked for. Strides and storage offsets are honoured:
many tensors of the published files are views of larger or transposed storages.
"""
import io
import math
import struct
import zlib

import numpy as np

from . import Refused, pickled, zip_directory
from .array import Array, bfloat16
from .limits import Budget, Damaged, check_tensors, elements

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001
MOST_PICKLE = 1 << 24
PIECE = 1 << 24


def _item_size(kind):
    return 2 if kind == "bfloat16" else np.dtype(kind).itemsize


def _extent(tensor):
    """Elements of the storage from the tensor's first to its last."""
    if 0 in tensor.shape:
        return 0
    return 1 + sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.strides))


def _check_tensor(tensor, name):
    storage = tensor.storage
    if elements(tensor.shape) is None:
        raise Damaged(f"{name} has an impossible shape")
    if tensor.offset + _extent(tensor) > storage.count:
        raise Damaged(f"{name} reaches beyond its storage")
    if math.prod(tensor.shape) > storage.count:
        raise Damaged(f"{name} repeats elements of its storage")


def _array(source, tensor):
    """An Array of a pickled.Tensor that was checked."""
    storage, extent = tensor.storage, _extent(tensor)

    def load():
        raw = source.read(storage, tensor.offset, extent)
        flat = bfloat16(raw) if storage.kind == "bfloat16" else np.frombuffer(raw, storage.kind)
        steps = [stride * flat.itemsize if size > 1 else 0
                 for size, stride in zip(tensor.shape, tensor.strides)]
        return np.lib.stride_tricks.as_strided(flat, tensor.shape, steps, writeable=False)
    return Array(tensor.shape, load)


class _Source:
    """An open stream whose storages have a place (byte offset) in it."""

    def __init__(self, stream, title):
        self.stream, self.title = stream, title
        self.size = stream.seek(0, io.SEEK_END)

    def arrays(self, weights):
        """{name: Array}, where weights(plain data of the file) gives {name: pickled.Tensor}."""
        try:
            found = weights(self.data())
            for name, tensor in found.items():
                _check_tensor(tensor, name)
            check_tensors(
                {name: math.prod(tensor.shape) * _item_size(tensor.storage.kind)
                 for name, tensor in found.items()}, self.size)
        except Damaged as error:
            raise Refused(f"{self.title}: {error}") from error
        return {name: _array(self, tensor) for name, tensor in found.items()}

    def read(self, storage, first, count):
        size = _item_size(storage.kind)
        self.check(storage)
        self.stream.seek(storage.where + first * size)
        raw = self.stream.read(count * size)
        if len(raw) != count * size:
            raise Refused(f"{self.title}: is cut short")
        return raw

    def check(self, storage):
        """Verifies a storage once, where the container has checksums."""


class Zip(_Source):
    """A torch.save() archive."""

    def data(self):
        self.checked, self.taken = set(), []
        self.members = zip_directory.members(self.stream, self.size)
        roots = [name[:-len("data.pkl")] for name in self.members if name.split("/")[1:] == ["data.pkl"]]
        if len(roots) != 1:
            raise Damaged("a zip archive, but not a PyTorch checkpoint")
        self.root = roots[0]
        if self.root + "byteorder" in self.members and self.content("byteorder", 16) != b"little":
            raise Damaged("is not little-endian")
        data, storages = pickled.load(io.BytesIO(self.content("data.pkl", MOST_PICKLE)), self.title, Budget())
        for storage in storages.values():
            self.place(storage)
        self.check_overlaps()
        return data

    def find(self, name):
        """(Member, the offset of its bytes)."""
        member = self.members.get(self.root + name)
        if member is None:
            raise Damaged(f"{name} is missing from the archive")
        start = zip_directory.stored(self.stream, member, self.size)
        self.taken.append((start, start + member.size, name))
        return member, start

    def content(self, name, most):
        member, start = self.find(name)
        if member.size > most:
            raise Damaged(f"{name} has {member.size} bytes, more than any checkpoint needs")
        self.stream.seek(start)
        raw = self.stream.read(member.size)
        if zlib.crc32(raw) != member.crc:
            raise Damaged(f"damaged, the checksum of {name} differs")
        return raw

    def place(self, storage):
        member, storage.where = self.find(f"data/{storage.key}")
        if member.size < storage.count * _item_size(storage.kind):
            raise Damaged(f"data/{storage.key} is too short")

    def check_overlaps(self):
        self.taken.sort()
        for (_, end, first), (start, _, second) in zip(self.taken, self.taken[1:]):
            if start < end:
                raise Damaged(f"{first} and {second} overlap")

    def check(self, storage):
        if storage.key in self.checked:
            return
        member = self.members[f"{self.root}data/{storage.key}"]
        self.stream.seek(storage.where)
        left, sum_ = member.size, 0
        while left:
            piece = self.stream.read(min(left, PIECE))
            if not piece:
                raise Refused(f"{self.title}: is cut short")
            sum_, left = zlib.crc32(piece, sum_), left - len(piece)
        if sum_ != member.crc:
            raise Refused(f"{self.title}: damaged, the checksum of data/{storage.key} differs")
        self.checked.add(storage.key)


class Legacy(_Source):
    """The form of PyTorch before 1.6: pickles, then the storages in the order of a list of keys."""

    def data(self):
        budget = Budget()
        self.stream.seek(0)
        for expected in (LEGACY_MAGIC, LEGACY_PROTOCOL):
            found = pickled.load(self.stream, self.title, budget)[0]
            if type(found) is not int or found != expected:
                raise Damaged("a pickle, but not a PyTorch checkpoint")
        system = pickled.load(self.stream, self.title, budget)[0]
        if type(system) is not dict or system.get("little_endian") is not True:
            raise Damaged("is not little-endian")
        data, storages = pickled.load(self.stream, self.title, budget)
        self.place(pickled.load(self.stream, self.title, budget)[0], storages)
        return data

    def place(self, keys, storages):
        # A list may hold anything, itself too, so that its parts are looked at one by one.
        if type(keys) is not list or len(keys) != len(storages) or not all(
                type(key) is str and key in storages for key in keys) or len(set(keys)) != len(keys):
            raise Damaged("damaged, its list of storages does not fit")
        for key in keys:
            storage = storages[key]
            head = self.stream.read(8)
            if len(head) != 8 or struct.unpack("<q", head)[0] != storage.count:
                raise Damaged(f"is cut short or damaged at storage {key}")
            storage.where = self.stream.tell()
            end = storage.where + storage.count * _item_size(storage.kind)
            if end > self.size:
                raise Damaged(f"is cut short at storage {key}")
            self.stream.seek(end)
