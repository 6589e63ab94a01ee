"""A small copy of the tree, in which the pages' commands run: same paths, toy models and toy pictures."""
import os
import pathlib
import shutil
import subprocess
import sys
import tomllib

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tools"), str(TOP / "tools/tests")]

GROUPS = ("Smileys & Emotion", "People & Body", "Animals & Nature", "Food & Drink")
CONFIGS = ("any-32.toml", "any-64.toml", "emoji-64.toml")


def toml(table, name=""):
    """A table of strings, numbers, lists and tables as TOML."""
    plain = {key: value for key, value in table.items() if not isinstance(value, dict)}
    lines = [f"[{name}]"] * bool(name)
    for key, value in plain.items():
        text = repr(value) if isinstance(value, (int, float)) else str(value)
        if isinstance(value, bool):
            text = str(value).lower()
        elif isinstance(value, (str, list)):
            text = repr(value).replace('"', '\\"').replace("'", '"')
        lines.append(f"{key} = {text}")
    for key, value in table.items():
        if isinstance(value, dict):
            lines.append(toml(value, f"{name}.{key}" if name else key))
    return "\n".join(lines)


def over(table, small):
    """The table with the values of a smaller one in their places."""
    made = dict(table)
    for key, value in small.items():
        made[key] = over(made.get(key, {}), value) if isinstance(value, dict) else value
    return made


def small_configs(folder):
    """The tree's configs, each with the networks of the toy that the tools' own tests train."""
    import test_evaluate
    import test_pipeline
    toy = tomllib.loads(test_pipeline.TOY)
    toy = {"data": {"size": toy["data"]["size"]}, "sampler": {"steps": toy["sampler"]["steps"]},
           **{key: toy[key] for key in ("tokenizer", "transformer")}}
    toy["tokenizer"]["decoder_blocks"] = [1] * len(toy["tokenizer"]["channel_multipliers"])
    folder.mkdir()
    for name in CONFIGS:
        table = over(tomllib.loads((TOP / "tools/configs" / name).read_text(encoding="utf-8")), toy)
        (folder / name).write_text(toml(table) + "\n", encoding="utf-8")
    plan = test_evaluate.PLAN.replace("toy.toml", "emoji-64.toml").replace("resamples = 30", "resamples = 2")
    (folder / "quality.toml").write_text(plan)


def squares(folder):
    """A class a colour, a design a height: as folders of classes, and as files with a list."""
    import numpy as np
    from PIL import Image
    lines = ["file,order,codepoints,style,group,subgroup,name"]
    emoji, pictures = folder / "shared/data/emoji", folder / "tree/PICTURES"
    emoji.mkdir(parents=True)
    for i in range(4 * len(GROUPS)):
        kind = i % len(GROUPS)
        pixels = np.zeros((32, 32, 4), np.uint8)
        pixels[8 - i // 4:24, 8:24] = (60 * kind, 255 - 60 * kind, 128, 255)
        (pictures / f"square {kind}").mkdir(parents=True, exist_ok=True)
        for path in (emoji / f"{i}.png", pictures / f"square {kind}" / f"{i}.png"):
            Image.fromarray(pixels).save(path)
        lines.append(f"{i}.png,{i},{0x1f600 + kind:x},toy,{GROUPS[kind]},square,square {kind}")
    (emoji / "labels.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def published(folder):
    """Random checkpoints under the names of the published ones, in their layouts."""
    import checkpoints
    sizes = {"classes": 1000, "dim": 768, "heads": 16, "layers": 1}  # a width tells the number of heads
    for family, more, key, transformer, tokenizer in (
            ("original", {}, "state_dict", "maskgit_imagenet256.ckpt", "tokenizer_imagenet256.ckpt"),
            ("original", {}, "state_dict", "maskgit_imagenet512.ckpt", "tokenizer_imagenet512.ckpt"),
            ("v1", {}, "model_state_dict", "MaskGIT_ImageNet_256.pth", "last.ckpt"),
            ("v1", {}, "model_state_dict", "MaskGIT_ImageNet_512.pth", "last.ckpt"),
            ("halton", {"dim": 1024}, "model_state_dict", "ImageNet_384_large.pth", "vq_ds16_c2i.pt")):
        made = checkpoints.networks(family, checkpoints.Sizes(**{**sizes, **more}))
        for path, module, holder in zip((transformer, tokenizer), made,
                                        (key, "model" if family == "halton" else "state_dict")):
            checkpoints.write_torch(folder / path, {holder: checkpoints.state(module)})


def program(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def make(folder, build):
    """Fills a folder; returns (the tree in it, the environment of its commands)."""
    tree, tools, native = folder / "tree", folder / "bin", build / "platform/native"
    for made in (tree / "build/release/platform", tree / "runs", tree / "tools", tools):
        made.mkdir(parents=True)
    (tree / "build/dev").symlink_to(build)
    (tree / "build/release/platform/native").symlink_to(native)
    for name in ("scripts", "tests", "platform", "CMakePresets.json", "CMakeLists.txt"):
        (tree / name).symlink_to(TOP / name)
    for name in ("docs", "assets"):
        shutil.copytree(TOP / name, tree / name)
    (tree / "assets/emoji-64.judge.npz").unlink()  # of all classes; it is trained anew for the toy's
    for path in (TOP / "tools").iterdir():
        if path.name != "configs":
            (tree / "tools" / path.name).symlink_to(path)
    program(tools / "python3", f'exec "{sys.executable}" "$@"')
    program(tools / "unmask", f'exec "{native}/unmask" "$@"')
    (folder / "quit.txt").write_text("quit\n")
    program(tools / "unmask-viewer",
            f'SDL_VIDEODRIVER=dummy exec "{native}/unmask-viewer" --script "{folder}/quit.txt" "$@"')
    subprocess.run([build / "tests/cli/write_tiny_model", tree / "tiny.gguf"], check=True)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("UNMASK_")}
    environment.update(PATH=f"{tools}:{environment['PATH']}", HOME=str(folder), UNMASK_DEVICE="cpu",
                       UNMASK_MODEL_PATH=str(TOP / "assets/emoji-64.gguf"),
                       UM_PROGRAM=str(native / "unmask"), MPLBACKEND="agg")
    return tree, environment


def add_learning(folder, tree):
    """What the Python tools need, which need PyTorch themselves."""
    small_configs(tree / "tools/configs")
    squares(folder)
    published(tree)
