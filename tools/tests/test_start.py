"""Training from the weights of a model file: what is taken over, what is named, what is refused."""
import contextlib
import io
import os
import sys
import tempfile
import unittest
from types import SimpleNamespace

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

try:
    import torch
except ImportError:
    raise unittest.SkipTest("skip: no torch for this python3")

from unmask_tools import data, gguf, model_file, random_model, run
from unmask_tools import train_tokenizer, train_transformer, warm_start
from unmask_tools import transformer as transformers

OPTIONS = SimpleNamespace(seed=3, gelu="tanh", norm_epsilon=1e-6)


def write(folder, **changes):
    """A file of random weights; changes replace keys of its metadata."""
    config, names, tokenizer, transformer = random_model.build(OPTIONS)
    path = os.path.join(folder, "model.gguf")
    metadata = {**model_file.metadata(config, names, None, gguf.FILE_TYPES["f32"]), **changes}
    gguf.write(path, metadata, model_file.tensors(tokenizer, transformer), "f32")
    return path, config, tokenizer, transformer


def said(function, *args):
    """What a call writes to stderr."""
    with contextlib.redirect_stderr(io.StringIO()) as stream:
        function(*args)
    return stream.getvalue()


class Start(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.folder = place.name
        self.path, self.config, self.tokenizer, self.transformer = write(self.folder)
        self.start = warm_start.read(self.path)
        torch.manual_seed(0)

    def fresh_transformer(self, names, **changes):
        for name, value in changes.items():
            setattr(self.config.transformer, name, value)
        codes = self.config.tokenizer.codebook_size
        return transformers.make(self.config.transformer, codes, len(names), 16)

    def test_without_a_tokenizer_of_its_own_a_run_takes_the_file_s(self):
        path = os.path.join(self.folder, "tokenizer.pt")
        taken = train_transformer.load_tokenizer(self.config, path, torch.device("cpu"), self.start)
        for name, weight in self.tokenizer.named_parameters():
            self.assertTrue(torch.equal(weight, dict(taken.named_parameters())[name]), name)
        again = train_transformer.load_tokenizer(self.config, path, torch.device("cpu"))
        self.assertTrue(torch.equal(again.quant.codebook.weight, taken.quant.codebook.weight))
        os.remove(path)
        self.config.tokenizer.codebook_dim += 1
        with self.assertRaisesRegex(ValueError, "its tokenizer is not the config's"):
            train_transformer.load_tokenizer(self.config, path, torch.device("cpu"), self.start)

    def test_the_same_config_starts_as_the_file_is(self):
        names = [f"class {i}" for i in range(5)]
        tokenizer, transformer = model_file.Tokenizer(self.config.tokenizer), self.fresh_transformer(names)
        text = said(self.start.networks, tokenizer) + said(self.start.codebook, tokenizer.quant)
        text += said(self.start.transformer, transformer, names)
        self.assertEqual(text, "")
        for made, source in ((tokenizer, self.tokenizer), (transformer, self.transformer)):
            for (name, value), expected in zip(made.named_parameters(), source.parameters()):
                self.assertTrue(torch.equal(value, expected), name)
        codes = torch.tensor([0, 31])
        averaged = tokenizer.quant.total / tokenizer.quant.count.unsqueeze(1)
        self.assertTrue(torch.equal(averaged[codes], self.tokenizer.quant.codebook(codes)))

    def test_a_larger_codebook_keeps_the_old_codes(self):
        self.config.tokenizer.codebook_size = 48
        tokenizer = model_file.Tokenizer(self.config.tokenizer)
        self.assertEqual(said(self.start.networks, tokenizer), "")
        tokenizer.quant.start(torch.full((9, 8), 7.0))
        self.start.codebook(tokenizer.quant)
        table = tokenizer.quant.codebook.weight
        self.assertTrue(torch.equal(table[:32], self.tokenizer.quant.codebook.weight))
        self.assertTrue((table[32:] == 7.0).all())
        transformer = self.fresh_transformer(["class 0"])
        said(self.start.transformer, transformer, ["class 0"])
        rows = transformer.token_embd.weight
        self.assertTrue(torch.equal(rows[:32], self.transformer.token_embd.weight[:32]))
        self.assertTrue(torch.equal(transformer.head.bias[:32], self.transformer.head.bias))
        self.assertTrue(torch.equal(rows[48], self.transformer.token_embd.weight[32]))

    def test_a_smaller_codebook_takes_the_first_codes(self):
        self.config.tokenizer.codebook_size = 20
        tokenizer = model_file.Tokenizer(self.config.tokenizer)
        self.start.codebook(tokenizer.quant)
        table = self.tokenizer.quant.codebook.weight
        self.assertTrue(torch.equal(tokenizer.quant.codebook.weight, table[:20]))

    def test_classes_by_name(self):
        names = ["class 3", "new", "class 0"]
        made = self.fresh_transformer(names)
        text = said(self.start.transformer, made, names)
        self.assertEqual(text, f"{self.path}: 1 of 3 classes are new: new\n")
        old, new = self.transformer.token_embd.weight, made.token_embd.weight
        self.assertTrue(torch.equal(new[32], old[32 + 3]) and torch.equal(new[34], old[32 + 0]))
        self.assertTrue(torch.equal(new[made.null_row], old[self.transformer.null_row]))
        self.assertTrue(torch.equal(new[made.mask_row], old[self.transformer.mask_row]))
        apart = (new[33] - old[32:37].mean(0)).abs().max().item()
        self.assertTrue(0 < apart < 6 * warm_start.NOISE, apart)

    def test_a_file_without_a_null_class(self):
        transformer = transformers.make(self.config.transformer, 32, 2, 16, null_class=False)
        start = warm_start.Start("x", self.tokenizer, transformer, ["a", "b"])
        made = self.fresh_transformer(["b"])
        start.transformer(made, ["b"])
        rows = transformer.token_embd.weight
        self.assertTrue(torch.equal(made.token_embd.weight[made.null_row], rows[32:34].mean(0)))
        self.assertTrue(torch.equal(made.token_embd.weight[made.mask_row], rows[34]))

    def test_what_does_not_fit_is_named_in_one_line(self):
        made = self.fresh_transformer(["class 0"], mlp_dim=96, layers=3)
        before = made.blk[2].attn_out.weight.detach().clone()
        text = said(self.start.transformer, made, ["class 0"])
        self.assertRegex(text, r"of the transformer do not fit and start at random: blk\.0\.mlp_up\.weight, ")
        self.assertEqual(text.count("\n"), 1)
        self.assertTrue(torch.equal(made.blk[1].attn_out.weight, self.transformer.blk[1].attn_out.weight))
        self.assertTrue(torch.equal(made.blk[2].attn_out.weight, before))
        narrow = self.fresh_transformer(["class 0"], dim=16)
        text = said(self.start.transformer, narrow, ["class 0"])
        self.assertRegex(text, "random: token_embd.weight, position_embd.weight, ")
        self.config.tokenizer.codebook_dim = 4
        tokenizer = model_file.Tokenizer(self.config.tokenizer)
        text = said(self.start.networks, tokenizer) + said(self.start.codebook, tokenizer.quant)
        self.assertRegex(text, r"^\S+: 4 of \d+ tensors of the tokenizer .*: enc.conv_out.weight, "
                         r"enc.conv_out.bias, dec.conv_in.weight, quant.codebook.weight\n$")

    def test_wrong_files_are_refused(self):
        with open(self.path, "rb") as stream:
            whole = stream.read()
        cases = [(b"", "not a GGUF file"), (b"PK\3\4", "not a GGUF file"), (whole[:30], "damaged"),
                 (whole[:-100], "does not match"), (whole[:3000], "")]
        for raw, sentence in cases:
            with open(self.path, "wb") as stream:
                stream.write(raw)
            with self.assertRaisesRegex(ValueError, f"^{self.path}: .*{sentence}") as caught:
                warm_start.read(self.path)
            self.assertNotIn("\n", str(caught.exception))
        for changes, sentence in (({"maskgit.variant": "v1"}, "its variant is 'v1'"),
                                  ({"general.architecture": "llama"}, "variant"),
                                  ({"maskgit.class_names": ["a"]}, "1 names for 5 classes"),
                                  ({"maskgit.transformer.layers": 3}, "do not make a model"),
                                  ({"maskgit.transformer.dim": 64}, "do not make a model")):
            with self.assertRaisesRegex(ValueError, sentence):
                warm_start.read(write(self.folder, **changes)[0])
        with self.assertRaises(OSError):
            warm_start.read(os.path.join(self.folder, "none.gguf"))


class Stages(unittest.TestCase):
    """Both stages with almost no time: one step from the file's weights, or from a checkpoint."""

    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.folder = place.name
        path, config, self.tokenizer, self.transformer = write(self.folder)
        self.start = warm_start.read(path)
        self.config = config
        config.tokenizer.train = SimpleNamespace(
            batch=2, hard_examples=0.5, lr=1e-4, warmup_steps=100, l1=1.0, l2=1.0, gradient=0.5,
            commitment=0.25, rate=0.002, plain=1.0, codebook_decay=0.99, revive_below=0.0,
            adversarial=0.0, feature=0.0, adversarial_start=0.5, flip=True)
        config.transformer.train = SimpleNamespace(
            per_class=0, batch=2, hard_examples=0.5, optimizer="muon", lr=1e-4, lr_rest=1e-4,
            warmup_steps=100,
            weight_decay=0.0, mask_schedule="cosine", label_smoothing=0.1, class_dropout=0.1, dropout=0.0,
            ema_decay=0.9, flip=False, shifts=0)
        random = torch.Generator().manual_seed(0)
        pictures = torch.randint(0, 256, (6, 16, 16, 3), generator=random).to(torch.uint8).numpy()
        self.data = data.Dataset(pictures, torch.arange(6).numpy() % 2, ["class 1", "class 4"], None, [])
        torch.manual_seed(0)

    def apart(self, file, source, key="model"):
        """The largest distance of the shared body from the file's weights."""
        state = run.load(os.path.join(self.folder, file))[key]
        return max((state[name] - value).abs().max().item() for name, value in source.state_dict().items()
                   if name.startswith(("enc.", "dec.", "blk.")))

    def stages(self, minutes, resume, start):
        with contextlib.redirect_stderr(io.StringIO()) as stream:
            train_tokenizer.train(self.config, self.data, self.folder, minutes, resume, start)
            train_transformer.train(self.config, self.data, self.folder, minutes, resume, start)
        return stream.getvalue()

    def test_both_stages_start_and_checkpoints_win(self):
        self.stages(1e-6, False, self.start)
        # One step of the warm-up moves a weight by a few millionths.
        self.assertLess(self.apart("tokenizer.pt", self.tokenizer), 1e-4)
        self.assertLess(self.apart("transformer.pt", self.transformer, "average"), 1e-4)
        self.stages(1e-6, False, None)
        self.assertGreater(self.apart("tokenizer.pt", self.tokenizer), 0.05)
        self.assertGreater(self.apart("transformer.pt", self.transformer), 0.05)
        before = run.load(os.path.join(self.folder, "transformer.pt"))
        text = self.stages(before["used"] / 60 + 0.001, True, self.start)
        self.assertNotIn("fit", text)
        self.assertGreater(self.apart("tokenizer.pt", self.tokenizer), 0.05)
        self.assertGreater(self.apart("transformer.pt", self.transformer), 0.05)

    def steps(self):
        paths = (os.path.join(self.folder, name) for name in ("tokenizer.pt", "transformer.pt"))
        return [run.load(path)["step"] for path in paths]

    def test_a_budget_that_is_used_up(self):
        self.stages(1e-6, False, None)
        before = self.steps()
        text = self.stages(1e-6, True, None)
        self.assertEqual(text.count("minutes are used up"), 2)
        self.assertEqual(before, self.steps())


if __name__ == "__main__":
    unittest.main()
