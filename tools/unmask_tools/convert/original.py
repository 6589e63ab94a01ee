"""The transformer of google-research/maskgit, its flax checkpoints and those of hmorimitsu/maskgit-torch.

The port keeps the weights, so the original's GELU (tanh form) and LayerNorm epsilon (1e-12) hold for both;
the erf form that maskgit-torch runs is a slip of the port.
"""
from . import Refused, layout
from .array import stacked

KINDS = [
    layout.Kind("original", "transformer", "the google-research/maskgit transformer (flax)",
                ["Embed_0.word_embeddings.embedding"], "flax"),
    layout.Kind("original", "transformer", "the maskgit-torch transformer",
                ["tok_emb.weight", "emb_ln.weight"], "torch"),
]
USUAL_HEADS = {768: 16}


class _FlaxTransformer:
    def __init__(self, checkpoint):
        self.checkpoint = checkpoint
        self.layers = checkpoint.count("TransformerLayer_", ".")
        layout.positive(self.layers, "transformer layers", checkpoint)
        self.rows, self.dim = checkpoint.shape("Embed_0.word_embeddings.embedding", 2)
        self.positions = checkpoint.shape("Embed_0.position_embeddings.embedding", 2)[0]
        self.mlp = checkpoint.shape("TransformerLayer_0.Mlp_0.intermediate_output.kernel", 2)[1]
        self.heads, self.depth = checkpoint.shape(
            "TransformerLayer_0.Attention_0.self_attention.query.kernel", 3)[1:]
        if self.heads * self.depth != self.dim:
            raise Refused(f"{checkpoint.title}: {self.heads} heads of {self.depth} do not make {self.dim}")

    def norm(self, name, source):
        return [(f"{name}.weight", self.checkpoint.take(f"{source}.scale", self.dim)),
                (f"{name}.bias", self.checkpoint.take(f"{source}.bias", self.dim))]

    def linear(self, name, source, out, inner):
        kernel = self.checkpoint.take(f"{source}.kernel", inner, out)
        return [(f"{name}.weight", kernel and kernel.transposed()),
                (f"{name}.bias", self.checkpoint.take(f"{source}.bias", out))]

    def attention(self, name, source):
        split, inner = (self.heads, self.depth), self.heads * self.depth
        kernels, biases = ([self.checkpoint.take(f"{source}.{part}.{leaf}", *before, *split)
                            for part in ("query", "key", "value")]
                           for leaf, before in (("kernel", (self.dim,)), ("bias", ())))
        out = self.checkpoint.take(f"{source}.out.kernel", *split, self.dim)
        bias = self.checkpoint.take(f"{source}.out.bias", self.dim)
        if None in (*kernels, *biases, out):
            return []
        kernels = [kernel.reshaped(self.dim, inner).transposed() for kernel in kernels]
        return [(f"{name}.attn_qkv.weight", stacked(kernels)),
                (f"{name}.attn_qkv.bias", stacked([part.reshaped(inner) for part in biases])),
                (f"{name}.attn_out.weight", out.reshaped(inner, self.dim).transposed()),
                (f"{name}.attn_out.bias", bias)]

    def block(self, i):
        name, source = f"blk.{i}", f"TransformerLayer_{i}"
        return [*self.attention(name, f"{source}.Attention_0.self_attention"),
                *self.norm(f"{name}.attn_norm", f"{source}.Attention_0.attention_output_ln"),
                *self.linear(f"{name}.mlp_up", f"{source}.Mlp_0.intermediate_output", self.mlp, self.dim),
                *self.linear(f"{name}.mlp_down", f"{source}.Mlp_0.layer_output", self.dim, self.mlp),
                *self.norm(f"{name}.mlp_norm", f"{source}.Mlp_0.layer_output_ln")]

    def embedding(self):
        return [("token_embd.weight",
                 self.checkpoint.take("Embed_0.word_embeddings.embedding", self.rows, self.dim)),
                ("position_embd.weight",
                 self.checkpoint.take("Embed_0.position_embeddings.embedding", self.positions, self.dim)),
                *self.norm("embd_norm", "Embed_0.embeddings_ln")]

    def head(self):
        return [*self.linear("head.dense", "MlmLayer_0.mlm_dense", self.dim, self.dim),
                *self.norm("head.norm", "MlmLayer_0.mlm_ln"),
                ("head.bias", self.checkpoint.take("MlmLayer_0.mlm_bias.bias", self.rows))]


class _TorchTransformer:
    def __init__(self, checkpoint):
        self.checkpoint = checkpoint
        self.layers = layout.positive(checkpoint.count("blocks.", "."), "transformer layers", checkpoint)
        self.rows, self.dim = checkpoint.shape("tok_emb.weight", 2)
        self.positions = checkpoint.shape("pos_emb", 2)[0]
        self.mlp = checkpoint.shape("blocks.0.MLP.0.weight", 2)[0]
        self.heads = None

    def pair(self, name, source, *shape):
        return [(f"{name}.weight", self.checkpoint.take(f"{source}.weight", *shape)),
                (f"{name}.bias", self.checkpoint.take(f"{source}.bias", shape[0]))]

    def block(self, i):
        name, source, dim = f"blk.{i}", f"blocks.{i}", self.dim
        attention = f"{source}.MultiHeadAttention"
        weight = self.checkpoint.take(f"{attention}.in_proj_weight", 3 * dim, dim)
        bias = self.checkpoint.take(f"{attention}.in_proj_bias", 3 * dim)
        return [(f"{name}.attn_qkv.weight", weight), (f"{name}.attn_qkv.bias", bias),
                *self.pair(f"{name}.attn_out", f"{attention}.out_proj", dim, dim),
                *self.pair(f"{name}.attn_norm", f"{source}.AttentionLN", dim),
                *self.pair(f"{name}.mlp_up", f"{source}.MLP.0", self.mlp, dim),
                *self.pair(f"{name}.mlp_down", f"{source}.MLP.2", dim, self.mlp),
                *self.pair(f"{name}.mlp_norm", f"{source}.MlpLN", dim)]

    def embedding(self):
        return [("token_embd.weight", self.checkpoint.take("tok_emb.weight", self.rows, self.dim)),
                ("position_embd.weight", self.checkpoint.take("pos_emb", self.positions, self.dim)),
                *self.pair("embd_norm", "emb_ln", self.dim)]

    def head(self):
        return [*self.pair("head.dense", "Token_Prediction.0", self.dim, self.dim),
                *self.pair("head.norm", "Token_Prediction.2", self.dim),
                ("head.bias", self.checkpoint.take("bias", self.rows))]


def read(checkpoint, kind, options, codes):
    """The layout.Transformer of a checkpoint.

    Rows of the embedding are codes, classes and the mask, in the file as in the source: the original's mask
    id of -1 means its last row. Of the head's bias only the codes' part is ever looked at.
    """
    source = _FlaxTransformer(checkpoint) if kind.naming == "flax" else _TorchTransformer(checkpoint)
    made = source.embedding()
    for i in range(source.layers):
        made += source.block(i)
    made += source.head()
    classes = layout.positive(source.rows - codes - 1, f"classes beside {codes} codes", checkpoint)
    name, bias = made[-1]
    made[-1] = name, bias and bias.rows(0, codes)
    grid = layout.side(source.positions - 1, checkpoint)
    metadata = {
        "maskgit.transformer.dim": source.dim, "maskgit.transformer.layers": source.layers,
        "maskgit.transformer.heads": layout.heads(source.heads or options.heads, source.dim, source.dim,
                                                  USUAL_HEADS, checkpoint),
        "maskgit.transformer.mlp_dim": source.mlp, "maskgit.transformer.norm_epsilon": 1e-12,
        "maskgit.transformer.gelu": "tanh"}
    # The paper's steps: 8 at 256 pixels, 12 at 512.
    sampler = {"steps": 8 if grid <= 16 else 12, "schedule": "cosine", "choice_temperature": 4.5,
               "temperature": 1.0, "cfg_scale": 0.0}
    return layout.Transformer(grid, classes, False, metadata, sampler, made)
