"""What the command-line tests share: running the program, reading its files with other people's eyes."""
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

PROGRAM = os.environ["UM_PROGRAM"]
WRITER = os.environ["UM_TINY_MODEL_WRITER"]
SANITIZE = os.environ.get("UM_SANITIZE", "")
ASSETS = pathlib.Path(os.environ["UM_ASSETS"])
SIDE, GRID, CODES, CLASSES = 32, 8, 32, 7  # of the tiny model


class Result:
    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr.decode()

    @property
    def lines(self):
        return self.out.decode().splitlines()


class CliTest(unittest.TestCase):
    """Each test runs in an empty folder of its own; the tiny model lies beside it."""

    @classmethod
    def setUpClass(cls):
        cls.base = tempfile.TemporaryDirectory()
        cls.model = os.path.join(cls.base.name, "tiny.gguf")
        subprocess.run([WRITER, cls.model], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.base.cleanup()

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def environment(self, **more):
        keep = {k: v for k, v in os.environ.items() if not k.startswith(("UNMASK_", "XDG_"))}
        keep.update({"UNMASK_MODEL_PATH": self.model, "UNMASK_DEVICE": "cpu", "TERM": "xterm"})
        keep.update(more)
        return {k: v for k, v in keep.items() if v is not None}

    def run_program(self, *args, environment=None, stdin=b"", **options):
        return Result(subprocess.run(
            [PROGRAM, *map(str, args)], cwd=self.path, input=stdin, capture_output=True,
            timeout=300, env=self.environment(**(environment or {})), **options))

    def good(self, *args, **options):
        result = self.run_program(*args, **options)
        self.assertEqual(result.code, 0, result.err)
        return result

    def bad(self, code, *args, says=(), **options):
        """The exit code, exactly one line on stderr, nothing on stdout, nothing left behind."""
        before = self.listing()
        result = self.run_program(*args, **options)
        self.assertEqual(result.code, code, (args, result.err))
        self.assertEqual(result.err.count("\n"), 1, (args, result.err))
        self.assertTrue(result.err.startswith("unmask: ") and result.err.endswith("\n"), result.err)
        self.assertEqual(result.out, b"", args)
        self.assertEqual(self.listing(), before, args)
        for word in [says] if isinstance(says, str) else says:
            self.assertIn(word, result.err)
        return result

    def listing(self):
        return sorted(str(p.relative_to(self.path)) for p in self.path.rglob("*"))

    def write(self, name, data):
        (self.path / name).write_bytes(data if isinstance(data, bytes) else data.encode())
        return name

    def read(self, name):
        return (self.path / name).read_bytes()


def png_chunks(data):
    """[(type, content)], every checksum verified."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, chunks = 8, []
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        content = data[at + 8:at + 8 + size]
        crc, = struct.unpack(">I", data[at + 8 + size:at + 12 + size])
        assert crc == zlib.crc32(kind + content), kind
        chunks.append((kind.decode(), content))
        at += 12 + size
    assert chunks[-1] == ("IEND", b"")
    return chunks


def unfilter(raw, width, height, channels=3):
    """The bytes of an 8-bit image from its filtered rows."""
    row, out, before = width * channels, bytearray(), bytearray(width * channels)
    for y in range(height):
        kind = raw[y * (row + 1)]
        line = bytearray(raw[y * (row + 1) + 1:(y + 1) * (row + 1)])
        for i in range(row):
            left = line[i - channels] if i >= channels else 0
            up, corner = before[i], before[i - channels] if i >= channels else 0
            guess = left + up - corner
            near = min((abs(guess - left), 0, left), (abs(guess - up), 1, up),
                       (abs(guess - corner), 2, corner))[2]
            line[i] = (line[i] + [0, left, up, (left + up) // 2, near][kind]) & 255
        out += line
        before = line
    return bytes(out)


def png_pixels(data):
    """(width, height, RGB bytes) of an 8-bit RGB file."""
    chunks = png_chunks(data)
    width, height, depth, colour = struct.unpack(">IIBB", chunks[0][1][:10])
    assert (depth, colour) == (8, 2)
    raw = zlib.decompress(b"".join(content for kind, content in chunks if kind == "IDAT"))
    return width, height, unfilter(raw, width, height)


def png_texts(data):
    """{key: text} of the uncompressed international text chunks."""
    texts = {}
    for kind, content in png_chunks(data):
        if kind == "iTXt":
            key, rest = content.split(b"\0", 1)
            assert rest[:2] == b"\0\0"
            texts[key.decode()] = rest[2:].split(b"\0", 2)[2].decode()
    return texts


def make_png(width, height, rows, colour=2, depth=8, more=()):
    """A PNG file from raw rows of bytes, unfiltered; `more`: chunks before the data."""
    def chunk(kind, content):
        return (struct.pack(">I", len(content)) + kind + content +
                struct.pack(">I", zlib.crc32(kind + content)))
    data = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    for kind, content in more:
        data += chunk(kind, content)
    data += chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows)))
    return b"\x89PNG\r\n\x1a\n" + data + chunk(b"IEND", b"")


def read_npy(data):
    """(shape, floats) of a little-endian float32 file."""
    assert data[:8] == b"\x93NUMPY\x01\0"
    size, = struct.unpack("<H", data[8:10])
    assert (10 + size) % 64 == 0 and data[9 + size:10 + size] == b"\n"
    header = eval(data[10:10 + size].decode(), {"__builtins__": {}})
    assert header["descr"] == "<f4" and header["fortran_order"] is False
    values = struct.unpack(f"<{(len(data) - 10 - size) // 4}f", data[10 + size:])
    return header["shape"], values


def main():
    program = unittest.main(argv=[sys.argv[0], *sys.argv[1:]], exit=False, verbosity=1)
    result = program.result
    if result.wasSuccessful() and 0 < result.testsRun == len(result.skipped):
        sys.exit(77)
    sys.exit(0 if result.wasSuccessful() and result.testsRun > 0 else 1)
