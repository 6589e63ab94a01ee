"""Redrawn grids, and the stage that trains the decoder on them."""
import os
import sys
import unittest
from types import SimpleNamespace

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

try:
    import numpy as np
    import torch
except ImportError:
    raise unittest.SkipTest("skip: no torch or numpy for this python3")

from unmask_tools import data, muon, run, sampling, train_decoder

SAMPLER = SimpleNamespace(name="confidence", steps=3, schedule="cosine", temperature=1.0,
                          choice_temperature=2.0, cfg_scale=0.0)
CODES = 16


def constant(code):
    """A model that is sure of one code everywhere."""
    def logits(tokens, labels):
        made = torch.full((*tokens.shape, CODES), -50.0)
        made[..., code] = 50.0
        return made
    return logits


class Redrawn(unittest.TestCase):
    def test_what_is_masked_is_drawn_anew_and_the_rest_stays(self):
        known = torch.randint(CODES, (4, 64), generator=torch.Generator().manual_seed(1)) % 8
        known[0, :10], known[2, ::2], known[3] = -1, -1, -1
        made = sampling.fill(constant(9), known, torch.zeros(4, dtype=torch.long), SAMPLER, 4,
                             torch.Generator().manual_seed(2))
        self.assertTrue(torch.equal(made == 9, known < 0))
        self.assertTrue(torch.equal(made[known >= 0], known[known >= 0]))

    def test_each_step_leaves_as_many_masked_as_the_schedule_says_of_that_row(self):
        left = []

        def model(tokens, labels):
            left.append((tokens < 0).sum(1).tolist())
            return torch.zeros(*tokens.shape, CODES)
        known = torch.full((2, 64), 3)
        known[0, :40], known[1, :12] = -1, -1
        sampling.fill(model, known, torch.zeros(2, dtype=torch.long), SAMPLER, 3, torch.Generator())
        cosines = [0.5 * 3 ** 0.5, 0.5]
        expected = [[40, 12]] + [[int(40 * value), int(12 * value)] for value in cosines]
        self.assertEqual(left, expected)

    def test_masked_shares(self):
        tokens = torch.zeros(200, 256, dtype=torch.long)
        shares = (train_decoder.masked_part(tokens, torch.Generator().manual_seed(0)) < 0).float().mean(1)
        self.assertGreaterEqual(float(shares.min()), train_decoder.LEAST - 0.005)
        self.assertLessEqual(float(shares.max()), train_decoder.MOST + 0.005)
        self.assertGreater(float(shares.max() - shares.min()), 0.5)


class FirstDesigns(unittest.TestCase):
    def test_first_of_each_class_in_order(self):
        pictures = np.arange(6, dtype=np.uint8).reshape(6, 1, 1, 1)
        whole = data.Dataset(pictures, np.array([0, 0, 1, 2, 2, 2]), ["a", "b", "c"], None, list("uvwxyz"))
        one = data.first_designs(whole, 1)
        self.assertEqual((one.files, one.labels.tolist()), (["u", "w", "x"], [0, 1, 2]))
        self.assertEqual(one.names, whole.names)
        self.assertEqual(one.pictures.flatten().tolist(), [0, 2, 3])
        self.assertEqual(data.first_designs(whole, 0).files, whole.files)


class Types(unittest.TestCase):
    def test_orthogonal_in_whatever_type_pays_here(self):
        stack = torch.randn(2, 8, 16, generator=torch.Generator().manual_seed(0))
        singular = torch.linalg.svdvals(muon.orthogonal(stack))
        self.assertTrue(bool(((singular > 0.6) & (singular < 1.3)).all()), singular)

    def test_a_gpu_always_has_bfloat16(self):
        self.assertTrue(run.bfloat16_pays("cuda"))


if __name__ == "__main__":
    unittest.main()
