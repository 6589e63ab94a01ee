#!/usr/bin/env bash
# Installs what is missing, builds the release, runs `unmask`.
#   scripts/run.sh                  draws a contact sheet of several classes and prints where it is
#   scripts/run.sh ARGUMENTS...     runs `unmask ARGUMENTS...`; options alone mean `unmask generate`
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
build=$top/build/release
program=$build/platform/native/unmask
. "$top/scripts/lib.sh"

# Nothing to install or build while the program is newer than every source.
fresh() {
    [ -x "$program" ] || return 1
    local newer
    newer=$(find "$top/CMakeLists.txt" "$top/cmake" "$top/runtime" "$top/shaders" "$top/platform" \
        -type f -newer "$program" -print -quit)
    [ -z "$newer" ]
}

if ! fresh; then
    need "${build_packages[@]}"
    echo "building (only when something changed)" >&2
    log=$(mktemp)
    if ! { (cd "$top" && cmake --preset release) && cmake --build "$build"; } >"$log" 2>&1; then
        tail -n 30 "$log" >&2
        rm -f "$log"
        echo "the build failed" >&2
        exit 1
    fi
    rm -f "$log"
    touch "$program"
fi

if [ $# -eq 0 ]; then
    mkdir -p "$top/out"
    "$program" generate --classes-sample 15 --seed 7 --sheet "$top/out/sheet.png"
    exit
fi
case $1 in
-h | --help | --version) exec "$program" "$@" ;;
-*) exec "$program" generate "$@" ;;
*) exec "$program" "$@" ;;
esac
