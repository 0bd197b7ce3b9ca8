# SPDX-License-Identifier: Apache-2.0
# Gives DNNL::dnnl: what the user points at or the system has, else the PyPI package of the given Python (pip's
# isolated builds), else a pinned upstream release. Gives onecnn::openmp too, the runtime that oneDNN stands on.
#
# Sets onecnn_bundled_onednn to the shared library that must be installed beside ours, empty when there is none;
# onecnn_onednn_soname to the name under which the loader asks for it; onecnn_onednn_notices to the licences it is
# passed on under.

set(ONECNN_ONEDNN_MINIMUM 3.2)
set(ONECNN_ONEDNN_URL https://github.com/uxlfoundation/oneDNN/archive/refs/tags/v3.7.3.tar.gz
    CACHE STRING "oneDNN source archive, used when none is installed")
set(ONECNN_ONEDNN_SHA256 071f289dc961b43a3b7c8cbe8a305290a7c5d308ec4b2f586397749abdc88296
    CACHE STRING "SHA-256 of ONECNN_ONEDNN_URL")

# Where the PyPI distribution onednn-devel-cpu-gomp of `Python_EXECUTABLE` keeps its CMake package; empty if nowhere.
function(onecnn_pypi_onednn result)
  find_package(Python QUIET COMPONENTS Interpreter)
  set(${result} "" PARENT_SCOPE)
  if(NOT Python_Interpreter_FOUND)
    return()
  endif()
  execute_process(
    COMMAND ${Python_EXECUTABLE} -c [=[
from importlib import metadata
try:
    files = metadata.files("onednn-devel-cpu-gomp") or []
except metadata.PackageNotFoundError:
    files = []
print(next((str(f.locate().resolve().parent) for f in files if f.name == "dnnl-config.cmake"), ""))
]=]
    OUTPUT_VARIABLE directory OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  set(${result} "${directory}" PARENT_SCOPE)
endfunction()

find_package(dnnl ${ONECNN_ONEDNN_MINIMUM} CONFIG QUIET)
if(NOT dnnl_FOUND)
  onecnn_pypi_onednn(directory)
  if(directory)
    find_package(dnnl ${ONECNN_ONEDNN_MINIMUM} CONFIG QUIET PATHS ${directory} NO_DEFAULT_PATH)
  endif()
endif()

set(onecnn_bundled_onednn "")
if(dnnl_FOUND)
  if(NOT DNNL_CPU_RUNTIME STREQUAL "OMP" AND NOT DNNL_CPU_RUNTIME STREQUAL "SEQ")
    message(WARNING "oneDNN in ${dnnl_DIR} has the ${DNNL_CPU_RUNTIME} runtime; OMP is what is tested")
  endif()
  message(STATUS "oneDNN ${dnnl_VERSION}: ${dnnl_DIR}")
  get_target_property(type DNNL::dnnl TYPE)
  get_target_property(location DNNL::dnnl LOCATION)
  # Upstream's is libdnnl.so.3, Debian's libdnnl.so.3.6.
  get_target_property(configurations DNNL::dnnl IMPORTED_CONFIGURATIONS)
  list(GET configurations 0 configuration)
  get_target_property(onecnn_onednn_soname DNNL::dnnl IMPORTED_SONAME_${configuration})
  cmake_path(GET location PARENT_PATH directory)
  if(type STREQUAL "STATIC_LIBRARY" OR ONECNN_BUNDLE_ONEDNN STREQUAL "OFF")
  elseif(ONECNN_BUNDLE_ONEDNN STREQUAL "ON" OR NOT directory IN_LIST CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES)
    set(onecnn_bundled_onednn ${location})
    cmake_path(GET directory PARENT_PATH prefix)
    file(GLOB onecnn_onednn_notices ${prefix}/share/doc/*dnn*/LICENSE ${prefix}/share/doc/*dnn*/THIRD-PARTY-PROGRAMS)
  endif()
else()
  message(STATUS "oneDNN: not installed; building ${ONECNN_ONEDNN_URL}")
  include(FetchContent)
  # In the cache, because oneDNN's own policies let its defaults override plain variables.
  set(DNNL_LIBRARY_TYPE STATIC CACHE STRING "" FORCE)
  set(DNNL_CPU_RUNTIME OMP CACHE STRING "" FORCE)
  foreach(part DNNL_BUILD_TESTS DNNL_BUILD_EXAMPLES DNNL_BUILD_DOC ONEDNN_BUILD_DOC ONEDNN_BUILD_GRAPH)
    set(${part} OFF CACHE BOOL "" FORCE)
  endforeach()
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  if(CMAKE_VERSION VERSION_GREATER_EQUAL 3.28)
    set(keep_out_of_our_install EXCLUDE_FROM_ALL)
  endif()
  FetchContent_Declare(onednn
    URL ${ONECNN_ONEDNN_URL}
    URL_HASH SHA256=${ONECNN_ONEDNN_SHA256}
    DOWNLOAD_EXTRACT_TIMESTAMP OFF
    ${keep_out_of_our_install}
    SYSTEM)
  FetchContent_MakeAvailable(onednn)
  if(NOT TARGET DNNL::dnnl)
    add_library(DNNL::dnnl ALIAS dnnl)
  endif()
endif()

# The core saves and restores the caller's OpenMP thread count around oneDNN, so it needs the runtime's library; not the
# compiler's flag, because it has no parallel region of its own.
find_package(OpenMP REQUIRED COMPONENTS CXX)
add_library(onecnn_openmp INTERFACE)
add_library(onecnn::openmp ALIAS onecnn_openmp)
target_include_directories(onecnn_openmp SYSTEM INTERFACE ${OpenMP_CXX_INCLUDE_DIRS})
target_link_libraries(onecnn_openmp INTERFACE ${OpenMP_CXX_LIBRARIES})
