#!/bin/sh
# Runs a program with one Vulkan driver visible and the validation layers on where they are installed.
# Usage: with_icd.sh DRIVER PROGRAM [ARGS...]     exit 77 = this driver is not installed
# DRIVER: llvmpipe, swiftshader; in the root of scripts/debian13.sh also llvmpipe-25 and llvmpipe-26, after the
# versions of Mesa there: Debian 13's and its backports'. radv and radv-25 are AMD's: without such a GPU they
# compile for the one that RADV_FORCE_FAMILY names, and run nothing. Mesa 26 does that no more.
case $1 in
llvmpipe | llvmpipe-25)
    candidates="/usr/share/vulkan/icd.d/lvp_icd*.json /usr/local/share/vulkan/icd.d/lvp_icd*.json"
    package=mesa-vulkan-drivers ;;
llvmpipe-26)
    candidates=/srv/mesa-backports/lvp_icd.json
    libraries=$(cat /srv/mesa-backports/libraries 2>/dev/null)
    package="of Debian 13's backports, see scripts/debian13.sh" ;;
radv | radv-25)
    candidates="/usr/share/vulkan/icd.d/radeon_icd*.json"
    package=mesa-vulkan-drivers ;;
swiftshader)
    candidates="/usr/lib/chromium/vk_swiftshader_icd.json"
    package=chromium ;;
*)
    echo "with_icd.sh: unknown driver $1" >&2
    exit 2 ;;
esac
driver=$1
shift
case $driver in
*-2[56]) # of the root: a machine's own driver may have any version
    [ -e /.unmask-recipe ] || { echo "skip: $driver is looked for in the root of scripts/debian13.sh only"; exit 77; } ;;
esac
unset UM_TEST_VALIDATION
for folder in /usr/share /usr/local/share /etc; do
    if [ -r "$folder/vulkan/explicit_layer.d/VkLayer_khronos_validation.json" ]; then
        export UM_TEST_VALIDATION=1
    fi
done
[ -n "$UM_TEST_VALIDATION" ] || echo "without validation: the layer is not installed"
suppressions=suppressions=$(dirname "$0")/lsan.supp:print_suppressions=0
export LSAN_OPTIONS="${LSAN_OPTIONS:+$LSAN_OPTIONS:}$suppressions"
for file in $candidates; do
    if [ -r "$file" ]; then
        # The first name is for loaders older than 1.3.207.
        # What drivers compile, and what the self-test found. A test that counts calls has a cache of its own.
        export XDG_CACHE_HOME="$PWD/cache-$driver${UM_TEST_CACHE:+-$UM_TEST_CACHE}"
        export VK_ICD_FILENAMES="$file" VK_DRIVER_FILES="$file"
        [ -z "$libraries" ] || export LD_LIBRARY_PATH="$libraries"
        # Layers of 2022 leave this part of synchronization validation off.
        export VK_LAYER_ENABLES=VALIDATION_CHECK_ENABLE_SYNCHRONIZATION_VALIDATION_QUEUE_SUBMIT
        exec "$@"
    fi
done
echo "skip: the Vulkan driver $driver is not installed (Debian package $package)"
exit 77
