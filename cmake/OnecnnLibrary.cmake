# SPDX-License-Identifier: Apache-2.0
# The shared library: its public headers, its SONAME, and the only symbols it exports.

# <onecnn/onecnn.h> and <onecnn/onecnn.hpp> must be reachable in the tree as they are when installed.
set(onecnn_generated_include ${PROJECT_BINARY_DIR}/include)
configure_file(capi/onecnn.h ${onecnn_generated_include}/onecnn/onecnn.h COPYONLY)

file(GLOB public_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/onecnn/*.hpp)
onecnn_target(onecnn)
target_sources(onecnn PUBLIC FILE_SET HEADERS
  BASE_DIRS ${PROJECT_SOURCE_DIR}/include ${onecnn_generated_include}
  FILES ${public_headers} ${onecnn_generated_include}/onecnn/onecnn.h)
target_link_libraries(onecnn PRIVATE onecnn_core)
# The record in capi/abi/ is made from the debug information of the exported functions, whatever the build type.
target_compile_options(onecnn PRIVATE -g)
target_compile_definitions(onecnn PRIVATE ONECNN_ABI_VERSION=${ONECNN_ABI_VERSION})
set_target_properties(onecnn PROPERTIES
  SOVERSION ${ONECNN_ABI_VERSION}
  INSTALL_RPATH $ORIGIN
  LINK_DEPENDS ${PROJECT_SOURCE_DIR}/capi/onecnn.map)
if(NOT SKBUILD)
  # A wheel holds no symbolic links: there the SONAME is the file's name.
  set_target_properties(onecnn PROPERTIES VERSION ${ONECNN_ABI_VERSION}.${PROJECT_VERSION})
endif()
target_link_options(onecnn PRIVATE
  -Wl,--version-script=${PROJECT_SOURCE_DIR}/capi/onecnn.map
  -Wl,--exclude-libs,ALL)
if(ONECNN_STATIC_RUNTIME)
  # GCC 12's condition variables ask for a libstdc++ newer than manylinux_2_34 promises.
  include(CheckLinkerFlag)
  check_linker_flag(CXX -static-libstdc++ ONECNN_HAS_STATIC_LIBSTDCXX)
  if(ONECNN_HAS_STATIC_LIBSTDCXX)
    # What is not reached goes, or its unused parts would ask for the build machine's newest glibc.
    target_link_options(onecnn PRIVATE -static-libstdc++ -Wl,--gc-sections)
  else()
    message(WARNING "No static libstdc++ here: the library will need the system's")
  endif()
endif()
if(NOT ONECNN_SANITIZE)
  # The sanitizers' runtime is resolved by the executable, never by a library.
  target_link_options(onecnn PRIVATE -Wl,--no-undefined)
endif()
