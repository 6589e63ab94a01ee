#!/usr/bin/env python3
"""The published 256x256 network with random weights: real_model.py FOLDER [--type f32 ...] [--onnx] [--tiny]

Writes FOLDER/real-TYPE.gguf and, with --onnx, forward.onnx and decode.onnx of the same weights. Sizes are
those of google-research/maskgit, ImageNet 256. Needs PyTorch (Debian: python3-torch).
"""
import argparse
import pathlib
import sys
from types import SimpleNamespace

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "tools"))
from unmask_tools import gguf, model_file, random_model  # noqa: E402
from unmask_tools.tokenizer import Tokenizer  # noqa: E402
from unmask_tools.transformer import Transformer  # noqa: E402

GRID, CODES, CLASSES = 16, 1024, 1000


def config(grid=GRID, tiny=False):
    tokenizer = SimpleNamespace(channels=128, channel_multipliers=[1, 1, 2, 2, 4], res_blocks=2,
                                norm_groups=32, norm_epsilon=1e-6, codebook_size=CODES, codebook_dim=256)
    transformer = SimpleNamespace(variant="original", dim=768, layers=24, heads=16, mlp_dim=3072,
                                  norm_epsilon=1e-12, gelu="tanh")
    if tiny:
        tokenizer.channels, tokenizer.res_blocks = 32, 1
        vars(transformer).update(dim=64, layers=2, heads=2, mlp_dim=128)
    sampler = SimpleNamespace(name="confidence", steps=8, schedule="cosine", temperature=1.0,
                              choice_temperature=4.5, cfg_scale=0.0)
    return SimpleNamespace(name="random weights", license="CC0-1.0", data=SimpleNamespace(size=16 * grid),
                           tokenizer=tokenizer, transformer=transformer, sampler=sampler)


def networks(made, grid=GRID, seed=1):
    generator = torch.Generator().manual_seed(seed)
    tokenizer = Tokenizer(made.tokenizer)
    transformer = Transformer(made.transformer, CODES, CLASSES, grid * grid, null_class=False)
    random_model._fill(tokenizer, generator, 1.0)
    random_model._fill(transformer, generator, 1.5)
    return tokenizer.eval(), transformer.eval()


class Forward(torch.nn.Module):
    """ids (1, positions + 1) to logits (1, positions, codes): the runtime's forward pass."""

    def __init__(self, transformer):
        super().__init__()
        self.net = transformer

    def forward(self, ids):
        x = self.net.embd_norm(self.net.token_embd(ids) + self.net.position_embd.weight)
        for block in self.net.blk:
            x = block(x)
        return self.net.logits(x[:, 1:])


class Decode(torch.nn.Module):
    """codes (1, grid, grid) to RGB (1, 3, height, width)."""

    def __init__(self, tokenizer):
        super().__init__()
        self.net = tokenizer

    def forward(self, codes):
        return self.net.dec(self.net.quant.codebook(codes).permute(0, 3, 1, 2))


def export(folder, tokenizer, transformer, grid=GRID):
    ids = torch.zeros(1, grid * grid + 1, dtype=torch.int64)
    codes = torch.zeros(1, grid, grid, dtype=torch.int64)
    passes = (("forward", Forward(transformer), ids), ("decode", Decode(tokenizer), codes))
    for name, module, example in passes:
        torch.onnx.export(module, example, str(folder / f"{name}.onnx"), opset_version=17,
                          input_names=["in"], output_names=["out"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--type", action="append", choices=sorted(gguf.FILE_TYPES), default=[])
    parser.add_argument("--onnx", action="store_true")
    parser.add_argument("--grid", type=int, default=GRID, help="tokens a side (32: the 512x512 network)")
    parser.add_argument("--tiny", action="store_true", help="narrow networks, to try programs out")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    made = config(args.grid, args.tiny)
    tokenizer, transformer = networks(made, args.grid)
    names = [f"class {i}" for i in range(CLASSES)]
    for kind in args.type:
        metadata = model_file.metadata(made, names, None, gguf.FILE_TYPES[kind], null_class=False)
        tensors = model_file.tensors(tokenizer, transformer)
        gguf.write(args.folder / f"real-{kind}.gguf", metadata, tensors, kind)
    if args.onnx:
        with torch.no_grad():
            export(args.folder, tokenizer, transformer, args.grid)


if __name__ == "__main__":
    main()
