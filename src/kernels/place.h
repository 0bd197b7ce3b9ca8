// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/step.h"

namespace onecnn::core {

/// Where a tensor's channels lie, channels last, in memory that may hold further channels of each pixel: a value inside
/// another one.
struct Place {
    Slot slot;
    std::size_t offset;         ///< bytes from the slot's start
    std::int64_t pixel_stride;  ///< elements from one pixel to the next; the channels' count where the tensor is dense

    friend bool operator==(const Place&, const Place&) = default;
};

template <typename T>
[[nodiscard]] T* at(const Memory& memory, const Place& place) {
    return reinterpret_cast<T*>(memory[place.slot] + place.offset);
}

}  // namespace onecnn::core
