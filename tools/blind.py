#!/usr/bin/env python3
"""Blind naming: can people tell what a model draws, and is it clean?

    python3 tools/blind.py sheet --data DIR --model MODEL.gguf --program BUILD/unmask --seed 7 -o sheets/a
    python3 tools/blind.py sheet --data DIR --real --seed 7 -o sheets/real
    python3 tools/blind.py score sheets/a.key.json answers.txt

`sheet` writes a numbered sheet (sheets/a.png) and its key (sheets/a.key.json). Whoever names the pictures
sees the PNG only and writes one line a picture: `NUMBER; NAME; GRADE`, the grade from 1 (a smear) to 5 (could
be shipped as an icon), `?` as the name of what cannot be told. `score` compares the names with the key by
their words. Names that share no word with the key's are listed for a referee, who has not drawn the pictures
either; those that the referee calls right are given with --right. The mean distance to the nearest design of
the class, which `sheet` prints, needs no eyes; docs/QUALITY.md says how far it orders sheets as they do.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import unicodedata

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from unmask_tools import data as datasets
from unmask_tools.argument_types import between, positive

# Things that everybody can name: no faces, people, symbols or flags.
GROUPS = "Animals & Nature,Food & Drink,Objects,Travel & Places"
COLUMNS, ZOOM, GAP, CAPTION = 10, 2, 12, 22
NUMBER = re.compile(r"\s*(\d+)\s*;([^;]*);\s*([1-5](?:\.\d+)?)\s*$")
LITTLE = {"a", "an", "and", "at", "face", "for", "in", "of", "on", "or", "sign", "symbol", "the", "with"}


def arguments():
    parser = argparse.ArgumentParser(description="Numbered sheets for blind naming, and their scores.")
    commands = parser.add_subparsers(dest="command", required=True)
    sheet = commands.add_parser("sheet", help="draw a numbered sheet and write its key")
    sheet.add_argument("--data", required=True, help="folder with labels.csv and the pictures")
    sheet.add_argument("--real", action="store_true", help="the real pictures, as a control")
    sheet.add_argument("--model", help="GGUF file")
    sheet.add_argument("--program", help="the C program")
    sheet.add_argument("--seed", type=between(0, (1 << 32) - 1), default=1,
                       help="chooses the classes and, unless --draw-seed does, the pictures")
    sheet.add_argument("--draw-seed", type=between(0, (1 << 32) - 1), help="seed of the drawings alone")
    sheet.add_argument("--count", type=between(1, 1000), default=60)
    sheet.add_argument("--groups", default=GROUPS, help="of labels.csv, separated by commas")
    sheet.add_argument("--size", type=positive(int), default=64, help="pixels a side of --real")
    sheet.add_argument("--set", action="append", default=[], metavar="OPTION=VALUE",
                       help="an option of `unmask generate`, e.g. steps=16; repeatable")
    sheet.add_argument("-o", "--out", required=True, metavar="PATH", help="PATH.png and PATH.key.json")
    score = commands.add_parser("score", help="compare names with the key")
    score.add_argument("key")
    score.add_argument("answers", help="lines `NUMBER; NAME; GRADE`")
    score.add_argument("--right", default="", help="numbers that a referee calls right, separated by commas")
    score.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if args.command == "sheet" and not args.real and not (args.model and args.program):
        parser.error("either --real, or --model and --program")
    return args


def classes(data, groups):
    """[(emoji, name)] of the groups, in the order of labels.csv."""
    names = [group.strip() for group in groups.split(",")]
    settings = argparse.Namespace(groups=names, subgroups=[])
    table = datasets.rows(os.path.join(data, "labels.csv"), settings)
    found = {row["codepoints"]: (datasets.symbol(row["codepoints"]), row["name"], row["file"])
             for row in reversed(table)}  # the first design of a class stays
    if not found:
        raise ValueError(f"labels.csv has no class of the groups {groups}")
    return list(reversed(found.values()))


def chosen(data, groups, count, seed):
    found = classes(data, groups)
    if count > len(found):
        raise ValueError(f"{count} pictures were asked for, the groups have {len(found)} classes")
    pick = np.random.default_rng(seed).permutation(len(found))[:count]
    return [found[i] for i in pick]


def designs(data, size):
    """All pictures of the set, as the tokenizer sees them."""
    settings = argparse.Namespace(size=size, labels="labels.csv", pictures="emoji-128.tar", groups=[],
                                  subgroups=[], per_class=0)
    return datasets.load(data, settings)


def real_pictures(whole, items):
    rows = {name: i for i, name in enumerate(whole.files)}
    return [Image.fromarray(whole.pictures[rows[file]]) for _, _, file in items]


def halved(picture):
    """(h, w, 3) uint8 to half the size, 0..1."""
    h, w, _ = picture.shape
    return picture.reshape(h // 2, 2, w // 2, 2, 3).mean((1, 3)) / 255


def distances(whole, items, pictures):
    """Root mean square difference of each picture to the nearest design of its class, at half size."""
    classes = {symbol: i for i, symbol in enumerate(whole.symbols)}
    found = []
    for (symbol, _, _), picture in zip(items, pictures):
        made = halved(np.asarray(picture))
        own = whole.pictures[whole.labels == classes[symbol]]
        found.append(min(float(np.sqrt(((halved(real) - made) ** 2).mean())) for real in own))
    return found


def drawn_pictures(args, items):
    """One picture of each class, by the file's defaults but for --set."""
    options = []
    for text in args.set:
        name, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"--set {text}: expected OPTION=VALUE")
        options.append(f"--{name.replace('_', '-')}={value}")
    seed = args.seed if args.draw_seed is None else args.draw_seed
    with tempfile.TemporaryDirectory() as folder:
        command = [args.program, "generate", "-m", args.model, "-c", ",".join(item[0] for item in items),
                   "-s", str(seed), "-q", "--device", "cpu", "-o", os.path.join(folder, "p_%04d.png"),
                   *options]
        if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode:
            raise ValueError("the program could not draw the sheet")
        return [Image.open(os.path.join(folder, name)).convert("RGB").copy()
                for name in sorted(os.listdir(folder))]


def sheet(pictures):
    """Pictures with their numbers, ten a row."""
    side = pictures[0].size[0] * ZOOM if pictures[0].size[0] < 128 else pictures[0].size[0]
    rows = -(-len(pictures) // COLUMNS)
    columns = min(COLUMNS, len(pictures))
    size = columns * (side + GAP) + GAP, rows * (side + GAP + CAPTION) + GAP
    made = Image.new("RGB", size, (235, 235, 235))
    draw, font = ImageDraw.Draw(made), ImageFont.load_default()
    for i, picture in enumerate(pictures):
        x, y = GAP + i % COLUMNS * (side + GAP), GAP + i // COLUMNS * (side + GAP + CAPTION)
        made.paste(picture.resize((side, side), Image.NEAREST), (x, y))
        draw.text((x + 2, y + side + 4), str(i + 1), fill=(0, 0, 0), font=font)
    return made


def make_sheet(args):
    items = chosen(args.data, args.groups, args.count, args.seed)
    if args.real:
        whole = designs(args.data, args.size)
        pictures = real_pictures(whole, items)
    else:
        pictures = drawn_pictures(args, items)
        whole = designs(args.data, pictures[0].size[0])
    sheet(pictures).save(args.out + ".png")
    nearest = sum(distances(whole, items, pictures)) / len(items)
    about = {"source": "real" if args.real else os.path.basename(args.model), "seed": args.seed,
             "settings": args.set,
             "nearest": round(nearest, 4), "key": {str(i + 1): item[1] for i, item in enumerate(items)}}
    with open(args.out + ".key.json", "w", encoding="utf-8") as stream:
        json.dump(about, stream, ensure_ascii=False, indent=1)
        stream.write("\n")
    print(f"{args.out}.png: {len(pictures)} pictures, mean distance to the nearest design {nearest:.3f}")


def words(text):
    """The words that count, without accents and plural endings."""
    plain = unicodedata.normalize("NFKD", text.lower())
    plain = "".join(c for c in plain if not unicodedata.combining(c)).replace("’", "").replace("'", "")
    found = re.findall(r"[a-z0-9]+", plain)
    kept = [word for word in found if word not in LITTLE] or found
    return {word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
            for word in kept}


def read_answers(path, key):
    """{number: (name, grade)}; ValueError names the line that is none."""
    answers = {}
    with open(path, encoding="utf-8-sig") as stream:
        for count, line in enumerate(stream, 1):
            if not line.strip():
                continue
            match = NUMBER.match(line)
            if not match or match[1] not in key:
                raise ValueError(f"{path}: line {count}: expected `NUMBER; NAME; GRADE`, a number of the key")
            if match[1] in answers:
                raise ValueError(f"{path}: line {count}: number {match[1]} stands there twice")
            answers[match[1]] = (match[2].strip(), float(match[3]))
    missing = [number for number in key if number not in answers]
    if missing:
        raise ValueError(f"{path}: no line for {', '.join(missing[:10])}")
    return answers


def score(key, answers, right=()):
    """What is said of the sheet: by words, by the referee, wrong, and the mean grade."""
    by_words = [number for number in key if words(key[number]) & words(answers[number][0])]
    unknown = [number for number in right if number not in key]
    if unknown:
        raise ValueError(f"--right: the key has no number {', '.join(unknown)}")
    named = set(by_words) | set(right)
    wrong = {number: (key[number], answers[number][0]) for number in key if number not in named}
    return {"pictures": len(key), "named": len(named), "by_words": len(by_words),
            "by_referee": len(named) - len(by_words),
            "cleanliness": round(sum(grade for _, grade in answers.values()) / len(answers), 2),
            "wrong": wrong}


def show(result):
    print(f"named rightly {result['named']} of {result['pictures']} ({result['by_words']} by their words, "
          f"{result['by_referee']} by the referee), cleanliness {result['cleanliness']:.2f}")
    for number, (expected, answer) in result["wrong"].items():
        print(f"  {number}: {expected}, named {answer or '?'}")


def main():
    args = arguments()
    try:
        if args.command == "sheet":
            return make_sheet(args)
        with open(args.key, encoding="utf-8") as stream:
            key = json.load(stream)["key"]
        right = [number.strip() for number in args.right.split(",") if number.strip()]
        result = score(key, read_answers(args.answers, key), right)
    except (OSError, KeyError, TypeError, ValueError) as error:
        sys.exit(f"blind.py: {error}")
    print(json.dumps(result, ensure_ascii=False)) if args.json else show(result)


if __name__ == "__main__":
    main()
