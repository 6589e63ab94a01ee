"""Tests of the Python tools: python3 -m unittest discover -s tools/tests"""
import os
import sys
import tempfile
import unittest
from types import SimpleNamespace

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

try:
    import torch
except ImportError:
    raise unittest.SkipTest("skip: no torch for this python3")

from unmask_tools import config as configs
from unmask_tools import data, gguf, masking, model_file, muon, random_model, run, sampling, train_transformer
from unmask_tools import transformer as transformers
from unmask_tools.tokenizer import Quantizer

CONFIG = os.path.join(os.path.dirname(HERE), "configs", "emoji-64.toml")
OPTIONS = SimpleNamespace(seed=3, gelu="tanh", norm_epsilon=1e-6)


def random_file(folder, kind, **changes):
    options = SimpleNamespace(**{**vars(OPTIONS), **changes})
    config, names, tokenizer, transformer = random_model.build(options)
    path = os.path.join(folder, "model.gguf")
    metadata = model_file.metadata(config, names, None, gguf.FILE_TYPES[kind])
    gguf.write(path, metadata, model_file.tensors(tokenizer, transformer), kind)
    return path, metadata, tokenizer, transformer


class ModelFile(unittest.TestCase):
    def test_float32_round_trip_is_exact(self):
        with tempfile.TemporaryDirectory() as folder:
            path, metadata, tokenizer, transformer = random_file(folder, "f32")
            read_meta, arrays = gguf.read(path)
            self.assertEqual(os.listdir(folder), ["model.gguf"])
        for key, value in metadata.items():
            if isinstance(value, float):
                value = float(np.float32(value))
            self.assertEqual(read_meta[key], value, key)
        again = model_file.modules(read_meta, arrays)
        for module, copy in zip((tokenizer, transformer), again):
            for name, value in module.state_dict().items():
                if name not in ("quant.count", "quant.total"):
                    self.assertTrue(torch.equal(value, copy.state_dict()[name]), name)

    def test_every_changed_byte_of_the_header_is_noticed(self):
        with tempfile.TemporaryDirectory() as folder:
            path = random_file(folder, "f16")[0]
            with open(path, "rb") as stream:
                raw = stream.read()
            for at in (40, 500, len(raw) - 1):
                broken = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1:]
                with open(path, "wb") as stream:
                    stream.write(broken)
                with self.assertRaises((ValueError, KeyError)):
                    gguf.read(path)

    def test_order_and_shapes_of_the_bundled_config(self):
        config = configs.load(CONFIG)
        tok, tra = config.tokenizer, config.transformer
        tokenizer = model_file.Tokenizer(tok)
        positions = configs.grid(config) ** 2
        transformer = transformers.make(tra, tok.codebook_size, 7, positions)
        table = dict(model_file.tensors(tokenizer, transformer))
        top = tok.channels * tok.channel_multipliers[-1]
        self.assertEqual(table["token_embd.weight"].shape, (tok.codebook_size + 7 + 2, tra.dim))
        self.assertEqual(table["position_embd.weight"].shape, (positions + 1, tra.dim))
        self.assertEqual(table["enc.conv_in.weight"].shape, (tok.channels, 3, 3, 3))
        self.assertEqual(table["dec.conv_in.weight"].shape, (top, 3, 3, tok.codebook_dim))
        self.assertEqual(table["dec.conv_out.weight"].shape, (3, 3, 3, tok.channels))
        names, coarsest = list(table), model_file.decoder_blocks(tok)[-1]
        self.assertLess(names.index(f"dec.res.{coarsest - 1}.conv1.weight"), names.index("dec.up.2.weight"))
        self.assertLess(names.index("dec.up.2.weight"), names.index(f"dec.res.{coarsest}.norm0.weight"))

    def test_q8_0_error_is_half_a_step(self):
        values = np.random.default_rng(0).normal(size=(4, 64)).astype(np.float32)
        again = gguf.dequantize_q8_0(gguf.quantize_q8_0(values), values.shape)
        # Half a step of 1/127 of the block's maximum, and the scale's own rounding to 11 bits.
        step = np.abs(values.reshape(-1, 32)).max(1) / 127
        bound = step * (0.5 + 127 * 2.0 ** -11) * 1.001
        self.assertTrue((np.abs(again - values).reshape(-1, 32).max(1) <= bound).all())
        self.assertEqual(gguf.stored_type("dec.conv_in.weight", (64, 3, 3, 16), "q8_0"), gguf.F16)
        self.assertEqual(gguf.stored_type("quant.codebook.weight", (512, 32), "q8_0"), gguf.F32)

    def test_gelu_form_and_epsilon_show(self):
        tokens = torch.randint(-1, 32, (1, 16), generator=torch.Generator().manual_seed(1))
        made = {}
        for key, changes in (("base", {}), ("erf", {"gelu": "erf"}), ("epsilon", {"norm_epsilon": 1e-5})):
            options = SimpleNamespace(**{**vars(OPTIONS), **changes})
            _, _, tokenizer, transformer = random_model.build(options)
            with torch.no_grad():
                made[key] = (transformer(tokens, torch.tensor([1])),
                             tokenizer.decode(tokens.clamp_min(0).view(1, 4, 4)))
        power = made["base"][0].pow(2).sum()
        # The runtime must agree to 1e-9; a wrong GELU must miss that by far.
        self.assertGreater((made["erf"][0] - made["base"][0]).pow(2).sum() / power, 2e-8)
        self.assertGreater((made["epsilon"][1] - made["base"][1]).abs().max(), 4 / 255)


class Masking(unittest.TestCase):
    def test_cosine_counts_of_the_paper(self):
        # docs: N = 256, T = 8.
        left, counts = 256, []
        for step in range(8):
            left = masking.masked_after("cosine", step, 8, 256, left)
            counts.append(left)
        self.assertEqual(counts, [251, 236, 212, 181, 142, 97, 49, 0])

    def test_schedules_fall_from_one_to_zero(self):
        for name in ("linear", "cosine", "square", "cubic", "pow2.5", "sqrt", "exponential", "logarithmic",
                     "arccos"):
            values = [masking.share(name, r / 20) for r in range(1, 21)]
            self.assertEqual(values, sorted(values, reverse=True), name)
            self.assertTrue(1e-6 <= values[-1] < 0.01, name)
        for name in ("sideways", "exp", "log", "pow", "pow1e1", "pow0", "pow101"):  # none is a model file's
            with self.assertRaises(ValueError):
                masking.share(name, 0.5)

    def test_random_masks_follow_the_schedule(self):
        masks = masking.random_masks("cosine", 4000, 64, torch.Generator().manual_seed(0))
        counts = masks.sum(1)
        self.assertTrue(1 <= counts.min() and counts.max() == 64)
        # E cos(pi u / 2) = 2 / pi, spread 0.308; five standard errors.
        self.assertAlmostEqual(counts.float().mean().item() / 64, 2 / np.pi, delta=5 * 0.308 / 4000 ** 0.5)

    def test_sampler_fills_every_token_and_keeps_to_the_seed(self):
        transformer = random_model.build(OPTIONS)[3]
        settings = SimpleNamespace(name="confidence", steps=4, schedule="cosine", temperature=1.0,
                                   choice_temperature=4.5, cfg_scale=1.0)
        labels = torch.tensor([0, 3])
        first = sampling.sample(transformer, labels, 16, settings, seed=5)
        self.assertTrue(((first >= 0) & (first < 32)).all())
        self.assertTrue(torch.equal(first, sampling.sample(transformer, labels, 16, settings, seed=5)))
        self.assertFalse(torch.equal(first, sampling.sample(transformer, labels, 16, settings, seed=6)))

    def test_the_sampler_of_a_file(self):
        config, names, _, _ = random_model.build(OPTIONS)
        self.assertNotIn("maskgit.sampler.name", model_file.metadata(config, names, None, 0))
        config.sampler.name = "halton"
        made = model_file.metadata(config, names, None, 0)
        self.assertEqual(made["maskgit.sampler.name"], "halton")
        self.assertNotIn("maskgit.sampler.recheck_rounds", made)
        config.sampler.name, config.sampler.recheck_rounds = "recheck", 8
        self.assertEqual(model_file.metadata(config, names, None, 0)["maskgit.sampler.recheck_rounds"], 8)

    def test_the_halton_order(self):
        # As in tests/unit/test_samplers.c; rows and columns.
        cells = [(8, 5), (4, 10), (12, 1), (2, 7), (10, 12), (6, 3), (14, 8), (1, 14)]
        order = sampling.halton_order(16)
        self.assertEqual(order[:8], [row * 16 + column for row, column in cells])
        self.assertEqual(sorted(order), list(range(256)))

    def test_halton_fixes_what_the_order_says(self):
        """A model whose guesses tell the step: code = how many are known."""
        def model(tokens, labels):
            known = (tokens >= 0).sum(1)
            return 100.0 * torch.nn.functional.one_hot(known, 32).float()[:, None].expand(-1, 16, -1)
        settings = SimpleNamespace(name="halton", steps=16, schedule="linear", temperature=1.0,
                                   choice_temperature=9.0, cfg_scale=0.0)
        codes = sampling.sample(model, torch.tensor([0, 0, 0]), 16, settings, seed=1)
        turns = codes[:, sampling.halton_order(4)]
        start = turns.argmin(1)
        self.assertEqual(turns.min(1).values.tolist(), [0, 0, 0])
        expected = (torch.arange(16)[None] - start[:, None]) % 16
        self.assertTrue(torch.equal(turns, expected))


class Training(unittest.TestCase):
    def test_loss_looks_only_at_masked_positions(self):
        transformer = random_model.build(OPTIONS)[3]
        tokens = torch.randint(0, 32, (2, 16))
        mask = torch.zeros(2, 16, dtype=torch.bool)
        mask[:, :5] = True
        losses = train_transformer.token_losses(transformer, tokens, torch.tensor([0, -1]), mask, 0.1)
        self.assertFalse(losses[:, 5:].any())
        hidden = torch.where(mask, torch.full_like(tokens, -1), tokens)
        logits = transformer(hidden, torch.tensor([0, -1]))[:, :5].reshape(-1, 32)
        expected = torch.nn.functional.cross_entropy(logits, tokens[:, :5].reshape(-1), label_smoothing=0.1)
        self.assertAlmostEqual(losses.sum().item() / 10, expected.item(), places=4)

    def test_what_a_gpu_computes_otherwise_is_the_same(self):
        transformer = random_model.build(OPTIONS)[3].double()
        random = torch.Generator().manual_seed(0)
        tokens, labels = torch.randint(0, 32, (3, 16), generator=random), torch.tensor([0, -1, 2])
        mask = masking.random_masks("cosine", 3, 16, random)
        logits = transformer(torch.where(mask, torch.full_like(tokens, -1), tokens), labels)
        made = train_transformer.all_losses(logits, tokens, mask, 0.1)
        expected = train_transformer.token_losses(transformer, tokens, labels, mask, 0.1)
        self.assertTrue(torch.allclose(made, expected, atol=1e-5))  # both in float32
        if hasattr(torch.nn.functional, "scaled_dot_product_attention"):
            q, k, v = torch.randn(3, 2, 4, 9, 16, generator=random, dtype=torch.float64)
            fused = torch.nn.functional.scaled_dot_product_attention(q, k, v)
            self.assertTrue(torch.allclose(transformer.blk[0]._mixed(q, k, v), fused, atol=1e-12))

    def test_bfloat16_does_not_choose_codes(self):
        quantizer = Quantizer(SimpleNamespace(codebook_size=64, codebook_dim=8))
        quantizer.codebook.weight.copy_(5 + 0.1 * torch.randn(64, 8))
        vectors = 5 + 0.1 * torch.randn(512, 8)
        exact = quantizer.nearest(vectors)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            self.assertTrue(torch.equal(quantizer.nearest(vectors), exact))
            rounded = (vectors @ quantizer.codebook.weight.t()).dtype
        self.assertEqual(rounded, torch.bfloat16)  # or this test could not fail

    def test_muon_makes_updates_orthogonal(self):
        made = muon.orthogonal(torch.randn(2, 24, 48, generator=torch.Generator().manual_seed(0)))
        values = torch.linalg.svdvals(made)
        # Five rounds of this polynomial leave singular values near 1, not at it.
        self.assertTrue(0.6 < values.min() and values.max() < 1.3)

    def test_learning_rate_and_budget(self):
        self.assertAlmostEqual(run.learning_rate(1.0, 10, 4, 0.0), 0.5)
        self.assertAlmostEqual(run.learning_rate(1.0, 10, 100, 1.0), 0.02)
        self.assertAlmostEqual(run.Budget(1, used=45).left(), 15, delta=1)

    def test_checkpoint_is_whole_or_old(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "c.pt")
            run.save(path, {"step": 1})
            with self.assertRaises(Exception):
                run.save(path, {"step": lambda: 0})
            self.assertEqual(run.load(path)["step"], 1)

    def test_epochs_take_every_row_once(self):
        examples = train_transformer.Examples(10, 4, 0.0, 1.0)
        rows = torch.cat([examples.next() for _ in range(5)])
        self.assertEqual(sorted(rows.tolist()), sorted(list(range(10)) * 2))

    def test_hard_examples_come_more_often(self):
        torch.manual_seed(0)
        examples = train_transformer.Examples(10, 8, 0.5, 1.0)
        known = torch.arange(1, 10)
        for _ in range(20):
            examples.learn(known, torch.full((9,), 0.1))
        seen = torch.bincount(torch.cat([examples.next() for _ in range(100)]), minlength=10)
        # Half of each batch by loss, each row at most once there: the unknown row is in nearly every batch.
        self.assertGreater(seen[0], 120)
        self.assertTrue((seen[1:] >= 40).all())

    def test_shift_brings_in_white(self):
        pictures = np.zeros((1, 4, 4, 3), np.uint8)
        moved = train_transformer.moved(pictures, 1, -2)[0, :, :, 0]
        self.assertEqual((moved == 0).sum(), 6)
        self.assertTrue((moved[0] == 255).all() and (moved[:, 2:] == 255).all())


class Config(unittest.TestCase):
    def test_bad_fields_are_named(self):
        config = configs.load(CONFIG)
        config.tokenizer.norm_groups = 7
        with self.assertRaisesRegex(configs.ConfigError, "norm_groups is 7"):
            configs.check(config)

    def test_symbol(self):
        self.assertEqual(data.symbol("1f636_200d_1f32b"), "\U0001F636\u200D\U0001F32B")


if __name__ == "__main__":
    unittest.main()
