// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>

namespace onecnn::core {

/// Memory that goes back to the system when it is freed, where it is large; the heap keeps what lies between others' blocks. For
/// what lives long and comes in many sizes, as a plan's arena, which would leave holes in the heap. From 4 MiB on in
/// large pages where the system has them. Throws Error: OutOfMemory.
[[nodiscard]] std::shared_ptr<std::byte> allocate_mapped(std::size_t bytes);

}  // namespace onecnn::core
