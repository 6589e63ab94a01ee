#!/usr/bin/env python3
"""Nothing that was made is ever lost: undo and redo over everything, the strip of it all, ways back."""
import struct
import zlib

import viewer_support
from viewer_support import SIDE, ViewerTest

READY = "wait step 4\nwait idle\n"
AGAIN = "wait frames 3\nwait idle\n"
ARGS = ["--seed", 3, "--class", 1, "--steps", 4]
RIGHT = "set zoom 8\nwait frames 2\ndrag 620 294 748 294\nwait frames 2\nexpect extend_right == 16\n"


class History(ViewerTest):
    def prints(self, script, *args):
        """All that the script printed, in order."""
        done = self.start(script, *(args or ARGS))
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        return [line.split(" ", 1)[1] for line in done.stdout.splitlines()]

    def picture(self, name, width, height):
        def chunk(kind, body):
            return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        rows = b"".join(b"\0" + bytes([120, 90, 200]) * width for _ in range(height))
        (self.path / name).write_bytes(
            b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))

    def test_undo_and_redo_go_over_masks_and_pictures(self):
        first, painted, undone, again, new, back = self.prints(f"""{READY}
            print digest
            set brush 4
            stroke 3 3 12 5
            wait frames 2
            key Return
            {AGAIN}
            expect message == ""
            expect mask_pixels > 0
            screenshot {self.shot("history-repainted")}
            print digest
            key Ctrl+Z
            {AGAIN}
            print digest
            expect mask_pixels > 0
            expect "mask 8 4" == 1
            screenshot {self.shot("history-undone")}
            key Ctrl+Z
            wait frames 2
            expect mask_pixels == 0
            key Ctrl+Y
            wait frames 2
            expect mask_pixels > 0
            key Ctrl+Shift+Z
            {AGAIN}
            print digest
            key R
            {AGAIN}
            set seed 9
            key R
            {AGAIN}
            print digest
            expect mask_pixels == 0
            click undo
            wait frames 2
            click undo
            {AGAIN}
            print digest
            expect mask_pixels > 0
            click redo
            {AGAIN}
            expect mask_pixels == 0
        """)
        self.assertEqual(undone, first)
        self.assertEqual(again, painted)
        self.assertEqual(back, painted)
        self.assertEqual(len({first, painted, new}), 3)

    def test_the_mask_moves_with_the_picture(self):
        self.drive(f"""{READY}
            set brush 4
            stroke 20 20
            wait frames 2
            set zoom 8
            wait frames 2
            drag 340 294 212 294
            wait frames 2
            expect extend_left == 16
            key Return
            {AGAIN}
            expect message == ""
            expect width == {SIDE + 16}
            expect "mask 36 20" == 1
            expect "mask 20 20" == 0
            screenshot {self.shot("history-mask-moved")}
        """, *ARGS)

    def test_frames_and_choices_are_undone(self):
        self.drive(f"""{READY}{RIGHT}
            key Ctrl+Z
            wait frames 2
            expect extend_right == 0
            key Ctrl+Y
            wait frames 2
            expect extend_right == 16
            key Escape
            wait frames 2
            expect extend_right == 0
            key Ctrl+Z
            wait frames 2
            expect extend_right == 16
            set images 4
            key Return
            {AGAIN}
            expect sheet == 1
            expect width == {SIDE + 16}
            click 700 400
            wait frames 3
            expect sheet == 0
            expect image == 3
            screenshot {self.shot("history-one-of-four")}
            key Ctrl+Z
            wait frames 2
            expect sheet == 1
            key Ctrl+Y
            wait frames 2
            expect image == 3
            expect sheet == 0
            click "all pictures"
            wait frames 2
            expect sheet == 1
            key Ctrl+Z
            wait frames 2
            expect image == 3
            expect sheet == 0
            key Backspace
            wait frames 2
            expect sheet == 1
            key Backspace
            {AGAIN}
            expect width == {SIDE}
            expect extend_right == 16
        """, *ARGS)

    def test_an_edit_of_which_nothing_came_leaves_all_as_it_was(self):
        """It ends before its first step, as it does when it is cancelled at once."""
        before, after = self.prints(f"""{READY}
            set images 4
            stroke 16 16 20 20
            wait frames 2
            key Return
            {AGAIN}
            click 700 400
            wait frames 3
            expect image == 3
            print digest
            {RIGHT}
            set steps 2000
            key Return
            wait message
            wait idle
            expect message ~ steps
            expect image == 3
            expect sheet == 0
            expect extend_right == 16
            expect mask_pixels > 0
            print digest
            set steps 4
            key Return
            {AGAIN}
            expect width == {SIDE + 16}
        """)
        self.assertEqual(before, after)

    def test_no_picture_is_lost_when_there_are_many(self):
        self.picture("large.png", 3 * SIDE, SIDE)
        lines = [READY, "print digest"]
        for seed in range(20, 31):
            lines += [f"set seed {seed}", "key R", AGAIN]
        values = self.prints("\n".join(lines) + f"""
            print digest
            drop large.png
            wait message
            wait idle
            expect width == {3 * SIDE}
            screenshot {self.shot("history-many")}
            key Backspace
            {AGAIN}
            expect width == {SIDE}
            print digest
            key Ctrl+Y
            {AGAIN}
            expect width == {3 * SIDE}
            wheel 0
            move 928 120
            wheel 40
            wait frames 2
            click "made 1"
            {AGAIN}
            print digest
            expect seed == 3
            screenshot {self.shot("history-returned")}
            key Ctrl+Z
            {AGAIN}
            expect width == {3 * SIDE}
        """)
        first, last, back, returned = values
        self.assertEqual(back, last)
        self.assertEqual(returned, first)

    def test_a_running_drawing_gives_way_to_undo(self):
        before, after = self.prints(f"""{READY}
            print digest
            set steps 64
            set images 16
            key R
            wait step 2
            key Ctrl+Z
            {AGAIN}
            expect running == 0
            expect images == 1
            print digest
            key Ctrl+Y
            {AGAIN}
            expect images == 16
            expect steps_done >= 2
        """)
        self.assertEqual(before, after)

    def test_redraw_goes_on_as_the_drawing_would_have(self):
        steps = "\n".join("key Right\nwait frames 2\nprint masked" for _ in range(8))
        values = self.prints(f"""wait step 8
            wait idle
            key Home
            wait frames 2
            {steps}
            print digest
            set shown 3
            wait frames 2
            expect can_resume == 1
            key Shift+Return
            wait step 8
            {AGAIN}
            key Home
            wait frames 2
            {steps}
            print digest
        """, "--seed", 1, "--steps", 8)
        self.assertEqual(values[:9], values[9:])

    def test_a_click_on_a_button_paints_nothing_under_it(self):
        self.drive(f"""{READY}
            set zoom 40
            wait frames 2
            click invert
            wait frames 2
            click clear
            wait frames 2
            click box
            wait frames 2
            click brush
            wait frames 2
            click grid
            wait frames 2
            expect mask_pixels == 0
        """, *ARGS)


if __name__ == "__main__":
    viewer_support.main()
