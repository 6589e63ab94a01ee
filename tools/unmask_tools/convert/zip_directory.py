"""The directory of a zip archive of stored members, as torch.save() writes it.

Python's zipfile takes an archive at its word: a directory may name a member twice, lay members over each
other or beyond the end, and fill ten times its size in memory. This one believes nothing that the file does
not bear out.
"""
import struct

from .limits import MOST_BYTES, MOST_TENSORS, Damaged

END, END_SIZE = b"PK\5\6", 22
LOCATOR, LOCATOR_SIZE = b"PK\6\7", 20
END_64, END_64_SIZE = b"PK\6\6", 56
ENTRY, ENTRY_SIZE = b"PK\1\2", 46
LOCAL, LOCAL_SIZE = b"PK\3\4", 30
MOST_COMMENT = 0xFFFF
MOST_MEMBERS = 2 * MOST_TENSORS
FULL_16, FULL_32 = 0xFFFF, 0xFFFFFFFF


class Member:
    """header: offset of its local header. size and crc: of its bytes, which stored() finds."""

    __slots__ = "name", "header", "size", "crc", "is_stored"

    def __init__(self, name, header, size, crc, is_stored):
        self.name, self.header, self.size, self.crc, self.is_stored = name, header, size, crc, is_stored


def _at(stream, offset, size):
    stream.seek(offset)
    raw = stream.read(size)
    if len(raw) != size:
        raise Damaged("is cut short")
    return raw


def _directory(stream, file_size):
    """(number of members, bytes of the directory)."""
    tail_size = min(file_size, END_SIZE + MOST_COMMENT)
    tail = _at(stream, file_size - tail_size, tail_size)
    found = tail.rfind(END, 0, tail_size - END_SIZE + len(END))
    if found < 0:
        raise Damaged("damaged or cut short, its zip directory is missing")
    count, size, offset = struct.unpack("<10xHLL2x", tail[found:found + END_SIZE])
    end = file_size - tail_size + found
    if FULL_16 == count or FULL_32 in (size, offset):
        if end < LOCATOR_SIZE + END_64_SIZE:
            raise Damaged("damaged, its zip directory is missing")
        mark, place = struct.unpack("<4s4xQ4x", _at(stream, end - LOCATOR_SIZE, LOCATOR_SIZE))
        if mark != LOCATOR or place > end - LOCATOR_SIZE - END_64_SIZE:
            raise Damaged("damaged, its zip directory is missing")
        mark, count, size, offset = struct.unpack("<4s28xQQQ", _at(stream, place, END_64_SIZE))
        if mark != END_64:
            raise Damaged("damaged, its zip directory is missing")
        end = place
    if count > MOST_MEMBERS or size > MOST_BYTES:
        raise Damaged(f"has a zip directory of {count} members, more than any checkpoint")
    if offset + size > end:
        raise Damaged("damaged or cut short, its zip directory is missing")
    return count, _at(stream, offset, size)


def _wide(extra, wanted):
    """The 64-bit numbers that stand for `wanted` full ones, from an entry's extra fields."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind == 1 and size >= 8 * wanted and at + 4 + 8 * wanted <= len(extra):
            return list(struct.unpack_from(f"<{wanted}Q", extra, at + 4))
        at += 4 + size
    raise Damaged("damaged, its zip directory lacks a size")


def members(stream, file_size):
    """{name: Member} of the archive."""
    count, raw = _directory(stream, file_size)
    found, at = {}, 0
    for _ in range(count):
        if at + ENTRY_SIZE > len(raw) or raw[at:at + 4] != ENTRY:
            raise Damaged("damaged, its zip directory is cut short")
        flags, method, crc, packed, size, name_size, extra_size, comment_size, header = struct.unpack_from(
            "<8xHH4xLLLHHH8xL", raw, at)
        names, extras = at + ENTRY_SIZE, at + ENTRY_SIZE + name_size
        at = extras + extra_size + comment_size
        if at > len(raw):
            raise Damaged("damaged, its zip directory is cut short")
        numbers = [size, packed, header]
        full = [i for i, number in enumerate(numbers) if number == FULL_32]
        for i, number in zip(full, _wide(raw[extras:extras + extra_size], len(full)) if full else ()):
            numbers[i] = number
        size, packed, header = numbers
        name = raw[names:extras].decode("utf-8", "replace")
        if name in found:
            raise Damaged(f"has {name} twice")
        found[name] = Member(name, header, size, crc, method == 0 and not flags & 1 and size == packed)
    return found


def stored(stream, member, file_size):
    """The offset of a member's bytes, all of which lie in the file."""
    if not member.is_stored:
        raise Damaged(f"{member.name} is compressed, which PyTorch never does")
    if member.header + LOCAL_SIZE > file_size:
        raise Damaged(f"damaged at {member.name}")
    header = _at(stream, member.header, LOCAL_SIZE)
    start = member.header + LOCAL_SIZE + sum(struct.unpack("<HH", header[26:]))
    if header[:4] != LOCAL or start + member.size > file_size:
        raise Damaged(f"damaged or cut short at {member.name}")
    return start
