"""One TOML file describes a model: data, both networks, both trainings, sampler defaults."""
import os
import tomllib
from types import SimpleNamespace

from .text import read_toml

DEFAULTS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "configs", "any-64.toml")
SAMPLERS = ("confidence", "halton", "raster", "remdm-cap", "remdm-rescale", "remdm-conf", "recheck")
VARIANTS = ("original", "halton")
OPTIONAL = ("author", "description", "attribution")  # left out of the model file, too
# From the least to the most; those that the model file has, as docs/MODEL_FORMAT.md says.
RANGES = {
    "data.size": (1, 4096), "data.per_class": (0, 1e9),
    "tokenizer.channels": (1, 1024), "tokenizer.res_blocks": (1, 8), "tokenizer.norm_groups": (1, 16384),
    "tokenizer.norm_epsilon": (1e-30, 0.1), "tokenizer.codebook_size": (2, 65536),
    "tokenizer.codebook_dim": (1, 4096), "tokenizer.train.batch": (1, 65536),
    "tokenizer.train.hard_examples": (0, 1), "tokenizer.train.rate": (0, 1),
    "tokenizer.train.plain": (0, 1000), "tokenizer.train.redrawn": (0, 1),
    "tokenizer.train.own": (0, 1),
    "transformer.patch_size": (1, 8), "transformer.dim": (1, 8192),
    "transformer.layers": (1, 64), "transformer.heads": (1, 64),
    "transformer.mlp_dim": (1, 32768), "transformer.norm_epsilon": (1e-30, 0.1),
    "tokenizer.train.lr": (1e-9, 10), "tokenizer.train.warmup_steps": (0, 1e9),
    "tokenizer.train.codebook_decay": (0, 1), "tokenizer.train.adversarial_start": (0, 1),
    "transformer.train.per_class": (0, 1e9),
    "transformer.train.batch": (1, 65536), "transformer.train.hard_examples": (0, 1),
    "transformer.train.lr": (1e-9, 10), "transformer.train.lr_rest": (0, 10),
    "transformer.train.warmup_steps": (0, 1e9), "transformer.train.weight_decay": (0, 10),
    "transformer.train.label_smoothing": (0, 0.999), "transformer.train.class_dropout": (0, 1),
    "transformer.train.dropout": (0, 0.999), "transformer.train.ema_decay": (0, 1),
    "sampler.steps": (1, 256), "sampler.temperature": (1e-4, 100), "sampler.choice_temperature": (0, 1000),
    "sampler.cfg_scale": (0, 100), "sampler.recheck_rounds": (1, 256),
}


class ConfigError(ValueError):
    """Names the field, what was found and what was expected."""


def _space(value):
    if isinstance(value, dict):
        return SimpleNamespace(**{key: _space(item) for key, item in value.items()})
    return value


def _table(path):
    try:
        return read_toml(path)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from None


def _fits(value, default):
    """Whether it is of the default's type; a whole number is a fraction, too."""
    return type(value) is type(default) or (type(value) is int and type(default) is float)


def _over(defaults, table, path, prefix=""):
    """The defaults with the table's values in their places; a field without a default is a misspelt one."""
    made = dict(defaults)
    for key, value in table.items():
        field = prefix + key
        if key not in defaults:
            raise ConfigError(f"{path}: {field} is not known")
        if not _fits(value, defaults[key]):
            raise ConfigError(f"{path}: {field} is {value!r}, expected something like {defaults[key]!r}")
        made[key] = _over(defaults[key], value, path, field + ".") if isinstance(value, dict) else value
    return made


def load(path):
    """Reads and checks a config file; attributes mirror the TOML tables. DEFAULTS has what it leaves out."""
    defaults = {**dict.fromkeys(OPTIONAL, ""), **_table(DEFAULTS)}
    config = _space(_over(defaults, _table(path), path))
    check(config, path)
    return config


def _need(condition, path, field, found, expected):
    if not condition:
        raise ConfigError(f"{path}: {field} is {found!r}, expected {expected}")


def _check_ranges(config, path):
    for field, (least, most) in RANGES.items():
        value = config
        for name in field.split("."):
            value = getattr(value, name)
        _need(least <= value <= most, path, field, value, f"{least:g} to {most:g}")


def check(config, path="config"):
    """The rules of docs/MODEL_FORMAT.md that a training run must keep."""
    tok, tra, data = config.tokenizer, config.transformer, config.data
    _check_ranges(config, path)
    levels = len(tok.channel_multipliers)
    _need(1 <= levels <= 8, path, "tokenizer.channel_multipliers", tok.channel_multipliers, "1 to 8 levels")
    _need(all(type(multiplier) is int and 1 <= multiplier <= 16 for multiplier in tok.channel_multipliers),
          path, "tokenizer.channel_multipliers", tok.channel_multipliers, "whole numbers from 1 to 16")
    _need(len(tok.decoder_blocks) in (0, levels)
          and all(type(count) is int and 1 <= count <= 16 for count in tok.decoder_blocks),
          path, "tokenizer.decoder_blocks", tok.decoder_blocks, f"none, or {levels} from 1 to 16")
    factor = 1 << (levels - 1)
    _need(data.size % factor == 0, path, "data.size", data.size, f"a multiple of {factor}")
    _need(1 <= data.size // factor <= 128, path, "data.size", data.size, "a grid of at most 128 tokens")
    for multiplier in tok.channel_multipliers:
        channels = tok.channels * multiplier
        _need(channels % tok.norm_groups == 0, path, "tokenizer.norm_groups", tok.norm_groups,
              f"a divisor of {channels}")
    _need(tra.dim % tra.heads == 0, path, "transformer.dim", tra.dim, f"a multiple of {tra.heads} heads")
    _need(tra.dim // tra.heads <= 256, path, "transformer.heads", tra.heads, "a head size of at most 256")
    _need(tra.train.optimizer in ("muon", "adamw"), path, "transformer.train.optimizer", tra.train.optimizer,
          "'muon' or 'adamw'")
    _need(config.sampler.name in SAMPLERS, path, "sampler.name", config.sampler.name,
          "one of " + ", ".join(SAMPLERS))
    _need(tra.variant in VARIANTS, path, "transformer.variant", tra.variant, "'original' or 'halton'")
    _need(grid(config) % tra.patch_size == 0, path, "transformer.patch_size", tra.patch_size,
          f"a divisor of the grid's {grid(config)} tokens a side")
    _need(tra.variant == "halton" or tra.patch_size == 1, path, "transformer.patch_size", tra.patch_size,
          "1 but in variant halton")
    _need(tra.gelu in ("tanh", "erf"), path, "transformer.gelu", tra.gelu, "'tanh' or 'erf'")


def grid(config):
    """Tokens per side."""
    return config.data.size >> (len(config.tokenizer.channel_multipliers) - 1)
