#!/usr/bin/env python3
"""The bundled model as users meet it. Skipped where it is absent."""
import json
import math
import pathlib
import sys

import cli_support
from cli_support import ASSETS, CliTest, png_pixels

MODEL = ASSETS / "emoji-64.gguf"


class Bundled(CliTest):
    def environment(self, **more):
        keep = {"UNMASK_MODEL_PATH": str(MODEL), "XDG_DATA_HOME": "/nonexistent",
                "HOME": "/nonexistent", "XDG_DATA_DIRS": "/nonexistent"}
        return super().environment(**{**keep, **more})

    def test_found_without_options(self):
        beside = pathlib.Path(cli_support.PROGRAM).parent / "../../../../assets"
        if beside.resolve() != ASSETS.resolve():
            self.skipTest("the build folder is outside the source tree")
        told = json.loads(self.good("info", MODEL, "--json").out)
        drawn = json.loads(self.good("generate", "-c", "0", "-s", "7", "--json",
                                     environment={"UNMASK_MODEL_PATH": None}).out)
        self.assertEqual(drawn["model"]["sha256"], told["sha256"])
        self.assertEqual(png_pixels(self.read("out.png"))[:2],
                         (told["image_width"], told["image_height"]))

    def test_verifies(self):
        self.good("verify", MODEL)

    def test_every_class_is_found_by_name_and_symbol(self):
        told = json.loads(self.good("info", MODEL, "--json").out)["classes"]
        step = max(1, len(told) // 4)
        for index in range(0, len(told), step):
            for text in [told[index]["name"], told[index]["symbol"]]:
                drawn = json.loads(self.good("generate", "-c", text, "--steps", "1", "--json", "-o",
                                             "null").out)
                self.assertEqual(drawn["pictures"][0]["class"], index)

    def test_unknown_class_offers_names(self):
        names = [c["name"] for c in json.loads(self.good("info", MODEL, "--json").out)["classes"]]
        wrong = names[0][:-1] + "z"
        self.bad(2, "generate", "-c", wrong, says=names[0])

    def test_reconstruction(self):
        """A drawn picture survives encode and decode. Real pictures come back at 27 dB or more (the
        model's own bar); 20 dB leaves room for odd drawings."""
        self.good("generate", "-c", "0", "-s", "7")
        self.good("encode", "out.png", "-o", "t.txt")
        self.good("decode", "t.txt", "-o", "d.png")
        drawn, again = (png_pixels(self.read(name))[2] for name in ("out.png", "d.png"))
        error = sum((a - b) ** 2 for a, b in zip(drawn, again)) / len(drawn)
        self.assertGreater(10 * math.log10(255 ** 2 / max(error, 1e-9)), 20)

    def test_it_draws_with_its_own_settings(self):
        own = json.loads(self.good("info", MODEL, "--json").out)["defaults"]
        said = self.good("info", MODEL).out.decode()
        self.assertIn(f"{own['steps']} steps, schedule {own['schedule']}", said)
        common = ["generate", "-m", MODEL, "-c", "🦊", "-s", "3", "--no-metadata"]
        told = [f"--{name.replace('_', '-')}={value}" for name, value in own.items()]
        self.good(*common, "-o", "own.png")
        self.good(*common, *told, "-o", "told.png")
        self.good(*common, *told, "--sampler", "halton", "-o", "other.png")
        self.assertEqual(self.read("own.png"), self.read("told.png"))
        self.assertNotEqual(self.read("own.png"), self.read("other.png"))


if __name__ == "__main__":
    if not MODEL.exists():
        print("skipped: there is no bundled model at assets/emoji-64.gguf")
        sys.exit(77)
    cli_support.main()
