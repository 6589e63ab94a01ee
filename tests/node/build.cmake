# Configures and builds the preset "web-tests" of SOURCE in BINARY.
function(run)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${SOURCE} RESULT_VARIABLE status)
  if(status)
    message(FATAL_ERROR "failed: ${ARGN}")
  endif()
endfunction()

run(${EMCMAKE} ${CMAKE_COMMAND} --preset web-tests -B ${BINARY})
run(${CMAKE_COMMAND} --build ${BINARY} --parallel 2)
