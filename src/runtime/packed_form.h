// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace onecnn::core {

/// How the name of a packed form ends that holds places beside numbers: no file is trusted to have it.
inline constexpr std::string_view with_places = " with places";

}  // namespace onecnn::core
