#!/usr/bin/env python3
"""A portal for file dialogs that answers by itself, on the session bus of its environment.

Usage: fake_portal.py LOG BEHAVIOUR [ADDRESS]
Prints "ready" once it is on the bus. Appends to LOG, one JSON object a line, every call that it gets, and
that a request's asker left. BEHAVIOUR:
  choose   answers with ADDRESS, after a decoy for somebody else's request
  early    the same, but the answer comes before the reply that names the request
  cancel   answers that it was cancelled
  close    answers as some dialogs do whose window is closed
  nothing  answers that something was chosen, and names nothing
  wait     answers as `choose` once the file LOG.go exists
  leave    leaves the bus once it has replied
  end-bus  ends the bus, whose process ADDRESS is, once it has replied
  refuse   has no file dialogs
"""
import json
import os
import signal
import sys

from gi.repository import Gio, GLib

DESKTOP = "/org/freedesktop/portal/desktop"
CHOOSER = Gio.DBusNodeInfo.new_for_xml("""<node><interface name="org.freedesktop.portal.FileChooser">
  <method name="OpenFile"><arg type="s" direction="in"/><arg type="s" direction="in"/>
    <arg type="a{sv}" direction="in"/><arg type="o" direction="out"/></method>
  <method name="SaveFile"><arg type="s" direction="in"/><arg type="s" direction="in"/>
    <arg type="a{sv}" direction="in"/><arg type="o" direction="out"/></method>
</interface></node>""").interfaces[0]


class Portal:
    def __init__(self, log, behaviour, address):
        self.log_path, self.behaviour, self.address = log, behaviour, address
        self.loop, self.requests = GLib.MainLoop(), 0
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        if behaviour != "refuse":
            self.bus.register_object(DESKTOP, CHOOSER, self.call, None, None)
        Gio.bus_own_name_on_connection(self.bus, "org.freedesktop.portal.Desktop",
                                       Gio.BusNameOwnerFlags.NONE, self.ready, None)

    @staticmethod
    def ready(*_):
        print("ready", flush=True)

    def log(self, **what):
        with open(self.log_path, "a", encoding="utf-8") as file:
            file.write(json.dumps(what) + "\n")

    def respond(self, handle, code, uris):
        results = {"uris": GLib.Variant("as", uris)} if uris else {}
        self.bus.emit_signal(None, handle, "org.freedesktop.portal.Request", "Response",
                             GLib.Variant("(ua{sv})", (code, results)))

    def watch(self, sender):
        def changed(_bus, _sender, _path, _interface, _signal, values):
            if values.unpack()[2] == "":
                self.log(left=sender)
        self.bus.signal_subscribe("org.freedesktop.DBus", "org.freedesktop.DBus", "NameOwnerChanged",
                                  "/org/freedesktop/DBus", sender, Gio.DBusSignalFlags.NONE, changed)

    def call(self, _bus, sender, _path, _interface, method, arguments, invocation):
        window, title, options = arguments.unpack()
        for key in ["current_folder"]:
            if key in options:  # bytes, with a zero at the end
                assert options[key][-1] == 0
                options[key] = bytes(options[key][:-1]).decode()
        self.log(method=method, window=window, title=title, options=options)
        self.watch(sender)
        self.requests += 1
        handle = f"{DESKTOP}/request/{sender[1:].replace('.', '_')}/t{self.requests}"
        if self.behaviour == "early":
            self.respond(handle, 0, [self.address])
        invocation.return_value(GLib.Variant("(o)", (handle,)))
        self.bus.flush_sync()
        self.answer(handle)

    def answer(self, handle):
        if self.behaviour in ("choose", "wait"):
            self.respond(handle + "0", 0, ["file:///not/for/us.png"])
        if self.behaviour == "choose":
            self.respond(handle, 0, [self.address, "file:///not/this.png"])
        elif self.behaviour in ("cancel", "close", "nothing"):
            self.respond(handle, {"cancel": 1, "close": 2, "nothing": 0}[self.behaviour], [])
        elif self.behaviour == "wait":
            GLib.timeout_add(50, self.answer_when_told, handle)
        elif self.behaviour == "leave":
            self.loop.quit()
        elif self.behaviour == "end-bus":
            os.kill(int(self.address), signal.SIGTERM)

    def answer_when_told(self, handle):
        told = os.path.exists(self.log_path + ".go")
        if told:
            self.respond(handle, 0, [self.address])
        return not told


if __name__ == "__main__":
    Portal(sys.argv[1], sys.argv[2], (sys.argv + [""])[3]).loop.run()
