#!/usr/bin/env bash
# Tests and measures unmask on a GPU and leaves two files: one for docs/results, one to paste into a thread.
#   scripts/gpu.sh [--device D] [--seconds N] [--out FOLDER] [--train MINUTES]
# --device: as in `unmask --device`, default gpu. --seconds: for tests and measurements together, default 420; what does
# not fit is left out and named. Building comes before and takes a minute or two. --out: default out/gpu.
# --train: afterwards, with PyTorch on CUDA, trains the bundled model's next version for so long.
# Tests take the first Vulkan device; VK_DRIVER_FILES in the environment leaves drivers out.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/scripts/lib.sh"
device=gpu seconds=420 out=$top/out/gpu train=
while [ $# -gt 0 ]; do
    case $1 in
    --device) device=${2:?} ;;
    --seconds) seconds=${2:?} ;;
    --out) out=${2:?} ;;
    --train) train=${2:?} ;;
    *)
        sed -n '2,/^set/ { /^#/ s/^# \{0,1\}//p }' "$0"
        [ "$1" = --help ] || [ "$1" = -h ] && exit 0
        exit 2
        ;;
    esac
    shift 2
done
build=$top/build/gpu
program=$build/platform/native/unmask
tests=(test_vulkan_device test_ops_vulkan test_agreement)

build_all() {
    cmake -S "$top" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DUNMASK_TESTS=ON &&
        cmake --build "$build" --target unmask_cli write_tiny_model "${tests[@]}"
}

need "${build_packages[@]}" libcmocka-dev python3
mkdir -p "$out"
echo "building" >&2
build_all >"$out/build.log" 2>&1 || { tail -n 30 "$out/build.log" >&2; echo "the build failed" >&2; exit 1; }
"$program" devices --json >"$out/devices.json"
"$program" generate -q -c 0 -s 1 --steps 1 --device "$device" -o hash >/dev/null # says which devices there are
rm -f "$out"/*.part "$out"/*.test
end=$((SECONDS + seconds))

# left SHARE: seconds for a part, at most SHARE; fails when there are none.
left() {
    local rest=$((end - SECONDS))
    [ "$rest" -gt 0 ] || return 1
    echo $((rest < $1 ? rest : $1))
}

# check NAME COMMAND...: a test program; its exit code, or "late".
check() {
    local name=$1 limit code=0
    shift
    limit=$(left 90) || { echo "late" >"$out/$name.test"; return; }
    echo "test: $name" >&2
    timeout "$limit" "$@" >"$out/$name.log" 2>&1 || code=$?
    [ "$code" -ne 124 ] || code=late
    echo "$code" >"$out/$name.test"
}

# measure NAME ARGUMENTS...: one run of `unmask bench`. It prints what it has when it is stopped.
measure() {
    local name=$1 limit
    shift
    limit=$(left 75) || return 0
    echo "measure: $name" >&2
    ( # whose shell would report on what it had to kill
        timeout -k 20 "$limit" "$program" bench --device "$device" --budget 3 -o json "$@" \
            >"$out/$name.part" 2>"$out/$name.log" || true
    ) 2>/dev/null
    [ -s "$out/$name.part" ] || rm -f "$out/$name.part"
}

check device "$build/tests/vulkan/test_vulkan_device"
check ops "$build/tests/ops/test_ops_vulkan"
check agreement "$build/tests/session/test_agreement" free
measure bundled --autoregressive
measure imagenet256-f16 --synthetic imagenet256 --type f16 --precision f16
measure imagenet256-f32 --synthetic imagenet256 --type f32
measure imagenet256-q8_0 --synthetic imagenet256 --type q8_0
measure imagenet512-f16 --synthetic imagenet512 --type f16 --precision f16
measure imagenet512-f32 --synthetic imagenet512 --type f32
measure imagenet512-q8_0 --synthetic imagenet512 --type q8_0
cuda=$(python3 -c 'import torch; print(torch.cuda.is_available())' 2>/dev/null || echo "not installed")
if [ "$cuda" = True ] && limit=$(left 120); then
    echo "measure: PyTorch" >&2
    timeout "$limit" python3 "$top/tests/bench/native/compare_gpu.py" "$build" "$out" --device "$device" \
        >"$out/pytorch.md" 2>"$out/pytorch.log" || rm -f "$out/pytorch.md"
fi
python3 "$top/tools/gpu_report.py" "$out"
if [ -n "$train" ]; then
    [ "$cuda" = True ] || { echo "--train needs PyTorch with CUDA" >&2; exit 1; }
    python3 "$top/tools/train.py" "$top/tools/configs/emoji-64.toml" --minutes "$train"
fi
