"""What the viewer's tests share: a display of their own, and scripts that drive the real window."""
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

VIEWER, PROGRAM = os.environ["UM_VIEWER"], os.environ["UM_PROGRAM"]
WRITER = os.environ["UM_TINY_MODEL_WRITER"]
SANITIZE = os.environ.get("UM_SANITIZE", "")
ASSETS = pathlib.Path(os.environ["UM_ASSETS"])
SHOTS = pathlib.Path(os.environ["UM_SCREENSHOTS"])
# The leak checker stops the threads of the ending process to look at their stacks, and dies itself when it
# meets one that is just leaving (a driver's, say). That tells nothing of the viewer: such a run is repeated.
LEAK_CHECK_DIED, LEAK_CHECKS = "LeakSanitizer has encountered a fatal error", 3
SIDE, GRID, CLASSES = 32, 8, 7  # of the tiny model


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


class Display:
    """An X server without a screen, on a number that it finds itself."""

    def __init__(self):
        if shutil.which("Xvfb") is None:
            skip("Xvfb is not installed")
        read, write = os.pipe()
        self.process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "3840x2160x24", "-nolisten", "tcp"],
            pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as stream:
            number = stream.readline().strip()
        if not number:
            skip("Xvfb did not start")
        self.name = f":{number}"

    def close(self):
        self.process.terminate()
        self.process.wait()


class ViewerTest(unittest.TestCase):
    """Each test runs in an empty folder of its own; screenshots are kept."""
    patience = 600  # seconds that a script may take

    @classmethod
    def setUpClass(cls):
        cls.base = tempfile.TemporaryDirectory()
        cls.model = os.path.join(cls.base.name, "tiny.gguf")
        subprocess.run([WRITER, cls.model], check=True)
        cls.leaks = os.path.join(cls.base.name, "leaks.txt")  # what libraries keep is theirs
        pathlib.Path(cls.leaks).write_text("leak:libdbus\nleak:libX11\nleak:libfontconfig\n")
        cls.display = Display()
        SHOTS.mkdir(parents=True, exist_ok=True)

    @classmethod
    def tearDownClass(cls):
        cls.display.close()
        cls.base.cleanup()

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)
        self.addCleanup(self.folder.cleanup)  # after what a test wants to have cleaned up

    def environment(self, **more):
        """Nothing of the desktop that the tests run on: its clipboard stays as it is, no dialog opens."""
        keep = {k: v for k, v in os.environ.items()
                if not k.startswith(("UNMASK_", "XDG_", "SDL_", "GTK_", "DBUS_", "SNAP"))}
        keep.update({"UNMASK_MODEL_PATH": self.model, "UNMASK_DEVICE": "cpu",
                     "DISPLAY": self.display.name, "WAYLAND_DISPLAY": None, "SDL_VIDEODRIVER": "x11",
                     "SDL_RENDER_DRIVER": "software", "XDG_PICTURES_DIR": str(self.path),
                     "HOME": str(self.path), "XDG_CONFIG_HOME": "/dev/null",
                     "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self.path}/no bus",
                     "LSAN_OPTIONS": f"suppressions={self.leaks}:print_suppressions=0"})
        keep.update(more)
        return {k: v for k, v in keep.items() if v is not None}

    def start(self, script, *args, **environment):
        (self.path / "script.txt").write_text(script)
        for _ in range(LEAK_CHECKS):
            done = subprocess.run([VIEWER, "--script", "script.txt", *map(str, args)], cwd=self.path,
                                  capture_output=True, timeout=self.patience, text=True,
                                  env=self.environment(**environment))
            if LEAK_CHECK_DIED not in done.stderr:
                break
        return done

    def drive(self, script, *args, **environment):
        """Runs a script that must succeed; returns what it printed, by name."""
        done = self.start(script, *args, **environment)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        self.assertNotIn("WARNING: ThreadSanitizer", done.stderr)
        return dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)

    @staticmethod
    def shot(name):
        return SHOTS / f"{name}.png"


def plain_png(path, width, height, color):
    """A picture of one colour without text, written by other hands."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    rows = b"".join(b"\0" + bytes(color) * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pathlib.Path(path).write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b""))


def read_png(path):
    """Width, height, RGB rows and text chunks of an 8-bit RGB file without interlacing."""
    data = pathlib.Path(path).read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, pixels, texts, kinds = 8, b"", {}, []
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        assert zlib.crc32(kind + body) == struct.unpack(">I", data[at + 8 + size:at + 12 + size])[0]
        at += 12 + size
        kinds.append(kind.decode())
        if kind == b"IHDR":
            width, height, depth, color = struct.unpack(">IIBB", body[:10])
            assert (depth, color) == (8, 2)
        elif kind == b"IDAT":
            pixels += body
        elif kind == b"tEXt":
            key, text = body.split(b"\0", 1)
            texts[key.decode()] = text.decode("latin-1")
        elif kind == b"iTXt":
            key, rest = body.split(b"\0", 1)
            texts[key.decode()] = rest[2:].split(b"\0", 2)[2].decode()
    return width, height, unfilter(zlib.decompress(pixels), width * 3, height), texts, kinds


def unfilter(raw, pitch, height):
    before, rows = bytearray(pitch), []
    for y in range(height):
        kind, row = raw[y * (pitch + 1)], bytearray(raw[y * (pitch + 1) + 1:(y + 1) * (pitch + 1)])
        for i in range(pitch):
            a, b, c = row[i - 3] if i >= 3 else 0, before[i], before[i - 3] if i >= 3 else 0
            p = a + b - c
            nearest = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            row[i] = (row[i] + [0, a, b, (a + b) // 2, nearest][kind]) & 255
        rows.append(bytes(row))
        before = row
    return rows


def main():
    unittest.main(verbosity=1)
