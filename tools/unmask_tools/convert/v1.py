"""The transformer of valeoai/Maskgit-pytorch v1.0 (arXiv 2310.14400): MaskGIT_ImageNet_{256,512}.pth."""
from . import layout
from .array import stacked

KINDS = [layout.Kind("v1", "transformer", "the transformer of Maskgit-pytorch v1.0",
                     ["tok_emb.weight", "first_layer.0.weight"])]
USUAL_HEADS = {768: 16}


def _reordered(table, codes):
    """Rows from codes, mask, classes, null to codes, classes, null, mask."""
    parts = (0, codes), (codes + 1, table.shape[0]), (codes, codes + 1)
    return stacked([table.rows(*part) for part in parts])


def _last_first(rows):
    """The class token moves from the end of the sequence to its front."""
    last = rows.shape[0] - 1
    return stacked([rows.rows(last, last + 1), rows.rows(0, last)])


class _Taker:
    def __init__(self, checkpoint):
        self.checkpoint, self.made = checkpoint, []

    def pair(self, name, source, *shape):
        self.made.append((f"{name}.weight", self.checkpoint.take(f"{source}.weight", *shape)))
        self.made.append((f"{name}.bias", self.checkpoint.take(f"{source}.bias", shape[0])))

    def block(self, i, dim, mlp):
        name, source = f"blk.{i}", f"transformer.layers.{i}"
        self.pair(f"{name}.attn_norm", f"{source}.0.norm", dim)
        for leaf, shape in (("weight", (3 * dim, dim)), ("bias", (3 * dim,))):
            array = self.checkpoint.take(f"{source}.0.fn.mha.in_proj_{leaf}", *shape)
            self.made.append((f"{name}.attn_qkv.{leaf}", array))
        self.pair(f"{name}.attn_out", f"{source}.0.fn.mha.out_proj", dim, dim)
        self.pair(f"{name}.mlp_norm", f"{source}.1.norm", dim)
        self.pair(f"{name}.mlp_up", f"{source}.1.fn.net.0", mlp, dim)
        self.pair(f"{name}.mlp_down", f"{source}.1.fn.net.3", dim, mlp)


def _sampler(grid):
    """What the published models were evaluated with."""
    steps, choice, scale = (8, 4.5, 3.0) if grid <= 16 else (15, 7.0, 2.8)
    return {"name": "confidence", "steps": steps, "schedule": "arccos", "choice_temperature": choice,
            "temperature": 1.0, "cfg_scale": scale, "cfg_schedule": "linear"}


def read(checkpoint, kind, options, codes):
    """The layout.Transformer of a checkpoint."""
    rows, dim = checkpoint.shape("tok_emb.weight", 2)
    positions = checkpoint.shape("pos_emb", 3)[1]
    mlp = checkpoint.shape("transformer.layers.0.1.fn.net.0.weight", 2)[0]
    layers = checkpoint.count("transformer.layers.", ".")
    classes = layout.positive(rows - codes - 2, f"classes beside {codes} codes", checkpoint)
    grid = layout.side(positions - 1, checkpoint)
    taker = _Taker(checkpoint)
    taker.made.append(("token_embd.weight", _reordered(checkpoint.take("tok_emb.weight", rows, dim), codes)))
    position = checkpoint.take("pos_emb", 1, positions, dim)
    taker.made.append(("position_embd.weight", position and _last_first(position.reshaped(positions, dim))))
    norm, dense = (dim,), (dim, dim)
    for name, source, shape in (("embd_norm", 0, norm), ("embd_dense", 2, dense), ("embd_norm2", 4, norm),
                                ("embd_dense2", 6, dense)):
        taker.pair(name, f"first_layer.{source}", *shape)
    for i in range(layers):
        taker.block(i, dim, mlp)
    for name, source, shape in (("head.norm0", 0, norm), ("head.dense", 2, dense), ("head.norm", 4, norm)):
        taker.pair(name, f"last_layer.{source}", *shape)
    bias = checkpoint.take("bias", positions, rows)
    taker.made.append(("head.position_bias", bias and _last_first(bias.columns(0, codes))))
    metadata = {
        "maskgit.transformer.dim": dim, "maskgit.transformer.layers": layers,
        "maskgit.transformer.heads": layout.heads(options.heads, dim, dim, USUAL_HEADS, checkpoint),
        "maskgit.transformer.mlp_dim": mlp, "maskgit.transformer.norm_epsilon": 1e-5,
        "maskgit.transformer.embd_norm_epsilon": 1e-12, "maskgit.transformer.gelu": "erf"}
    return layout.Transformer(grid, classes, True, metadata, _sampler(grid), taker.made)
