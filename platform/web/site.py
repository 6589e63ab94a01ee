#!/usr/bin/env python3
"""Puts the page, the engine, both modules and a model into one folder of static files.

Usage: site.py --threads BUILD --single BUILD --model FILE.gguf --out FOLDER [--page FOLDER]

Scripts, styles and modules go into app-HASH/, named by their contents, so that they may be cached
for ever and import each other by relative names; index.html, sw.js and manifest.json keep theirs.
"""
import argparse
import hashlib
import json
import pathlib
import posixpath
import re
import shutil

HERE = pathlib.Path(__file__).resolve().parent
APP = {".js", ".css", ".wasm"}
REFERENCE = re.compile(r'\b(src|href)="(?:\./)?([\w./-]+\.(?:js|css))"')


def collect(args):
    """(files of the app, files of the root), each name -> path."""
    app, root = {}, {}
    for path in sorted(args.page.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            name = path.relative_to(args.page).as_posix()
            (app if path.suffix in APP else root)[name] = path
    for path in sorted((HERE / "engine").glob("*.js")):
        app[f"engine/{path.name}"] = path
    for folder in (args.threads, args.single):
        modules = sorted((folder / "platform/web").glob("unmask-*"))
        if not modules:
            raise SystemExit(f"{folder} holds no module")
        for path in modules:
            app[f"engine/{path.name}"] = path
    for suffix in ("svg", "png"):
        root[f"icon.{suffix}"] = HERE.parent / f"native/data/unmask-viewer.{suffix}"
    return app, root


def digest_of(files):
    digest = hashlib.sha256()
    for name, path in sorted(files.items()):
        digest.update(f"{name}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


IMPORT = re.compile(r"""^(?:import|export)\b[^'"]*['"](\.[^'"]+)['"]""", re.M)


def imported(app, name, found=None):
    """Every script that `name` imports, directly or not, so that none waits for another."""
    found = [] if found is None else found
    for part in IMPORT.findall(app[name].read_text(encoding="utf-8")):
        other = posixpath.normpath(posixpath.join(posixpath.dirname(name), part))
        if other not in found:
            found.append(other)
            imported(app, other, found)
    return found


def copy(files, folder):
    for name, path in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def model_entry(path, out):
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    name = f"{path.stem}-{sha256[:16]}.gguf"
    shutil.copyfile(path, out / name)
    return {"url": name, "bytes": path.stat().st_size, "sha256": sha256, "name": path.stem}


def write_worker(path, manifest):
    """A browser installs a service worker anew only when its bytes differ."""
    digest = hashlib.sha256(manifest.encode()).hexdigest()[:16]
    code = (HERE / "sw.js").read_text(encoding="utf-8")
    path.write_text(f"{code}// of the site {digest}\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description="Puts the page together.")
    parser.add_argument("--threads", type=pathlib.Path, required=True)
    parser.add_argument("--single", type=pathlib.Path, required=True)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--page", type=pathlib.Path, default=HERE / "page")
    args = parser.parse_args()
    app, root = collect(args)
    prefix = f"app-{digest_of(app)}"
    shutil.rmtree(args.out, ignore_errors=True)
    args.out.mkdir(parents=True)
    copy(app, args.out / prefix)
    copy(root, args.out)
    page = args.out / "index.html"
    text = page.read_text(encoding="utf-8")
    text = REFERENCE.sub(lambda m: f'{m[1]}="{prefix}/{m[2]}"' if m[2] in app else m[0], text)
    links = "".join(f'  <link rel="modulepreload" href="{prefix}/{name}">\n'
                    for name in imported(app, "main.js"))
    page.write_text(text.replace("</head>", f"{links}</head>", 1), encoding="utf-8")
    files = {name: f"{prefix}/{name}" for name in sorted(app)}
    files.update({name: name for name in sorted(root)})
    everything = {name: args.out / name for name in files.values()}
    manifest = {"version": digest_of(everything), "model": model_entry(args.model, args.out),
                "files": files}
    text = json.dumps(manifest, indent=1) + "\n"
    (args.out / "manifest.json").write_text(text, encoding="utf-8")
    write_worker(args.out / "sw.js", text)
    print(f"{args.out}: {len(files)} files, version {manifest['version']}")


if __name__ == "__main__":
    main()
