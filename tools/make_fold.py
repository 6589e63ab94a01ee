#!/usr/bin/env python3
"""Makes the table by which names are compared: what becomes of each character when case, accents,
hyphens, apostrophes and skin tones do not count. One table, written twice: for the library
(runtime/base/fold_table.h) and for the page (platform/web/page/ui/fold_table.js).

make_fold.py          rewrites both files
make_fold.py --check  exit 1 if a file is not what this script makes

Every Python makes the same table: it takes the characters of Unicode 3.2, whose data Python keeps
apart, and of later versions only what Unicode's stability policies fix for ever (case folding).
"""

import os
import sys
import unicodedata

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
C_FILE = os.path.join("runtime", "base", "fold_table.h")
JS_FILE = os.path.join("platform", "web", "page", "ui", "fold_table.js")

UNICODE = unicodedata.ucd_3_2_0
LAST = 0x1FFFF
HANGUL = range(0xAC00, 0xD7A4)  # taken apart by rule, not by table
# Ideographs that were encoded twice; every normal form replaces them, so no keyboard writes them.
COMPATIBLE = range(0xF900, 0xFB00)
LETTERS = (range(0x0132, 0x0134), range(0x013F, 0x0141), range(0x0149, 0x014A), range(0x01C4, 0x01CD),
           range(0x01F1, 0x01F4), range(0xFB00, 0xFB07))  # two or three letters in one
WIDE = range(0xFF00, 0xFFF0)  # ASCII and kana in other widths
FONTS = range(0x1D400, 0x1D800)  # bold, italic and other alphabets
# Blocks of combining marks; what is not yet assigned there will be one.
MARKS = (range(0x0300, 0x0370), range(0x1AB0, 0x1B00), range(0x1DC0, 0x1E00), range(0x20D0, 0x20DD),
         range(0x20E1, 0x20E2), range(0x20E5, 0x20F1), range(0xFE20, 0xFE30))
# Variation selectors, skin tones, and what no font shows; U+200D is left, it joins emoji.
UNSEEN = (range(0x00AD, 0x00AE), range(0x061C, 0x061D), range(0x180B, 0x180F), range(0x200B, 0x200D),
          range(0x200E, 0x2010), range(0x202A, 0x202F), range(0x2060, 0x2070), range(0xFE00, 0xFE10),
          range(0xFEFF, 0xFF00), range(0x1F3FB, 0x1F400))
QUOTES = "\"'`\u00ab\u00b4\u00bb\u02b9\u02ba\u02bb\u02bc\u02bd\u05f3\u05f4\u2018\u2019\u201a\u201b" \
         "\u201c\u201d\u201e\u201f\u2032\u2033\u2035\u2036\u2039\u203a\u300c\u300d\u300e\u300f"
DASHES = "-_\u058a\u05be\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2e3a\u2e3b\u301c\u30a0"
BREAKS = ":,.;!?/()[]\u00a1\u00b7\u00bf\u2026\u3001\u3002\u30fb"
# Letters newer than Unicode 3.2 that NFD takes apart: Balinese, Kaithi, Chakma, Grantha, Tirhuta,
# Siddham and Dives Akuru. All are in Unicode 13, so in any Python that is still maintained.
LATER = (0x1B06, 0x1B08, 0x1B0A, 0x1B0C, 0x1B0E, 0x1B12, 0x1B3B, 0x1B3D, 0x1B40, 0x1B41, 0x1B43, 0x1109A,
         0x1109C, 0x110AB, 0x1112E, 0x1112F, 0x1134B, 0x1134C, 0x114BB, 0x114BC, 0x114BE, 0x115BA, 0x115BB,
         0x11938)
LATER_MARKS = (0x110BA,)  # the only ones of those with a combining class
# As in CLDR's Latin-ASCII; Unicode itself takes nothing off these letters. U+1E9E is newer than 3.2.
STROKES = {"\u00e6": "ae", "\u00f0": "d", "\u00f8": "o", "\u00fe": "th", "\u0111": "d", "\u0127": "h",
           "\u0131": "i", "\u0142": "l", "\u0153": "oe", "\u0167": "t", "\u1e9e": "ss"}


def within(code, ranges):
    return any(code in part for part in ranges)


def once(character):
    """One round: taken apart, marks dropped, lower case."""
    code = ord(character)
    if within(code, MARKS) or within(code, UNSEEN) or character in QUOTES:
        return ""
    if code in LATER_MARKS:
        return ""
    if code in LATER:
        return unicodedata.normalize("NFD", character)
    category = UNICODE.category(character)
    if character in DASHES or character in BREAKS or category in ("Zs", "Zl", "Zp", "Cc"):
        return " "
    if character in STROKES:
        return STROKES[character]
    if category in ("Cn", "Cs", "Co") or code in HANGUL or code in COMPATIBLE:
        return character
    loosely = within(code, LETTERS) or code in WIDE or code in FONTS
    parts = UNICODE.normalize("NFKD" if loosely else "NFD", character)
    if len(parts) == 1 and UNICODE.combining(parts):
        return ""
    return "".join(part for part in parts if not UNICODE.combining(part)).casefold()


def folded(character):
    text, before = character, None
    while text != before:
        before, text = text, "".join(once(one) for one in text)
    return text


def table():
    """(runs, several): runs of (first, last, to, step), character first + i becoming to + i * step, or
    nothing where to is 0; and (code, text) of what becomes several characters."""
    runs, several = [], []
    for code in range(LAST + 1):
        if 0xD800 <= code < 0xE000:
            continue
        text = folded(chr(code))
        if text == chr(code):
            continue
        if len(text) > 1:
            several.append((code, text))
            continue
        to = ord(text) if text else 0
        last = runs[-1] if runs else None
        if last and last[1] == code - 1:
            length = code - last[0]
            step = to - last[2] if length == 1 else last[3]
            if step in (0, 1) and to == last[2] + length * step and (to or not last[2]):
                runs[-1] = (last[0], code, last[2], step)
                continue
        runs.append((code, code, to, 0))
    return runs, several


def rows(items, width, indent):
    """Items side by side, as many as fit."""
    lines, line = [], indent
    for item in items:
        if len(line) + len(item) + 1 > width:
            lines.append(line.rstrip())
            line = indent
        line += item + " "
    return "\n".join(lines + [line.rstrip()])


def c_text(runs, several):
    short = [f"{{0x{a:x}, 0x{b:x}, 0x{to:x}, {step}}}," for a, b, to, step in runs]
    long = [f"{{0x{code:x}, {{{', '.join(f'0x{ord(c):x}' for c in text)}}}}},"
            for code, text in several]
    return f"""/* Made by tools/make_fold.py; do not edit. What becomes of characters in names. */
#ifndef UM_BASE_FOLD_TABLE_H
#define UM_BASE_FOLD_TABLE_H

#include <stdint.h>

/* clang-format off */
/* Character first + i becomes to + i * step, or nothing where `to` is 0. In order. */
static const struct um_fold_run {{
    uint32_t first, last, to, step;
}} um_fold_runs[] = {{
{rows(short, 100, "    ")}
}};

/* Becomes several; zeros fill the rest. In order. */
static const struct um_fold_several {{
    uint32_t code, to[3];
}} um_fold_several[] = {{
{rows(long, 100, "    ")}
}};
/* clang-format on */

#endif
"""


def js_text(runs, several):
    short = [f"{a:x},{b:x},{to:x},{step}" for a, b, to, step in runs]
    long = [f"[0x{code:x}, '{text}']," for code, text in several]
    return f"""// Made by tools/make_fold.py; do not edit. What becomes of characters in names.

// "first,last,to,step" in hexadecimal: first + i becomes to + i * step, or nothing where `to` is 0.
export const RUNS = `
{rows(short, 118, "")}
`;

// Becomes several.
export const SEVERAL = new Map([
{rows(long, 118, "  ")}
]);
"""


def main(arguments):
    runs, several = table()
    stale = []
    for name, text in ((C_FILE, c_text(runs, several)), (JS_FILE, js_text(runs, several))):
        path = os.path.join(ROOT, name)
        if arguments == ["--check"]:
            with open(path, encoding="utf-8", newline="") as file:
                stale += [name] if file.read() != text else []
            continue
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    for name in stale:
        print(f"{name} is not what make_fold.py makes: run it and commit the result")
    print(f"{len(runs)} runs, {len(several)} characters that become several")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
