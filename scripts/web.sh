#!/usr/bin/env bash
# Installs what is missing, builds the web page into build/web/dist, serves it.
#   scripts/web.sh [OPTIONS of platform/web/serve.py]
#   scripts/web.sh --build                     builds only: the folder works on any web server
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/scripts/lib.sh"
cd "$top"

need "${web_packages[@]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for preset in web web-single; do
    echo "building $preset (only what changed)" >&2
    if ! { emcmake cmake --preset $preset && cmake --build "build/$preset"; } >"$log" 2>&1; then
        tail -n 30 "$log" >&2
        echo "the build failed" >&2
        exit 1
    fi
done
python3 platform/web/site.py --threads build/web --single build/web-single \
    --model assets/emoji-64.gguf --out build/web/dist >&2
[ "${1-}" = --build ] && exit
exec python3 platform/web/serve.py "$@" build/web/dist
