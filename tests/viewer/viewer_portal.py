#!/usr/bin/env python3
"""Open... and Save as... by xdg-desktop-portal, on a session bus of the tests' own with a portal that answers
by itself (fake_portal.py)."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import viewer_support
from viewer_support import SIDE, VIEWER, ViewerTest, plain_png, read_png, skip

READY = "wait step 2\nwait idle\n"
ARGS = ["--seed", 3, "--class", 1, "--steps", 2]
FAKE = pathlib.Path(__file__).parent / "fake_portal.py"
PATIENCE = 120
# Without folders for services: the machine's own portal is not started here.
CONFIG = """<busconfig><type>session</type><listen>unix:dir={folder}</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>"""


def missing():
    if shutil.which("dbus-daemon") is None:
        return "dbus-daemon is not installed"
    done = subprocess.run([sys.executable, "-c", "from gi.repository import Gio"], check=False,
                          stderr=subprocess.DEVNULL)
    return "python3-gi is not installed" if done.returncode != 0 else None


class Portal(ViewerTest):
    def setUp(self):
        super().setUp()
        self.log = self.path / "portal.log"
        config = self.path / "bus.conf"
        config.write_text(CONFIG.format(folder=self.path))
        self.bus = subprocess.Popen(
            ["dbus-daemon", f"--config-file={config}", "--print-address=1", "--nofork"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(self.end, self.bus)
        self.address = self.bus.stdout.readline().strip()
        self.assertTrue(self.address)

    @staticmethod
    def end(process):
        process.terminate()
        process.wait()
        process.stdout.close()

    def portal(self, behaviour, address=""):
        process = subprocess.Popen([sys.executable, FAKE, self.log, behaviour, address], text=True,
                                   stdout=subprocess.PIPE,
                                   env=dict(os.environ, DBUS_SESSION_BUS_ADDRESS=self.address))
        self.addCleanup(self.end, process)
        self.assertEqual(process.stdout.readline(), "ready\n")
        return process

    def use(self, script, *args, programs="", **environment):
        """Drives the window where there is nothing in the PATH but what is in that folder."""
        environment = {"PATH": f"{self.path}/{programs}", "DBUS_SESSION_BUS_ADDRESS": self.address,
                       **environment}
        return self.drive(READY + script, *ARGS, *args, **environment)

    def calls(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def zenity(self, text):
        folder = self.path / "programs"
        folder.mkdir(exist_ok=True)
        (folder / "zenity").write_text("#!/bin/sh\n" + text)
        (folder / "zenity").chmod(0o755)

    def test_a_file_is_opened(self):
        """Its address has spaces, other letters and a per cent sign; what follows is another file's."""
        name = "mein Bild 100%25 \u00fc.png"
        plain_png(self.path / name, SIDE + 8, SIDE, (120, 90, 200))
        for behaviour in ["choose", "early"]:
            portal = self.portal(behaviour, (self.path / name).as_uri())
            self.use(f"""
                click open
                wait message
                expect width == {SIDE + 8}
                expect "pixel 0 0" == 120,90,200
            """)
            portal.terminate()
            portal.wait()
        call = self.calls()[0]
        self.assertEqual((call["method"], call["title"]), ("OpenFile", "Open"))
        self.assertEqual(call["options"], {"current_folder": str(self.path)})

    def test_a_picture_is_saved(self):
        self.portal("choose", (self.path / "my name").as_uri())
        self.use(f"""
            key Ctrl+E
            wait message
            expect message ~ "Saved {self.path}/my name.png"
        """, "--output", self.path / "new f\u00f6lder")
        self.assertEqual(read_png(self.path / "my name.png")[:2], (SIDE, SIDE))
        call = self.calls()[0]
        self.assertEqual((call["method"], call["title"]), ("SaveFile", "Save as"))
        self.assertEqual(call["options"]["current_folder"], f"{self.path}/new f\u00f6lder")
        self.assertRegex(call["options"]["current_name"], r"^[a-z0-9-]+-3\.png$")

    def test_the_window_goes_on_and_the_answer_counts_when_it_comes(self):
        """Meanwhile something else is drawn: what was shown at first is what is saved."""
        plain_png(self.path / "first.png", SIDE + 8, SIDE, (120, 90, 200))
        self.portal("wait", (self.path / "chosen.png").as_uri())
        self.use(f"""
            drop first.png
            wait message
            key Ctrl+E
            wait frames 5
            key N
            wait frames 2
            wait idle
            expect made > 1
            forget
            screenshot portal.log.go
            wait message
            expect message ~ "Saved {self.path}/chosen.png"
        """)
        self.assertEqual(read_png(self.path / "chosen.png")[:2], (SIDE + 8, SIDE))

    def test_nothing_is_chosen(self):
        """A second dialog may be asked for afterwards; zenity isn't run instead."""
        self.zenity(f'echo > "{self.path}/zenity ran"\n')
        for behaviour in ["cancel", "close"]:
            portal = self.portal(behaviour)
            self.log.write_text("")
            self.use("""
                key Ctrl+O
                wait dialog
                key Ctrl+E
                wait dialog
                expect message == ""
            """, programs="programs", GTK_USE_PORTAL="1")
            self.assertEqual([c["method"] for c in self.calls() if "method" in c], ["OpenFile", "SaveFile"])
            portal.terminate()
            portal.wait()
        self.assertFalse((self.path / "zenity ran").exists())

    def test_without_a_portal_the_next_program_asks(self):
        """None on the bus, one without file dialogs, one that names nothing, one that dies, no bus at all."""
        plain_png(self.path / "photo.png", SIDE + 8, SIDE, (120, 90, 200))
        self.zenity(f'echo "{self.path}/photo.png"\n')
        script = f"key Ctrl+O\nwait message\nexpect width == {SIDE + 8}\n"
        how = {"programs": "programs", "GTK_USE_PORTAL": "1"}
        self.use(script, **how)
        for behaviour in ["refuse", "nothing", "leave"]:
            portal = self.portal(behaviour)
            self.use(script, **how)
            portal.terminate()
            portal.wait()
        self.use(script, DBUS_SESSION_BUS_ADDRESS=f"unix:path={self.path}/none", **how)
        self.use(script, DBUS_SESSION_BUS_ADDRESS=None, **how)
        self.use(script, DBUS_SESSION_BUS_ADDRESS=None, XDG_RUNTIME_DIR=str(self.path), **how)

    def test_without_any_dialog_one_sentence_says_what_is_needed(self):
        script = """
            key Ctrl+O
            wait message
            expect message == "File dialogs need zenity, kdialog or xdg-desktop-portal: drop the file on the \
window instead."
            forget
            key Ctrl+E
            wait message
            expect message ~ "Ctrl+S saves without one."
        """
        self.use(script)
        self.portal("leave")
        self.use(script)
        self.zenity("exit 255\n")  # as it does without a display
        self.use(script, programs="programs", DBUS_SESSION_BUS_ADDRESS=None)

    def test_the_bus_dies_while_the_dialog_is_open(self):
        self.portal("end-bus", str(self.bus.pid))
        self.use("""
            key Ctrl+O
            wait message
            expect message ~ "drop the file"
        """)
        self.assertEqual(len(self.calls()), 1)

    def test_programs_come_first_outside_of_a_sandbox(self):
        self.portal("cancel")
        self.zenity(f'echo "{self.path}/absent.png"\n')
        self.use("key Ctrl+O\nwait message\n", programs="programs")
        self.assertFalse(self.log.exists())

    def wait_for(self, what):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if self.log.exists() and any(what in call for call in self.calls()):
                return
            time.sleep(0.05)
        self.fail(f"the portal waited for '{what}' in vain")

    def test_the_dialog_closes_with_the_window(self):
        """The portal sees that who asked is gone."""
        self.portal("wait", "file:///x.png")
        (self.path / "script.txt").write_text(READY + "key Ctrl+O\nwait dialog\n")
        viewer = subprocess.Popen(
            [VIEWER, "--script", "script.txt", *map(str, ARGS)], cwd=self.path,
            env=self.environment(PATH=str(self.path), DBUS_SESSION_BUS_ADDRESS=self.address))
        self.addCleanup(viewer.kill)
        self.wait_for("method")
        viewer.terminate()
        self.assertEqual(viewer.wait(PATIENCE), 0)
        self.wait_for("left")


if __name__ == "__main__":
    if missing():
        skip(missing())
    viewer_support.main()
