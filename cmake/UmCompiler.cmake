# Compiler settings shared by every target: C11, warnings, sanitizers, reproducible paths.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
if(NOT EMSCRIPTEN) # there it costs speed, and nothing is relocated
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
endif()
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

add_library(um_compiler INTERFACE)
target_compile_options(um_compiler INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
  -ffp-contract=off # a * b + c rounds the same with every compiler; fast paths ask for FMA by name
  -fno-math-errno # lets sqrtf become one instruction
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
if(EMSCRIPTEN)
  target_compile_options(um_compiler INTERFACE -msimd128) # a browser without it cannot run the page
  if(UNMASK_THREADS)
    target_compile_options(um_compiler INTERFACE -pthread)
    target_link_options(um_compiler INTERFACE -pthread)
  endif()
endif()
if(WIN32)
  target_compile_definitions(um_compiler INTERFACE
    _WIN32_WINNT=0x0602 # Windows 8
    __USE_MINGW_ANSI_STDIO=1) # formats of C99, which the system's C library does not know
  target_compile_options(um_compiler INTERFACE
    -Wno-float-conversion # isfinite() and isnan() of mingw-w64 are such
    -Wno-format # judges them by that library; builds for other systems check them
    -Wa,-muse-unaligned-vector-move) # gcc cannot align vectors on the stack here (its bug 54412)
  target_link_options(um_compiler INTERFACE -static -Wl,--stack,8388608)
endif()
if(UNMASK_WERROR)
  target_compile_options(um_compiler INTERFACE -Werror)
endif()
if(UNMASK_SANITIZE)
  target_compile_options(um_compiler INTERFACE
    -fsanitize=${UNMASK_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(um_compiler INTERFACE -fsanitize=${UNMASK_SANITIZE})
  if(UNMASK_SANITIZE MATCHES "address")
    set(program $<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>)
    target_sources(um_compiler INTERFACE $<${program}:${CMAKE_SOURCE_DIR}/cmake/keep_loaded.c>)
    target_link_options(um_compiler INTERFACE $<${program}:-Wl,--export-dynamic-symbol=dlclose>)
  endif()
endif()
