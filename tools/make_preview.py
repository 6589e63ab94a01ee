#!/usr/bin/env python3
"""Makes an animated PNG of unmask small: one palette for all frames.

Usage: make_preview.py ANIMATION.png OUT.png [COLOURS]
"""
import pathlib
import struct
import sys
import zlib

WHITE = 246  # channels of a ground that is meant to be white
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunks(data):
    at = 8
    while at < len(data):
        size, = struct.unpack_from(">I", data, at)
        yield data[at + 4:at + 8], data[at + 8:at + 8 + size]
        at += 12 + size


def paeth(left, up, corner):
    guess = left + up - corner
    return min((left, up, corner), key=lambda value: abs(guess - value))


def rows(packed, width, height):
    """Bytes of a picture of three channels, without filters."""
    raw, stride, out = zlib.decompress(packed), 3 * width, []
    before = bytes(stride)
    for y in range(height):
        kind, *line = raw[y * (stride + 1):(y + 1) * (stride + 1)]
        for i in range(stride):
            left, up = line[i - 3] if i >= 3 else 0, before[i]
            corner = before[i - 3] if i >= 3 else 0
            line[i] = (line[i] + (0, left, up, (left + up) // 2, paeth(left, up, corner))[kind]) % 256
        out.append(bytes(line))
        before = out[-1]
    return out


def spread(box):
    """(length, axis) of the longest side of a box of colours."""
    return max((max(p[c] for p in box) - min(p[c] for p in box), c) for c in range(3))


def palette_of(pixels, count):
    """Median cut: the box with the longest side is halved until there are `count`."""
    boxes = [sorted(set(pixels))]
    while len(boxes) < count:
        box = max(boxes, key=spread)
        length, axis = spread(box)
        if length == 0:
            break
        boxes.remove(box)
        box.sort(key=lambda colour: colour[axis])
        boxes += [box[:len(box) // 2], box[len(box) // 2:]]
    return [tuple(sum(p[c] for p in box) // len(box) for c in range(3)) for box in boxes]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def main():
    data = pathlib.Path(sys.argv[1]).read_bytes()
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 96
    found = list(chunks(data))
    width, height, depth, kind = struct.unpack_from(">IIBB", found[0][1])
    if (depth, kind) != (8, 2):
        raise SystemExit("only pictures of three channels with eight bits each")
    parts = {"still": b"".join(body for name, body in found if name == b"IDAT"), "frames": []}
    for name, body in found:
        if name == b"fcTL":
            parts["frames"].append([body, b""])
        elif name == b"fdAT":
            parts["frames"][-1][1] += body[4:]
    frames = [(control, rows(packed or parts["still"], width, height))
              for control, packed in parts["frames"]]

    def colours(lines):
        return [tuple(line[i:i + 3]) if min(line[i:i + 3]) < WHITE else (255, 255, 255)
                for line in lines for i in range(0, 3 * width, 3)]

    coloured = [p for _, lines in frames for p in colours(lines) if p != (255, 255, 255)]
    palette = [(255, 255, 255), *palette_of(coloured, count - 1)]
    nearest = {}

    def pack(lines):
        out = bytearray()
        for i, pixel in enumerate(colours(lines)):
            if pixel not in nearest:
                nearest[pixel] = min(range(len(palette)), key=lambda k: sum(
                    (a - b) ** 2 for a, b in zip(pixel, palette[k])))
            out += (b"\0" if i % width == 0 else b"") + bytes([nearest[pixel]])
        return zlib.compress(bytes(out), 9)

    out = [SIGNATURE, chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
           chunk(b"PLTE", bytes(value for colour in palette for value in colour)),
           chunk(b"acTL", struct.pack(">II", len(frames), 0)), chunk(b"IDAT", pack(frames[-1][1]))]
    for i, (control, lines) in enumerate(frames):
        out.append(chunk(b"fcTL", struct.pack(">I", 2 * i) + control[4:]))
        out.append(chunk(b"fdAT", struct.pack(">I", 2 * i + 1) + pack(lines)))
    out.append(chunk(b"IEND", b""))
    pathlib.Path(sys.argv[2]).write_bytes(b"".join(out))


if __name__ == "__main__":
    main()
