"""What to draw and to compare: a TOML file of tables, their rows sampler settings of the C program."""
import itertools
from dataclasses import dataclass, field

from ..text import read_toml

# The settings that a model file has defaults for; what it lacks stands here.
DEFAULTS = {"sampler": "confidence", "steps": None, "schedule": None, "temperature": None,
            "choice_temperature": None, "cfg_scale": None, "cfg_schedule": "constant", "top_k": 0,
            "top_p": 1.0, "eta": 0.05, "recheck_rounds": 4, "recheck_threshold": 0.1}
KEYS = {**{name: name for name in DEFAULTS}, "sampler": "name"}
# Settings that only some samplers read; elsewhere they would make two rows of one.
ONLY = {"eta": ("remdm-cap", "remdm-rescale"), "loop": ("remdm-cap", "remdm-rescale", "remdm-conf"),
        "recheck_rounds": ("recheck",), "recheck_threshold": ("recheck",),
        "choice_temperature": ("confidence", "recheck")}
OPTIONS = (*DEFAULTS, "loop")
NEEDED = ("config", "seed", "rounds", "resamples", "judge_steps", "score_steps", "score_seeds",
          "score_rounds", "table")


class PlanError(ValueError):
    """Names the table and what is wrong with it."""


@dataclass
class Row:
    settings: dict   # complete: what the model file says, overridden
    named: dict      # what the plan gives for this row, in its order
    label: str
    rounds: int      # pictures of each class

    def passes(self):
        """Forward passes of a picture, those of recheck rounds included."""
        return self.settings["steps"] + self.settings.get("recheck_rounds", 0)

    def guided(self):
        return self.settings["cfg_scale"] > 0


@dataclass
class Table:
    name: str
    title: str
    text: str
    rows: list
    axis: str = ""      # the setting along a plot's x axis
    lines: str = ""     # the setting that tells its lines apart
    also: list = field(default_factory=list)


@dataclass
class Plan:
    config: str
    seed: int
    resamples: int
    judge_steps: int
    score_steps: int
    score_seeds: int
    score_rounds: int
    class_step: int     # of so many classes one is drawn
    tables: list
    missing: str = ""   # what the page lacks, in words


def model_defaults(meta):
    """Sampler settings that a model file stands for."""
    return {name: meta.get(f"maskgit.sampler.{KEYS[name]}", value) for name, value in DEFAULTS.items()}


def _plain(name, value):
    """One spelling of each value: float32 numbers of a file are equal to a plan's."""
    if not isinstance(value, (int, float)):
        return value
    return int(value) if name in ("steps", "top_k", "recheck_rounds") else float(f"{value:.7g}")


def resolve(defaults, given):
    """All settings that matter for a row, in one order: equal rows have equal settings."""
    unknown = set(given) - set(OPTIONS)
    if unknown:
        raise PlanError(f"no such setting: {', '.join(sorted(unknown))}; known: {', '.join(OPTIONS)}")
    merged = {**defaults, **given}
    out = {}
    for name in OPTIONS:
        if name in merged and (name not in ONLY or merged["sampler"] in ONLY[name]):
            out[name] = _plain(name, merged[name])
    for name in ("top_k", "top_p", "cfg_schedule"):
        if out[name] == _plain(name, defaults[name]):
            del out[name]
    if out["cfg_scale"] == 0:
        out.pop("cfg_schedule", None)
    return out


def _product(axes):
    names = list(axes)
    for values in itertools.product(*(axes[name] for name in names)):
        yield dict(zip(names, values))


def _rows(table, defaults, rounds):
    base = table.get("base", {})
    given = [*_product(table["axes"])] if "axes" in table else []
    given += table.get("rows", [])
    if not given:
        raise PlanError(f"table {table['name']!r}: neither axes nor rows")
    rows = []
    for entry in given:
        entry = dict(entry)
        label = entry.pop("label", "")
        own = entry.pop("rounds", table.get("rounds", rounds))
        try:
            rows.append(Row(resolve(defaults, {**base, **entry}), entry, label, own))
        except PlanError as error:
            raise PlanError(f"table {table['name']!r}: {error}") from None
    return rows


def load(path, meta, quick=False):
    """The plan of a TOML file for a model with this metadata; quick: one round, and little of all else."""
    raw = read_toml(path)
    lacking = [name for name in NEEDED if name not in raw]
    if lacking:
        raise PlanError(f"{path}: {', '.join(lacking)} is missing")
    defaults = model_defaults(meta)
    tables = []
    for table in raw["table"]:
        rows = _rows(table, defaults, raw["rounds"])
        if quick:
            rows = rows[:2]
            for row in rows:
                row.rounds = min(2, row.rounds)
        tables.append(Table(table["name"], table["title"], table.get("text", ""), rows,
                            table.get("axis", ""), table.get("lines", "")))
    few = {"resamples": 20, "judge_steps": 4, "score_steps": 2, "score_seeds": 1, "score_rounds": 1}
    numbers = {name: few[name] if quick else raw[name] for name in few}
    return Plan(raw["config"], raw["seed"], tables=tables, class_step=raw.get("class_step", 1), **numbers)
