#!/usr/bin/env bash
# Builds Debian packages of this tree for this machine's Debian:
#   scripts/package.sh [FOLDER]     into FOLDER, default out/
# The environment names the maintainer: DEBFULLNAME, DEBEMAIL; else it is who wrote the last commit.
# unmask: the program. unmask-viewer: the window. unmask-data: the model, for every machine.
# libunmask0, libunmask-dev: the C library.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
case ${1:-} in
-*)
    sed -n '2,/^set/ { /^#/ s/^# \{0,1\}//p }' "$0"
    exit 0
    ;;
esac
build=${UNMASK_PACKAGE_BUILD:-$top/build/package}
out=$(realpath -m "${1:-$top/out}")
. "$top/scripts/lib.sh"

need "${build_packages[@]}" libsdl2-dev libsdl2-ttf-dev dpkg-dev
if [ ! -f "$top/assets/emoji-64.gguf" ]; then
    echo "no assets/emoji-64.gguf to package" >&2
    exit 1
fi
name=${DEBFULLNAME:-$(git -C "$top" log -1 --format=%an 2>/dev/null || true)}
address=${DEBEMAIL:-$(git -C "$top" log -1 --format=%ae 2>/dev/null || true)}
case $name:$address in
:* | *: | *@localhost | *@localhost.*)
    echo "a package needs a maintainer: set DEBFULLNAME and DEBEMAIL" >&2
    exit 2
    ;;
esac
maintainer="$name <$address>"
export DEB_CFLAGS_MAINT_STRIP=-g
hardened="$(dpkg-buildflags --get CFLAGS) $(dpkg-buildflags --get CPPFLAGS)"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! { cmake -S "$top" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_INSTALL_PREFIX=/usr -DUNMASK_VIEWER=ON -DUNMASK_JPEG=ON -DUNMASK_WEBP=ON \
    -DCMAKE_C_FLAGS="$hardened" \
    -DCMAKE_{EXE,SHARED}_LINKER_FLAGS="$(dpkg-buildflags --get LDFLAGS) -Wl,-z,now" \
    -DUNMASK_ZSH_DIR=share/zsh/vendor-completions && cmake --build "$build"; } \
    >"$work/log" 2>&1; then
    tail -n 30 "$work/log" >&2
    echo "the build failed" >&2
    exit 1
fi

version=$(sed -n 's/^project(unmask VERSION \([0-9.]*\).*/\1/p' "$top/CMakeLists.txt")
major=${version%%.*}
architecture=$(dpkg --print-architecture)
# For reproducible packages: the time of the commit, whenever they are built.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$top" log -1 --format=%ct 2>/dev/null ||
    stat -c %Y "$top/CHANGELOG.md")}
export SOURCE_DATE_EPOCH

# needed FOLDER: the packages that its ELF files need.
needed() {
    local files
    mapfile -t files < <(find "$1/usr" -type f \( -path '*/bin/*' -o -name '*.so.*' \))
    mkdir -p "$work/source/debian"
    printf 'Source: unmask\n\nPackage: unmask\nArchitecture: any\n' >"$work/source/debian/control"
    (cd "$work/source" && dpkg-shlibdeps -O "${files[@]/#/-e}" 2>>"$work/log") |
        sed -n 's/^shlibs:Depends=//p'
}

# document FOLDER NAME: what Debian expects in share/doc.
document() {
    local doc=$1/usr/share/doc/$2
    mkdir -p "$doc"
    {
        cat "$top/LICENSE"
        [ "$2" != unmask-data ] || printf '\n%s\n\n%s\n\n%s\n' \
            "/usr/share/unmask/models/emoji-64.gguf:" "$(sed 1,2d "$top/assets/README.md")" \
            "The Apache License 2.0 is in /usr/share/common-licenses/Apache-2.0."
    } >"$doc/copyright"
    rm -f "$doc/LICENSE"
    cp "$top/CHANGELOG.md" "$doc"
    printf 'unmask (%s) unstable; urgency=medium\n\n  * See CHANGELOG.md.\n\n -- %s  %s\n' \
        "$version" "$maintainer" "$(date -uRd "@$SOURCE_DATE_EPOCH")" | gzip -9n >"$doc/changelog.gz"
    find "$1/usr" -path '*/man/*' -type f -exec gzip -9n {} +
}

# plain FOLDER: programs and libraries without what the compilers say of themselves.
plain() {
    find "$1/usr" -type f \( -path '*/bin/*' -o -name '*.so.*' -o -name '*.a' \) \
        -exec strip --strip-unneeded --remove-section=.comment --enable-deterministic-archives {} +
}

# package NAME COMPONENT SECTION DEPENDS DESCRIPTION [FIELD...]: from one install component. ELF in
# DEPENDS stands for what its programs and libraries need.
package() {
    local name=$1 section=$3 depends=$4 description=$5 root=$work/$1
    local libraries machine=$architecture
    [ "$2" != data ] || machine=all
    local file=$out/${name}_${version}_$machine.deb
    DESTDIR=$root cmake --install "$build" --component "$2" --strip >>"$work/log"
    shift 5
    plain "$root"
    document "$root" "$name"
    mkdir "$root/DEBIAN"
    [ "$section" != libs ] || {
        echo "activate-noawait ldconfig" >"$root/DEBIAN/triggers"
        echo "libunmask $major $name (>= $version)" >"$root/DEBIAN/shlibs"
        {
            echo "libunmask.so.$major $name #MINVER#"
            echo "* Build-Depends-Package: libunmask-dev"
            sed -n "s/^\(um_[a-z0-9_]*\) \(.*\)/ \1@UNMASK_$major \2/p" "$top/runtime/libunmask.symbols"
            echo " UNMASK_$major@UNMASK_$major $version"
        } >"$root/DEBIAN/symbols"
    }
    if [[ $depends == ELF* ]]; then
        libraries=$(needed "$root")
        depends=$libraries${depends#ELF}
    fi
    printf '%s\n' "Package: $name" "Version: $version" "Architecture: $machine" \
        "Maintainer: $maintainer" \
        "Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)" \
        "Section: $section" "Priority: optional" ${depends:+"Depends: $depends"} "$@" \
        "Description: $description" >"$root/DEBIAN/control"
    chmod -R u=rwX,go=rX "$root"
    (cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) \
        >"$root/DEBIAN/md5sums"
    dpkg-deb --root-owner-group -Zxz --build "$root" "$file" >>"$work/log"
    echo "$file"
}

mkdir -p "$out"
drivers="libvulkan1, mesa-vulkan-drivers"
about=" A transformer fills a grid of image tokens in a few parallel steps, and a
 decoder turns the tokens into pixels: MaskGIT, on any Vulkan device or on the
 CPU."
package unmask programs graphics ELF "generate pictures with masked transformers
$about
 .
 The command unmask draws, edits, extends and varies pictures; it measures
 devices, and tells what is in a model." \
    "Recommends: unmask-data, $drivers" "Suggests: unmask-viewer"
package unmask-viewer viewer graphics "ELF, fonts-dejavu-core | fonts-noto-core | fonts-liberation" \
    "generate pictures with masked transformers - window
$about
 .
 unmask-viewer shows how a picture is revealed, step by step; parts can be
 painted over and drawn anew, and edges dragged outwards." \
    "Recommends: unmask-data, zenity | kdialog | xdg-desktop-portal, xclip | wl-clipboard, $drivers" \
    "Suggests: unmask, fonts-noto-color-emoji"
package unmask-data data graphics "" "generate pictures with masked transformers - model of emoji
 A small model for unmask and unmask-viewer that draws emoji, trained on Noto
 Emoji." "Recommends: unmask | unmask-viewer" "Multi-Arch: foreign"
drivers="Recommends: $drivers"
package "libunmask$major" library libs ELF "generate pictures with masked transformers - library
 The C library that unmask is made of: loads models, draws and edits pictures
 step by step, on any Vulkan device or on the CPU." "$drivers" "Multi-Arch: same"
package libunmask-dev development libdevel "libunmask$major (= $version), libc6-dev" \
    "generate pictures with masked transformers - development files
 Header, static library, pkg-config and CMake files of libunmask, and three
 small programs that use it." "Multi-Arch: same"
