#!/usr/bin/env python3
"""Samplers, step tables, filters and shards from the outside."""
import json
import shutil
import subprocess

import cli_support
from cli_support import CLASSES, GRID, PROGRAM, CliTest, png_texts

SAMPLERS = ["confidence", "halton", "raster", "remdm-cap", "remdm-rescale", "remdm-conf", "recheck"]
TABLE = """# three steps
mask_ratio temperature cfg_scale
0.75       1.5         0
0.25       -           0.92
-          0.5         1.5
"""


class Samplers(CliTest):
    def draw(self, *options):
        """The report of four pictures of class 1."""
        return json.loads(self.good("generate", "-c", "1", "-b", "4", "-s", "5", "-o", "null", "--json",
                                    *options).out)

    def hashes(self, *options):
        return [picture["hash"] for picture in self.draw(*options)["pictures"]]

    def test_each_draws_its_own_pictures_again_and_again(self):
        all_hashes = []
        for sampler in SAMPLERS:
            hashes = self.hashes("--sampler", sampler, "--eta", "0.5", "--recheck-threshold", "1")
            self.assertEqual(hashes, self.hashes("--sampler", sampler, "--eta", "0.5",
                                                 "--recheck-threshold", "1", "-t", "3"))
            all_hashes += hashes
        self.assertEqual(len(set(all_hashes)), 4 * len(SAMPLERS))
        self.assertEqual(self.hashes(), self.hashes("--sampler", "confidence"))

    def test_the_report_says_what_each_step_did(self):
        cells = 4 * GRID * GRID
        for sampler in SAMPLERS:
            report = self.draw("--sampler", sampler, "--steps", "6", "--eta", "0.5",
                               "--recheck-threshold", "1", "--recheck-rounds", "3")
            reveal, masked = report["reveal"], cells
            self.assertEqual(len(reveal), 9 if sampler == "recheck" else 6)
            for number, step in enumerate(reveal):
                self.assertEqual(step["step"], number + 1)
                self.assertEqual(sum(step.values()) - step["step"], cells)
                now = step["masked"] + step["remasked"]
                self.assertEqual(now, masked - step["fixed"] + step["remasked"])
                masked = now
            self.assertEqual(masked, 0)
            revised = sum(step["revised"] for step in reveal)
            remasked = sum(step["remasked"] for step in reveal)
            self.assertEqual(revised > 0, sampler == "recheck", reveal)
            self.assertEqual(remasked > 0, sampler.startswith("remdm"), reveal)

    def test_every_setting_matters_and_is_repeated(self):
        self.write("table.txt", TABLE)
        cases = [["--sampler", "remdm-cap", "--eta", "0.9"],
                 ["--sampler", "remdm-rescale", "--eta", "0.9", "--loop", "0.7,0.1,0.6"],
                 ["--sampler", "remdm-rescale", "--eta", "0.9", "--loop", "0.7"],
                 ["--sampler", "recheck", "--recheck-rounds", "2", "--recheck-threshold", "0.9"],
                 ["--sampler", "halton", "--top-k", "3"], ["--top-p", "0.3"],
                 ["--cfg-schedule", "linear"], ["--cfg-schedule", "power-cosine"],
                 ["--cfg-schedule", "power-cosine1.5"], ["--step-table", "table.txt"]]
        seen = {self.read_drawn()}
        for options in cases:
            drawn = self.read_drawn(*options)
            self.assertNotIn(drawn, seen, options)
            seen.add(drawn)
            self.good("generate", "--from", "a.png", "-o", "again.png")
            self.assertEqual(self.read("again.png"), drawn)

    def read_drawn(self, *options):
        self.good("generate", "-c", "1", "-s", "8", "--steps", "3", "-o", "a.png", *options)
        return self.read("a.png")

    def again(self, *options):
        self.good("generate", "--from", "old.png", "-o", "again.png", *options)
        return self.read("again.png")

    def keep_drawn(self, *options):
        self.write("old.png", self.read_drawn(*options))

    def test_options_win_over_a_table_that_a_picture_brings(self):
        columns = {"mask_ratio": ["0.75", "0.25", "0"], "temperature": ["1.5", "0.7", "0.5"],
                   "choice_temperature": ["3", "2", "1"], "cfg_scale": ["2", "0.5", "1"]}

        def write(name, but=None):
            kept = {key: values for key, values in columns.items() if key != but}
            self.write(name, "\n".join(map(" ".join, [kept.keys(), *zip(*kept.values())])) + "\n")

        write("all.txt")
        self.keep_drawn("--step-table", "all.txt")
        self.assertEqual(self.again("--steps", "3"), self.read("old.png"))
        options = {"mask_ratio": ["--schedule", "linear"], "temperature": ["--temperature", "2"],
                   "choice_temperature": ["--choice-temperature", "9"], "cfg_scale": ["--cfg-scale", "3"]}
        for column, given in [*options.items(), ("cfg_scale", ["--cfg-schedule", "linear"]),
                              ("mask_ratio", ["--schedule", "0.9,0.1,0"])]:
            write("but.txt", column)
            again = self.again(*given)
            self.assertEqual(again, self.read_drawn("--step-table", "but.txt", *given), given)
            self.assertNotEqual(again, self.read("old.png"))
        every = sum(options.values(), [])
        for given in [every, ["--step-table", "none"], ["--steps", "5"],
                      ["--steps", "5", "--temperature", "2", "--schedule", "sqrt"]]:
            self.assertEqual(self.again(*given), self.read_drawn(*given), given)
        self.assertEqual(self.again("--schedule", "0.5,0"),
                         self.read_drawn("--schedule", "0.5,0", "--steps", "2"))
        self.write("table.txt", TABLE.replace("0.75", "0.5"))
        self.assertEqual(self.again("--step-table", "table.txt", "--temperature", "2"),
                         self.read_drawn("--step-table", "table.txt", "--temperature", "2"))

    def test_shares_and_loops_of_a_picture_can_be_left_out(self):
        self.keep_drawn("--schedule", "0.8,0.1,0")
        self.assertEqual(self.again("--steps", "5"), self.read_drawn("--steps", "5"))
        self.write("two.txt", "temperature\n2\n1\n")
        two = ["--step-table", "two.txt", "--steps", "2"]
        self.assertEqual(self.again("--step-table", "two.txt"), self.read_drawn(*two))
        remdm = ["--sampler", "remdm-rescale", "--eta", "0.9"]
        self.keep_drawn(*remdm, "--loop", "0.7,0.1,0.6")
        plain = self.read_drawn(*remdm)
        self.assertEqual(self.again("--loop", "none"), plain)
        self.assertNotEqual(self.read("old.png"), plain)
        self.assertEqual(self.read_drawn(*remdm, "--loop", "none", "--step-table", "none"), plain)

    def test_pictures_of_the_first_version_can_be_repeated(self):
        """Their settings lack what came later."""
        drawn = self.read_drawn()
        kept = json.loads(png_texts(drawn)["unmask"])
        for key in ["cfg_schedule", "top_k", "top_p", "remdm_eta", "remdm_loop", "recheck_rounds",
                    "recheck_threshold", "step_table"]:
            del kept[key]
        chunk = b"unmask\0\0\0\0\0" + json.dumps(kept).encode()
        self.write("old.png", cli_support.make_png(1, 1, [b"\0\0\0"], more=[(b"iTXt", chunk)]))
        self.good("generate", "--from", "old.png", "-o", "again.png", "--scale", "1")
        self.assertEqual(self.read("again.png"), drawn)

    def test_options_without_effect_are_named(self):
        self.write("table.txt", "cfg_scale\n2\n")
        cases = [("eta", ["remdm-cap", "remdm-rescale"], "0.5"), ("loop", SAMPLERS[3:6], "0.7"),
                 ("recheck-rounds", ["recheck"], "2"), ("recheck-threshold", ["recheck"], "0.5"),
                 ("choice-temperature", ["confidence", "recheck"], "2")]
        for option, users, value in cases:
            for sampler in SAMPLERS:
                said = self.warnings("--sampler", sampler, f"--{option}", value)
                wanted = f"--{option} has no effect with the sampler {sampler}; "
                self.assertEqual([line[:len(wanted)] for line in said], [] if sampler in users else [wanted])
        self.assertEqual(len(self.warnings("--eta", "0.5", "--loop", "0.7", "--recheck-rounds", "2")), 3)
        self.assertEqual(self.warnings("--sampler", "halton", "--choice-temperature", "0", "--loop",
                                       "none"), [])
        looped = ["--sampler", "remdm-cap", "--loop", "0.7"]
        self.assertEqual(self.warnings(*looped, "--schedule", "linear")[0][:33],
                         "--schedule has no effect with --l")
        self.assertEqual(self.warnings("--cfg-scale", "0", "--cfg-schedule", "linear")[0][:36],
                         "--cfg-schedule has no effect without")
        self.assertEqual(self.warnings("--cfg-scale", "1", "--cfg-schedule", "linear"), [])
        self.assertEqual(self.warnings("--cfg-scale", "0", "--step-table", "table.txt", "--cfg-schedule",
                                       "linear"), [])

    def test_stored_settings_are_not_meant(self):
        """Only the command line is: --from brings everything, and another sampler may need it."""
        self.keep_drawn("--sampler", "remdm-cap", "--eta", "0.5")
        result = self.good("generate", "--from", "old.png", "--sampler", "halton", "-o", "null")
        self.assertNotIn("warning", result.err)
        self.good("edit", "-i", "old.png", "--box", "0,0,9,9", "-o", "null", "--sampler", "halton")
        result = self.good("edit", "-i", "old.png", "--box", "0,0,9,9", "-o", "null", "--sampler", "halton",
                           "--eta", "0.5")
        self.assertIn("--eta has no effect", result.err)

    def warnings(self, *options):
        result = self.good("generate", "-c", "1", "-s", "1", "-o", "null", *options)
        return [line[len("warning: "):] for line in result.err.splitlines() if line.startswith("warning: ")]

    def test_info_shows_them(self):
        self.write("table.txt", TABLE)
        self.good("generate", "-c", "1", "-o", "a.png", "--sampler", "remdm-cap", "--eta", "0.25", "--loop",
                  "0.6", "--top-k", "9", "--top-p", "0.5", "--step-table", "table.txt")
        text = self.good("info", "a.png").out.decode()
        for line in ["sampler             remdm-cap", "eta                 0.25", "loop                0.6",
                     "top k               9", "top p               0.5", "steps               3",
                     "\n                     0.25 - - 0.92\n"]:
            self.assertIn(line, text)

    def test_steps_are_pictures_of_what_happened(self):
        violet = bytes([196, 173, 235])  # 0.77 0.68 0.92
        for sampler, found in [("remdm-cap", True), ("confidence", False)]:
            self.good("generate", "-c", "1", "-s", "3", "--sampler", sampler, "--eta", "1", "--steps", "6",
                      "--save-steps", sampler, "-o", "null")
            pixels = [cli_support.png_pixels(path.read_bytes())[2]
                      for path in sorted((self.path / sampler).iterdir())]
            self.assertEqual(len(pixels), 6)
            self.assertEqual(any(violet in p for p in pixels), found)

    def test_edits_take_them(self):
        self.good("generate", "-c", "1", "-s", "1", "-o", "a.png")
        seen = set()
        for sampler in SAMPLERS:
            report = json.loads(self.good(
                "edit", "-i", "a.png", "--box", "4,4,20,20", "-s", "2", "-o", "null", "--sampler", sampler,
                "--eta", "0.9", "--recheck-rounds", "8", "--recheck-threshold", "1", "--json").out)
            seen.add(report["pictures"][0]["hash"])
            self.assertEqual(report["reveal"][-1]["masked"] + report["reveal"][-1]["remasked"], 0)
        self.assertEqual(len(seen), len(SAMPLERS))

    def test_wrong_ones(self):
        self.write("table.txt", TABLE)
        self.write("bad.txt", "mask_ratio\n2\n")
        self.write("nul.txt", "mask_ratio\n0\0\n")
        for options, says in [
                (["--sampler", "gibbs"], ["gibbs", "remdm-rescale"]),
                (["--eta", "0"], "1e-06 to 1"), (["--eta", "1.5"], "1e-06 to 1"),
                (["--loop", "1"], "ON,OFF,ALPHA"), (["--loop", "0.5,0.1,0.9,0.2"], "ON,OFF,ALPHA"),
                (["--loop", "0.5,"], "ON,OFF,ALPHA"), (["--loop", "0.1,0.5"], "greater than OFF (0.5)"),
                (["--loop", "0.04"], "greater than OFF (0.05)"),
                (["--recheck-rounds", "0"], "1 to 256"), (["--recheck-threshold", "2"], "1e-06 to 1"),
                (["--top-p", "0"], "1e-06 to 1"), (["--top-k", "-1"], "0 to 65536"),
                (["--cfg-schedule", "cosine"], ["cosine", "power-cosineK"]),
                (["--step-table", "none.txt"], "cannot read none.txt"),
                (["--step-table", "nul.txt"], "NUL byte"),
                (["--step-table", "bad.txt"], ["bad.txt", "line 2", "mask_ratio"]),
                (["--step-table", "table.txt", "--steps", "4"], ["--steps", "3 rows"]),
                (["--step-table", "table.txt", "--schedule", "0.5,0"], ["--schedule", "3 rows"])]:
            code = 7 if "none.txt" in options else 2
            self.bad(code, "generate", "-c", "1", "-o", "a.png", *options, says=says)


class Shards(CliTest):
    OPTIONS = ["generate", "--all-classes", "--count", "3", "-s", "4", "--steps", "2", "-o", "p_%03d.png",
               "--tokens-out", "t_%03d.txt"]

    def files(self):
        return {path.name: path.read_bytes() for path in self.path.iterdir()}

    def clear(self):
        for path in self.path.iterdir():
            path.unlink()

    def test_all_classes(self):
        listed = self.good(*self.OPTIONS).lines
        self.assertEqual(len(listed), 2 * 3 * CLASSES)
        classes = [json.loads(png_texts(self.read(f"p_{i:03d}.png"))["unmask"])["classes"]
                   for i in range(3 * CLASSES)]
        self.assertEqual(classes, [str(i // 3) for i in range(3 * CLASSES)])

    def test_shards_make_what_one_run_makes(self):
        self.good(*self.OPTIONS)
        whole = self.files()
        for parts in [1, 2, 5, 3 * CLASSES]:
            self.clear()
            sizes = []
            for part in range(parts, 0, -1):
                sizes.append(len(self.good(*self.OPTIONS, "--shard", f"{part}/{parts}").lines))
            self.assertEqual(self.files(), whole)
            self.assertLessEqual(max(sizes) - min(sizes), 2)  # a picture and its tokens

    def test_a_shard_numbers_from_the_first_image(self):
        self.good(*self.OPTIONS, "--first-image", "40", "--shard", "2/3")
        self.assertEqual(self.listing()[0], "p_047.png")

    def test_gnu_parallel(self):
        parallel = shutil.which("parallel")
        version = subprocess.run([parallel, "--version"], capture_output=True) if parallel else None
        if version is None or b"GNU parallel" not in version.stdout:
            self.skipTest("GNU parallel is not installed")
        self.good(*self.OPTIONS)
        whole = self.files()
        self.clear()
        subprocess.run([parallel, "--will-cite", "-j2", PROGRAM, *self.OPTIONS, "-q", "--shard", "{}/4",
                        ":::", "1", "2", "3", "4"], cwd=self.path, env=self.environment(HOME=self.base.name),
                       check=True, capture_output=True, timeout=300)
        self.assertEqual(self.files(), whole)

    def test_wrong_ones(self):
        for shard in ["0/2", "3/2", "1", "1/", "/2", "1/2/3", "a/b", "1/0", "-1/2", "1/9999999999999999999"]:
            self.bad(2, *self.OPTIONS, "--shard", shard, says="--shard")
        self.bad(2, *self.OPTIONS, "--shard", "1/22", says="21 pictures cannot be split into 22 parts")
        self.bad(2, *self.OPTIONS, "--shard", "1/2", "--sheet", "s.png",
                 says="--sheet cannot be combined with --shard")
        self.bad(2, *self.OPTIONS, "-c", "1", says="cannot be used together")
        self.bad(2, *self.OPTIONS, "--classes-sample", "2", says="cannot be used together")


if __name__ == "__main__":
    cli_support.main()
