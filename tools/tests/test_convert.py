"""Tests of tools/convert.py: what it reads, what it refuses, and that no checkpoint runs code."""
import collections
import contextlib
import argparse
import io
import os
import pickle
import resource
import struct
import subprocess
import sys
import tempfile
import types
import unittest
import zipfile
from types import SimpleNamespace

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), HERE]

try:
    import torch
except ImportError:
    raise unittest.SkipTest("skip: no torch for this python3")

import checkpoints
from unmask_tools import gguf
from unmask_tools.convert import Refused, array, flax_file, layout, run

PROGRAM = os.path.join(os.path.dirname(HERE), "convert.py")
SIZES = checkpoints.Sizes(dim=32, heads=2, mlp=32, layers=1, widths=(32, 64), blocks=1, z=32, code_size=8)
HALF = {"widths": SIZES.widths, "blocks": SIZES.blocks}


class ConvertTest(unittest.TestCase):
    """transformer and tokenizer: small random networks of the original. Each test has a folder of its own."""

    @classmethod
    def setUpClass(cls):
        cls.transformer, cls.tokenizer = checkpoints.networks("original", SIZES)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def torch_files(self, transformer=None, tokenizer=None, legacy=False):
        parts = {"transformer.ckpt": transformer or checkpoints.state(self.transformer),
                 "tokenizer.ckpt": tokenizer or checkpoints.state(self.tokenizer)}
        for name, weights in parts.items():
            checkpoints.write_torch(self.path(name), {"state_dict": weights}, legacy)
        return [self.path(name) for name in parts]

    def flax_files(self, chunk=None):
        checkpoints.write_flax(self.path("transformer"), checkpoints.flax_transformer(self.transformer, 2),
                               chunk)
        checkpoints.write_flax(self.path("tokenizer"), checkpoints.flax_tokenizer(self.tokenizer, **HALF),
                               chunk)
        return [self.path("transformer"), self.path("tokenizer")]

    def safetensors_files(self):
        paths = [self.path("transformer.safetensors"), self.path("tokenizer.safetensors")]
        checkpoints.write_safetensors(paths[0], checkpoints.state(self.transformer))
        checkpoints.write_safetensors(paths[1], checkpoints.muse(self.tokenizer, **HALF))
        return paths

    def convert(self, paths, kind="f32", heads=2, output="out.gguf"):
        options = SimpleNamespace(type=kind,
                                  file_type=gguf.FILE_TYPES[kind],
                                  heads=heads,
                                  name=None,
                                  license="none")
        run.convert(paths, self.path(output), options)
        return gguf.read(self.path(output))

    def refused(self, pattern, paths, **options):
        before = sorted(os.listdir(self.folder))
        with self.assertRaisesRegex(Refused, pattern) as caught:
            self.convert(paths, **options)
        self.assertNotIn("\n", str(caught.exception))
        self.assertEqual(sorted(os.listdir(self.folder)), before)


class Classes(unittest.TestCase):
    def test_well_known_indices(self):
        names = layout.imagenet_names()
        known = {0: "tench", 1: "goldfish", 207: "golden retriever", 281: "tabby", 388: "giant panda",
                 404: "airliner", 933: "cheeseburger", 980: "volcano", 999: "toilet tissue"}
        self.assertEqual({index: names[index] for index in known}, known)

    def test_every_class_has_a_name_of_its_own(self):
        names = layout.imagenet_names()
        self.assertEqual((len(names), len({name.lower() for name in names})), (1000, 1000))
        self.assertTrue(all(name == name.strip() and name.isascii() and len(name) < 40 for name in names))

    def test_other_counts_are_numbered(self):
        self.assertEqual(layout.class_names(3), ["class 0", "class 1", "class 2"])


class Layouts(ConvertTest):
    def test_containers_give_the_same_file(self):
        made = []
        for write in (self.torch_files, lambda: self.torch_files(legacy=True), self.flax_files,
                      lambda: self.flax_files(chunk=100), self.safetensors_files):
            self.convert(write())
            with open(self.path("out.gguf"), "rb") as stream:
                made.append(stream.read())
        self.assertEqual([content == made[0] for content in made], [True] * 5)

    def test_values_and_places(self):
        meta, tensors = self.convert(self.torch_files()[::-1])
        table = self.transformer.tok_emb.weight.detach().numpy()
        np.testing.assert_array_equal(tensors["token_embd.weight"], table)
        np.testing.assert_array_equal(tensors["head.bias"],
                                      self.transformer.bias.detach().numpy()[:SIZES.codes])
        kernel = self.tokenizer.encoder.res_blocks[1][0].conv0.weight.detach().numpy()
        np.testing.assert_array_equal(tensors["enc.res.1.conv0.weight"], kernel.transpose(0, 2, 3, 1))
        self.assertEqual(meta["maskgit.tokenizer.channel_multipliers"], [1, 2])
        self.assertEqual((meta["maskgit.class_count"], meta["maskgit.image_width"]), (SIZES.classes, 8))

    def test_wrapped_names_and_training_leftovers(self):
        transformer, tokenizer = checkpoints.networks("v1", SIZES)
        wrapped = {
            f"module._orig_mod.{name}": value
            for name, value in checkpoints.state(transformer).items()
        }
        checkpoints.write_torch(self.path("a"), {"iter": 7, "model_state_dict": wrapped,
                                                 "optimizer_state_dict": {"state": {0: torch.zeros(3)}}})
        weights = {
            **checkpoints.state(tokenizer), "loss.discriminator.main.0.weight": torch.zeros(4, 3, 2, 2)
        }
        checkpoints.write_torch(self.path("b"), {"state_dict": weights, "epoch": 1})
        meta, tensors = self.convert([self.path("a"), self.path("b")])
        rows = transformer.tok_emb.weight.detach().numpy()
        codes, classes = SIZES.codes, SIZES.classes
        np.testing.assert_array_equal(tensors["token_embd.weight"][-1], rows[codes])
        np.testing.assert_array_equal(tensors["token_embd.weight"][codes:-1], rows[codes + 1:])
        self.assertEqual(meta["maskgit.variant"], "v1")
        self.assertEqual(len(rows), codes + classes + 2)

    def test_halton_head_must_be_tied(self):
        transformer, tokenizer = checkpoints.networks("halton", SIZES)
        paths = [self.path("a"), self.path("b")]
        for path, module in zip(paths, (transformer, tokenizer)):
            checkpoints.write_torch(path, {"model": checkpoints.state(module)})
        meta, tensors = self.convert(paths)
        self.assertEqual(meta["maskgit.transformer.head_dim"], SIZES.dim // 2)
        lengths = np.linalg.norm(tensors["quant.codebook.weight"].astype(np.float64), axis=1)
        np.testing.assert_allclose(lengths, 1, atol=2**-23)
        os.unlink(self.path("out.gguf"))
        weights = checkpoints.state(transformer)
        weights["head.weight"] = weights["head.weight"] + 1
        checkpoints.write_torch(paths[0], {"model": weights})
        self.refused("head.weight differs", paths)

    def test_element_types(self):
        for kind in (torch.float16, torch.bfloat16, torch.float64):
            weights = {name: value.to(kind) for name, value in checkpoints.state(self.transformer).items()}
            tensors = self.convert(self.torch_files(transformer=weights))[1]
            np.testing.assert_array_equal(tensors["token_embd.weight"],
                                          weights["tok_emb.weight"].float().numpy())

    def test_flax_bfloat16(self):
        raw = np.array([0x3F80, 0xC000], "<u2").tobytes()
        np.testing.assert_array_equal(array.bfloat16(raw), [1.0, -2.0])
        body = checkpoints._packed(((2,), "bfloat16", raw))
        with open(self.path("x"), "wb") as stream:
            stream.write(
                checkpoints._packed({"params": {
                    "w": 0
                }})[:-1] + struct.pack(">BIb", 0xC9, len(body), 1) + body)
        stream = open(self.path("x"), "rb")
        self.addCleanup(stream.close)
        source = flax_file.Flax(stream, "x")
        np.testing.assert_array_equal(source.arrays(None)["w"].load(), [1.0, -2.0])

    def test_heads(self):
        self.refused("give --heads", self.torch_files(), heads=None)
        self.refused("do not split into 3 heads", self.torch_files(), heads=3)
        self.assertEqual(self.convert(self.flax_files(), heads=None)[0]["maskgit.transformer.heads"], 2)


class Refusals(ConvertTest):
    def test_names_and_shapes(self):
        good = checkpoints.state(self.transformer)
        name = "blocks.0.MLP.2.weight"
        for pattern, change in (("1 missing .blocks.0.MLP.2.weight.", lambda w: w.pop(name)),
                                ("1 unknown .surplus.", lambda w: w.update(surplus=torch.zeros(2))),
                                (r"blocks.0.MLP.2.weight is \(32, 31\) and not \(32, 32\)",
                                 lambda w: w.update({name: w[name][:, :31]})),
                                ("none of the known layouts", lambda w: w.pop("tok_emb.weight")),
                                ("pos_emb is missing", lambda w: w.pop("pos_emb")),
                                ("15 token positions are no square",
                                 lambda w: w.update(pos_emb=w["pos_emb"][:-1])), ("holds no tensors",
                                                                                  lambda w: w.clear())):
            weights = dict(good)
            change(weights)
            with self.subTest(pattern):
                checkpoints.write_torch(self.path("transformer.ckpt"), {"state_dict": weights})
                checkpoints.write_torch(self.path("tokenizer.ckpt"), checkpoints.state(self.tokenizer))
                self.refused(pattern, [self.path("transformer.ckpt"), self.path("tokenizer.ckpt")])

    def test_few_names_stand_for_many(self):
        weights = {name: value for name, value in checkpoints.state(self.tokenizer).items()
                   if not name.startswith("decoder.")}
        self.refused(r"\d+ missing \(decoder\.\S+, decoder\.\S+, decoder\.\S+ and \d+ more\)",
                     self.torch_files(tokenizer=weights))

    def test_names_are_fit_for_a_terminal(self):
        for name in ("a\nb\x1b[31m", "x" * 100000):
            weights = {**checkpoints.state(self.transformer), name: torch.zeros(1)}
            with self.subTest(name[:8]):
                self.refused(r"^[ -~]{20,500}$", self.torch_files(transformer=weights))

    def test_values(self):
        for value, pattern, kind in ((float("nan"), "not finite", "f32"), (float("-inf"), "not finite",
                                                                           "q8_0"), (1e5, "16 bits", "f16"),
                                     (1e7, "Q8_0 cannot", "q8_0")):
            weights = checkpoints.state(self.tokenizer)
            # The last tensor of the file: everything before it has been written by then.
            name = "decoder.conv_out.weight" if np.isfinite(value) else "decoder.conv_out.bias"
            weights[name].view(-1)[-1] = value
            with self.subTest(value=value):
                self.refused(pattern, self.torch_files(tokenizer=weights), kind=kind)

    def test_pairs(self):
        transformer, tokenizer = self.torch_files()
        muse = self.path("muse.bin")
        checkpoints.write_torch(muse, checkpoints.muse(self.tokenizer, **HALF))
        other = self.path("v1.pth")
        checkpoints.write_torch(other, checkpoints.state(checkpoints.networks("v1", SIZES)[0]))
        self.refused("a tokenizer is needed", [transformer])
        self.refused("a transformer is needed", [tokenizer])
        self.refused("more than one tokenizer", [tokenizer, muse])
        self.refused("do not belong together", [other, muse])
        self.refused("is one of the inputs", [transformer, tokenizer], output="tokenizer.ckpt")
        self.convert([muse, transformer])

    def test_tensors_outside_their_storage(self):
        weights = checkpoints.state(self.transformer)
        weights["pos_emb"] = torch.zeros(1, 1).expand(*weights["pos_emb"].shape)
        self.refused("pos_emb repeats elements", self.torch_files(transformer=weights))

    def test_foreign_files(self):
        transformer, tokenizer = self.torch_files()
        for content, pattern in ((b"", "is empty"), (b"hello world",
                                                     "is no checkpoint"), (b"GGUF" + bytes(40), "GGUF"),
                                 (pickle.dumps([1]), "not a PyTorch checkpoint"), (b"\x81\xa1a\x01",
                                                                                   "no flax")):
            with open(self.path("x"), "wb") as stream:
                stream.write(content)
            with self.subTest(pattern):
                self.refused(pattern, [self.path("x"), tokenizer])
        with zipfile.ZipFile(self.path("x"), "w") as archive:
            archive.writestr("word/document.xml", "text")
        self.refused("not a PyTorch checkpoint", [self.path("x"), tokenizer])
        with open(self.path("x"), "wb") as stream:
            torch.save(torch.zeros(3), stream)
        self.refused("holds no tensors", [self.path("x"), tokenizer])


class Damage(ConvertTest):
    def attempt(self, paths, name, raw):
        """Whether the file with this content was accepted; anything but Refused or success fails."""
        with open(self.path(name), "wb") as stream:
            stream.write(raw)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path("out.gguf"))
        before = sorted(os.listdir(self.folder))
        try:
            self.convert(paths)
            return True
        except Refused as error:
            self.assertNotIn("\n", str(error))
            self.assertEqual(sorted(os.listdir(self.folder)), before)
            return False

    def containers(self):
        yield "zip", self.torch_files(), "tokenizer.ckpt"
        yield "legacy", self.torch_files(legacy=True), "tokenizer.ckpt"
        yield "safetensors", self.safetensors_files(), "tokenizer.safetensors"
        yield "flax", self.flax_files(chunk=300), "tokenizer"

    def test_every_cut_is_noticed(self):
        for kind, paths, name in self.containers():
            with open(self.path(name), "rb") as stream:
                raw = stream.read()
            for size in [1, 2, 3, 5, 40, *np.linspace(60, len(raw) - 1, 25).astype(int)]:
                self.assertFalse(self.attempt(paths, name, raw[:size]), (kind, size))
            self.assertTrue(self.attempt(paths, name, raw))

    def test_flipped_bits_never_end_otherwise(self):
        random = np.random.default_rng(3)
        for kind, paths, name in self.containers():
            with open(self.path(name), "rb") as stream:
                raw = stream.read()
            # Most of a file is values, so that half of the flips go where the structure is.
            dense = [i for i in range(len(raw) - 64) if raw[i:i + 8].isascii() and any(raw[i:i + 8])]
            places = [*random.choice(dense, 60), *random.integers(len(raw), size=60)]
            accepted = 0
            for place in places:
                flipped = bytearray(raw)
                flipped[place] ^= 1 << random.integers(8)
                accepted += self.attempt(paths, name, bytes(flipped))
            # A zip has checksums; the others cannot know a changed value from the right one.
            self.assertLess(accepted, len(places) // 4 if kind == "zip" else len(places), kind)

    def test_values_of_a_zip_have_checksums(self):
        paths = self.torch_files()
        with open(paths[1], "rb") as stream:
            raw = bytearray(stream.read())
        value = self.tokenizer.decoder.conv_in.bias.detach().numpy().tobytes()
        raw[raw.index(value) + 3] ^= 1
        with open(paths[1], "wb") as stream:
            stream.write(raw)
        self.refused("checksum", paths)


class Payload:
    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


class Setter:
    """A class of somebody's own, whose state a pickle sets."""


def zipped(pickled):
    """A torch.save() archive around any pickle."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("archive/data.pkl", pickled)
        archive.writestr("archive/version", "3\n")
    return raw.getvalue()


# Opcodes around a tuple in tuples whose hash would fill the machine's stack: SETITEM, SETITEMS, DICT,
# ADDITEMS, FROZENSET, and pairs given to OrderedDict.
DEEP_KEYS = ((b"}", b"Ns."), (b"}(", b"Nu."), (b"(", b"Nd."), (b"\x8f(", b"\x90."), (b"(", b"\x91."),
             (b"ccollections\nOrderedDict\n](", b"N\x86e\x85R."))


class Hostile(ConvertTest):
    """No checkpoint runs code."""

    def command(self, *arguments):
        done = subprocess.run([sys.executable, PROGRAM, *arguments],
                              cwd=self.folder,
                              capture_output=True,
                              text=True)
        self.assertNotIn("Traceback", done.stderr)
        return done

    def test_payloads(self):
        marker = self.path("marker")
        tokenizer = self.torch_files()[1]
        made = f"open({marker!r}, 'w').close()"
        payloads = [Payload(os.system, f"touch {marker}"), Payload(eval, made), Payload(exec, made),
                    Payload(os.mkdir, marker), Payload(subprocess.check_output, ["touch", marker]), Setter()]
        for payload in payloads:
            for legacy in (False, True):
                weights = {**checkpoints.state(self.transformer), "bias": payload}
                checkpoints.write_torch(self.path("x.ckpt"), {"state_dict": weights}, legacy)
                done = self.command("x.ckpt", tokenizer, "-o", "out.gguf")
                self.assertEqual((done.returncode, done.stdout), (3, ""))
                self.assertEqual(done.stderr.count("\n"), 1)
                self.assertRegex(done.stderr, "x.ckpt: asks for .*can run code")
                self.assertEqual(sorted(os.listdir(self.folder)),
                                 ["tokenizer.ckpt", "transformer.ckpt", "x.ckpt"])

    def test_opcodes(self):
        """Pickles that no pickler writes."""
        tokenizer = self.torch_files()[1]
        call = b"(S'touch marker'\ntR."
        for body in (b"cos\nsystem\n" + call, b"\x80\x04\x8c\x02os\x8c\x06system\x93" + call,
                     b"(S'x'\nios\nsystem\n.", b"(cos\nsystem\nS'x'\no.",
                     b"ctorch._utils\n_rebuild_tensor_v2.__globals__\n.", b"cbuiltins\ngetattr\n.",
                     b"cnumpy.f2py.capi_maps\ngetattr\n" + call, b"ctorch\nFloatStorage\n(S'x'\ntR.",
                     b"ccollections\nOrderedDict\n(S'x'\ntR.",
                     b"ctorch._utils\n_rebuild_tensor_v2\n(I0\nI0\n(t(tI0\nNtR.", b"Pstorage\n.",
                     b"\x82\x01.", b"r\xff\xff\xff\xff0.", b"\x8e" + b"\xff" * 8 + b".", b"(" * 100000,
                     b"]" + b"2a" * 60000 + b".",
                     *(mark + b")" + b"\x85" * 400000 + end for mark, end in DEEP_KEYS)):
            raw = body if body.startswith(b"\x80") else b"\x80\x02" + body
            for content in (zipped(raw), raw):
                with open(self.path("x"), "wb") as stream:
                    stream.write(content)
                with self.subTest(body[:40]):
                    self.refused("x: ", [self.path("x"), tokenizer])

    def test_settings_beside_the_weights_are_ignored(self):
        """What Lightning and argparse leave in published files neither runs nor matters."""
        lightning = types.ModuleType("pytorch_lightning.callbacks")
        lightning.Checkpoint = type("Checkpoint", (list,), {"__module__": lightning.__name__})
        for name in ("pytorch_lightning", lightning.__name__):
            sys.modules[name] = lightning
            self.addCleanup(sys.modules.pop, name)
        callback = lightning.Checkpoint([1, 2])
        callback.best = np.float64(0.5)
        beside = {"callbacks": {lightning.Checkpoint: callback}, "args": argparse.Namespace(seed=3),
                  "sizes": collections.defaultdict(list, a=[torch.Size([2])]), "device": torch.device("cpu")}
        for legacy in (False, True):
            tokenizer = self.torch_files(legacy=legacy)[1]
            checkpoints.write_torch(self.path("x"), {
                "state_dict": checkpoints.state(self.transformer),
                **beside
            }, legacy)
            self.convert([self.path("x"), tokenizer])

    def test_deep_and_long_flax(self):
        tokenizer = self.torch_files()[1]
        nested = b"\xc0"
        for _ in range(3000):  # an array in an array
            nested = struct.pack(">BIbB", 0xC9, len(nested) + 1, 1, 0x91) + nested
        for content in (b"\x81\xa1a" * 100000 + b"\x01", b"\xdf\xff\xff\xff\xff" + b"\xa1a\x01" * 10,
                        b"\x81\xa6params\x81\xa1w\xc9\xff\xff\xff\xff\x01abc",
                        b"\x81\xa6params\x81\xa1w\xc1", b"\x81\xa6params\x81\xa1w" + nested,
                        b"\x81\xa6params\x81\xa1w\xc7\x09\x01\x93\x91\x01\x91\x01\xc4\x01\x00\xc0"):
            with open(self.path("x"), "wb") as stream:
                stream.write(content)
            with self.subTest(content[:20]):
                self.refused("x: ", [self.path("x"), tokenizer])


class Command(ConvertTest):
    def command(self, *arguments):
        return subprocess.run([sys.executable, PROGRAM, *arguments],
                              cwd=self.folder,
                              capture_output=True,
                              text=True)

    def test_codes_and_streams(self):
        paths = self.torch_files()
        done = self.command(*paths, "-o", "out.gguf", "--heads", "2", "--type", "q8_0", "--name", "A model",
                            "--license", "MIT")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        meta = gguf.read(self.path("out.gguf"))[0]
        self.assertEqual((meta["general.name"], meta["general.license"], meta["general.file_type"]),
                         ("A model", "MIT", 7))
        os.mkfifo(self.path("pipe"))
        for code, arguments in ((2, ["-o", "x.gguf"]), (2, [*paths, "-o", "x.gguf", "--heads", "0"]),
                                (3, [paths[0], "-o", "x.gguf"]), (7, ["nothing.ckpt", "-o", "x.gguf"]),
                                (7, [*paths, "--heads", "2", "-o", "no/folder/x.gguf"]),
                                (7, [*paths, "--heads", "2", "-o", "."]),
                                (7, [*paths, "--heads", "2", "-o", "pipe"]),
                                (7, [*paths, "--heads", "2", "-o", ""]),
                                (2, [*paths, "--heads", "2", "-o", "x.gguf", "--name", b"\xff"])):
            done = self.command(*arguments)
            self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
            self.assertNotIn("Traceback", done.stderr)
            if code != 2:
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertEqual(sorted(os.listdir(self.folder)),
                         ["out.gguf", "pipe", "tokenizer.ckpt", "transformer.ckpt"])

    def test_nothing_is_left_of_a_file_that_is_not_finished(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
        paths = self.torch_files()
        done = subprocess.run([sys.executable, PROGRAM, *paths, "-o", "out.gguf", "--heads", "2"],
                              cwd=self.folder,
                              capture_output=True,
                              text=True,
                              preexec_fn=limit)
        self.assertEqual((done.returncode, done.stdout), (7, ""))
        self.assertEqual(done.stderr, "convert.py: out.gguf: File too large\n")
        for ending in (KeyboardInterrupt, MemoryError, SystemExit):
            def stop(done, total):
                raise ending
            with self.assertRaises(ending):
                run.convert(paths, self.path("out.gguf"),
                            SimpleNamespace(type="f32", file_type=0, heads=2, name=None, license="none"),
                            stop)
        self.assertEqual(sorted(os.listdir(self.folder)), ["tokenizer.ckpt", "transformer.ckpt"])

    def test_torch_is_not_needed(self):
        """Where importing torch fails, converting still works."""
        with open(self.path("torch.py"), "w", encoding="ascii") as stream:
            stream.write("raise ImportError('torch')\n")
        paths = self.torch_files()
        done = subprocess.run([sys.executable, PROGRAM, *paths, "-o", "out.gguf", "--heads", "2"],
                              cwd=self.folder,
                              capture_output=True,
                              text=True,
                              env={
                                  **os.environ, "PYTHONPATH": self.folder
                              })
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
