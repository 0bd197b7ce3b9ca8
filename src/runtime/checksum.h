// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace onecnn::core {

/// 64 bits that tell damaged bytes from whole ones, at the memory's speed; no defence against who means to mislead.
[[nodiscard]] std::uint64_t checksum(std::span<const std::byte> bytes);

}  // namespace onecnn::core
