"""Models of random weights, wide enough that the GELU form and the GroupNorm epsilon show in the output."""
from types import SimpleNamespace

import torch

from . import transformer as transformers
from .tokenizer import Tokenizer


def config(options):
    """A small config: grid 4, like the in-memory model of the C tests."""
    tokenizer = SimpleNamespace(channels=8, channel_multipliers=[1, 1, 2], res_blocks=1, norm_groups=4,
                                norm_epsilon=options.norm_epsilon, codebook_size=32, codebook_dim=8,
                                decoder_blocks=getattr(options, "decoder_blocks", None))
    variant = getattr(options, "variant", "original")
    transformer = SimpleNamespace(variant=variant.split("-")[0],
                                  patch_size=1 + variant.endswith("-patched"), dim=32, layers=2, heads=2,
                                  mlp_dim=64, norm_epsilon=1e-12, gelu=options.gelu)
    sampler = SimpleNamespace(name="confidence", steps=4, schedule="cosine", temperature=1.0,
                              choice_temperature=4.5, cfg_scale=0.0, recheck_rounds=4)
    return SimpleNamespace(name="random", description="random weights for tests", license="MIT",
                           data=SimpleNamespace(size=16), tokenizer=tokenizer, transformer=transformer,
                           sampler=sampler)


def _fill(module, generator, gain):
    """Matrices ~ N(0, gain / sqrt(inputs)); norm scales around 1; biases small."""
    with torch.no_grad():
        for name, weight in module.named_parameters():
            noise = torch.randn(weight.shape, generator=generator)
            if weight.dim() > 1:
                inputs = weight[0].numel()
                weight.copy_(noise * (1.0 if "embd" in name or "codebook" in name else gain / inputs ** 0.5))
            elif "norm" in name and name.endswith("weight"):
                weight.copy_(1.0 + 0.2 * noise)
            else:
                weight.copy_(0.2 * noise)


def build(options):
    """(config, names, tokenizer, transformer). The first convolution's output is small, of the order of the
    square root of 1e-5: there GroupNorm divides by sqrt(variance + epsilon), and 1e-6 differs from 1e-5."""
    made = config(options)
    generator = torch.Generator().manual_seed(options.seed)
    names = [f"class {i}" for i in range(5)]
    tokenizer = Tokenizer(made.tokenizer)
    transformer = transformers.make(made.transformer, made.tokenizer.codebook_size, len(names), 16)
    _fill(tokenizer, generator, 1.0)
    _fill(transformer, generator, 2.0)
    with torch.no_grad():
        tokenizer.enc.conv_in.weight.mul_(3e-3)
        tokenizer.dec.conv_in.weight.mul_(3e-3)
        tokenizer.dec.conv_in.bias.mul_(3e-3)
    return made, names, tokenizer.eval(), transformer.eval()
