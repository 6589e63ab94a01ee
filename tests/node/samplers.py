#!/usr/bin/env python3
"""The same steps in WebAssembly as natively, with every sampler and setting on equal logits:

    samplers.py NATIVE_PROGRAM NODE [NODE_OPTION...] MODULE.js"""
import subprocess
import sys


def draw(command):
    """{(sampler, setting, logits): digest}."""
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    lines = [line.split() for line in out.splitlines()]
    drawn = {tuple(name.split("/")): digest for name, digest in lines}
    assert len(drawn) == len(lines), "a case stands there twice"
    return drawn


right, web = draw(sys.argv[1:2]), draw(sys.argv[2:])
faults = [f"{'/'.join(case)}: {what}" for cases, what in [
    (right.keys() ^ web.keys(), "drawn on one side only"),
    ([case for case in right.keys() & web.keys() if right[case] != web[case]], "differs"),
] for case in sorted(cases)]

# Digests that agree say nothing of what has no effect.
samplers, settings, kinds = (sorted({case[i] for case in right}) for i in range(3))
for kind in kinds:
    if len({right[sampler, "plain", kind] for sampler in samplers}) < len(samplers):
        faults.append(f"{kind}: two samplers draw the same")
    faults += [f"{setting}/{kind}: changes nothing" for setting in settings if setting != "plain" and all(
        right[sampler, setting, kind] == right[sampler, "plain", kind] for sampler in samplers)]

print(f"{len(right)} cases: {len(samplers)} samplers, {len(settings)} settings, logits {' and '.join(kinds)}")
for fault in faults:
    print(fault)
sys.exit(bool(faults) or len(samplers) != 7)
