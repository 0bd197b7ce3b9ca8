# SPDX-License-Identifier: Apache-2.0
# Gives onecnn::protozero: the system's headers, else a pinned upstream release.

set(ONECNN_PROTOZERO_URL https://github.com/mapbox/protozero/archive/refs/tags/v1.7.1.tar.gz
    CACHE STRING "protozero source archive, used when none is installed")
set(ONECNN_PROTOZERO_SHA256 27e0017d5b3ba06d646a3ec6391d5ccc8500db821be480aefd2e4ddc3de5ff99
    CACHE STRING "SHA-256 of ONECNN_PROTOZERO_URL")

find_path(PROTOZERO_INCLUDE_DIR protozero/pbf_reader.hpp)
mark_as_advanced(PROTOZERO_INCLUDE_DIR)
if(PROTOZERO_INCLUDE_DIR)
  set(include_dir ${PROTOZERO_INCLUDE_DIR})
else()
  message(STATUS "protozero: not installed; fetching ${ONECNN_PROTOZERO_URL}")
  include(FetchContent)
  # No CMakeLists.txt lies in include/, so only the headers are taken: protozero's own build adds tests and tools.
  FetchContent_Declare(protozero
    URL ${ONECNN_PROTOZERO_URL}
    URL_HASH SHA256=${ONECNN_PROTOZERO_SHA256}
    DOWNLOAD_EXTRACT_TIMESTAMP OFF
    SOURCE_SUBDIR include)
  FetchContent_MakeAvailable(protozero)
  set(include_dir ${protozero_SOURCE_DIR}/include)
endif()

add_library(onecnn_protozero INTERFACE)
add_library(onecnn::protozero ALIAS onecnn_protozero)
target_include_directories(onecnn_protozero SYSTEM INTERFACE ${include_dir})
