#!/bin/sh
# Builds some of the tests in the current folder. Usage: debian13_build.sh SOURCE_DIR TARGET...
# Run by scripts/debian13.sh, whose root has compilers and glslang of its own.
set -eu
source=$1
shift
cmake -S "$source" -B . -G Ninja -DCMAKE_BUILD_TYPE=Release -DUNMASK_TESTS=ON -DUNMASK_CLI=OFF >cmake.log 2>&1 ||
    { tail -n 20 cmake.log; exit 1; }
ninja "$@" >ninja.log 2>&1 || { tail -n 40 ninja.log; exit 1; }
