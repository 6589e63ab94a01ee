#!/usr/bin/env bash
# Builds unmask for 64-bit Windows with Debian's mingw-w64:
#   scripts/windows.sh [FOLDER]   unmask-VERSION-windows.zip in FOLDER, default out/
#   scripts/windows.sh --test [OPTIONS of ctest]   builds the tests, too, and runs them under wine
#   scripts/windows.sh --quick PROGRAM   what the tests run: a few of them, quickly built, beside this
#                                 machine's PROGRAM; installs nothing
# libpng, zlib and cmocka come from Debian's source packages and are built outside the tree, once, in
# $UNMASK_WINDOWS_CACHE, default ~/.cache/unmask/windows.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/scripts/lib.sh"
cache=${UNMASK_WINDOWS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/unmask/windows}
export UM_WINDOWS_ROOT=$cache/root UM_WINEPREFIX=$cache/wine
wine=$top/tests/windows/wine.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# quietly COMMAND...: its output only if it fails.
quietly() {
    if ! "$@" >"$work/log" 2>&1; then
        tail -n 30 "$work/log" >&2
        echo "failed: $1" >&2
        return 1
    fi
}

# fetch: the source packages, with lists of apt's own, so that the machine's stay as they are.
fetch() {
    local suite uri
    suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
    uri=$(mirror)
    if [ -z "$uri" ]; then
        echo "apt names no mirror of this Debian" >&2
        return 1
    fi
    rm -rf "$cache/source" # an older release beside a new one would be a second match
    mkdir -p "$cache/lists/partial" "$cache/source"
    echo "deb-src $uri $suite main" >"$cache/sources.list"
    local options=(-o "Dir::Etc::SourceList=$cache/sources.list" -o Dir::Etc::SourceParts=-
        -o "Dir::State::Lists=$cache/lists" -o APT::Sandbox::User=root)
    apt-get "${options[@]}" update
    cd "$cache/source"
    apt-get "${options[@]}" source --only-source "$@"
}

# library NAME FOLDER TARGET [OPTIONS of cmake]
library() {
    local name=$1 folder=$2 target=$3
    shift 3
    cmake -G Ninja -S "$folder" -B "$cache/build/$name" -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_TOOLCHAIN_FILE="$top/cmake/windows.cmake" -DCMAKE_INSTALL_PREFIX="$UM_WINDOWS_ROOT" \
        -DBUILD_SHARED_LIBS=OFF "$@" && cmake --build "$cache/build/$name" --target "$target"
}

build_libraries() {
    local include=$UM_WINDOWS_ROOT/include lib=$UM_WINDOWS_ROOT/lib
    rm -rf "$UM_WINDOWS_ROOT" "$cache/build"
    mkdir -p "$include" "$lib/pkgconfig"
    # Debian's zlib lacks what its own rules install for Windows
    library zlib "$cache"/source/zlib-*/ zlibstatic
    cp "$cache/build/zlib/libzlibstatic.a" "$lib/libz.a"
    cp "$cache"/source/zlib-*/zlib.h "$cache/build/zlib/zconf.h" "$include"
    cp "$cache/build/zlib/zlib.pc" "$lib/pkgconfig"
    library png "$cache"/source/libpng1.6-*/ install -DPNG_SHARED=OFF -DPNG_TESTS=OFF \
        -DPNG_EXECUTABLES=OFF
    sed -i 's/^Libs: .*-lpng16$/& -lz/' "$lib"/pkgconfig/libpng*.pc
    library cmocka "$cache"/source/cmocka-*/ install -DWITH_EXAMPLES=OFF -DWITH_STATIC_LIB=ON
    mv "$lib/libcmocka-static.a" "$lib/libcmocka.a"
    rm -f "$lib/libcmocka.dll.a"
    # headers alone: the loader is found when a program runs
    cp -r /usr/include/vulkan /usr/include/vk_video /usr/include/volk.[ch] "$include"
    : >"$UM_WINDOWS_ROOT/ready"
}

# Others may wait for the same. In a process of its own: `set -e` means nothing in a function that is
# called as a condition, and what is half built would be called ready.
libraries() {
    local status=0
    mkdir -p "$cache"
    exec 9>"$cache/lock"
    flock 9
    [ -e "$UM_WINDOWS_ROOT/ready" ] || "$top/scripts/windows.sh" --libraries || status=$?
    exec 9>&-
    return "$status"
}

# build FOLDER TARGET [OPTIONS of cmake]
build() {
    local folder=$1 target=$2
    shift 2
    cmake --preset windows -S "$top" -B "$folder" "$@" && cmake --build "$folder" --target $target
}

say_readme() {
    local version=$1
    printf '%s\r\n' "unmask $version for 64-bit Windows 8 and newer" "" \
        "Draws pictures with masked transformers. In this folder, in a terminal:" "" \
        "    unmask generate --class \"red heart\" --seed 1" \
        "    unmask devices" "    unmask help" "" \
        "The model lies in models; programs that use libunmask find libunmask.a in lib," \
        "for mingw-w64, and its headers in include. Graphics cards are used through the" \
        "Vulkan that comes with their drivers. Files of its own are kept in" \
        "%LOCALAPPDATA%\\unmask. PNG is the only kind of pictures that is read." \
        "The viewer is not in this package: SDL2_ttf would need FreeType and HarfBuzz." "" \
        "The licences are in LICENSE.txt, that of the model in MODEL.txt. libpng and zlib" \
        "are linked in: their licences are in LIBPNG.txt and ZLIB.txt."
}

# with_line_ends FILE: as Windows' editors expect them.
with_line_ends() {
    sed 's/$/\r/' "$1"
}

make_zip() {
    local out version name
    out=$(realpath -m "$1")
    version=$(sed -n 's/^project(unmask VERSION \([0-9.]*\).*/\1/p' "$top/CMakeLists.txt")
    name=unmask-$version-windows
    local folder=$work/$name
    mkdir -p "$folder"/{models,lib,include/unmask} "$out"
    cp "$top/build/windows/platform/native/unmask.exe" "$folder"
    x86_64-w64-mingw32-strip "$folder/unmask.exe"
    cp "$top/build/windows/runtime/libunmask.a" "$folder/lib"
    cp "$top"/runtime/include/unmask/{unmask,measure}.h "$folder/include/unmask"
    cp "$top/assets/emoji-64.gguf" "$folder/models"
    say_readme "$version" >"$folder/README.txt"
    with_line_ends "$top/LICENSE" >"$folder/LICENSE.txt"
    with_line_ends "$top/assets/README.md" >"$folder/MODEL.txt"
    with_line_ends "$(echo "$cache"/source/libpng1.6-*/LICENSE)" >"$folder/LIBPNG.txt"
    sed -n '/Copyright (C)/,/^\*\//p' "$UM_WINDOWS_ROOT/include/zlib.h" >"$work/zlib"
    with_line_ends "$work/zlib" >"$folder/ZLIB.txt"
    rm -f "$out/$name.zip"
    (cd "$work" && find "$name" | LC_ALL=C sort | zip -q9X "$out/$name.zip" -@)
    echo "$out/$name.zip"
}

compiler() {
    command -v x86_64-w64-mingw32-gcc >/dev/null
}

# Under wine, with Mesa's software driver through wine's Vulkan, which needs a display.
run_tests() {
    "$wine" --check || return
    ctest --test-dir "$top/build/windows" --output-on-failure -j "$(nproc)" "$@"
}

case ${1:-} in
--quick)
    compiler || { echo "skip: mingw-w64 is not installed"; exit 77; }
    "$wine" --check || exit
    libraries >"$work/libraries" 2>&1 || {
        tail -n 5 "$work/libraries"
        echo "skip: the libraries for Windows could not be fetched or built"
        exit 77
    }
    tests="test_windows test_base test_kernels test_session"
    quietly build "$top/build/windows-quick" "unmask_cli $tests" -DUNMASK_TESTS=ON \
        -DUNMASK_VULKAN=OFF -DCMAKE_C_FLAGS_RELEASE=-O1 -DUM_NATIVE_PROGRAM="${2:-}"
    ctest --test-dir "$top/build/windows-quick" --output-on-failure -j 2 -R "^($(
        tr ' ' '|' <<<"$tests")|windows_.*)\$"
    ;;
--libraries) # for libraries(), which holds the lock
    (fetch libpng1.6 zlib cmocka)
    build_libraries
    ;;
--test)
    shift
    need "${build_packages[@]}" gcc-mingw-w64-x86-64 wine64 dpkg-dev zip xvfb xauth python3
    quietly libraries
    quietly cmake --preset release -S "$top"
    quietly cmake --build "$top/build/release" --target unmask_cli
    quietly build "$top/build/windows" all -DUNMASK_TESTS=ON \
        -DUM_NATIVE_PROGRAM="$top/build/release/platform/native/unmask"
    run_tests "$@"
    ;;
-*)
    sed -n '2,/^set/ { /^#/ s/^# \{0,1\}//p }' "$0"
    ;;
*)
    need "${build_packages[@]}" gcc-mingw-w64-x86-64 dpkg-dev zip
    quietly libraries
    quietly build "$top/build/windows" "unmask_cli"
    make_zip "${1:-$top/out}"
    echo "without the viewer: SDL2_ttf would need FreeType and HarfBuzz" >&2
    ;;
esac
