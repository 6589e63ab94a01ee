#!/usr/bin/env python3
"""The transformer and the decoder of a model file as ONNX graphs in F32, the way PyTorch would export them:

    python3 export_onnx.py MODEL.gguf FOLDER

writes transformer.onnx, transformer-fused.onnx, decoder.onnx and shapes.json. The fused one uses ONNX
Runtime's own operators Attention and SkipLayerNormalization, which its optimiser makes of graphs it knows.
Needs numpy and onnx (Debian: python3-onnx)."""
import argparse
import json
import math
import os
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tools"))
from unmask_tools import gguf  # noqa: E402

CONTRIB = "com.microsoft"


class Graph:
    """Nodes and initializers under construction; a value is its name."""

    def __init__(self, weights):
        self.weights, self.nodes, self.initializers = weights, [], {}

    def constant(self, name, array):
        if name not in self.initializers:
            self.initializers[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def weight(self, name, change=lambda w: w, suffix=""):
        return self.constant(name + suffix, change(np.asarray(self.weights[name], np.float32)))

    def node(self, kind, *inputs, outputs=1, domain="", **attributes):
        names = [f"v{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def ints(self, *values):
        return self.constant("ints_" + "_".join(map(str, values)), np.array(values, np.int64))

    def model(self, inputs, out, out_shape):
        self.nodes.append(helper.make_node("Identity", [out], ["out"]))
        described = [helper.make_tensor_value_info(n, TensorProto.INT32, shape) for n, shape in inputs]
        result = helper.make_tensor_value_info("out", TensorProto.FLOAT, out_shape)
        graph = helper.make_graph(self.nodes, "unmask", described, [result], list(self.initializers.values()))
        opsets = [helper.make_opsetid("", 20), helper.make_opsetid(CONTRIB, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)


class Transformer:
    def __init__(self, weights, meta, batch, fused):
        self.g, self.fused, self.batch = Graph(weights), fused, batch
        self.dim, self.heads = meta["maskgit.transformer.dim"], meta["maskgit.transformer.heads"]
        self.layers, self.codes = meta["maskgit.transformer.layers"], meta["maskgit.codebook_size"]
        self.tokens = meta["maskgit.grid_width"] * meta["maskgit.grid_height"] + 1
        self.epsilon = meta["maskgit.transformer.norm_epsilon"]
        self.approximate = "tanh" if meta["maskgit.transformer.gelu"] == "tanh" else "none"

    def linear(self, x, name):
        weight = self.g.weight(name + ".weight", np.transpose, ".t")
        return self.g.node("Gemm", x, weight, self.g.weight(name + ".bias"))

    def norm(self, x, name, residual=None):
        weights = self.g.weight(name + ".weight"), self.g.weight(name + ".bias")
        if residual and self.fused:
            return self.g.node("SkipLayerNormalization", x, residual, *weights, domain=CONTRIB,
                               epsilon=self.epsilon)
        if residual:
            x = self.g.node("Add", x, residual)
        return self.g.node("LayerNormalization", x, *weights, axis=-1, epsilon=self.epsilon)

    def gelu(self, x):
        return self.g.node("Gelu", x, approximate=self.approximate)

    def attention(self, x, name):
        g, batch, tokens, size = self.g, self.batch, self.tokens, self.dim // self.heads
        if self.fused:
            x = g.node("Reshape", x, g.ints(batch, tokens, self.dim))
            weights = g.weight(name + ".weight", np.transpose, ".t"), g.weight(name + ".bias")
            x = g.node("Attention", x, *weights, domain=CONTRIB, num_heads=self.heads)
            return g.node("Reshape", x, g.ints(batch * tokens, self.dim))
        qkv = g.node("Reshape", self.linear(x, name), g.ints(batch, tokens, 3, self.heads, size))
        parts = g.node("Split", qkv, g.ints(1, 1, 1), axis=2, outputs=3)
        shape = g.ints(batch, tokens, self.heads, size)
        q, k, v = (g.node("Transpose", g.node("Reshape", part, shape), perm=perm)
                   for part, perm in zip(parts, ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3])))
        q = g.node("Mul", q, g.constant("scale", np.float32(1 / math.sqrt(size))))
        weights = g.node("Softmax", g.node("MatMul", q, k), axis=-1)
        out = g.node("Transpose", g.node("MatMul", weights, v), perm=[0, 2, 1, 3])
        return g.node("Reshape", out, g.ints(batch * tokens, self.dim))

    def build(self):
        g = self.g
        x = g.node("Gather", g.weight("token_embd.weight"), "ids")
        x = g.node("Add", x, g.weight("position_embd.weight"))
        x = self.norm(g.node("Reshape", x, g.ints(self.batch * self.tokens, self.dim)), "embd_norm")
        for i in range(self.layers):
            name = f"blk.{i}."
            y = self.linear(self.attention(x, name + "attn_qkv"), name + "attn_out")
            x = self.norm(y, name + "attn_norm", x)
            y = self.linear(self.gelu(self.linear(x, name + "mlp_up")), name + "mlp_down")
            x = self.norm(y, name + "mlp_norm", x)
        x = self.norm(self.gelu(self.linear(x, "head.dense")), "head.norm")
        table = g.weight("token_embd.weight", lambda w: w[:self.codes].T, ".codes")
        x = g.node("Gemm", x, table, g.weight("head.bias"))
        return g.model([("ids", [self.batch, self.tokens])], x, [self.batch * self.tokens, self.codes])


class Decoder:
    def __init__(self, weights, meta):
        self.g, self.weights = Graph(weights), weights
        self.height, self.width = meta["maskgit.grid_height"], meta["maskgit.grid_width"]
        self.size = meta["maskgit.image_height"], meta["maskgit.image_width"]
        self.levels = len(meta["maskgit.tokenizer.channel_multipliers"])
        usual = meta["maskgit.tokenizer.res_blocks"]
        self.blocks = (meta.get("maskgit.tokenizer.decoder_blocks")
                       or [usual] * (self.levels - 1) + [2 * usual])
        self.groups = meta["maskgit.tokenizer.norm_groups"]
        self.code_dim, self.epsilon = meta["maskgit.codebook_dim"], meta["maskgit.tokenizer.norm_epsilon"]

    def conv(self, x, name):
        weight = self.g.weight(name + ".weight", lambda w: w.transpose(0, 3, 1, 2))
        bias = [self.g.weight(name + ".bias")] if name + ".bias" in self.weights else []
        size = self.weights[name + ".weight"].shape[1]
        return self.g.node("Conv", x, weight, *bias, kernel_shape=[size] * 2, pads=[size // 2] * 4)

    def norm_silu(self, x, name):
        g, channels = self.g, self.weights[name + ".weight"].shape[0]
        ones = g.constant("ones", np.ones(self.groups, np.float32))
        zeros = g.constant("zeros", np.zeros(self.groups, np.float32))
        y = g.node("Reshape", x, g.ints(0, self.groups, -1))
        y = g.node("InstanceNormalization", y, ones, zeros, epsilon=self.epsilon)
        y = g.node("Reshape", y, g.node("Shape", x))
        y = g.node("Mul", y, g.weight(name + ".weight", lambda w: w.reshape(channels, 1, 1)))
        y = g.node("Add", y, g.weight(name + ".bias", lambda w: w.reshape(channels, 1, 1)))
        return g.node("Mul", y, g.node("Sigmoid", y))

    def res_block(self, x, k):
        name = f"dec.res.{k}."
        h = self.conv(self.norm_silu(x, name + "norm0"), name + "conv0")
        h = self.conv(self.norm_silu(h, name + "norm1"), name + "conv1")
        if name + "shortcut.weight" in self.weights:
            return self.g.node("Add", h, self.conv(h, name + "shortcut"))
        return self.g.node("Add", h, x)

    def build(self):
        g, k = self.g, 0
        x = g.node("Gather", g.weight("quant.codebook.weight"), "codes")
        x = g.node("Transpose", x, perm=[0, 2, 1])
        x = g.node("Reshape", x, g.ints(1, self.code_dim, self.height, self.width))
        x = self.conv(x, "dec.conv_in")
        for level in reversed(range(self.levels)):
            for _ in range(self.blocks[level]):
                x, k = self.res_block(x, k), k + 1
            if level:
                scales = g.constant("scales", np.array([1, 1, 2, 2], np.float32))
                x = g.node("Resize", x, "", scales, mode="nearest", nearest_mode="floor",
                           coordinate_transformation_mode="asymmetric")
                x = self.conv(x, f"dec.up.{level}")
        x = self.conv(self.norm_silu(x, "dec.norm_out"), "dec.conv_out")
        return g.model([("codes", [1, self.height * self.width])], x, [1, 3, *self.size])


def main():
    parser = argparse.ArgumentParser(description="Write a model's networks as ONNX graphs.")
    parser.add_argument("model")
    parser.add_argument("folder")
    parser.add_argument("--batch", type=int, default=2, help="of the transformer (2: a guided picture)")
    args = parser.parse_args()
    meta, weights = gguf.read(args.model)
    os.makedirs(args.folder, exist_ok=True)
    graphs = {"transformer": Transformer(weights, meta, args.batch, False),
              "transformer-fused": Transformer(weights, meta, args.batch, True),
              "decoder": Decoder(weights, meta)}
    for name, graph in graphs.items():
        onnx.save(graph.build(), os.path.join(args.folder, name + ".onnx"))
    tokens = meta["maskgit.grid_width"] * meta["maskgit.grid_height"]
    shapes = {"batch": args.batch, "tokens": tokens, "codes": meta["maskgit.codebook_size"],
              "classes": meta["maskgit.class_count"], "rows": weights["token_embd.weight"].shape[0],
              "width": meta["maskgit.image_width"], "height": meta["maskgit.image_height"]}
    with open(os.path.join(args.folder, "shapes.json"), "w", encoding="utf-8") as file:
        json.dump(shapes, file)


if __name__ == "__main__":
    main()
