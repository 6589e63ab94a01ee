#!/bin/sh
# Runs a Windows program under wine, headless and in a prefix of its own.
# Usage: wine.sh PROGRAM [ARGS...]     exit 77 = there is no wine
# --check instead of a program: makes the prefix, runs nothing.
for wine in wine64 /usr/lib/wine/wine64 wine; do
    command -v "$wine" >/dev/null && break
    wine=
done
if [ -z "$wine" ]; then
    echo "skip: wine is not installed (Debian package wine64)"
    exit 77
fi
export WINEDEBUG="${WINEDEBUG:--all}"
export WINEPREFIX="${UM_WINEPREFIX:-${XDG_CACHE_HOME:-$HOME/.cache}/unmask/wine}"
if [ ! -e "$WINEPREFIX/unmask-ready" ]; then
    mkdir -p "$WINEPREFIX"
    # one at a time; no windows that ask for Mono or Gecko
    flock "$WINEPREFIX" env WINEDLLOVERRIDES="mscoree=d;mshtml=d" "$wine" wineboot -i >/dev/null 2>&1
    : >"$WINEPREFIX/unmask-ready"
fi
[ "$1" = --check ] && exit 0
exec "$wine" "$@"
