#!/usr/bin/env python3
"""Writes the seed corpus of fuzz_picture into a folder: small pictures of every kind, and parts of PNG files.

Usage: fuzz_picture_seeds.py FOLDER
"""
import io
import pathlib
import struct
import sys

from PIL import Image, ImageCms

WHOLE, PARTS = b"\3", b"\0"
# The order of kinds in fuzz_picture.c.
TYPES = ["iTXt", "tEXt", "zTXt", "eXIf", "gAMA", "cHRM", "sRGB", "iCCP", "PLTE", "tRNS", "bKGD", "pHYs",
         "sBIT", "hIST", "tIME", "sPLT", "acTL", "fcTL", "fdAT", "IDAT", "IEND", "IHDR", "xyZz", "caBX",
         "rows", "packed zTXt", "packed iCCP", "unmask"]
SETTINGS = b'{"kind": "picture", "scale": 2, "width": 8, "height": 8}'
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
TURNED = b"MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"


def picture(mode):
    image = Image.new("RGBA", (9, 7))
    image.putdata([(x * 28, y * 36, (x * y * 5) % 256, 255 - x * 9) for y in range(7) for x in range(9)])
    return image.convert(mode)


def whole():
    """Files that other programs write."""
    exif = Image.Exif()
    exif[0x112] = 6
    for mode, form, options in [
            ("RGB", "JPEG", {}), ("L", "JPEG", {}), ("CMYK", "JPEG", {}),
            ("RGB", "JPEG", {"progressive": True, "exif": exif}), ("RGB", "JPEG", {"subsampling": 2}),
            ("RGB", "JPEG", {"icc_profile": PROFILE}), ("RGB", "WEBP", {"quality": 40}),
            ("RGBA", "WEBP", {"quality": 80, "exif": exif}), ("RGBA", "WEBP", {"lossless": True}),
            ("RGB", "WEBP", {"icc_profile": PROFILE}), ("RGBA", "PNG", {}), ("P", "PNG", {}),
            ("1", "PNG", {}), ("I;16", "PNG", {}), ("RGB", "PNG", {"icc_profile": PROFILE})]:
        out = io.BytesIO()
        source = picture("L").convert("I").point(lambda v: v * 257) if mode == "I;16" else picture(mode)
        source.save(out, form, **options)
        yield WHOLE + out.getvalue()


def part(kind, data=b""):
    return bytes([TYPES.index(kind)]) + (struct.pack("<H", len(data)) + data)


def header(kind, width=8, height=8, interlaced=0):
    return PARTS + bytes([kind, width - 1, height - 1, interlaced])


def parts():
    """What stands before the pixels, and the same behind them."""
    rows = part("rows", bytes(range(1, 200))) + b"\0"
    linear, primaries = struct.pack(">I", 100000), struct.pack(
        ">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
    profile = part("packed iCCP", b"p3\0\0" + PROFILE)
    texts = part("unmask", SETTINGS) + part("tEXt", b"parameters\0Steps: 1")
    for kind in range(15):
        yield header(kind) + rows
    for more in [texts, part("eXIf", TURNED), part("gAMA", linear), part("sRGB", b"\0"), profile,
                 part("gAMA", linear) + part("cHRM", primaries), part("tRNS", b"\0\1\0\2\0\3"),
                 part("PLTE", bytes(range(30))), part("packed zTXt", b"unmask\0\0" + SETTINGS),
                 part("sBIT", b"\5\5\5") + part("bKGD", b"\0\1\0\2\0\3"),
                 part("tIME", b"\x07\xe0\1\1\1\1\1")]:
        yield header(0) + more + rows
        yield header(0) + rows + more
        yield header(12, interlaced=1) + more + rows
    yield header(4) + part("PLTE", bytes(range(30))) + part("tRNS", b"\0\x80") + rows + texts


def main(folder):
    for index, seed in enumerate([*whole(), *parts()]):
        (pathlib.Path(folder) / f"seed-{index:02d}").write_bytes(seed)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
