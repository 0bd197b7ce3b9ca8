// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "kernels/step.h"
#include "runtime/dtype.h"
#include "runtime/error.h"

namespace onecnn::core {

/// An int32 or int64 tensor whose elements are places along an axis; negative ones count from its end.
class Indices {
public:
    Indices(Slot slot, DType dtype, std::string node)
        : slot_(slot), wide_(dtype == DType::int64), node_(std::move(node)) {}

    [[nodiscard]] Slot slot() const { return slot_; }

    /// Element i as a place on an axis of the given size; InvalidArgument naming the node when it is off the axis.
    [[nodiscard]] std::int64_t at(const Memory& memory, std::int64_t i, std::int64_t size) const {
        const std::int64_t index =
            wide_ ? memory.at<const std::int64_t>(slot_)[i] : memory.at<const std::int32_t>(slot_)[i];
        const std::int64_t place = index < 0 ? index + size : index;
        if (place < 0 || place >= size) {
            fail(ErrorCode::invalid_argument, node_, ": element ", i, " of its indices is ", index, ", outside [",
                 -size, ", ", size, ")");
        }
        return place;
    }

private:
    Slot slot_;
    bool wide_;
    std::string node_;
};

}  // namespace onecnn::core
