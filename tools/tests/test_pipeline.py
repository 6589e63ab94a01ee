"""The whole way with a toy: pictures, train, resume, export, golden, evaluate. About half a minute."""
import contextlib
import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOOLS = os.path.dirname(HERE)
sys.path.insert(0, TOOLS)

try:
    import numpy as np
    import torch
    from PIL import Image
except ImportError:
    raise unittest.SkipTest("skip: no torch, numpy or PIL for this python3")

from unmask_tools import config as configs
from unmask_tools import gguf, run, warm_start
from unmask_tools.tokenizer import Tokenizer, grown

TOY = """
name = "toy"
license = "MIT"
[data]
pictures = "absent.tar"
labels = "labels.csv"
size = 16
groups = ["shapes"]
subgroups = []
[tokenizer]
channels = 8
channel_multipliers = [1, 2]
res_blocks = 1
norm_groups = 4
norm_epsilon = 1e-6
codebook_size = 16
codebook_dim = 4
[tokenizer.train]
batch = 4
hard_examples = 0.5
lr = 1e-3
warmup_steps = 2
l1 = 1.0
l2 = 0.0
gradient = 0.5
commitment = 0.25
codebook_decay = 0.9
revive_below = 0.02
adversarial = 0.1
feature = 0.1
adversarial_start = 0.5
flip = true
[transformer]
dim = 32
layers = 1
heads = 2
mlp_dim = 32
norm_epsilon = 1e-12
gelu = "tanh"
[transformer.train]
batch = 4
optimizer = "muon"
lr = 1e-3
lr_rest = 1e-3
warmup_steps = 2
weight_decay = 0.01
mask_schedule = "cosine"
label_smoothing = 0.1
class_dropout = 0.1
dropout = 0.1
ema_decay = 0.9
flip = true
shifts = 0
[sampler]
steps = 3
schedule = "cosine"
temperature = 1.0
choice_temperature = 4.5
cfg_scale = 1.0
"""


def toy_data(folder):
    """Three coloured squares and a row of another group, which must not be taken."""
    lines = ["file,order,codepoints,style,group,subgroup,name"]
    for i, color in enumerate([(255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255)] * 3):
        picture = np.zeros((32, 32, 4), np.uint8)
        picture[8 - i // 3:24, 8:24] = color
        Image.fromarray(picture).save(os.path.join(folder, f"{i}.png"))
        lines.append(f"{i}.png,{i},{0x1f600 + i % 3:x},toy,shapes,square,square {i % 3}")
    lines.append("none.png,9,1f700,toy,letters,square,letter")
    with open(os.path.join(folder, "labels.csv"), "w", encoding="utf-8") as stream:
        stream.write("\n".join(lines) + "\n")


def squares(folder, name, color):
    """A class as a sub-folder of three pictures."""
    os.makedirs(os.path.join(folder, name))
    for i in range(3):
        picture = np.full((20, 24, 3), 255, np.uint8)
        picture[4 + i:14, 6:16] = color
        Image.fromarray(picture).save(os.path.join(folder, name, f"{i}.png"))


class Pipeline(unittest.TestCase):
    def run_tool(self, name, *args, status=0):
        made = subprocess.run([sys.executable, os.path.join(TOOLS, name), *args], capture_output=True,
                              text=True)
        self.assertEqual(made.returncode, status, made.stderr)
        return made

    def tool(self, name, *args):
        return self.run_tool(name, *args).stdout

    def test_from_pictures_to_scores(self):
        with tempfile.TemporaryDirectory() as folder:
            toy_data(folder)
            config, out, model = (os.path.join(folder, name) for name in ("toy.toml", "run", "toy.gguf"))
            with open(config, "w", encoding="utf-8") as stream:
                stream.write(TOY)
            common = [config, "--data", folder, "--out", out]
            self.tool("train.py", *common, "--minutes", "0.02")
            first = run.load(os.path.join(out, "transformer.pt"))
            self.tool("train.py", *common, "--minutes", "0.04", "--stage", "transformer", "--resume")
            second = run.load(os.path.join(out, "transformer.pt"))
            self.assertGreater(second["step"], first["step"])
            self.check_other_optimizer(config, folder, out)
            self.assertTrue(os.path.exists(os.path.join(out, "tokenizer.csv")))
            self.check_decoder_stage(common, out)
            self.check_deeper_decoder(folder, out)
            self.tool("export.py", config, "--data", folder, "--run", out, "-o", model)
            metadata, arrays = gguf.read(model)
            self.assertEqual(metadata["maskgit.class_names"], ["square 0", "square 1", "square 2"])
            self.assertEqual(metadata["maskgit.class_symbols"][1], "\U0001F601")
            self.assertTrue(all(np.isfinite(array).all() for array in arrays.values()))
            self.check_golden(folder, model)
            self.check_evaluate_says_what_is_wrong(config, folder, model)
            result = json.loads(self.tool("evaluate.py", config, "--data", folder, "--model", model, "--json",
                                          "--epochs", "1", "--sweep", "steps=2", "--group", "shapes"))
            self.assertEqual([entry["steps"] for entry in result["generated"]], [3, 2])
            for entry in result["generated"]:  # all three classes are in the group
                self.assertEqual(entry["groups"], {"shapes": [entry["top1"], entry["top5"]]})

    def check_other_optimizer(self, config, folder, out):
        other = os.path.join(folder, "other.toml")
        with open(other, "w", encoding="utf-8") as stream:
            stream.write(TOY.replace('"muon"', '"adamw"'))
        made = self.run_tool("train.py", other, "--data", folder, "--out", out, "--stage", "transformer",
                             "--resume", "--minutes", "0.1", status=1)
        self.assertRegex(made.stderr.splitlines()[-1], "^train.py: .*transformer.pt is of another optimizer")

    def check_evaluate_says_what_is_wrong(self, config, folder, model):
        other = os.path.join(folder, "others")
        squares(other, "red", (255, 0, 0))
        common = {"--data": folder, "--model": model}
        for change, sentence in (({"--model": "none.gguf"}, "none.gguf"),
                                 ({"--model": config}, "not a GGUF file"),
                                 ({"--data": other}, "its classes are not those of"),
                                 ({"--program": "none"}, "none: no such program"),
                                 ({"--sweep": "steps"}, "--sweep: steps is not KEY=VALUE"),
                                 ({"--sweep": "steps=x"}, "--sweep: x is no number for steps"),
                                 ({"--sweep": "stops=2"}, "--sweep: stops is not one of"),
                                 ({"--group": "letters"}, "--group: letters is not one of shapes")):
            args = [word for pair in {**common, **change}.items() for word in pair]
            any_32 = os.path.join(TOOLS, "configs", "any-32.toml")  # takes folders
            made = self.run_tool("evaluate.py", any_32 if other in args else config, *args, status=1)
            self.assertRegex(made.stderr, f"^evaluate.py: .*({sentence}).*\n$")

    def test_one_command_from_a_folder_to_a_model_and_on_from_it(self):
        with tempfile.TemporaryDirectory() as place:
            folder, config, out = (os.path.join(place, name) for name in ("pictures", "toy.toml", "run"))
            first, second, third = (os.path.join(place, name) for name in ("1.gguf", "2.gguf", "3.gguf"))
            squares(folder, "red", (255, 0, 0))
            squares(folder, "blue", (0, 0, 255))
            with open(config, "w", encoding="utf-8") as stream:
                stream.write(TOY.replace('groups = ["shapes"]', "groups = []"))
            common = ["train.py", config, "--data", folder, "--out", out, "--minutes", "0.01"]
            self.tool(*common, "--batch", "3", "--export", first, "--type", "f32")
            metadata, before = gguf.read(first)
            self.assertEqual(metadata["maskgit.class_names"], ["blue", "red"])
            self.assertNotIn("maskgit.class_symbols", metadata)
            squares(folder, "green", (0, 255, 0))
            made = self.run_tool(*common, "--start", first, "--export", second)
            self.assertIn("1 of 3 classes are new: green\n", made.stderr)
            metadata, after = gguf.read(second)
            self.assertEqual(metadata["maskgit.class_names"], ["blue", "green", "red"])
            self.assertEqual(before["blk.0.mlp_up.weight"].shape, after["blk.0.mlp_up.weight"].shape)
            self.tool("export.py", config, "--data", folder, "--run", out, "-o", third)
            with open(second, "rb") as one, open(third, "rb") as other:
                self.assertEqual(one.read(), other.read())

            self.check_another_runs_checkpoints(folder, [*common, "--resume"], config, out)

    def check_another_runs_checkpoints(self, folder, resumed, config, out):
        squares(folder, "grey", (90, 90, 90))
        exported = ["export.py", config, "--data", folder, "--run", out, "-o", os.path.join(out, "4.gguf")]
        for args in (resumed, exported):
            made = self.run_tool(*args, status=1)
            self.assertRegex(made.stderr.splitlines()[-1], "transformer.pt does not fit .*token_embd.weight")
            self.assertNotIn("Traceback", made.stderr)

    def test_arguments_that_make_no_sense(self):
        for args in (["--minutes", "0"], ["--minutes", "inf"], ["--batch", "0"], ["--threads", "-1"],
                     ["--seed", "99999999999999999999"]):
            self.run_tool("train.py", "x.toml", "--data", "x", "--out", "x", *args, status=2)

    def test_a_schedule_that_does_not_exist(self):
        with tempfile.TemporaryDirectory() as place:
            folder, config = os.path.join(place, "pictures"), os.path.join(place, "toy.toml")
            squares(folder, "red", (255, 0, 0))
            for table in ("transformer.train]\nmask_schedule", "sampler]\nschedule"):
                with open(config, "w", encoding="utf-8") as stream:
                    stream.write(f"[{table} = 'sine'\n")
                made = self.run_tool("train.py", config, "--data", folder, "--out", place, status=1)
                self.assertRegex(made.stderr, "^train.py: .*toy.toml: unknown mask schedule 'sine'\n$")

    def test_an_interrupted_run_is_kept_and_a_damaged_one_named(self):
        with tempfile.TemporaryDirectory() as place:
            folder, config, out = (os.path.join(place, name) for name in ("pictures", "toy.toml", "run"))
            squares(folder, "red", (255, 0, 0))
            with open(config, "w", encoding="utf-8") as stream:
                stream.write(TOY.replace('groups = ["shapes"]', "groups = []"))
            args = [sys.executable, os.path.join(TOOLS, "train.py"), config, "--data", folder, "--out", out,
                    "--stage", "tokenizer"]
            process = subprocess.Popen([*args, "--minutes", "9"], stderr=subprocess.PIPE, text=True)
            while not os.path.exists(os.path.join(out, "tokenizer.csv")):  # after the first step
                self.assertIsNone(process.poll())
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            said = process.communicate()[1]
            self.assertEqual(process.returncode, 130, said)
            self.assertIn("interrupted", said.splitlines()[-1])
            path = os.path.join(out, "tokenizer.pt")
            self.assertGreater(run.load(path)["step"], 0)
            os.truncate(path, 1000)
            made = subprocess.run([*args, "--resume"], capture_output=True, text=True)
            self.assertEqual(made.returncode, 1)
            self.assertRegex(made.stderr.splitlines()[-1], "^train.py: .*tokenizer.pt is damaged")
            self.assertNotIn("Traceback", made.stderr)

    def test_a_halton_transformer_with_patches(self):
        with tempfile.TemporaryDirectory() as folder:
            toy_data(folder)
            config, out, model = (os.path.join(folder, name) for name in ("toy.toml", "run", "toy.gguf"))
            with open(config, "w", encoding="utf-8") as stream:
                stream.write(TOY.replace("[transformer]",
                                         '[transformer]\nvariant = "halton"\npatch_size = 2'))
            common = ["train.py", config, "--data", folder]
            self.tool(*common, "--out", out, "--minutes", "0.02", "--export", model)
            metadata, arrays = gguf.read(model)
            self.assertEqual(metadata["maskgit.variant"], "halton")
            self.assertEqual(metadata["maskgit.transformer.patch_size"], 2)
            self.assertEqual(arrays["position_embd.weight"].shape, (4 * 4 + 1, 32))
            learnt = arrays["blk.0.ada.weight"]
            self.assertTrue(np.isfinite(learnt).all() and np.abs(learnt).max() > 0)
            self.tool(*common, "--out", out + "2", "--minutes", "0.01", "--start", model, "--stage",
                      "transformer")
            with open(config, "w", encoding="utf-8") as stream:
                stream.write(TOY.replace("[transformer]", "[transformer]\npatch_size = 2"))
            made = self.run_tool(*common, "--out", out, status=1)
            self.assertIn("transformer.patch_size is 2, expected 1 but in variant halton", made.stderr)

    def check_decoder_stage(self, common, out):
        before = run.load(os.path.join(out, "tokenizer.pt"))["model"]
        self.tool("train.py", *common, "--minutes", "0.02", "--stage", "decoder")
        after = run.load(os.path.join(out, "tokenizer.pt"))["model"]
        changed = {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])}
        self.assertEqual(changed, {"dec"})
        with open(os.path.join(out, "decoder.csv"), encoding="ascii") as stream:
            rows = list(csv.DictReader(stream))
        self.assertGreater(float(rows[-1]["psnr redrawn"]), 0.0)

    def check_deeper_decoder(self, folder, old):
        """A decoder that has grown begins as what it was, trains, and is in the file."""
        out, model, blocks = os.path.join(folder, "deeper"), os.path.join(folder, "deeper.gguf"), [2, 4]
        shutil.copytree(old, out)
        settings = configs.load(os.path.join(folder, "toy.toml")).tokenizer
        state = run.load(os.path.join(out, "tokenizer.pt"))["model"]
        before, codes = Tokenizer(settings).eval(), torch.randint(16, (2, 8, 8))
        before.load_state_dict(state)
        settings.decoder_blocks = blocks
        deeper = Tokenizer(settings).eval()
        deeper.load_state_dict(grown(state, [1, 2], settings))
        self.assertTrue(torch.equal(before.decode(codes), deeper.decode(codes)))
        config = os.path.join(folder, "deeper.toml")
        with open(os.path.join(folder, "toy.toml"), encoding="utf-8") as stream:
            text = stream.read()
        with open(config, "w", encoding="utf-8") as stream:
            stream.write(text.replace("[tokenizer]", f"[tokenizer]\ndecoder_blocks = {blocks}")
                         .replace("[tokenizer.train]", "[tokenizer.train]\nown = 0.5"))
        common = [config, "--data", folder, "--out"]
        self.tool("train.py", *common, out, "--minutes", "0.02", "--stage", "decoder", "--export", model)
        metadata, arrays = gguf.read(model)
        self.assertEqual(metadata["maskgit.tokenizer.decoder_blocks"], blocks)
        self.assertIn(f"dec.res.{sum(blocks) - 1}.conv1.weight", arrays)
        self.check_started_decoder(model, settings, codes)
        self.check_decoder_of_a_file(common, model, out + "-alone")
        self.tool("train.py", *common, out + "-on", "--minutes", "0.01", "--start", model, "--stage",
                  "transformer")

    def check_started_decoder(self, model, settings, codes):
        """A file's decoder, deepened once more, is still what it was; one with fewer blocks begins at random,
        and that is said."""
        start = warm_start.read(model)
        settings.decoder_blocks = [3, 5]
        deepest = Tokenizer(settings).eval()
        start.networks(deepest)
        start.codebook(deepest.quant)
        self.assertTrue(torch.equal(start.source.decode(codes), deepest.decode(codes)))
        settings.decoder_blocks = [1, 2]
        with contextlib.redirect_stderr(io.StringIO()) as said:
            start.networks(Tokenizer(settings))
        self.assertIn("dec.res.0.conv0.weight", said.getvalue())

    def check_decoder_of_a_file(self, common, model, out):
        """The decoder of a model file alone: all other tensors stay what they were."""
        again = out + ".gguf"
        self.tool("train.py", *common, out, "--minutes", "0.01", "--stage", "decoder", "--start", model,
                  "--export", again, "--type", "f32")
        (_, old), (_, new) = gguf.read(model), gguf.read(again)
        changed = {name.split(".")[0] for name in old if not np.array_equal(old[name], new[name])}
        self.assertEqual(changed, {"dec"})

    def check_golden(self, folder, model):
        golden = os.path.join(folder, "golden")
        self.tool("golden.py", model, "-o", golden)
        with open(os.path.join(golden, "cases.txt"), encoding="ascii") as stream:
            cases = [line.split() for line in stream]
        self.assertEqual([case[0] for case in cases], ["logits"] * 4 + ["encode"] * 2 + ["decode"] * 2)
        logits = np.load(os.path.join(golden, cases[0][3]))
        self.assertEqual((logits.shape, logits.dtype), ((64, 16), np.dtype("float32")))


if __name__ == "__main__":
    unittest.main()
