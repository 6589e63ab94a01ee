# Installs libunmask: the static and, where the platform has such, the shared library, the headers,
# unmask.pc and a CMake package. Included where the target `unmask` is complete.
include(CMakePackageConfigHelpers)

option(UNMASK_SHARED "Build and install the shared library beside the static one" ON)
get_property(can_share GLOBAL PROPERTY TARGET_SUPPORTS_SHARED_LIBS)
set(installed unmask)
set_target_properties(unmask PROPERTIES EXPORT_NAME unmask_static)

if(UNMASK_SHARED AND can_share)
  get_target_property(libraries unmask LINK_LIBRARIES)
  add_library(unmask_shared SHARED $<TARGET_OBJECTS:unmask>)
  add_dependencies(unmask_shared unmask)
  target_link_libraries(unmask_shared PRIVATE ${libraries})
  set_target_properties(unmask_shared PROPERTIES OUTPUT_NAME unmask EXPORT_NAME unmask
    LINKER_LANGUAGE C VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
  if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    set(map ${CMAKE_CURRENT_SOURCE_DIR}/libunmask.map)
    target_link_options(unmask_shared PRIVATE -Wl,--version-script=${map})
    set_target_properties(unmask_shared PROPERTIES LINK_DEPENDS ${map})
  endif()
  list(APPEND installed unmask_shared)
endif()

install(TARGETS ${installed} EXPORT unmask
  LIBRARY COMPONENT library NAMELINK_COMPONENT development
  ARCHIVE COMPONENT development
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES include/unmask/unmask.h include/unmask/measure.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/unmask
  COMPONENT development)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/unmask)
install(EXPORT unmask NAMESPACE unmask:: FILE unmaskTargets.cmake DESTINATION ${package}
  COMPONENT development)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/unmaskConfig.cmake.in unmaskConfig.cmake
  INSTALL_DESTINATION ${package})
write_basic_package_version_file(unmaskConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/unmaskConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/unmaskConfigVersion.cmake
  DESTINATION ${package} COMPONENT development)

# Relative to where the .pc file lies, so that the installed tree can be moved.
file(RELATIVE_PATH UM_PC_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
file(RELATIVE_PATH UM_PC_LIBDIR ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_LIBDIR})
file(RELATIVE_PATH UM_PC_INCLUDEDIR ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
string(REGEX REPLACE "/$" "" UM_PC_PREFIX ${UM_PC_PREFIX})
set(UM_PC_PRIVATE "-lm -pthread")
if(CMAKE_DL_LIBS)
  string(APPEND UM_PC_PRIVATE " -l${CMAKE_DL_LIBS}")
endif()
configure_file(${PROJECT_SOURCE_DIR}/cmake/unmask.pc.in unmask.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/unmask.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
  COMPONENT development)
