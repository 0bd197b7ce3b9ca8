// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "runtime/run.h"

namespace onecnn::core {

/// Runs what is bound once, then `runs` times more with every step timed, and tells what they took as JSON; its keys stand at
/// onecnn_run_profile. Throws what Run::execute throws, and InvalidArgument for fewer than one run.
[[nodiscard]] std::string profile(Run& run, std::int64_t runs);

}  // namespace onecnn::core
