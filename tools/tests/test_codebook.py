"""How the codebook begins, which code a vector takes, where dead codes go; what plain cells are held to."""
import os
import sys
import unittest
from types import SimpleNamespace

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

try:
    import torch
except ImportError:
    raise unittest.SkipTest("skip: no torch for this python3")

from unmask_tools.tokenizer import Quantizer
from unmask_tools.train_tokenizer import plain_spread


def quantizer(size, width=2):
    return Quantizer(SimpleNamespace(codebook_size=size, codebook_dim=width))


class Codebook(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(0)
        # 9 of 10 vectors are ground; the others are seven small clouds far away.
        self.far = 10.0 * torch.stack([torch.tensor([k % 3, k // 3]).float() for k in range(1, 8)])
        clouds = self.far.repeat_interleave(20, 0) + 0.01 * torch.randn(140, 2)
        self.vectors = torch.cat([0.01 * torch.randn(1260, 2), clouds])

    def test_every_cloud_gets_a_code_at_the_start(self):
        codebook = quantizer(8)
        codebook.start(self.vectors)
        nearest = torch.cdist(self.far, codebook.codebook.weight).min(1).values
        self.assertLess(nearest.max().item(), 1.0)

    def test_more_codes_than_vectors(self):
        codebook = quantizer(16)
        codebook.start(self.vectors[:5])
        self.assertTrue(torch.isfinite(codebook.codebook.weight).all())

    def test_a_dead_code_moves_to_what_is_badly_represented(self):
        codebook = quantizer(2)
        codebook.codebook.weight.copy_(torch.tensor([[0.0, 0.0], [500.0, 500.0]]))
        codebook.count.copy_(torch.tensor([100.0, 1e-3]))
        codebook.total.copy_(codebook.codebook.weight * codebook.count.unsqueeze(1))
        codes = torch.zeros(len(self.vectors), dtype=torch.long)
        moved = codebook.update(self.vectors, codes, 0.999, 0.02)
        self.assertEqual(moved.item(), 1)
        # All ground together is 1e-5 of the squared distances.
        self.assertLess(torch.cdist(self.far, codebook.codebook.weight[1:]).min().item(), 1.0)

    def test_the_common_one_of_two_near_codes_wins(self):
        codebook = quantizer(3)
        codebook.codebook.weight.copy_(torch.tensor([[0.0, 0.0], [0.2, 0.0], [9.0, 9.0]]))
        codebook.count.copy_(torch.tensor([90.0, 1.0, 9.0]))
        vectors = torch.tensor([[0.15, 0.0], [0.0, 0.0], [9.0, 9.0], [0.0, 9.0]])
        self.assertEqual(codebook.nearest(vectors)[:3].tolist(), [1, 0, 2])
        self.assertEqual(codebook.economical(vectors, 0.01)[:3].tolist(), [0, 0, 2])
        self.assertTrue(torch.equal(codebook.economical(vectors, 0.0), codebook.nearest(vectors)))

    def test_the_price_is_a_share_of_the_variance(self):
        codebook = quantizer(64, 4)
        codebook.start(torch.randn(512, 4))
        codebook.count.copy_(torch.rand(64) + 1e-3)
        vectors = torch.randn(256, 4)
        codes = codebook.economical(vectors, 0.05)
        self.assertFalse(torch.equal(codes, codebook.nearest(vectors)))
        codebook.codebook.weight.mul_(8.0)  # a power of two: no rounding
        self.assertTrue(torch.equal(codebook.economical(8.0 * vectors, 0.05), codes))


class Plain(unittest.TestCase):
    """Pictures of 8x8 pixels on a grid of 2x2 cells."""

    def setUp(self):
        torch.manual_seed(0)
        self.picture = torch.rand(1, 3, 8, 8)
        self.picture[..., :4, :] = 1.0                   # above: two white cells
        self.picture[..., 4:, :4] = 0.2                  # below, left: one grey cell; right: noise
        self.vectors = torch.randn(1, 2, 2, 3)

    def test_one_colour_one_vector(self):
        self.vectors[0, 0, 1] = self.vectors[0, 0, 0]
        self.assertEqual(plain_spread(self.vectors, self.picture).item(), 0.0)

    def test_it_is_the_share_of_the_variance(self):
        white = self.vectors[0, 0]
        inside = (white - white.mean(0)).pow(2).sum() / 3  # the grey cell is its own mean
        whole = self.vectors.reshape(-1, 3).var(0).sum()
        self.assertAlmostEqual(plain_spread(self.vectors, self.picture).item(), (inside / whole).item(), 6)

    def test_one_level_apart_is_not_plain(self):
        self.picture[0, 2, 1, 6] = 254 / 255
        self.assertEqual(plain_spread(self.vectors, self.picture).item(), 0.0)

    def test_the_gradient_draws_them_together(self):
        vectors = self.vectors.requires_grad_()
        plain_spread(vectors, self.picture).backward()
        gradient, white = vectors.grad[0, 0], self.vectors.detach()[0, 0]
        self.assertGreater(((white[0] - white[1]) * (gradient[0] - gradient[1])).sum().item(), 0)
        self.assertEqual(vectors.grad[0, 1].abs().max().item(), 0.0)

    def test_no_plain_cell(self):
        self.assertEqual(plain_spread(self.vectors, torch.rand(1, 3, 8, 8)).item(), 0.0)


if __name__ == "__main__":
    unittest.main()
