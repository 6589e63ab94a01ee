"""Random checkpoints in every published layout, converted, against the published networks in PyTorch.

UM_PROGRAM: the program. UM_TEST_DEVICE: cpu (default) or vulkan. Exit code 77 = skipped, with the reason.
"""
import pathlib
import tempfile
import unittest
from types import SimpleNamespace

from convert_support import (DEVICE, Bench, Layout, checkpoints, files_flax, files_muse, files_torch, nmse,
                             worst_choice)

import torch
from unmask_tools import gguf
from unmask_tools.convert import run

# Sums of a few hundred float32 products are off by about 1e-6 relative, 1e-12 squared; some ten layers of
# them stay under 1e-9 with room, and a wrong formula is orders above it.
NMSE_F32 = 1e-9
# Weights rounded to the stored type are the least error possible; other roundings on the way may double it.
TIMES_IDEAL = 3.0
# float32 sums over a code's numbers: a nearer row may be missed by this share of the lengths involved.
NEAREST = 1e-5

Sizes = checkpoints.Sizes
LAYOUTS = {
    "maskgit-flax": Layout("original", Sizes(classes=1000), files_flax),
    "maskgit-torch": Layout("original", Sizes(), files_torch(("state_dict", "state_dict")), 4),
    "maskgit-muse-tokenizer": Layout("original", Sizes(), files_muse, 4),
    "v1": Layout("v1", Sizes(classes=7), files_torch(("model_state_dict", "state_dict")), 4),
    # 6 heads of 10: queries narrower than the model, as in the small one, and no multiple of 32.
    "halton": Layout("halton", Sizes(codes=96, code_size=8, heads=6),
                     files_torch(("model_state_dict", "model")), 6),
    "halton-patched": Layout("halton", Sizes(codes=96, code_size=8, patched=True),
                             files_torch(("model_state_dict", "model")), 4),
}


class Parity(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)

    def convert(self, layout, kind):
        """The converted file."""
        paths = layout.files(self.path, *checkpoints.networks(layout.family, layout.sizes))
        output = self.path / f"{kind}.gguf"
        options = SimpleNamespace(type=kind, file_type=gguf.FILE_TYPES[kind], heads=layout.heads, name=None,
                                  license="none")
        run.convert(paths, output, options)
        return output

    def judge(self, what, made, exact, ideal):
        value, limit = nmse(made, exact), NMSE_F32 + TIMES_IDEAL * nmse(ideal, exact)
        print(f"{self.id().split('.')[-1]} {what}: NMSE {value:.2e}, limit {limit:.2e}", flush=True)
        self.assertEqual(made.shape, exact.shape)
        self.assertLessEqual(value, limit, what)

    def check(self, layout, kind):
        bench = Bench(self.path, self.convert(layout, kind), layout)
        exact, ideal = layout.networks(), layout.networks(kind)
        last = layout.sizes.classes - 1
        for label, masked in ((0, 1.0), (last, 0.5), *([(-1, 0.7)] if layout.null_class else [])):
            tokens, made = bench.logits(label, masked)
            results = (net[0](tokens, label).numpy() for net in (exact, ideal))
            self.judge(f"logits of class {label}", made, *results)
        tokens, made = bench.decode()
        self.judge("decode", made, *(net[1].decode(tokens).numpy() for net in (exact, ideal)))
        if kind == "f32":
            picture, codes = bench.encode()
            self.assertLessEqual(worst_choice(exact[1], picture, codes), NEAREST)
            self.assertGreater(len(codes.unique()), 4)  # the picture tells codes apart


def _test(layout, kind):
    def test(self):
        with torch.no_grad():
            self.check(layout, kind)
    return test


# Files of one family differ in nothing, so one of them is enough for the slower devices.
NAMES = LAYOUTS if DEVICE == "cpu" else ("maskgit-torch", "v1", "halton", "halton-patched")
for _name, _layout in ((name, LAYOUTS[name]) for name in NAMES):
    for _kind in gguf.FILE_TYPES:
        setattr(Parity, f"test_{_name.replace('-', '_')}_{_kind}", _test(_layout, _kind))

if __name__ == "__main__":
    torch.set_num_threads(1)
    unittest.main()
