# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` lays down: the library, its headers, the CMake package and the pkg-config file. All paths
# are relative to where they end up, so the tree can be moved.

include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/onecnn)
install(TARGETS onecnn EXPORT onecnn-targets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT devel
        FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT devel)
if(onecnn_bundled_onednn)
  install(FILES ${onecnn_bundled_onednn} DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime
          RENAME ${onecnn_onednn_soname})
  install(FILES ${onecnn_onednn_notices} DESTINATION ${CMAKE_INSTALL_DOCDIR}/onednn COMPONENT runtime)
endif()

install(EXPORT onecnn-targets NAMESPACE onecnn:: DESTINATION ${package_dir} COMPONENT devel)
configure_package_config_file(cmake/onecnn-config.cmake.in onecnn-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(onecnn-config-version.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${PROJECT_BINARY_DIR}/onecnn-config.cmake ${PROJECT_BINARY_DIR}/onecnn-config-version.cmake
        DESTINATION ${package_dir} COMPONENT devel)

# pkg-config finds the prefix from the file's own place.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_INCLUDEDIR BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX}
           OUTPUT_VARIABLE pc_includedir)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_LIBDIR BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX} OUTPUT_VARIABLE pc_libdir)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig
           OUTPUT_VARIABLE pc_prefix)
configure_file(cmake/onecnn.pc.in onecnn.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/onecnn.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT devel)

install(FILES LICENSE cmake/notices/protozero.txt DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT runtime)
