#!/usr/bin/env python3
"""The window itself: sizes, scales, themes, keyboard only, speed, and closing at a bad moment."""
import os

import viewer_support
from viewer_support import ASSETS, SANITIZE, ViewerTest

READY = "wait step 4\nwait idle\n"
ARGS = ["--seed", 3, "--class", 1, "--steps", 4]
BUNDLED = ASSETS / "emoji-64.gguf"


class Window(ViewerTest):
    def test_sizes_and_themes(self):
        self.drive(f"""{READY}
            stroke 8 8 20 14
            wait frames 3
            screenshot {self.shot("window-1280x720")}
            key T
            wait frames 3
            screenshot {self.shot("window-light")}
            resize 800 500
            wait frames 5
            screenshot {self.shot("window-800x500")}
            resize 1920 1080
            wait frames 5
            screenshot {self.shot("window-1920x1080")}
            resize 3840 2160
            wait frames 5
            expect scale >= 2
            key T
            wait frames 3
            screenshot {self.shot("window-3840x2160")}
            scale 0.7
            wait frames 3
            screenshot {self.shot("window-small-scale")}
            expect mask_pixels > 0
        """, *ARGS)

    def test_help(self):
        self.drive(f"""{READY}
            key H
            wait frames 3
            expect help == 1
            screenshot {self.shot("window-help")}
            key N
            wait frames 3
            expect running == 0
            expect seed == 3
            key Escape
            wait frames 2
            expect help == 0
            click help
            wait frames 2
            expect help == 1
            click 5 5
            wait frames 2
            expect help == 0
        """, *ARGS)

    def test_keyboard_only(self):
        self.drive(f"""{READY}
            key F6
            wait frames 2
            key Down
            wait frames 2
            screenshot {self.shot("window-focus")}
            key Down
            wait frames 1
            key Down
            wait frames 1
            key Down
            wait frames 2
            print steps
            key Right
            wait frames 2
            expect steps == 5
            key Escape
            wait frames 2
            key Return
            wait step 5
            wait idle
            expect steps_done == 5
        """, *ARGS)

    def test_quits_in_the_middle_of_a_step(self):
        for wait in ["wait step 1", "wait frames 1", "wait ms 30", "wait model"]:
            done = self.start(f"{wait}\nquit\n", "--seed", 1, "--steps", 64, "--count", 16)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotIn("WARNING", done.stderr)

    def test_resizing_while_drawing(self):
        lines = ["wait step 1"]
        for i in range(12):
            lines += [f"resize {800 + 90 * (i % 5)} {500 + 70 * (i % 4)}", "wait frames 2"]
        lines += ["key Escape", "wait idle", "expect running == 0"]
        self.drive("\n".join(lines), "--seed", 1, "--steps", 64, "--count", 16)

    def test_without_a_display(self):
        done = self.start("quit\n", DISPLAY=None, SDL_VIDEODRIVER="x11")
        self.assertEqual((done.returncode, done.stderr.count("\n")), (1, 1))
        done = self.start("quit\n", DISPLAY=None, WAYLAND_DISPLAY=None, SDL_VIDEODRIVER=None)
        self.assertEqual(done.returncode, 1)
        self.assertIn("there is no display", done.stderr)

    def test_frames_and_cancelling_are_quick(self):
        """At most 20 ms a frame and 200 ms to cancel. A test machine shares its cores, so what must
        hold is the time that the window's thread computes; the time on the clock is printed, and
        only ten times as much fails."""
        model = str(BUNDLED) if BUNDLED.exists() else self.model
        values = self.drive("""
            wait step 1
            forget
            wait step 6
            print frame_p50
            print frame_p99
            print cpu_p50
            print cpu_p99
            key Escape
            wait idle
            print cancel_ms
        """, "--seed", 1, "--steps", 24, "--class", 0, UNMASK_MODEL_PATH=model)
        number = {name: float(value) for name, value in values.items()}
        print(f"frames: median {number['frame_p50']:.1f} ms ({number['cpu_p50']:.1f} computing), "
              f"99 % within {number['frame_p99']:.1f} ms ({number['cpu_p99']:.1f}); "
              f"cancelled in {number['cancel_ms']:.0f} ms; load {os.getloadavg()[0]:.1f}")
        if not SANITIZE:
            self.assertLess(number["cpu_p99"], 20)
            self.assertLess(number["frame_p99"], 200)
            self.assertLess(number["cancel_ms"], 2000)


if __name__ == "__main__":
    viewer_support.main()
