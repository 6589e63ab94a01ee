#!/usr/bin/env bash
# Installs what the tests need, builds every preset that they use, runs all of them.
#   scripts/test.sh [OPTIONS of ctest]     -R NAME: only tests with this in their name
# Ends with one line: N passed, M failed[, K skipped].   UNMASK_TEST_PRESETS="dev" runs fewer.
set -uo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/scripts/lib.sh"
cd "$top" || exit 1

# Node.js from elsewhere brings npm along, and Debian's npm does not install beside it.
node_packages=()
command -v npm >/dev/null || node_packages=(nodejs npm)

need "${build_packages[@]}" g++ clang llvm libclang-rt-dev libcmocka-dev spirv-tools python3 \
    python3-numpy python3-pil python3-torch libopenblas0-pthread python3-matplotlib clang-format \
    mesa-vulkan-drivers \
    vulkan-validationlayers chromium firefox-esr libsdl2-dev libsdl2-ttf-dev fonts-dejavu-core \
    fonts-noto-color-emoji xvfb xauth dbus-daemon python3-gi \
    mandoc appstream desktop-file-utils dpkg-dev fish zsh parallel \
    gcc-mingw-w64-x86-64 wine64 gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static debootstrap \
    "${web_packages[@]}" "${node_packages[@]}" || exit 1
presets=${UNMASK_TEST_PRESETS:-dev asan no-vulkan}
passed=0 failed=0 skipped=0
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# count PRESET XML: adds the figures of one JUnit file and names what failed or was skipped.
count() {
    local figures
    figures=$(python3 scripts/junit.py "$1" "$2") || { failed=$((failed + 1)); return; }
    read -r p f s <<<"${figures##*$'\n'}"
    [ "$figures" = "${figures##*$'\n'}" ] || echo "${figures%$'\n'*}"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

for preset in $presets; do
    echo "== $preset: build"
    log=$results/$preset.log
    if ! { cmake --preset "$preset" && cmake --build --preset "$preset"; } >"$log" 2>&1; then
        tail -n 40 "$log"
        echo "$preset: the build failed"
        failed=$((failed + 1))
        continue
    fi
    echo "== $preset: test"
    ctest --test-dir "build/$preset" --output-on-failure --output-junit "$results/$preset.xml" \
        -j "$(nproc)" "$@"
    count "$preset" "$results/$preset.xml"
done

summary="$passed passed, $failed failed"
[ "$skipped" -gt 0 ] && summary="$summary, $skipped skipped"
echo "$summary"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
