#!/usr/bin/env python3
"""Draws letters and digits in the fonts of this machine, one folder per character, to train on:

    python3 tools/make_letters.py letters --size 32
"""
import argparse
import os
import re
import string
import sys

import numpy as np
from PIL import Image, ImageDraw, ImageFont

# Family: the Debian package that has it, and the licence of the fonts by that package's copyright file.
FAMILIES = {
    "DejaVu Sans": ("fonts-dejavu-core", "Bitstream Vera"),
    "DejaVu Serif": ("fonts-dejavu-core", "Bitstream Vera"),
    "DejaVu Sans Mono": ("fonts-dejavu-core", "Bitstream Vera"),
    "C059": ("fonts-urw-base35", "AGPL-3 with font exception"),
    "Nimbus Mono PS": ("fonts-urw-base35", "AGPL-3 with font exception"),
    "Nimbus Roman": ("fonts-urw-base35", "AGPL-3 with font exception"),
    "Nimbus Sans": ("fonts-urw-base35", "AGPL-3 with font exception"),
    "P052": ("fonts-urw-base35", "AGPL-3 with font exception"),
    "URW Bookman": ("fonts-urw-base35", "AGPL-3 with font exception"),
    "URW Gothic": ("fonts-urw-base35", "AGPL-3 with font exception"),
    "Liberation Mono": ("fonts-liberation2", "OFL-1.1"),
    "Liberation Sans": ("fonts-liberation2", "OFL-1.1"),
    "Liberation Serif": ("fonts-liberation2", "OFL-1.1"),
    "FreeSans": ("fonts-freefont-ttf", "GPL-3+ with font exception"),
    "FreeSerif": ("fonts-freefont-ttf", "GPL-3+ with font exception"),
    "Andika": ("fonts-sil-andika", "OFL-1.1"),
    "Cabin": ("fonts-cabin", "OFL-1.1"),
    "Caladea": ("fonts-crosextra-caladea", "OFL-1.1"),
    "Cantarell": ("fonts-cantarell", "OFL-1.1"),
    "Carlito": ("fonts-crosextra-carlito", "OFL-1.1"),
    "Charis SIL": ("fonts-sil-charis", "OFL-1.1"),
    "Comic Neue": ("fonts-comic-neue", "OFL-1.1"),
    "Courier Prime": ("fonts-courier-prime", "OFL-1.1"),
    "Dosis": ("fonts-dosis", "OFL-1.1"),
    "Fira Code": ("fonts-firacode", "OFL-1.1"),
    "Gentium Plus": ("fonts-sil-gentiumplus", "OFL-1.1"),
    "Goudy Bookletter 1911": ("fonts-goudybookletter", "public domain"),
    "Hack": ("fonts-hack", "MIT and Bitstream Vera"),
    "Inconsolata": ("fonts-inconsolata", "OFL-1.0"),
    "Inter": ("fonts-inter", "OFL-1.1 and Apache-2.0"),
    "Karla": ("fonts-karla", "OFL-1.1"),
    "Lato": ("fonts-lato", "OFL-1.1"),
    "League Spartan": ("fonts-league-spartan", "OFL-1.1"),
    "Linux Biolinum O": ("fonts-linuxlibertine", "OFL-1.1 and GPL-2+"),
    "Linux Libertine O": ("fonts-linuxlibertine", "OFL-1.1 and GPL-2+"),
    "Open Sans": ("fonts-open-sans", "Apache-2.0"),
    "Play": ("fonts-play", "OFL-1.1"),
    "Prociono": ("fonts-prociono", "public domain"),
    "Quicksand": ("fonts-quicksand", "OFL-1.1"),
    "Roboto": ("fonts-roboto-unhinted", "Apache-2.0"),
    "Roboto Condensed": ("fonts-roboto-unhinted", "Apache-2.0"),
    "Roboto Slab": ("fonts-roboto-slab", "Apache-2.0"),
    "Vollkorn": ("fonts-vollkorn", "OFL-1.1"),
}
STYLES = 4  # of a family, or the large ones would outweigh the rest
ALL = string.ascii_uppercase + string.ascii_lowercase + string.digits
# Hairlines are lost in small pictures; what is drawn must be text, not small capitals or initials.
UNFIT = re.compile(r"thin|hairline|extra ?light|small ?cap", re.IGNORECASE)
DARK = ["#1b1b1f", "#16306b", "#7a1020", "#0f5132", "#4c1d7a"]
LIGHT = ["#ffffff", "#ffe066", "#9bd8f5", "#ffb3c7", "#b6e8a0", "#ffb25c"]
FINE = 4  # drawn this much larger, then averaged


def class_name(character):
    """Names that differ in more than case: not every file system tells case."""
    kind = "digit" if character.isdigit() else "capital" if character.isupper() else "small"
    return f"{kind} {character}"


def fonts(folders):
    """[(family, style, path)] of the known families, at most STYLES of each, in order of names."""
    found = {}
    paths = [os.path.join(place, name) for folder in folders for place, _, files in os.walk(folder)
             for name in files if name.lower().endswith((".ttf", ".otf"))]
    for path in sorted(paths):
        try:
            family, style = ImageFont.truetype(path, 16).getname()
        except (OSError, ValueError):
            continue
        if family in FAMILIES and not UNFIT.search(style or ""):
            found.setdefault(family, {})[style or "Regular"] = path
    made = []
    for family, styles in sorted(found.items()):
        names = sorted(styles)
        pick = np.unique(np.linspace(0, len(names) - 1, min(STYLES, len(names))).round().astype(int))
        made += [(family, names[i], styles[names[i]]) for i in pick]
    return made


def colors(random):
    """(ink, ground): dark on light or light on dark."""
    pair = [DARK[random.integers(len(DARK))], LIGHT[random.integers(len(LIGHT))]]
    return pair if random.random() < 0.5 else pair[::-1]


def draw(character, font, size, random):
    """One picture: all characters of a font share scale and baseline, or o and O would look the same."""
    ink, ground = colors(random)
    side = size * FINE
    page = Image.new("RGB", (side, side), ground)
    left, _, right, _ = font.getbbox(character, anchor="ls")
    across = (side - (right - left)) / 2 - left
    ImageDraw.Draw(page).text((across, side * 0.73), character, font=font, fill=ink, anchor="ls")
    return page.resize((size, size), Image.BOX)


def fitted(path, side):
    """The font at a size at which its H is as high as 0.56 of the picture and its W fits."""
    probe = ImageFont.truetype(path, 100)
    height = -probe.getbbox("H", anchor="ls")[1]
    width = max(box[2] - box[0] for box in (probe.getbbox(c, anchor="ls") for c in "WMmw"))
    return ImageFont.truetype(path, int(100 * min(side * 0.56 / height, side * 0.94 / width)))


def draw_all(args, known, characters):
    random = np.random.default_rng(args.seed)
    for family, style, path in known:
        font, stem = fitted(path, args.size * FINE), f"{family} {style}".replace(" ", "-")
        for character in characters:
            folder = os.path.join(args.output, class_name(character))
            os.makedirs(folder, exist_ok=True)
            for copy in range(args.copies):
                draw(character, font, args.size, random).save(os.path.join(folder, f"{stem}-{copy}.png"))


def arguments():
    parser = argparse.ArgumentParser(description="Draw A-Z, a-z and 0-9 in the fonts of this machine.")
    parser.add_argument("output", help="folder to make; pictures go to OUTPUT/CLASS/")
    parser.add_argument("--size", type=int, default=32, help="pixels per side, 8 to 512")
    parser.add_argument("--characters", default=ALL, help="which of A-Z, a-z and 0-9 to draw; all of them")
    parser.add_argument("--copies", type=int, default=1, help="pictures of a character in each font")
    parser.add_argument("--fonts", nargs="+", default=["/usr/share/fonts", "/usr/local/share/fonts"],
                        metavar="FOLDER", help="where to look for fonts")
    parser.add_argument("--seed", type=int, default=0, help="of the colours")
    args = parser.parse_args()
    if not 8 <= args.size <= 512:
        parser.error(f"--size is {args.size}, expected 8 to 512")
    if not args.characters or set(args.characters) - set(ALL):
        parser.error(f"--characters is {args.characters!r}, expected letters of A-Z, a-z and digits")
    if args.copies < 1:
        parser.error(f"--copies is {args.copies}, expected 1 or more")
    return args


def main():
    args = arguments()
    known = fonts(args.fonts)
    if not known:
        packages = " ".join(sorted({package for package, _ in FAMILIES.values()}))
        sys.exit(f"make_letters.py: none of the fonts is here; on Debian: apt-get install {packages}")
    characters = sorted(set(args.characters))
    try:
        draw_all(args, known, characters)
    except OSError as error:
        sys.exit(f"make_letters.py: {error}")
    families = sorted({family for family, _, _ in known})
    print(f"{args.output}: {len(known) * len(characters) * args.copies} pictures of {len(characters)} "
          f"characters in {len(known)} fonts of {len(families)} families")
    for licence in sorted({FAMILIES[family][1] for family in families}):
        print(f"  {licence}: {', '.join(f for f in families if FAMILIES[f][1] == licence)}")


if __name__ == "__main__":
    main()
