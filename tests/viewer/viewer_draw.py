#!/usr/bin/env python3
"""Drawing, the timeline, overlays, classes and seeds in the real window."""
import subprocess

import viewer_support
from viewer_support import SANITIZE, SIDE, ViewerTest, read_png


class Drawing(ViewerTest):
    def test_draws_at_once_and_reveals_every_step(self):
        values = self.drive(f"""
            wait idle
            wait step 6
            wait idle
            expect steps_done == 6
            expect shown == 6
            expect masked == 0
            expect running == 0
            expect message == ""
            screenshot {self.shot("draw-done")}
            print digest
        """, "--seed", 7, "--class", 3, "--steps", 6)
        again = self.drive("wait step 6\nwait idle\nprint digest\n", "--seed", 7, "--class", 3,
                           "--steps", 6)
        self.assertEqual(values["digest"], again["digest"])

    def test_draws_what_the_command_line_draws(self):
        self.drive("wait step 5\nwait idle\nkey Ctrl+S\nwait message\nexpect message ~ Saved\n",
                   "--seed", 11, "--class", 2, "--steps", 5)
        saved = next(self.path.glob("*.png"))
        self.assertEqual(saved.name, "class-2-11.png")
        subprocess.run([viewer_support.PROGRAM, "generate", "-c", "2", "-s", "11", "--steps", "5",
                        "-o", "cli.png"], cwd=self.path, check=True, env=self.environment(),
                       capture_output=True)
        ours, theirs = read_png(saved), read_png(self.path / "cli.png")
        self.assertEqual(ours[:3], theirs[:3])
        subprocess.run([viewer_support.PROGRAM, "generate", "--from", saved, "-o", "from.png"],
                       cwd=self.path, check=True, env=self.environment(), capture_output=True)
        self.assertEqual(read_png(self.path / "from.png")[:3], ours[:3])

    def test_scrubs_and_resumes(self):
        self.drive(f"""
            wait step 8
            wait idle
            key Home
            wait ms 200
            expect shown == 0
            key Right
            key Right
            key Right
            wait ms 200
            expect shown == 3
            expect masked > 0
            expect can_resume == 1
            screenshot {self.shot("draw-scrubbed")}
            set class 5
            set steps 10
            key Shift+Return
            wait step 10
            wait idle
            expect drawn_class == 5
            expect steps_done == 10
            expect masked == 0
            key Home
            key Right
            wait ms 200
            expect shown == 1
            click timeline
            expect shown > 0
            key End
            wait idle
            expect shown == 10
        """, "--seed", 1, "--steps", 8)

    def test_keeps_what_was_fixed_when_it_resumes(self):
        values = self.drive("""
            wait step 8
            wait idle
            key Home
            key Right
            key Right
            key Right
            wait ms 200
            print digest
            set class 5
            key Shift+Return
            wait step 8
            wait idle
            key Home
            key Right
            key Right
            key Right
            wait ms 200
            expect shown == 3
            print masked
        """, "--seed", 1, "--steps", 8)
        self.assertGreater(int(values["masked"]), 0)

    def test_seeds(self):
        values = self.drive("""
            wait step 2
            wait idle
            expect locked == 1
            expect seed == 5
            print digest
            key R
            wait ms 100
            wait idle
            expect seed == 5
            key N
            wait ms 100
            wait idle
            expect seed != 5
            click lock
            wait frames 2
            expect locked == 0
            click seed
            wait frames 2
            text 123x
            key Return
            wait ms 100
            wait idle
            expect seed == 123
            expect locked == 1
        """, "--seed", 5, "--steps", 2)
        self.assertEqual(len(values["digest"]), 16)

    def test_class_search(self):
        self.drive(f"""
            wait step 2
            wait idle
            key C
            wait frames 3
            screenshot {self.shot("draw-classes")}
            text "ass 4"
            wait frames 3
            key Return
            wait ms 100
            wait idle
            expect class == 4
            expect class_name == "class 4"
            expect drawn_class == 4
            click class
            wait frames 3
            text "nothing like it"
            wait frames 3
            key Escape
            wait frames 3
            expect class_name == "class 4"
            key C
            wait frames 2
            text 😂
            wait frames 3
            key Return
            wait ms 100
            wait idle
            expect class == 2
        """, "--seed", 5, "--steps", 2)

    def test_first_class_by_name_or_symbol(self):
        for name, index in [("class 6", 6), ("😃", 3), ("2", 2)]:
            self.drive(f"wait step 1\nexpect drawn_class == {index}\n", "--steps", 1, "-c", name)
        self.drive('wait step 1\nwait message\nexpect message ~ "no class"\n', "--steps", 1,
                   "-c", "nothing like it")

    def test_contact_sheet(self):
        self.drive(f"""
            wait step 4
            wait idle
            expect sheet == 1
            expect images == 6
            screenshot {self.shot("draw-sheet")}
            key Ctrl+S
            wait message
            expect message ~ Saved
            click 300 200
            wait frames 3
            expect sheet == 0
            expect can_paint == 1
            screenshot {self.shot("draw-one-of-sheet")}
        """, "--seed", 5, "--steps", 4, "--count", 6)
        width, height, _, texts, _ = read_png(next(self.path.glob("*.png")))
        self.assertEqual((width, height), (3 * (SIDE + 4) - 4, 2 * (SIDE + 4) - 4))
        self.assertIn('"kind":"sheet"', texts["unmask"].replace(" ", ""))

    def test_overlays(self):
        self.drive(f"""
            wait step 6
            wait idle
            key G
            key 1
            wait frames 3
            screenshot {self.shot("overlay-order")}
            key 1
            key 2
            wait frames 3
            screenshot {self.shot("overlay-confidence")}
            key 2
            key 3
            key Left
            key Left
            wait ms 200
            screenshot {self.shot("overlay-changes")}
        """, "--seed", 5, "--steps", 6)

    def test_every_sampler(self):
        """Drawn here as on the command line; the picture says how."""
        names = ["confidence", "halton", "raster", "remdm-cap", "remdm-rescale", "remdm-conf", "recheck"]
        drawn = set()
        for name in names:
            total = 9 if name == "recheck" else 6
            self.drive("set lock 1\nset remdm_eta 0.4\nset recheck_rounds 3\nset recheck_threshold 0.9\n"
                       f"set sampler {name}\n"
                       f"set revised 1\nkey R\nwait frames 3\nwait idle\nexpect masked == 0\n"
                       f"expect total == {total}\nexpect sampler == {name}\n"
                       f"key Left\nwait ms 200\nscreenshot {self.shot('sampler-' + name)}\nkey End\n"
                       "wait ms 200\nkey Ctrl+S\nwait message\nexpect message ~ Saved\n",
                       "--seed", 5, "--class", 1, "--steps", 6)
            saved = next(self.path.glob("class*.png"))
            pixels, texts = read_png(saved)[2:4]
            self.assertIn(f'"sampler":"{name}"', texts["unmask"].replace(" ", ""))
            subprocess.run([viewer_support.PROGRAM, "generate", "--from", saved.name, "-o", "cli.png", "-q"],
                           check=True, cwd=self.path, env=self.environment(), capture_output=True)
            self.assertEqual(read_png(self.path / "cli.png")[2], pixels, name)
            drawn.add(b"".join(pixels))
            saved.unlink()
        self.assertEqual(len(drawn), len(names))

    def test_every_schedule(self):
        lines = ["wait step 4", "wait idle"]
        for name in ["linear", "square", "cubic", "pow3.5", "exponential", "sqrt", "logarithmic",
                     "arccos", "cosine"]:
            lines += [f"set schedule {name}", "key R", "wait frames 3", "wait idle", "expect masked == 0",
                      'expect message == ""']
        self.drive("\n".join(lines), "--seed", 5, "--steps", 4)

    def test_reveal_is_saved_as_animation(self):
        self.drive("wait step 4\nwait idle\nkey Ctrl+Shift+S\nwait message\nexpect message ~ Saved\n",
                   "--seed", 5, "--steps", 4)
        path = next(self.path.glob("*-reveal.png"))
        width, height, _, texts, kinds = read_png(path)
        self.assertEqual((width, height), (256, 256))
        self.assertEqual(kinds.count("fcTL"), 5)
        self.assertIn("parameters", texts)

    def test_pause_and_stop(self):
        self.drive("""
            wait step 2
            key Space
            wait frames 2
            expect paused == 1
            wait ms 400
            print steps_done
            expect running == 1
            expect steps_done < 60
            key Space
            wait frames 2
            expect paused == 0
            key Escape
            wait idle
            expect running == 0
            expect steps_done < 64
            expect message == ""
        """, "--seed", 5, "--steps", 64, "--count", 16)

    def test_a_drawing_that_still_waits_can_be_stopped(self):
        """With the bundled model: a step takes long enough for the last drawing to wait behind it.
        Under a sanitizer one picture does; eight would take minutes."""
        self.drive("""
            wait step 1
            key R
            wait frames 2
            key R
            key Escape
            wait idle
            expect running == 0
            expect message == ""
            key R
            wait frames 2
            wait idle
            expect steps_done == 4
        """, "--seed", 5, "--steps", 4, "--count", 1 if SANITIZE else 8,
                   UNMASK_MODEL_PATH=str(viewer_support.ASSETS / "emoji-64.gguf"))


if __name__ == "__main__":
    viewer_support.main()
