// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// Included by files that are compiled for one instruction set each: nothing here may have code that a linker could share.

namespace onecnn::core {

/// More chains than an FMA's latency times the units of any core, so that no unit ever waits, and few enough for 16 registers.
inline constexpr int fma_chain_count = 12;

/// Takes each chain of dependent FMAs `rounds` steps further. The result says nothing; it keeps the compiler from leaving the
/// work out.
using FmaChains = float (*)(std::int64_t rounds);

}  // namespace onecnn::core
