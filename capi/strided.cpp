// SPDX-License-Identifier: Apache-2.0
#include "strided.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>

#include "runtime/error.h"

namespace onecnn::capi {
namespace {

/// The elements from the lowest to the highest; ResourceLimit when that does not fit into 63 bits.
std::int64_t reach(core::ShapeView dims, core::ShapeView strides) {
    std::int64_t elements = 1;
    for (std::size_t axis = 0; axis < dims.size(); ++axis) {
        // INT64_MIN has no magnitude.
        const std::int64_t stride = std::max(strides[axis], -std::numeric_limits<std::int64_t>::max());
        elements = core::checked_add(elements, core::checked_multiply(dims[axis] - 1, stride < 0 ? -stride : stride));
    }
    return elements;
}

/// Copies the block under `axis` and returns where the next one goes.
std::byte* copy_axis(core::ShapeView dims, core::ShapeView strides, const std::byte* source, std::ptrdiff_t element,
                     std::byte* destination) {
    if (dims.empty()) {
        std::memcpy(destination, source, static_cast<std::size_t>(element));
        return destination + element;
    }
    for (std::int64_t index = 0; index < dims.front(); ++index) {
        destination = copy_axis(dims.subspan(1), strides.subspan(1), source + index * strides.front() * element,
                                element, destination);
    }
    return destination;
}

}  // namespace

bool is_row_major(core::ShapeView dims, core::ShapeView strides) {
    if (std::ranges::find(dims, 0) != dims.end()) {
        return true;
    }
    std::int64_t expected = 1;
    for (std::size_t axis = dims.size(); axis-- > 0;) {
        if (dims[axis] != 1 && strides[axis] != expected) {
            return false;
        }
        expected *= dims[axis];
    }
    return true;
}

void copy_strided(core::DType dtype, core::ShapeView dims, core::ShapeView strides, const std::byte* source,
                  std::size_t bytes, std::byte* destination) {
    if (core::is_packed(dtype)) {
        core::fail(core::ErrorCode::invalid_argument, "a tensor of ", core::name(dtype), core::to_string(dims),
                   " has strides ", core::to_string(strides), "; elements that share bytes must be row-major");
    }
    const std::int64_t needed = core::checked_multiply(reach(dims, strides), core::bits(dtype) / 8);
    if (static_cast<std::size_t>(needed) > bytes) {
        core::fail(core::ErrorCode::invalid_argument, "data has ", bytes, " bytes, ", core::name(dtype),
                   core::to_string(dims), " with strides ", core::to_string(strides), " reaches over ", needed);
    }
    copy_axis(dims, strides, source, core::bits(dtype) / 8, destination);
}

}  // namespace onecnn::capi
