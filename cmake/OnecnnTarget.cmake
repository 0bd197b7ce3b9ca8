# SPDX-License-Identifier: Apache-2.0
# How each target of ours is compiled. Third-party headers come in as SYSTEM and are spared the warnings.

find_package(Threads REQUIRED)

if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

function(onecnn_target target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF
    C_VISIBILITY_PRESET hidden
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow
    $<$<BOOL:${ONECNN_WERROR}>:-Werror>)
  if(ONECNN_SANITIZE)
    target_compile_options(${target} PRIVATE
      -fsanitize=${ONECNN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${ONECNN_SANITIZE})
  endif()
endfunction()
