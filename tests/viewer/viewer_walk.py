#!/usr/bin/env python3
"""A random walk over keys, strokes, clicks, drags, the wheel and drops: no crash, and no picture that was
seen at rest is ever lost. UM_WALK=N takes N actions instead of 300, UM_WALK_SEED another way. From 2,000
actions on, the memory at the end, without what the pictures take, is compared with that at half of the way.
A sanitizer's allocator grows by itself; there, its search for leaks takes the place of that."""
import os
import random

import viewer_support
from viewer_support import SANITIZE, SIDE, ViewerTest, plain_png

ACTIONS, SEED = int(os.environ.get("UM_WALK", "300")), int(os.environ.get("UM_WALK_SEED", "18"))
REST = 12  # actions between two looks
KEYS = ["Return", "N", "R", "Delete", "I", "Left", "Right", "Home", "End", "P", "Shift+Return", "Escape",
        "B", "E", "M", "V", "G", "1", "2", "3", "T", "F", "[", "]", "L", "Backspace", "Tab", "Ctrl+S",
        "Ctrl+C", "Ctrl+Shift+C"]
BUTTONS = ["undo", "redo", "back", "invert", "clear", "grid", "fit", "play", "first", "last"]


def action(walk):
    x, y = walk.randrange(960), walk.randrange(700)
    pixels = [walk.randrange(-4, SIDE + 8) for _ in range(4)]
    return walk.choices([
        lambda: f"key {walk.choice(KEYS)}",
        lambda: "key " + walk.choice(["Ctrl+Z", "Ctrl+Z", "Ctrl+Y", "Ctrl+Shift+Z"]),
        lambda: "stroke " + " ".join(map(str, pixels)),
        lambda: "erase " + " ".join(map(str, pixels)),
        lambda: f"click {x} {y}",
        lambda: f"click {walk.choice(BUTTONS)}",
        lambda: f"drag {x} {y} {walk.randrange(960)} {walk.randrange(588)}",
        lambda: f"right {x} {y}",
        lambda: f"move {x} {y}\nwheel {walk.choice([-2, -1, 1, 2])}",
        lambda: f"drop {walk.choice(['small.png', 'wide.png', 'absent.png'])}",
        lambda: f"set images {walk.choice([1, 1, 2, 5])}",
        lambda: "key F\nwait frames 1\ndrag 728 294 780 294",
    ], [9, 6, 4, 1, 2, 4, 1, 1, 1, 1, 1, 1])[0]()


class Walk(ViewerTest):
    patience = max(600, 4 * ACTIONS)

    def test_nothing_is_lost_on_a_random_walk(self):
        walk = random.Random(SEED)
        plain_png(self.path / "small.png", SIDE, SIDE, (120, 90, 200))
        plain_png(self.path / "wide.png", 2 * SIDE + 5, SIDE, (20, 190, 100))
        lines = ["wait step 2", "wait idle", "note"]
        for number in range(1, ACTIONS + 1):
            lines += [action(walk), "wait frames 1"]
            if number % REST == 0:
                lines += ["wait idle", "set shown 9999", "wait frames 1", "wait idle", "note"]
            if number * 2 == ACTIONS:
                lines += ["print memory", "print kept"]
        lines += ["print memory", "print kept", "print noted", "print made", "expect lost == 0"]
        done = self.start("\n".join(lines), "--seed", 3, "--class", 1, "--steps", 2)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        printed = [line.split() for line in done.stdout.splitlines() if " " in line]
        values = dict(pair for pair in printed if len(pair) == 2)
        memory, kept = ([float(pair[1]) for pair in printed if pair[0] == name]
                        for name in ["memory", "kept"])
        print(f"{ACTIONS} actions, seed {SEED}: {values['noted']} pictures noted, {values['made']} drawings, "
              f"{memory[0]:.0f} MB at half of the way, {memory[-1]:.0f} MB at the end", flush=True)
        if ACTIONS >= 2000 and not SANITIZE:
            self.assertLess(memory[-1] - kept[-1], 1.05 * (memory[0] - kept[0]))
        self.assertGreater(int(values["noted"]), ACTIONS // REST // 2)
        self.assertGreater(int(values["made"]), ACTIONS // 30)


if __name__ == "__main__":
    viewer_support.main()
