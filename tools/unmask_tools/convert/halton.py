"""The transformer of valeoai/Halton-MaskGIT (arXiv 2503.17076), tiny to xlarge."""
import math

import numpy as np

from . import Refused, layout
from .array import Array, stacked

KINDS = [layout.Kind("halton", "transformer", "the transformer of Halton-MaskGIT",
                     ["tok_emb.weight", "cls_emb.weight"])]
# tiny, small, base, large and xlarge by their widths; small's heads are 85 wide, so its queries have 510.
USUAL_HEADS = {384: 6, 512: 6, 768: 12, 1024: 16, 1152: 16}
GUIDANCE = {384: 1.5, 512: 1.0, 768: 0.7, 1024: 0.5}


def _tied(table, head, title):
    """The table, refused on loading if the head's matrix, which the network shares with it, differs."""
    def check(values):
        if not np.array_equal(values, head.load()):
            raise Refused(f"{title}: head.weight differs from tok_emb.weight; the network ties the two")
        return values
    return table.changed(check)


def _patch_places(places, kernel):
    """What the patches' convolution makes of the tokens' places, in raster order: what is added to every
    token before it is the same as this added after it, for it has no bias."""
    positions, dim = places.shape
    side = math.isqrt(positions)

    def load():
        grid = np.asarray(places.load(), np.float64).reshape(side // 2, 2, side // 2, 2, dim)
        matrix = np.asarray(kernel.load(), np.float64)
        return np.einsum("yixjc,ocij->yxo", grid, matrix, optimize=True).reshape(-1, dim)
    return Array((positions // 4, dim), load)


def _tables(checkpoint, codes, classes, dim, positions, kernel):
    """The embeddings. Rows: codes, classes, null, mask; positions: the register, then the tokens or, with a
    kernel, their patches."""
    tokens = checkpoint.take("tok_emb.weight", codes + 1, dim)
    head = checkpoint.take("head.weight", codes + 1, dim)
    steer = checkpoint.take("cls_emb.weight", classes + 1, dim)
    register = checkpoint.take("reg_tokens.weight", 1, dim)
    places = checkpoint.take("pos_emb.weight", positions, dim)
    if None in (tokens, head, steer, register, places):
        return [("token_embd.weight", None), ("position_embd.weight", None)]
    tokens = _tied(tokens, head, checkpoint.title)
    places = _patch_places(places, kernel) if kernel else places
    return [("token_embd.weight", stacked([tokens.rows(0, codes), steer, tokens.rows(codes, codes + 1)])),
            ("position_embd.weight", stacked([register, places]))]


def _block(checkpoint, i, dim, width, mlp):
    name, source = f"blk.{i}", f"transformer.layers.{i}"

    def take(leaf, *shape):
        return checkpoint.take(f"{source}.{leaf}", *shape)

    def both(arrays):
        return stacked(arrays) if None not in arrays else None
    return [(f"{name}.ada.weight", take("mlp.1.weight", 6 * dim, dim)),
            (f"{name}.ada.bias", take("mlp.1.bias", 6 * dim)),
            (f"{name}.attn_norm.weight", take("ln1.weight", dim)),
            (f"{name}.attn_qkv.weight", both([take(f"attn.w{part}.weight", width, dim) for part in "qkv"])),
            (f"{name}.attn_out.weight", take("attn.wo.weight", dim, width)),
            (f"{name}.mlp_norm.weight", take("ln2.weight", dim)),
            (f"{name}.mlp_up.weight", both([take(f"ff.w{part}.weight", mlp, dim) for part in "13"])),
            (f"{name}.mlp_down.weight", take("ff.w2.weight", dim, mlp))]


def _patch_out(checkpoint, dim):
    """Rows of the published matrix: number, then y and x in the patch; here y, x, number."""
    matrix = checkpoint.take("out_proj.weight", 4 * dim, dim, 1, 1)
    ordered = matrix and matrix.reshaped(dim, 2, 2, dim).transposed(1, 2, 0, 3).reshaped(4 * dim, dim)
    return [("patch_out.weight", ordered)]


def _head(checkpoint, dim, codes):
    bias = checkpoint.take("head.bias", codes + 1)
    return [("head.ada.weight", checkpoint.take("last_norm.mlp.1.weight", 2 * dim, dim)),
            ("head.ada.bias", checkpoint.take("last_norm.mlp.1.bias", 2 * dim)),
            ("head.norm.weight", checkpoint.take("last_norm.norm_final.weight", dim)),
            ("head.norm.bias", checkpoint.take("last_norm.norm_final.bias", dim)),
            ("head.bias", bias and bias.rows(0, codes))]


def read(checkpoint, kind, options, codes):
    """The layout.Transformer of a checkpoint."""
    classes, dim = checkpoint.shape("cls_emb.weight", 2)
    classes = layout.positive(classes - 1, "classes", checkpoint)
    positions = checkpoint.shape("pos_emb.weight", 2)[0]
    width = checkpoint.shape("transformer.layers.0.attn.wq.weight", 2)[0]
    mlp = checkpoint.shape("transformer.layers.0.ff.w1.weight", 2)[0]
    layers = checkpoint.count("transformer.layers.", ".")
    heads = layout.heads(options.heads, dim, width, USUAL_HEADS, checkpoint)
    side, patched = layout.side(positions, checkpoint), "in_proj.weight" in checkpoint.arrays
    kernel = checkpoint.take("in_proj.weight", dim, dim, 2, 2) if patched else None
    if patched and side % 2:
        raise Refused(f"{checkpoint.title}: {side} x {side} tokens do not divide into patches of 2 x 2")
    made = _tables(checkpoint, codes, classes, dim, positions, kernel)
    if patched:
        flat = kernel and kernel.transposed(0, 2, 3, 1).reshaped(dim, 4 * dim)
        made.append(("patch_embd.weight", flat))
    for i in range(layers):
        made += _block(checkpoint, i, dim, width, mlp)
    made += _patch_out(checkpoint, dim) if patched else []
    made += _head(checkpoint, dim, codes)
    # The settings of the published evaluation, by size.
    sampler = {"name": "halton", "steps": 32, "schedule": "arccos", "choice_temperature": 0.0,
               "temperature": 1.0, "cfg_scale": GUIDANCE.get(dim, 0.5), "cfg_schedule": "constant"}
    metadata = {
        "maskgit.transformer.dim": dim, "maskgit.transformer.layers": layers,
        "maskgit.transformer.heads": heads, "maskgit.transformer.head_dim": width // heads,
        "maskgit.transformer.mlp_dim": mlp, "maskgit.transformer.norm_epsilon": 1e-5,
        **({"maskgit.transformer.patch_size": 2} if patched else {})}
    return layout.Transformer(side, classes, True, metadata, sampler, made)
