"""Checkpoints from strangers: whatever a file claims, the readers of tools/convert.py end soon, in little
memory, with one line. Needs numpy alone."""
import io
import os
import resource
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), HERE]

try:
    import numpy  # noqa: F401
except ImportError:
    raise unittest.SkipTest("skip: no numpy for this python3")

import containers as c
from unmask_tools.convert import Refused, checkpoint, limits, torch_file, zip_directory

MEMORY = 256 << 20  # that SECURITY.md and tools/README.md promise, above the program's own
SECONDS = 60  # of processor time; it takes one to six
FLOATS = struct.pack("<6f", 1, 2, 3, 4, 5, 6)
TENSOR = c.tensor(c.storage("0", 6), 0, (2, 3), (3, 1))


def read(raw):
    """{name: values} of a file."""
    found = checkpoint.read_checkpoint(io.BytesIO(raw), "x")
    return {name: array.load().tolist() for name, array in found.arrays.items()}


def zip_of(opcodes, storages=(("0", FLOATS), )):
    return c.torch_zip(c.pickled(opcodes), storages)


class Reading(unittest.TestCase):
    def refused(self, raw, pattern):
        with self.assertRaisesRegex(Refused, pattern) as caught:
            read(raw)
        self.assertRegex(str(caught.exception), "^x: .{5,500}$")

    def refused_in_bounds(self, raw, pattern):
        """The same in a process of its own, within the promised memory; what runs on is ended."""
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                with open("/proc/self/statm", encoding="ascii") as stream:
                    now = int(stream.read().split()[0]) * resource.getpagesize()
                resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, now + MEMORY))
                used = int(resource.getrusage(resource.RUSAGE_SELF).ru_utime)
                resource.setrlimit(resource.RLIMIT_CPU, (used + SECONDS, used + SECONDS))
                resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
                self.refused(raw, pattern)
                code = 0
            except BaseException as error:
                print(type(error).__name__, str(error)[:500], file=sys.stderr, flush=True)
            finally:
                os._exit(code)
        self.assertEqual(os.waitpid(pid, 0)[1], 0, raw[:60])


class Good(Reading):
    """What the files of this module begin as is read, so that a refusal is one of the change."""
    def test_containers(self):
        values = [[1, 2, 3], [4, 5, 6]]
        named = c.mapping([("w", TENSOR)])
        entry = {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}
        for raw in (zip_of(named), zip_of(c.mapping([("state_dict", named), ("epoch", c.number(3))])),
                    c.torch_legacy(c.pickled(named), b"](" + c.text("0") + b"e", [(6, FLOATS)]),
                    c.safetensors({
                        "__metadata__": {
                            "format": "pt"
                        },
                        "w": entry
                    }, FLOATS), c.msgpack({"params": {
                        "w": c.flax_array((2, 3), "float32", FLOATS)
                    }})):
            self.assertEqual(read(raw), {"w": values})

    def test_strides_and_shared_storages(self):
        turned = c.tensor(c.storage("0", 6), 0, (3, 2), (1, 3))
        row = c.tensor(c.storage("0", 6), 3, (3, ), (1, ))
        self.assertEqual(read(zip_of(c.mapping([("a", turned), ("b", row)]))), {
            "a": [[1, 4], [2, 5], [3, 6]],
            "b": [4, 5, 6]
        })

    def test_newer_protocols_and_python_2(self):
        names = ("torch._utils", "_rebuild_tensor_v2")
        new = TENSOR.replace(
            c.REBUILD, b"".join(b"\x8c" + bytes([len(n)]) + n.encode() + b"\x94" for n in names) + b"\x93")
        raw = b"\x80\x04\x95" + bytes(8) + c.mapping([("w", new)]) + b"."
        self.assertEqual(list(read(c.torch_zip(raw, [("0", FLOATS)]))), ["w"])
        old = c.ORDERED + b"]](U\x01w" + TENSOR + b"ea\x85R"
        self.assertEqual(list(read(zip_of(old))), ["w"])

    def test_wide_zip(self):
        """The numbers of 64 bits that archives above 4 GiB have."""
        data = c.pickled(c.mapping([("w", TENSOR)]))
        members, body, directory = [("a/data.pkl", data), ("a/data/0", FLOATS)], b"", b""
        for name, raw in members:
            entry = c.zip_entry(name, 0xFFFFFFFF, zlib.crc32(raw), 0xFFFFFFFF)
            extra = struct.pack("<HHQQQ", 1, 24, len(raw), len(raw), len(body))
            directory += entry[:30] + struct.pack("<H", len(extra)) + entry[32:] + extra
            body += c.zip_local(name, raw, zlib.crc32(raw))
        end = len(body) + len(directory)
        wide = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 2, 2, len(directory), len(body))
        tail = struct.pack("<4sLQL", b"PK\6\7", 0, end, 1) + c.zip_end(0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
        self.assertEqual(list(read(body + directory + wide + tail)), ["w"])
        for cut in range(len(body) + 1, end + len(wide) + 20):
            self.refused(body + (directory + wide)[cut - len(body):] + tail, "damaged|cut short")


class Pickles(Reading):
    def test_doubling_values_are_never_spelt_out(self):
        """A file of 400 bytes whose key of a storage is a tuple of 2 to the 61st letters; and where else
        values are looked at: as a key, in a set, as a name, as a size, an argument, the list of storages."""
        doubled = c.text("a") * 2 + b"\x86q\0" + b"".join(b"h%c\x86q%c" % (i, i + 1) for i in range(60))
        before = b"(" + c.text("storage") + c.FLOAT_STORAGE
        after = c.text("cpu") + c.number(4) + b"tQ"
        bombs = [(before, after, "as PyTorch does not"),
                 (b"(", c.FLOAT_STORAGE + c.text("a") + after, "refers"), (b"", b"Q", "refers"),
                 (b"}", b"N" + b"s", "no tensors"), (b"}(", b"Nu", "no tensors"),
                 (b"\x8f(", b"\x90", "no tensors"), (b"(", b"\x91", "no tensors"),
                 (c.text("os"), b"\x93", "name"), (c.ORDERED, b"R", "pairs"),
                 (c.ORDERED, b"\x85R", "no tensors"), (c.ORDERED + b"](", b"N\x86e\x85R", "no ten"),
                 (c.REBUILD + b"(" + c.storage("0", 6) + c.number(0), b"))tR", "as PyTorch does not"),
                 (c.REBUILD + b"(" + c.storage("0", 6) + c.number(0) + b"(", b"t)tR", "as PyTorch does not"),
                 (before + c.text("0") + c.text("cpu"), b"tQ", "as PyTorch does not")]
        for start, end, pattern in bombs:
            self.refused_in_bounds(zip_of(start + doubled + end), pattern)
        for keys in (b"](" + doubled + b"e", doubled, b"]2a"):
            self.refused_in_bounds(c.torch_legacy(c.pickled(c.mapping([("w", TENSOR)])), keys, [(6, FLOATS)]),
                                   "list of storages")

    def test_equal_keys_cost_what_their_comparison_does(self):
        """Two long texts, equal to the last letter, set by turns."""
        long = 1 << 20
        keys = b"X" + struct.pack("<I", long) + b"k" * long
        raw = b"}" + keys + b"q\0" + keys + b"q\1" + b"00" + b"h\0Nsh\1Ns" * 100000
        self.refused_in_bounds(zip_of(raw), "more than any checkpoint needs")

    def test_budget_of_values(self):
        most = limits.MOST_VALUES
        for raw in (b"}" * most, b"]" * most, b"(" * most, b")" + b"\x85" * most, b"}\x94" * (most // 2),
                    b"]" + b"2a" * most, c.text("a") + b"q\0" + b"}h\0Ns" * (most // 4),
                    (b"G" + b"\1" * 8) * most, b"(" + b"N" * most + b"t"):
            self.refused_in_bounds(zip_of(raw), "more than any checkpoint needs|has .* bytes")

    def test_budget_of_bytes(self):
        """A claim of gigabytes takes no memory, and a legacy file's pickles share one budget."""
        for claim in (b"X\xff\xff\xff\xff", b"\x8d" + b"\xff" * 8, b"T\xff\xff\xff\xff", b"B\xff\xff\xff\xff",
                      b"\x8e" + b"\xff" * 8, b"\x96\0\0\0\0\1\0\0\0"):
            self.refused_in_bounds(zip_of(claim), "more than any checkpoint needs")
        half = b"X" + struct.pack("<I", 9 << 20) + bytes(9 << 20)
        self.refused_in_bounds(c.torch_legacy(c.pickled(half), half, []), "more than any checkpoint needs")
        self.refused_in_bounds(zip_of(half + half), "has .* bytes")

    def test_long_integers(self):
        for size in (65, 255, 60000):
            raw = b"\x8b" + struct.pack("<I", size) + b"\x7f" * size
            self.refused_in_bounds(zip_of(raw), "endless number")
        for size in (60, 1 << 24):  # the texts of protocol 0
            self.refused_in_bounds(zip_of(b"L" + b"9" * size + b"L\n")[:1 << 24], "opcode|cut short|damaged")

    def test_shapes(self):
        wide = 1 << 47
        for offset, shape, strides, pattern in ((0, (7, ), (1, ), "beyond"), (1, (6, ), (1, ), "beyond"),
                                                (0, (2, ), (6, ), "beyond"), (0, (3, 3), (1, 1), "repeats"),
                                                (0, (wide, ) * 8, (0, ) * 8,
                                                 "impossible"), (0, (0, wide, wide), (1, 1, 1), "impossible"),
                                                (0, (1 << 48, ), (1, ),
                                                 "as PyTorch"), (0, (1, ) * 9, (1, ) * 9, "as PyTorch"),
                                                (0, (1, ) * 9000, (1, ) * 9000,
                                                 "as PyTorch"), (0, (2, 3), (3, ), "as PyTorch"),
                                                (-1, (1, ), (1, ), "as PyTorch"), (0, (1 << 500, ), (1, ),
                                                                                   "as PyTorch")):
            made = c.tensor(c.storage("0", 6), offset, shape, strides)
            self.refused(zip_of(c.mapping([("w", made)])), pattern)

    def test_a_small_file_stays_small(self):
        tied = c.mapping([(f"w{i}", TENSOR) for i in range(40)])
        self.assertEqual(len(read(zip_of(tied, [("0", FLOATS)]))), 40)  # the file is as large
        floats = bytes(4 << 16)
        whole = c.tensor(c.storage("0", 1 << 16), 0, (1 << 16, ), (1, ))
        for count, pattern in ((2, None), (3, "larger than the file")):
            raw = zip_of(c.mapping([(f"w{i}", whole) for i in range(count)]), [("0", floats)])
            self.refused(raw, pattern) if pattern else self.assertEqual(len(read(raw)), count)

    def test_names_that_become_one(self):
        self.refused(zip_of(c.mapping([("w", TENSOR), ("module.w", TENSOR)])), "two tensors called w")

    def test_storages(self):
        two = c.mapping([("a", TENSOR), ("b", c.tensor(c.storage("0", 5), 0, (1, ), (1, )))])
        self.refused(zip_of(two), "in two ways")
        good = c.pickled(c.mapping([("w", TENSOR)]))
        for keys in (b"](" + c.text("0") * 2 + b"e", b"]", b"](" + c.number(0) + b"e", b"N"):
            self.refused(c.torch_legacy(good, keys, [(6, FLOATS)] * 2), "list of storages")


class Zips(Reading):
    def setUp(self):
        self.data = c.pickled(c.mapping([("a", TENSOR), ("b", c.tensor(c.storage("1", 6), 0, (6, ), (1, )))]))

    def archive(self, entries):
        """entries: (name in the directory, size there, which of the members it points to)."""
        members = [("a/data.pkl", self.data), ("a/data/0", FLOATS), ("a/data/1", FLOATS)]
        body, places = b"", []
        for name, raw in members:
            places.append(len(body))
            body += c.zip_local(name, raw, zlib.crc32(raw))
        directory = b"".join(
            c.zip_entry(name,
                        len(members[i][1]) if size is None else size, zlib.crc32(members[i][1]), places[i])
            for name, size, i in entries)
        return body + directory + c.zip_end(len(entries), len(directory), len(body))

    def test_members(self):
        good = [("a/data.pkl", None, 0), ("a/data/0", None, 1), ("a/data/1", None, 2)]
        self.assertEqual(len(read(self.archive(good))), 2)
        for entries, pattern in ((good + good[1:2], "data/0 twice"), (good[:2] + [("a/data/1", None, 1)],
                                                                      "overlap"),
                                 (good[:1] + [("a/data/0", 80, 1)] + good[2:],
                                  "overlap"), (good[:2] + [("a/data/1", 1 << 31, 2)],
                                               "cut short at a/data/1"), (good[:2], "data/1 is missing"),
                                 (good[:2] + [("a/data/1", 20, 2)], "too short"),
                                 (good + [("b/data.pkl", None, 0)], "not a PyTorch checkpoint"),
                                 ([("a/data.pkl", 1 << 25, 0)] + good[1:], "cut short")):
            self.refused(self.archive(entries), pattern)

    def test_a_compressed_bomb(self):
        packed = zlib.compress(bytes(100 << 20), 9)[2:-4]
        body = c.zip_local("a/data.pkl", packed, 0)
        directory = c.zip_entry("a/data.pkl", len(packed), 0, 0, method=8)
        self.refused_in_bounds(body + directory + c.zip_end(1, len(directory), len(body)), "is compressed")

    def test_directories(self):
        entry = c.zip_entry("", 0, 0, 0)
        for count in (zip_directory.MOST_MEMBERS + 1, 300000):
            raw = c.zip_local("", b"", 0) + entry * count
            self.refused_in_bounds(raw + c.zip_end(min(count, 0xFFFE),
                                                   len(entry) * count, 30), "zip directory|twice")
        self.refused(c.zip_local("", b"", 0) + c.zip_end(0, 0, 30), "not a PyTorch checkpoint")
        self.refused(c.zip_local("", b"", 0) + c.zip_end(1, 46, 0xFFFFFFF0), "zip directory is missing")


class Safetensors(Reading):
    @staticmethod
    def entry(first, last, count=None, kind="F32"):
        return {
            "dtype": kind,
            "shape": [(last - first) // 4 if count is None else count],
            "data_offsets": [first, last]
        }

    def test_cover(self):
        entry = self.entry
        self.assertEqual(
            read(c.safetensors({
                "b": entry(12, 24),
                "a": entry(0, 12),
                "e": entry(12, 12)
            }, FLOATS)), {
                "b": [4, 5, 6],
                "a": [1, 2, 3],
                "e": []
            })
        for header, pattern in (({
                "a": entry(0, 12),
                "b": entry(8, 24)
        }, "b overlaps"), ({
                "a": entry(0, 24),
                "b": entry(0, 24)
        }, "b overlaps"), ({
                "a": entry(0, 24),
                "b": entry(4, 8)
        }, "b overlaps"), ({
                "a": entry(0, 8),
                "b": entry(12, 24)
        }, "before b that belong"), ({
                "a": entry(4, 24)
        }, "before a that belong"), ({
                "a": entry(0, 20)
        }, "at its end"), ({
                "a": entry(0, 28)
        }, "cut short"), ({
                "a": entry(0, 24, 5)
        }, "does not fit"), ({
                "a": entry(24, 0)
        }, "does not fit"), ({
                "a": entry(0, 24, kind="F8_E4M3")
        }, "a has a type"), ({
                "a": entry(0, 24, kind=["F32"])
        }, "a has a type"), ({
                "a": 1
        }, "not described"), ({
                "a": {
                    **entry(0, 24), "shape": "6"
                }
        }, "not described"), ({
                "a": {
                    **entry(0, 24), "shape": [True] * 6
                }
        }, "does not fit"), ({
                "a": {
                    **entry(0, 24), "data_offsets": [0, 24, 0]
                }
        }, "not described"), ({
                "__metadata__": {
                    "a": 1
                },
                "a": entry(0, 24)
        }, "notes"), ({
                "x" * 2000: entry(0, 24)
        }, "more than any checkpoint needs")):
            self.refused(c.safetensors(header, FLOATS), pattern)

    def test_names_stand_once(self):
        one = '"a":{"dtype":"F32","shape":[6],"data_offsets":[0,24]}'
        self.refused(c.safetensors(f"{{{one},{one}}}", FLOATS), "a name twice")
        twice = one.replace('"shape"', '"dtype":"F32","shape"')
        self.refused(c.safetensors(f"{{{twice}}}", FLOATS), "a name twice")

    def test_headers_in_bounds(self):
        most = (1 << 22) - 100
        for header in ('{"a":[' + "[]," * (most // 3) + "1]}", '{"a":' + "[" * most,
                       '{"a":' + '{"a":' * (most // 5), '{"a":' + "1" * most + "}",
                       '{"a":-' + "1" * most + ".5}", '{"a":1e' + "9" * most + "}",
                       '{"a":{"dtype":"F32","shape":[' + "9," * (most // 2 - 50) +
                       '1],"data_offsets":[0,24]}}', "{" + ",".join(f'"{i}":1' for i in range(300000)) + "}"):
            self.refused_in_bounds(c.safetensors(header, FLOATS),
                                   "not described|damaged|not fit|more than any")
        self.refused(struct.pack("<Q", 1 << 62) + b"{}", "cut short or damaged")


class Flax(Reading):
    array = staticmethod(lambda *shape: c.flax_array(shape, "float32", FLOATS))

    def file(self, params):
        return c.msgpack({"params": params})

    def test_names_stand_once(self):
        twice = ("map", [("a", self.array(6)), ("a", self.array(6))])
        self.refused(self.file(twice), "stands twice")
        self.refused(self.file(("map", [("0", self.array(6)), (0, self.array(6))])), "stands twice")
        self.refused(self.file({"a.b": self.array(6), "a": {"b": self.array(6)}}), "two arrays called a.b")

    def test_shapes(self):
        self.refused(self.file({"a": self.array(7)}), "do not fit")
        for shape in ((1, ) * 9, (0, 1 << 47, 1 << 47), (1 << 63, ), (1 << 40, ) * 8):
            self.refused(self.file({"a": self.array(*shape)}), "impossible shape")
        chunks = {
            "0": c.flax_array((3, ), "float32", FLOATS[:12]),
            "1": c.flax_array((3, ), "float32", FLOATS[12:])
        }
        tree = {"__msgpack_chunked_array__": True, "shape": {"0": 2, "1": 3}, "chunks": chunks}
        self.assertEqual(read(self.file({"a": tree})), {"a": [[1, 2, 3], [4, 5, 6]]})
        for change in ({
                "shape": {
                    "0": 7
                }
        }, {
                "shape": {str(i): 1 << 40
                          for i in range(8)}
        }, {
                "shape": {
                    "1": 6
                }
        }, {
                "shape": {}
        }, {
                "shape": {
                    "0": 0
                },
                "chunks": {}
        }, {
                "chunks": {
                    "0": [1]
                }
        }, {
                "chunks": [1]
        }):
            self.refused(self.file({"a": {**tree, **change}}), "in chunks|do not fit|impossible")

    def test_budgets(self):
        small = c.flax_array((), "uint8", b"\0")
        deep = {"a": self.array(6)}
        for _ in range(20):
            deep = {"k" * 1000: deep, **{f"{i}": small for i in range(300)}}
        wide = c.Packed(b"\xdd" + struct.pack(">I", 600000) + b"\x9f" + bytes(15) + b"\xc0" * 599999)
        many = c.Packed(b"\xdd" + struct.pack(">I", 120000) + small * 120000)
        shape = c.flax_array([1] * (1 << 19), "float32", b"")
        for params in (deep, [wide, wide], [many, many], shape, {
                "k" * 2000: small
        }, c.Packed(b"\xdb\xff\xff\xff\xff"), c.Packed(b"\xdd\xff\xff\xff\xff" + b"\xc0" * (1 << 21)),
                       {str(i): small
                        for i in range(limits.MOST_TENSORS + 1)}):
            self.refused_in_bounds(self.file(params),
                                   "more than any checkpoint|impossible|not names|no \"params\"")


class Fuzz(unittest.TestCase):
    def test_random_checkpoints(self):
        done = subprocess.run(
            [sys.executable, os.path.join(HERE, "fuzz_readers.py"), "--runs", "12000"], capture_output=True,
            text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        good = int(done.stdout.split(": ")[1].split()[0])
        self.assertTrue(1000 < good < 6000, done.stdout)  # hostile ones are few enough, and good ones too

    def test_limits_of_the_fuzz_program_hold(self):
        """A reader that never ends, one that fills the memory and one that fails are findings."""
        for body, told in (("while True: pass", "Slow"), ("bytearray(1 << 30)", "MemoryError"),
                           ("sum(range(1 << 62))", "ended with"), ("1 // 0", "ZeroDivisionError")):
            code = ("import sys, fuzz_readers\n"
                    "def broken(stream, title):\n"
                    f"    {body}\n"
                    "fuzz_readers.SECONDS = 0.2\n"
                    "fuzz_readers.checkpoint.read_checkpoint = broken\n"
                    "sys.exit(fuzz_readers.main())\n")
            with tempfile.TemporaryDirectory() as folder:
                done = subprocess.run([sys.executable, "-c", code, "--runs", "3", "--keep", folder], cwd=HERE,
                                      capture_output=True, text=True)
                self.assertEqual((done.returncode, os.listdir(folder)), (1, ["finding-1-0"]), done.stderr)
            self.assertIn(told, done.stdout)


if __name__ == "__main__":
    unittest.main()
