# The modules that node runs, and the one that the browser comparison loads.
add_subdirectory(../support ${CMAKE_CURRENT_BINARY_DIR}/support)

function(um_add_module name)
  add_executable(${name} ${ARGN})
  target_include_directories(${name} PRIVATE
    ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/tests ${CMAKE_SOURCE_DIR}/runtime)
  target_link_libraries(${name} PRIVATE um_test_support unmask um_compiler m)
  # Debian's emcc finds the JavaScript parser that Debian ships only through Debian's own node.
  if(EXISTS /usr/share/nodejs/acorn)
    set_property(TARGET ${name} PROPERTY RULE_LAUNCH_LINK "env NODE_PATH=/usr/share/nodejs")
  endif()
endfunction()

function(um_add_node_program name)
  um_add_module(${name} ${ARGN})
  target_link_options(${name} PRIVATE -O1
    -sENVIRONMENT=node,worker -sNODERAWFS=1 -sEXIT_RUNTIME=1 -sINITIAL_MEMORY=268435456)
  if(UNMASK_THREADS)
    # The program itself runs beside node's event loop, which thread creation needs.
    target_link_options(${name} PRIVATE -sPROXY_TO_PTHREAD=1)
  endif()
endfunction()

set(ops ../ops)
um_add_node_program(test_ops_cpu ${ops}/test_ops_cpu.c ${ops}/op_bench.c ${ops}/op_case.c
  ${ops}/op_expect.c ${ops}/op_run.c ${ops}/op_specs.c)
um_add_node_program(samplers samplers.c)
um_add_node_program(tokens tokens.c)

if(UNMASK_THREADS)
  add_subdirectory(../bench/web ${CMAKE_CURRENT_BINARY_DIR}/../bench/web)
endif()
