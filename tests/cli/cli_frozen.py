#!/usr/bin/env python3
"""Pictures that no change of the code may change: their digests are kept in tests/data/frozen.tsv.

The CPU backend gives the same bits on every processor (backend/cpu/kernels.h): its digests hold everywhere.
What a Vulkan driver computes is not ours to promise: with UM_FROZEN_DEVICE=vulkan, pictures are compared only
where the file knows the device, by a name that has the driver's version in it.

    cli_frozen.py --write     adds what the file lacks; nothing that is there is replaced
"""
import json
import os
import pathlib
import subprocess
import sys

import cli_support
from cli_edit import picture
from cli_support import WRITER, CliTest, make_png

FILE = pathlib.Path(__file__).parent.parent / "data" / "frozen.tsv"
DEVICE = os.environ.get("UM_FROZEN_DEVICE", "cpu")
MODELS = [("original", "f32"), ("v1", "f32"), ("halton", "f32"), ("halton-patched", "f32"),
          ("original", "f16"), ("original", "q8_0")]
TABLE = """mask_ratio temperature choice_temperature cfg_scale
0.8 1.4 - 0
0.5 - 3 -
- 0.6 0 2
- - - -
"""
SAMPLERS = ["confidence", "halton", "raster", "remdm-cap", "remdm-rescale", "remdm-conf", "recheck"]
SCHEDULES = ["cosine", "linear", "square", "cubic", "pow2.5", "exponential", "sqrt", "logarithmic", "arccos",
             "0.9,0.5,0.3,0.1,0"]
SETTINGS = [
    "--steps 12", "--steps 1", "--temperature 0.6", "--choice-temperature 0", "--choice-temperature 9",
    "--cfg-scale 0", "--cfg-scale 2.5", "--cfg-scale 2 --cfg-schedule linear",
    "--cfg-scale 2 --cfg-schedule power-cosine", "--cfg-scale 2 --cfg-schedule power-cosine1.5",
    "--top-k 5", "--top-p 0.6", "--top-k 9 --top-p 0.8", "--step-table table.txt",
    "--sampler remdm-cap --eta 0.6", "--sampler remdm-rescale --eta 0.9 --loop 0.7",
    "--sampler remdm-conf --loop 0.8,0.1,0.6", "--sampler recheck --recheck-rounds 7 --recheck-threshold 0.9",
]
EDITS = [
    "edit -i in.png --box 8,12,14,10", "edit -i in.png --mask mask.png --sampler halton",
    "outpaint -i in.png --left 9 --bottom 6", "outpaint -i in.png --right 20 --sampler remdm-cap",
    "vary -i in.png --share 0.4", "vary -i in.png --order halton --sampler recheck",
]


def cases(variant, kind):
    """The command lines for one model; each draws two pictures or more."""
    draw = [f"generate -b 3 --steps 6 --sampler {name}" for name in SAMPLERS]
    edits = [f"{edit} -b 2 --steps 5" for edit in EDITS]
    if DEVICE != "cpu":
        return {"original": draw[:1], "v1": draw[1:2], "halton": [draw[0], edits[0]]}.get(variant, []) \
            if kind == "f32" else []
    if (variant, kind) == ("original", "f32"):
        draw += [f"generate -b 2 --schedule {name}" for name in SCHEDULES]
        draw += [f"generate -b 2 {setting}" for setting in SETTINGS]
    elif kind == "f32":
        draw += [f"generate -b 2 {setting}" for setting in SETTINGS[9:]]
    return draw + edits if kind == "f32" else draw


class Frozen(CliTest):
    def setUp(self):
        super().setUp()
        self.write("in.png", make_png(48, 40, picture(48, 40)))
        self.write("table.txt", TABLE)
        rows = [bytes(255 if (x - 30) ** 2 + (y - 15) ** 2 < 90 else 0 for x in range(48)) for y in range(40)]
        self.write("mask.png", make_png(48, 40, rows, colour=0))

    def device(self):
        """"cpu", or the name of the one device that is asked for."""
        if DEVICE == "cpu":
            return DEVICE
        told = json.loads(self.good("devices", "--json").out)
        return next(f'{one["name"]}, {one["driver"]}' for one in told["devices"] if one["backend"] == DEVICE)

    def pictures(self):
        """(key, digests) of every case."""
        device = self.device()
        for variant, kind in MODELS:
            subprocess.run([WRITER, self.path / "m.gguf", variant, kind], check=True)
            for case in cases(variant, kind):
                command, *options = case.split()
                told = json.loads(self.good(
                    command, "-m", "m.gguf", "-c", 3, "-s", 20260, "--device", DEVICE, "-t", 2, "-o", "null",
                    "--json", *options).out)
                yield (device, variant, kind, case), [one["hash"] for one in told["pictures"]]

    def test_pictures_are_what_they_were(self):
        known = read_file()
        if not any(key[0] == self.device() for key in known):
            self.skipTest(f"no digests of {self.device()}")
        count, wrong = 0, []
        for key, digests in self.pictures():
            count += len(digests)
            if known.get(key) != digests:
                wrong.append((key, digests, known.get(key)))
        self.assertEqual(wrong, [])
        self.assertGreaterEqual(count, 200 if DEVICE == "cpu" else 11)


def read_file():
    rows = [line.split("\t") for line in FILE.read_text().splitlines() if not line.startswith("#")]
    return {tuple(row[:4]): row[4].split() for row in rows}


def write_file():
    known = read_file()
    Frozen.setUpClass()
    test = Frozen()
    test.setUp()
    new = [(key, digests) for key, digests in test.pictures() if key not in known]
    with FILE.open("a") as file:
        file.writelines("\t".join([*key, " ".join(digests)]) + "\n" for key, digests in new)
    print(f"{len(new)} cases added")


if __name__ == "__main__":
    write_file() if sys.argv[1:] == ["--write"] else cli_support.main()
