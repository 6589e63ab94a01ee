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
            expect tip == "No class matches."
            screenshot {self.shot("manners-no-match")}
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

    def test_what_a_press_says_outlives_the_release(self):
        """The field says so when it loses the focus, and the drawing begins when the button comes up."""
        self.drive(f"""{READY}
            click class
            wait frames 2
            text zzzz
            wait frames 2
            press go
            wait frames 5
            release go
            wait frames 2
            wait idle
            expect made == 2
            expect message ~ "No class matches"
            key R
            wait frames 2
            expect message == ""
        """, *ARGS)

    def test_a_click_where_nothing_is_drawn_yet(self):
        """The new sheet has no picture before its first step is there."""
        again = "key N\nclick 300 300\nwait frames 1\n" * 30
        self.drive(f"wait step 2\n{again}key Escape\nwait idle\n", "--count", 16, "--steps", 64)

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

    def test_an_opened_picture_has_no_timeline(self):
        """It was not drawn in steps: there is nothing between its beginning and its end."""
        plain_png(self.path / "photo.png", SIDE + 8, SIDE, GREY)
        drawn, opened = self.shot("manners-timeline"), self.shot("manners-no-timeline")
        self.drive(f"""{READY}
            move 480 300
            wait frames 2
            screenshot {drawn}
            forget
            drop photo.png
            wait message
            wait frames 2
            screenshot {opened}
            key Left
            key Home
            wait frames 2
            expect width == {SIDE + 8}
        """, *ARGS)
        colors = [{row[3 * x:3 * x + 3] for row in read_png(shot)[2][590:] for x in range(130, 956)}
                  for shot in [drawn, opened]]  # right of the buttons
        self.assertGreater(len(colors[0]), 20)
        self.assertEqual(len(colors[1]), 1)

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

    def test_another_device_has_another_pace(self):
        self.drive(f"""{READY}
            expect pace > 0
            key D
            wait frames 3
            key Down
            key Return
            wait frames 5
            wait model
            expect pace == 0
        """, *ARGS)

    def program(self, name, text):
        """A program of that name that comes first in the PATH, which this returns."""
        folder = self.path / "programs"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text("#!/bin/sh\n" + text)
        (folder / name).chmod(0o755)
        return f"{folder}:{os.environ['PATH']}"

    def test_dialogs_open_and_save(self):
        plain_png(self.path / "photo.png", SIDE + 8, SIDE, GREY)
        path = self.program("zenity", f'''echo "$@" >> "{self.path}/asked"
            case "$*" in
            *--save*) echo "{self.path}/my name" ;;
            *) echo "{self.path}/photo.png" ;;
            esac''')
        self.drive(f"""{READY}
            click open
            wait message
            expect width == {SIDE + 8}
            forget
            key Ctrl+E
            wait message
            expect message ~ "Saved {self.path}/my name.png"
            forget
            click "save as"
            wait message
            expect message ~ "there already"
        """, *ARGS, PATH=path)
        width, height, _, _, _ = read_png(self.path / "my name.png")
        self.assertEqual((width, height), (SIDE + 8, SIDE))
        asked = (self.path / "asked").read_text()
        self.assertIn("--confirm-overwrite", asked)
        self.assertIn("/photo-2.png", asked)  # a name that is free

    def test_the_dialog_saves_the_picture_it_was_opened_for(self):
        """Another one is shown by the time that it closes."""
        plain_png(self.path / "first.png", SIDE + 8, SIDE, GREY)
        plain_png(self.path / "second.png", SIDE + 16, SIDE, GREY)
        path = self.program("zenity", f'''
            for i in $(seq 1000); do [ -e "{self.path}/shown.png" ] && break; sleep 0.1; done
            echo "{self.path}/chosen.png"''')
        self.drive(f"""{READY}
            drop first.png
            wait message
            key Ctrl+E
            wait frames 2
            forget
            drop second.png
            wait message
            expect width == {SIDE + 16}
            screenshot shown.png
            forget
            wait message
            expect message ~ "Saved {self.path}/chosen.png"
            expect width == {SIDE + 16}
        """, *ARGS, PATH=path)
        width, height, _, _, _ = read_png(self.path / "chosen.png")
        self.assertEqual((width, height), (SIDE + 8, SIDE))

    def test_a_dialog_may_be_cancelled_or_missing(self):
        path = self.program("zenity", "exit 1\n")
        self.drive(f"{READY}\nkey Ctrl+O\nwait dialog\nexpect message == \"\"\n", *ARGS, PATH=path)
        self.drive(f"""{READY}
            key Ctrl+O
            wait message
            expect message ~ "drop the file"
            forget
            key Ctrl+C
            wait message
            expect message ~ "wl-clipboard"
        """, *ARGS, PATH=str(self.path))

    def test_other_kinds_of_files_are_not_written(self):
        path = self.program("zenity", f'echo "{self.path}/a.jpg"\n')
        self.drive(f"{READY}\nkey Ctrl+E\nwait message\nexpect message ~ PNG\n", *ARGS, PATH=path)
        self.assertFalse((self.path / "a.jpg").exists())

    def test_a_picture_that_is_not_copied(self):
        path = self.program("xclip", "cat > /dev/null\nexit 1\n")
        self.drive(f"""{READY}
            key Ctrl+C
            wait message
            expect message ~ "did not take"
        """, *ARGS, PATH=path)

    def end_what_stays(self):
        stays = self.path / "stays"
        if stays.exists():
            os.kill(int(stays.read_text()), 15)

    def test_the_picture_is_copied(self):
        self.addCleanup(self.end_what_stays)
        # It stays to serve the clipboard, as xclip does, and holds what it inherited.
        path = self.program("xclip", f'''echo "$@" > "{self.path}/how"; cat > "{self.path}/copied.png"
            sleep 3600 & echo $! > "{self.path}/stays"''')
        self.drive(f"""{READY}
            key Ctrl+C
            wait message
            expect message ~ "Copied the picture"
            forget
            key Ctrl+Shift+C
            wait message
            expect message ~ "command line"
        """, *ARGS, PATH=path)
        os.kill(int((self.path / "stays").read_text()), 0)  # the window did not wait for it
        width, height, _, texts, _ = read_png(self.path / "copied.png")
        self.assertEqual((width, height), (SIDE, SIDE))
        self.assertIn("unmask", texts)
        self.assertIn("image/png", (self.path / "how").read_text())

    def test_every_setting_has_a_tip(self):
        names = ["steps", "images", "schedule", "sampler", "temperature", "seed", "go", "open", "save",
                 "save as", "save reveal", "defaults"]
        lines = [READY, "resize 1280 1000", "wait frames 3"]
        for name in names:
            lines += [f'hover "{name}"', "wait tip", "print tip", "move 400 400", "wait frames 3"]
        lines.insert(-2, f"screenshot {self.shot('manners-tip')}")
        done = self.start("\n".join(lines), *ARGS)
        self.assertEqual(done.returncode, 0, done.stderr)
        tips = [line for line in done.stdout.splitlines() if line.startswith("tip ")]
        self.assertEqual(len(set(tips)), len(names))

    def test_one_button_draws_and_the_dice_roll(self):
        self.drive(f"""{READY}
            set temperature 0.5
            set steps 9
            click defaults
            wait frames 2
            expect temperature == 1
            expect steps != 9
            click go
            wait ms 100
            wait idle
            expect seed == 3
            click "new seed"
            wait ms 100
            wait idle
            expect seed != 3
        """, *ARGS, "--size", "1280x1000")

    def test_the_next_window_is_as_the_last_one_was(self):
        config = {"XDG_CONFIG_HOME": str(self.path / "config")}
        self.drive(f"""{READY}
            resize 1000 700
            key T
            key Ctrl+=
            set class 5
            wait frames 3
            key D
            wait frames 3
            key Down
            key Return
            wait frames 5
            wait model
        """, "--class", "1", "--seed", "3", "--steps", "3", **config)
        values = self.drive("""
            wait model
            print class
            print dark
            print window_width
            print scale
        """, "--steps", "3", **config)
        self.assertEqual((values["class"], values["dark"], values["window_width"]), ("5", "0", "1000"))
        text = (self.path / "config/unmask/viewer.conf").read_text()
        self.assertIn("scale=1.1", text)
        self.assertRegex(text, "(?m)^device=.+")
        other = self.drive("wait model\nprint class\nprint dark\n", "--class", "2", "--steps", "3", **config)
        self.assertEqual((other["class"], other["dark"]), ("2", "0"))  # the command line goes before

    def test_a_device_that_is_gone_is_no_hindrance(self):
        folder = self.path / "config/unmask"
        folder.mkdir(parents=True)
        (folder / "viewer.conf").write_text("device=00000000000000000000000000000000\nclass=none\nsize=1x1\n")
        self.drive("wait step 3\nwait idle\nexpect loaded == 1\nexpect message == \"\"\n", "--steps", "3",
                   XDG_CONFIG_HOME=str(self.path / "config"), UNMASK_DEVICE=None)

    def test_the_desktop_says_how_large_things_are(self):
        values = self.drive("wait model\nwait frames 2\nprint scale\nprint window_width\n", *ARGS,
                            GDK_SCALE="2")
        self.assertEqual((values["scale"], values["window_width"]), ("2", "2560"))

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
        """, *ARGS, XDG_PICTURES_DIR=None, XDG_CONFIG_HOME=None)
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
