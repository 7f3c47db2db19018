# SPDX-License-Identifier: Apache-2.0
# What `make install` puts where: program, libraries, headers, akin.pc, the CMake package, documentation.
include(CMakePackageConfigHelpers)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/akin)
install(TARGETS akin)
install(TARGETS akin_shared EXPORT akinTargets)
install(TARGETS akin_static EXPORT akinStaticTargets)
if(AKIN_MPI_MODULES)
    install(TARGETS ${AKIN_MPI_MODULES} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/akin)
endif()
install(EXPORT akinTargets NAMESPACE akin:: DESTINATION ${package})
install(EXPORT akinStaticTargets NAMESPACE akin:: DESTINATION ${package})
configure_package_config_file(cmake/akinConfig.cmake.in akinConfig.cmake INSTALL_DESTINATION ${package}
                              NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(akinConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/akinConfig.cmake ${PROJECT_BINARY_DIR}/akinConfigVersion.cmake
        DESTINATION ${package})

install(DIRECTORY include/akin DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

# akin.pc names the prefix, which may be given as late as `cmake --install --prefix`: so it is written then.
list(JOIN AKIN_MODULES " " requires)
set(openmp ${AKIN_OPENMP_LINK})
list(TRANSFORM openmp PREPEND "-l" REGEX "^[^/]")
set(libraries ${openmp} ${CMAKE_THREAD_LIBS_INIT} -ldl -lm)
if(NOT AKIN_ONEDNN_LATE)
    list(PREPEND libraries -ldnnl)
endif()
list(JOIN libraries " " libraries)
install(CODE "
set(PROJECT_DESCRIPTION [[${PROJECT_DESCRIPTION}]])
set(PROJECT_VERSION [[${PROJECT_VERSION}]])
set(AKIN_PC_REQUIRES [[${requires}]])
set(AKIN_PC_LIBS [[${libraries}]])
cmake_path(APPEND AKIN_PC_LIBDIR [[\${prefix}]] [[${CMAKE_INSTALL_LIBDIR}]])
cmake_path(APPEND AKIN_PC_INCLUDEDIR [[\${prefix}]] [[${CMAKE_INSTALL_INCLUDEDIR}]])
configure_file([[${PROJECT_SOURCE_DIR}/cmake/akin.pc.in]] [[${PROJECT_BINARY_DIR}/akin.pc]] @ONLY)")
install(FILES ${PROJECT_BINARY_DIR}/akin.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs examples DESTINATION ${CMAKE_INSTALL_DOCDIR})

# What a wheel takes (pyproject.toml): the library, as one file, and the program within the package, beside each other.
if(SKBUILD)
    set_target_properties(akin_shared PROPERTIES VERSION 0)
    set_target_properties(akin PROPERTIES INSTALL_RPATH "$ORIGIN/..")
    install(TARGETS akin_shared LIBRARY DESTINATION akin COMPONENT python NAMELINK_SKIP)
    install(TARGETS akin RUNTIME DESTINATION akin/bin COMPONENT python)
endif()
