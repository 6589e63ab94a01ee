"""Random checkpoints in every published layout, for the tests of tools/convert.py."""
import json
import re
import struct

import numpy as np
import torch

from unmask_tools import reference
from unmask_tools.reference import halton, original, taming, v1

SIDE, WIDTHS, BLOCKS = 4, (32, 32, 64), 2  # 16 x 16 pixels
CODES, CODE_SIZE, DIM, HEADS, MLP, LAYERS = 64, 32, 64, 4, 96, 2


class Sizes:
    """What a random model is made of; any field can be changed."""

    def __init__(self, **changes):
        self.classes, self.codes, self.code_size, self.dim, self.heads = 5, CODES, CODE_SIZE, DIM, HEADS
        self.mlp, self.layers, self.side = MLP, LAYERS, SIDE
        self.widths, self.blocks, self.z, self.patched = WIDTHS, BLOCKS, 32, False
        self.__dict__.update(changes)

    def transformer(self, module):
        more = {"patched": True} if self.patched else {}
        return module.Transformer(self.codes, self.classes, self.side**2, self.dim, self.heads, self.mlp,
                                  self.layers, **more)


def networks(family, sizes, seed=1):
    """(transformer, tokenizer) of a family in float32."""
    if family == "original":
        made = sizes.transformer(original), original.Tokenizer(sizes.codes, sizes.code_size, sizes.widths,
                                                               sizes.blocks)
    else:
        tokenizer = taming.Tokenizer(sizes.codes, sizes.code_size, sizes.widths, sizes.blocks, sizes.z,
                                     taming=family == "v1", unit=family == "halton")
        made = sizes.transformer(v1 if family == "v1" else halton), tokenizer
    return tuple(reference.fill(module, seed + i) for i, module in enumerate(made))


def awkward(tensor, kind):
    """The same values with other strides and a storage offset, as the published files have them."""
    if tensor.dim() > 1 and kind % 2:
        tensor = tensor.transpose(0, -1).contiguous().transpose(0, -1)
    if kind % 3 == 0:
        return tensor.clone()
    room = torch.zeros(tensor.numel() + 7, dtype=tensor.dtype)
    view = room[5:5 + tensor.numel()].as_strided(tensor.shape, tensor.stride(), 5)
    view.copy_(tensor)
    return view


def state(module):
    """A state_dict whose tensors are not all contiguous."""
    return {name: awkward(tensor.detach(), k) for k, (name, tensor) in enumerate(module.state_dict().items())}


def muse(tokenizer, widths=WIDTHS, blocks=BLOCKS):
    """The original's tokenizer under the names of open-muse and TiTok's files."""
    levels, made = len(widths), {}
    parts = {
        "norm0": "norm1",
        "conv0": "conv1",
        "norm1": "norm2",
        "conv1": "conv2",
        "conv_res": "nin_shortcut"
    }
    for name, tensor in state(tokenizer).items():
        match = re.match(r"(encoder|decoder)\.res_blocks\.(\d+)\.(\d+)\.(.*)", name)
        if name == "quantizer.codebook.weight":
            name = "quantize.embedding.weight"
        elif match:
            side, stage, block, rest = match.group(1), int(match.group(2)), int(
                match.group(3)), match.group(4)
            middle = stage == (levels if side == "encoder" else 0)
            place = "mid" if middle else f"down.{stage}" if side == "encoder" else f"up.{levels - stage}"
            if block == blocks + 1:
                name = f"{side}.{place}.upsample_conv.{rest}"
            else:
                part, leaf = rest.split(".")
                name = f"{side}.{place}{'' if middle else '.block'}.{block}.{parts[part]}.{leaf}"
        made[name] = tensor
    return made


def _flax_tokenizer_name(name, levels, blocks):
    ends = {"conv_in": "Conv_0", "norm_out": "GroupNorm_0"}
    parts = {
        "norm0": "GroupNorm_0",
        "conv0": "Conv_0",
        "norm1": "GroupNorm_1",
        "conv1": "Conv_1",
        "conv_res": "Conv_2"
    }
    words = name.split(".")
    if words[0] == "quantizer":
        return "quantizer.codebook"
    if words[1] == "res_blocks":
        stage, block = int(words[2]), int(words[3])
        if block == blocks + 1:
            return f"decoder.Conv_{stage}.{words[4]}"
        return f"{words[0]}.ResBlock_{stage * blocks + block}.{parts[words[4]]}.{words[5]}"
    ends["conv_out"] = "Conv_1" if words[0] == "encoder" else f"Conv_{levels}"
    return f"{words[0]}.{ends[words[1]]}.{words[2]}"


def flax_tokenizer(tokenizer, widths=WIDTHS, blocks=BLOCKS):
    """{name with dots: array}: kernels (kh, kw, in, out), norms with scale and bias."""
    made = {}
    for name, tensor in tokenizer.state_dict().items():
        array, target = tensor.numpy(), _flax_tokenizer_name(name, len(widths), blocks)
        if array.ndim == 4:
            made[target.replace(".weight", ".kernel")] = array.transpose(2, 3, 1, 0)
        else:
            made[target.replace(".weight", ".scale")] = array
    return made


def _flax_attention(made, module, target, heads):
    split = (heads, module.embed_dim // heads)
    kernels = module.in_proj_weight.detach().numpy().reshape(3, -1, module.embed_dim)
    biases = module.in_proj_bias.detach().numpy().reshape(3, *split)
    for part, kernel, bias in zip(("query", "key", "value"), kernels, biases):
        made[f"{target}.{part}.kernel"] = kernel.T.reshape(-1, *split)
        made[f"{target}.{part}.bias"] = bias
    made[f"{target}.out.kernel"] = module.out_proj.weight.detach().numpy().T.reshape(*split, -1)
    made[f"{target}.out.bias"] = module.out_proj.bias.detach().numpy()


def flax_transformer(transformer, heads=HEADS):
    """{name with dots: array} as google-research/maskgit's checkpoints have them."""
    made = {"Embed_0.word_embeddings.embedding": transformer.tok_emb.weight.detach().numpy(),
            "Embed_0.position_embeddings.embedding": transformer.pos_emb.detach().numpy(),
            "MlmLayer_0.mlm_bias.bias": transformer.bias.detach().numpy()}

    def norm(target, module):
        made[f"{target}.scale"], made[f"{target}.bias"] = module.weight.detach().numpy(), module.bias.detach(
        ).numpy()

    def dense(target, module):
        made[f"{target}.kernel"], made[f"{target}.bias"] = module.weight.detach().numpy(
        ).T, module.bias.detach().numpy()
    norm("Embed_0.embeddings_ln", transformer.emb_ln)
    for i, layer in enumerate(transformer.blocks):
        target = f"TransformerLayer_{i}"
        _flax_attention(made, layer.MultiHeadAttention, f"{target}.Attention_0.self_attention", heads)
        norm(f"{target}.Attention_0.attention_output_ln", layer.AttentionLN)
        dense(f"{target}.Mlp_0.intermediate_output", layer.MLP[0])
        dense(f"{target}.Mlp_0.layer_output", layer.MLP[2])
        norm(f"{target}.Mlp_0.layer_output_ln", layer.MlpLN)
    dense("MlmLayer_0.mlm_dense", transformer.Token_Prediction[0])
    norm("MlmLayer_0.mlm_ln", transformer.Token_Prediction[2])
    return made


def _packed(value):
    """msgpack, the parts that flax.serialization uses."""
    if isinstance(value, dict):
        body = b"".join(_packed(key) + _packed(item) for key, item in value.items())
        return (struct.pack(">B", 0x80
                            | len(value)) if len(value) < 16 else struct.pack(">BH", 0xDE, len(value))) + body
    if isinstance(value, tuple):
        return struct.pack(">B", 0x90 | len(value)) + b"".join(map(_packed, value))
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        return struct.pack(">B", value) if value < 128 else struct.pack(">BI", 0xCE, value)
    if isinstance(value, str):
        raw = value.encode()
        return (struct.pack(">B", 0xA0
                            | len(raw)) if len(raw) < 32 else struct.pack(">BB", 0xD9, len(raw))) + raw
    if isinstance(value, bytes):
        return struct.pack(">BI", 0xC6, len(value)) + value
    body = _packed((tuple(value.shape), str(value.dtype), np.ascontiguousarray(value).tobytes()))
    return struct.pack(">BIb", 0xC9, len(body), 1) + body


def _chunked(array, size):
    flat = array.reshape(-1)
    parts = [flat[i:i + size] for i in range(0, flat.size, size)]
    return {"__msgpack_chunked_array__": True, "shape": {str(i): n for i, n in enumerate(array.shape)},
            "chunks": {str(i): part for i, part in enumerate(parts)}}


def flax_bytes(named, chunk=None):
    """A flax checkpoint; arrays of more than `chunk` elements are split, as flax does above 1 GiB."""
    tree = {}
    for name, array in named.items():
        *path, leaf = name.split(".")
        place = tree
        for word in path:
            place = place.setdefault(word, {})
        place[leaf] = _chunked(array, chunk) if chunk and array.size > chunk else array
    return _packed({"params": tree})


def write_flax(path, named, chunk=None):
    with open(path, "wb") as stream:
        stream.write(flax_bytes(named, chunk))


def write_safetensors(path, weights):
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, tensor in weights.items():
        raw = tensor.contiguous().numpy().tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + len(raw)]
        }
        data += raw
    text = json.dumps(header).encode()
    with open(path, "wb") as stream:
        stream.write(struct.pack("<Q", len(text)) + text + data)


def write_torch(path, data, legacy=False):
    torch.save(data, path, _use_new_zipfile_serialization=not legacy)
