#!/bin/sh
# kernel_digest.sh NATIVE_PROGRAM SOURCE_DIR SCRATCH_DIR: the NEON kernels, run under qemu, must give the bits that the
# native ones give. Skips (77) where a cross compiler or qemu is missing.
set -eu
native=$1 source=$2 scratch=$3
compiler=$(command -v aarch64-linux-gnu-gcc) || { echo "skip: no aarch64-linux-gnu-gcc"; exit 77; }
emulator=$(command -v qemu-aarch64-static || command -v qemu-aarch64) || { echo "skip: no qemu-aarch64"; exit 77; }
cpu=$source/runtime/backend/cpu
"$compiler" -std=c11 -O2 -static -Wall -Wextra -Wconversion -Wshadow -Werror -ffp-contract=off -fno-math-errno \
  -I "$source/runtime" -I "$source/runtime/include" -o "$scratch/kernel_digest_arm" \
  "$source/tests/ops/kernel_digest.c" "$cpu/kernels_portable.c" "$cpu/kernels_neon.c" "$cpu/levels_arm.c" \
  "$source/runtime/base/sha256.c" "$source/runtime/base/sha256_plain.c" -lm
expected=$("$native" | sed 's/.* //' | sort -u)
"$emulator" "$scratch/kernel_digest_arm"
found=$("$emulator" "$scratch/kernel_digest_arm" | sed 's/.* //' | sort -u)
[ "$expected" = "$found" ] || { echo "native $expected, ARM $found"; exit 1; }
