#!/usr/bin/env python3
"""What one meets in the first minutes: searches without an answer, photos, folders, frames, legends."""
import os

import viewer_support
from viewer_support import SIDE, ViewerTest, plain_png, read_png

READY = "wait step 3\nwait idle\n"
ARGS = ["--seed", 3, "--class", 1, "--steps", 3]
GREY = (120, 90, 200)


class Manners(ViewerTest):
    def test_a_search_without_an_answer_says_so(self):
        self.drive(f"""{READY}
            click class
            wait frames 2
            text zzzz
            wait frames 2
            key Return
            wait message
            expect message ~ "No class matches"
            expect message ~ zzzz
            expect class_name == zzzz
            expect class == 1
            forget
            click go
            wait message
            expect message ~ "it is still class 1"
        """, *ARGS)

    def test_the_brush_suits_the_picture(self):
        plain_png(self.path / "large.png", 2000, 1500, GREY)
        values = self.drive(f"""{READY}
            print brush
            forget
            drop large.png
            wait message
            print brush
            key Backspace
            wait frames 2
            expect width == {SIDE}
            expect brush == 8
        """, *ARGS)
        self.assertEqual(float(values["brush"]), 8 * 2000 / 64)

    def test_the_picture_stays_during_an_edit(self):
        """It is there in the first frame, long before the edit has encoded it."""
        plain_png(self.path / "large.png", 1200, 900, GREY)
        self.drive(f"""{READY}
            drop large.png
            wait message
            set brush 40
            stroke 600 400 700 500
            wait frames 2
            key Return
            wait frames 1
            expect width == 1200
            expect "pixel 0 0" == "{','.join(map(str, GREY))}"
            key Escape
            wait idle
            expect width == 1200
            expect "pixel 600 400" == "{','.join(map(str, GREY))}"
            expect mask_pixels > 1000
        """, *ARGS)

    def test_a_frame_tints_what_is_new(self):
        before, after = self.shot("manners-frame-before"), self.shot("manners-frame")
        self.drive(f"""{READY}
            set zoom 8
            move 5 5
            wait frames 3
            screenshot {before}
            drag 620 294 748 294
            move 5 5
            wait frames 3
            expect extend_right == 16
            screenshot {after}
        """, *ARGS)  # the picture from 352 to 608 across, the new part from there to 736
        _, _, old, _, _ = read_png(before)
        _, _, new, _, _ = read_png(after)
        inside, beyond = slice(3 * 380, 3 * 440), slice(3 * 640, 3 * 660)
        self.assertEqual(old[220][inside], new[220][inside])
        self.assertNotEqual(old[220][beyond], new[220][beyond])

    def test_every_overlay_has_a_legend(self):
        self.drive(f"""{READY}
            expect legend == 0
            key 3
            wait frames 2
            expect legend == 1
            key 2
            wait frames 2
            expect legend == 2
            screenshot {self.shot("manners-legend")}
            key 3
            wait frames 2
            expect legend == 1
        """, *ARGS)

    def test_an_edit_says_how_long_it_will_take(self):
        """Before it, as it will be; during it, which window is being drawn."""
        plain_png(self.path / "wide.png", 6 * SIDE, SIDE, GREY)
        values = self.drive(f"""{READY}
            expect pace > 0
            expect plan == ""
            forget
            drop wide.png
            wait message
            set steps 6
            set brush 12
            stroke 10 16 {6 * SIDE - 10} 16
            wait plan
            print plan
            screenshot {self.shot("manners-plan")}
            key Return
            wait step 2
            print windows
            print total
            print left
            wait idle
            expect left == ""
        """, *ARGS)
        self.assertRegex(values["plan"], rf"^{values['windows']} windows, {values['total']} steps")
        self.assertGreater(int(values["windows"]), 2)
        self.assertRegex(values.get("left", ""), rf"^window \d+ of {values['windows']}|^$")

    def test_a_photo_keeps_its_name(self):
        plain_png(self.path / "Grandma's garden.png", SIDE, SIDE, GREY)
        self.drive(f"""{READY}
            drop "Grandma's garden.png"
            wait message
            forget
            stroke 4 4 8 8
            wait frames 2
            key Return
            wait ms 100
            wait idle
            key Ctrl+S
            wait message
            expect message ~ garden
        """, "--output", "made/here", *ARGS)
        saved = list((self.path / "made/here").iterdir())
        self.assertEqual(len(saved), 1)
        self.assertRegex(saved[0].name, r"^Grandma's garden-\d+\.png$")

    def test_pictures_go_where_the_desktop_wants_them(self):
        config = self.path / ".config"
        config.mkdir()
        (config / "user-dirs.dirs").write_text('XDG_PICTURES_DIR="$HOME/Meine Bilder"\n')
        self.drive(f"""{READY}
            key Ctrl+S
            wait message
            expect message ~ "Saved {self.path}/Meine Bilder/"
        """, *ARGS, XDG_PICTURES_DIR=None)
        self.assertEqual(len(list((self.path / "Meine Bilder").iterdir())), 1)

    def test_addresses_open(self):
        folder = self.path / "with space 100%"
        folder.mkdir()
        plain_png(folder / "a.png", SIDE + 8, SIDE, GREY)
        address = f"file://{self.path}/with%20space%20100%25/a.png"
        self.drive(f"""{READY}
            drop {address}
            wait message
            expect message ~ Paint
            expect width == {SIDE + 8}
        """, *ARGS)
        relative = os.path.relpath(folder / "a.png", self.path)
        self.drive(f'{READY}\ndrop "{relative}"\nwait message\nexpect width == {SIDE + 8}\n', *ARGS)


if __name__ == "__main__":
    viewer_support.main()
