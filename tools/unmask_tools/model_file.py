"""Between PyTorch modules and the tensors and metadata of a model file."""
from types import SimpleNamespace

import numpy as np
import torch

from . import config as configs
from . import transformer as transformers
from .tokenizer import Tokenizer, decoder_blocks


def _blocks(prefix, first, count):
    return [f"{prefix}.res.{k}" for k in range(first, first + count)]


def _res_names(name, table):
    parts = ["norm0.weight", "norm0.bias", "conv0.weight", "norm1.weight", "norm1.bias", "conv1.weight"]
    if f"{name}.shortcut.weight" in table:
        parts.append("shortcut.weight")
    return [f"{name}.{part}" for part in parts]


def pair(name):
    return [f"{name}.weight", f"{name}.bias"]


def _original_order(layers):
    names = ["token_embd.weight", "position_embd.weight", *pair("embd_norm")]
    for i in range(layers):
        for part in ("attn_qkv", "attn_out", "attn_norm", "mlp_up", "mlp_down", "mlp_norm"):
            names += pair(f"blk.{i}.{part}")
    return names + [*pair("head.dense"), *pair("head.norm"), "head.bias"]


def _halton_order(layers, patched):
    names = ["token_embd.weight", "position_embd.weight"] + ["patch_embd.weight"] * patched
    for i in range(layers):
        parts = ("attn_norm", "attn_qkv", "attn_out", "mlp_norm", "mlp_up", "mlp_down")
        names += pair(f"blk.{i}.ada") + [f"blk.{i}.{part}.weight" for part in parts]
    return names + ["patch_out.weight"] * patched + [*pair("head.ada"), *pair("head.norm"), "head.bias"]


def tensor_order(table, layers, levels, res_blocks, in_decoder):
    """Names in the order of docs/MODEL_FORMAT.md; table = the names that exist."""
    if "head.ada.weight" in table:
        names = _halton_order(layers, "patch_embd.weight" in table)
    else:
        names = _original_order(layers)
    names += ["quant.codebook.weight", "enc.conv_in.weight"]
    for block in _blocks("enc", 0, res_blocks * (levels + 1)):
        names += _res_names(block, table)
    names += [*pair("enc.norm_out"), *pair("enc.conv_out"), *pair("dec.conv_in")]
    first = 0
    for level in reversed(range(levels)):
        for block in _blocks("dec", first, in_decoder[level]):
            names += _res_names(block, table)
        first += in_decoder[level]
        if level:
            names += pair(f"dec.up.{level}")
    return names + [*pair("dec.norm_out"), *pair("dec.conv_out")]


def tensors(tokenizer, transformer):
    """[(name, float32 array)] in file order; kernels become (out, kh, kw, in)."""
    table = {}
    for module in (transformer, tokenizer):
        for name, value in module.state_dict().items():
            array = value.detach().float().cpu().numpy()
            table[name] = array.transpose(0, 2, 3, 1) if array.ndim == 4 else array
    for scratch in ("quant.count", "quant.total"):
        table.pop(scratch, None)
    settings = tokenizer.settings
    order = tensor_order(table, len(transformer.blk), len(settings.channel_multipliers), settings.res_blocks,
                         decoder_blocks(settings))
    if set(order) != set(table):
        raise ValueError(f"tensors differ from the format: {sorted(set(order) ^ set(table))}")
    return [(name, np.ascontiguousarray(table[name])) for name in order]


def _variant_metadata(settings):
    if settings.variant == "original":
        return {"maskgit.transformer.gelu": settings.gelu}
    return {"maskgit.transformer.head_dim": settings.dim // settings.heads,
            "maskgit.transformer.patch_size": settings.patch_size}


def _network_metadata(config):
    tok, tra = config.tokenizer, config.transformer
    return {
        "maskgit.transformer.dim": tra.dim,
        "maskgit.transformer.layers": tra.layers,
        "maskgit.transformer.heads": tra.heads,
        "maskgit.transformer.mlp_dim": tra.mlp_dim,
        "maskgit.transformer.norm_epsilon": float(tra.norm_epsilon),
        **_variant_metadata(tra),
        "maskgit.tokenizer.channels": tok.channels,
        "maskgit.tokenizer.channel_multipliers": list(tok.channel_multipliers),
        "maskgit.tokenizer.res_blocks": tok.res_blocks,
        **({"maskgit.tokenizer.decoder_blocks": list(tok.decoder_blocks)}
           if getattr(tok, "decoder_blocks", None) else {}),
        "maskgit.tokenizer.norm_groups": tok.norm_groups,
        "maskgit.tokenizer.norm_epsilon": float(tok.norm_epsilon),
    }


def metadata(config, names, symbols, file_type_number, null_class=True):
    """All keys but the digests, in file order."""
    sampler, side = config.sampler, configs.grid(config)
    general = {"general.architecture": "maskgit", "general.alignment": 256,
               "general.file_type": file_type_number, "general.name": config.name,
               "general.license": config.license}
    for field, key in (("author", "author"), ("description", "description"), ("attribution", "source.data")):
        if getattr(config, field, None):
            general[f"general.{key}"] = getattr(config, field)
    return {
        **general,
        "maskgit.format_version": 1,
        "maskgit.variant": config.transformer.variant,
        "maskgit.image_width": config.data.size,
        "maskgit.image_height": config.data.size,
        "maskgit.grid_width": side,
        "maskgit.grid_height": side,
        "maskgit.codebook_size": config.tokenizer.codebook_size,
        "maskgit.codebook_dim": config.tokenizer.codebook_dim,
        "maskgit.class_count": len(names),
        "maskgit.class_names": list(names),
        **({"maskgit.class_symbols": list(symbols)} if symbols else {}),
        "maskgit.null_class": null_class,
        **_network_metadata(config),
        "maskgit.sampler.steps": sampler.steps,
        "maskgit.sampler.schedule": sampler.schedule,
        "maskgit.sampler.choice_temperature": float(sampler.choice_temperature),
        "maskgit.sampler.temperature": float(sampler.temperature),
        "maskgit.sampler.cfg_scale": float(sampler.cfg_scale),
        **({} if sampler.name == "confidence" else {"maskgit.sampler.name": sampler.name}),
        **({"maskgit.sampler.recheck_rounds": sampler.recheck_rounds} if sampler.name == "recheck" else {}),
    }


def _settings(meta, section, fields):
    return SimpleNamespace(**{field: meta[f"maskgit.{section}.{field}"] for field in fields})


def modules(meta, arrays):
    """(tokenizer, transformer) in float32 from what gguf.read() returns."""
    tok = _settings(meta, "tokenizer", ("channels", "channel_multipliers", "res_blocks", "norm_groups",
                                        "norm_epsilon"))
    tok.decoder_blocks = meta.get("maskgit.tokenizer.decoder_blocks")
    tok.codebook_size, tok.codebook_dim = meta["maskgit.codebook_size"], meta["maskgit.codebook_dim"]
    tra = _settings(meta, "transformer", ("dim", "layers", "heads", "mlp_dim", "norm_epsilon"))
    tra.variant, tra.gelu = meta["maskgit.variant"], meta.get("maskgit.transformer.gelu")
    tra.patch_size = meta.get("maskgit.transformer.patch_size", 1)
    tokenizer = Tokenizer(tok)
    transformer = transformers.make(tra, tok.codebook_size, meta["maskgit.class_count"],
                              meta["maskgit.grid_width"] * meta["maskgit.grid_height"],
                              meta["maskgit.null_class"])
    for module in (tokenizer, transformer):
        for name, target in module.state_dict().items():
            if name in ("quant.count", "quant.total"):
                continue
            array = arrays[name]
            array = array.transpose(0, 3, 1, 2) if array.ndim == 4 else array
            target.copy_(torch.from_numpy(np.ascontiguousarray(array)))
    return tokenizer.eval(), transformer.eval()
