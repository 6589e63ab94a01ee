# Shared by the scripts: installing Debian packages that are missing, and nothing when all are there.
# Sourced, not run.

# The mirror that apt fetches this machine's own Debian from.
mirror() {
    local release
    release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Identifier: Packages' |
        awk -v release="$release" '$1 == release { print $2; exit }'
}

# need PACKAGE...: installs the missing ones with apt-get, as root or through sudo.
need() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
            missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    if ! command -v apt-get >/dev/null; then
        echo "please install: ${missing[*]}" >&2
        return 1
    fi
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "please install as root: apt-get install ${missing[*]}" >&2
            return 1
        fi
        as_root=(sudo)
    fi
    echo "installing ${missing[*]}" >&2
    local log
    log=$(mktemp)
    if ! { "${as_root[@]}" apt-get update &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        rm -f "$log"
        echo "installing packages failed" >&2
        return 1
    fi
    rm -f "$log"
}

build_packages=(gcc libc6-dev cmake ninja-build pkg-config libpng-dev libjpeg62-turbo-dev
    libwebp-dev libvulkan-dev libvulkan-volk-dev glslang-tools)
web_packages=(emscripten node-acorn cmake ninja-build python3)
