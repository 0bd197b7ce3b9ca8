// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

namespace onecnn::testing {

/// What operator new was asked for so far by the tests and the library.
extern std::atomic<std::int64_t> allocations;
extern std::atomic<std::int64_t> allocated_bytes;

}  // namespace onecnn::testing
