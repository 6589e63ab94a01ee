#!/usr/bin/env bash
# Runs a command in a Debian 13 root that has this tree's build tools and two generations of Mesa:
#   scripts/debian13.sh COMMAND [ARGUMENTS...]      exit code: the command's; 77 = no such root here, and why
# The tree lies at the same path inside, and so does the current folder. Mesa of Debian 13 is
# installed, that of its backports lies in /srv/mesa-backports (tests/vulkan/with_icd.sh knows both
# as llvmpipe-25 and llvmpipe-26).
# The root is made once, by debootstrap from the mirror and with the settings that this machine's
# apt has. It is kept in $UNMASK_DEBIAN13, default ~/.cache/unmask/debian13; remove that folder to
# have it made anew. Needs root.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd -P)
keep=${UNMASK_DEBIAN13:-${XDG_CACHE_HOME:-${HOME:-/var}/.cache}/unmask/debian13}
. "$top/scripts/lib.sh"
packages=("${build_packages[@]}" libcmocka-dev mesa-vulkan-drivers vulkan-validationlayers spirv-tools)
recipe="1 ${packages[*]}" # a root made from another recipe is made anew

skip() {
    echo "skip: no Debian 13 root: $*"
    exit 77
}

# inside ROOT COMMAND...: with the tree, the system's folders and nothing left mounted afterwards.
inside() {
    local root=$1
    shift
    local here=$PWD
    [ "$here" != / ] || here=$top
    mkdir -p "$root$top" "$root$here"
    unshare --mount --propagation private bash -euc '
        root=$1 top=$2 here=$3
        shift 3
        mount --rbind /dev "$root/dev"
        mount --bind /proc "$root/proc"
        mount --bind "$top" "$root$top"
        [[ $here/ == "$top"/* ]] || mount --bind "$here" "$root$here"
        exec chroot "$root" /usr/bin/env HOME=/ LC_ALL=C.UTF-8 \
            PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
            sh -c "cd \"\$0\" && exec \"\$@\"" "$here" "$@"' \
        bash "$root" "$top" "$here" "$@"
}

# What apt, its proxy and the resolver need to know. (errexit is off in here: see provide.)
copy_settings() {
    local file
    cp /etc/resolv.conf /etc/hosts "$1/etc/" 2>/dev/null || true
    for file in /etc/apt/apt.conf /etc/apt/apt.conf.d/*; do
        [ ! -f "$file" ] || cp "$file" "$1$file"
    done
    # Certificates that a proxy of this machine may need.
    mkdir -p "$1/etc/ssl/certs"
    [ ! -f /etc/ssl/certs/ca-certificates.crt ] ||
        cp -L /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/"
}

# The driver of the backports beside the installed one: unpacked, not installed.
add_backports() {
    inside "$1" bash -euc '
        apt-get clean
        apt-get install -y --download-only --no-install-recommends -t trixie-backports mesa-vulkan-drivers
        place=/srv/mesa-backports
        mkdir -p "$place"
        for package in /var/cache/apt/archives/*.deb; do dpkg -x "$package" "$place"; done
        apt-get clean
        libraries=$(dirname "$(find "$place" -name libvulkan_lvp.so)")
        sed "s|\"library_path\": *\"[^\"]*\"|\"library_path\": \"$libraries/libvulkan_lvp.so\"|" \
            "$place"/usr/share/vulkan/icd.d/lvp_icd*.json >"$place/lvp_icd.json"
        echo "$libraries" >"$place/libraries"'
}

make_root() {
    local root=$1 uri=$2 http_proxy=${http_proxy:-}
    [ -n "$http_proxy" ] || eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
    export http_proxy DEBIAN_FRONTEND=noninteractive
    debootstrap --variant=minbase trixie "$root" "$uri" || return
    copy_settings "$root" || return
    printf 'deb %s %s main\n' "$uri" trixie "$uri" trixie-updates "$uri" trixie-backports \
        >"$root/etc/apt/sources.list" || return
    inside "$root" apt-get update || return
    inside "$root" apt-get install -y --no-install-recommends "${packages[@]}" || return
    add_backports "$root" || return
    echo "$recipe" >"$root/.unmask-recipe"
}

ready() {
    [ "$(cat "$keep/.unmask-recipe" 2>/dev/null)" = "$recipe" ]
}

# Made under another name and then renamed, so that a root under its own name is complete.
provide() {
    local uri partial=$keep.partial log=$keep.log
    mkdir -p "$(dirname "$keep")"
    exec 8>"$keep.lock"
    flock 8
    ready && return
    uri=$(mirror)
    [ -n "$uri" ] || skip "apt names no mirror of this Debian"
    echo "making a Debian 13 root in $keep (once)" >&2
    rm -rf --one-file-system "$partial" "$keep"
    if ! (cd / && make_root "$partial" "$uri") >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        rm -rf --one-file-system "$partial"
        skip "making it failed, see $log"
    fi
    mv "$partial" "$keep"
    exec 8>&-
}

case ${1:-} in
'' | -*)
    sed -n '2,/^set/ { /^#/ s/^# \{0,1\}//p }' "$0"
    exit 2
    ;;
esac
[ "$(id -u)" -eq 0 ] || skip "this needs root"
for tool in debootstrap apt-get unshare flock; do
    command -v "$tool" >/dev/null || skip "$tool is not installed"
done
unshare --mount true 2>/dev/null || skip "mounting is not allowed here"
ready || provide
inside "$keep" "$@"
