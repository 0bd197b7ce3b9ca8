// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "kernels/indices.h"
#include "kernels/step.h"
#include "runtime/shape.h"

namespace onecnn::core {

/// Tuples of indices, each of which picks an element, or a chunk of neighbours, by the axes of a dense tensor from
/// `batch_dims` on; the tuples themselves lie in as many batches as the tensor.
class IndexTuples {
public:
    /// The last axis of `indices_shape` is a tuple.
    IndexTuples(Indices indices, ShapeView indices_shape, ShapeView data, std::size_t batch_dims)
        : indices_(std::move(indices)),
          per_batch_(element_count(indices_shape, batch_dims, indices_shape.size() - 1)),
          count_(element_count(indices_shape, 0, indices_shape.size() - 1)),
          batch_stride_(element_count(data, batch_dims, data.size())) {
        const Shape strides = row_major_strides(data);
        const auto length = static_cast<std::size_t>(indices_shape.back());
        for (std::size_t i = batch_dims; i < batch_dims + length; ++i) {
            axes_.push_back({data[i], strides[i]});
        }
        chunk_ = element_count(data, batch_dims + length, data.size());
    }

    [[nodiscard]] Slot slot() const { return indices_.slot(); }
    [[nodiscard]] std::int64_t count() const { return count_; }
    /// The elements that a tuple picks.
    [[nodiscard]] std::int64_t chunk() const { return chunk_; }

    /// The first element that a tuple picks; InvalidArgument when one of its indices is off its axis.
    [[nodiscard]] std::int64_t place(const Memory& memory, std::int64_t tuple) const {
        std::int64_t place = tuple / per_batch_ * batch_stride_;
        std::int64_t i = tuple * static_cast<std::int64_t>(axes_.size());
        for (const auto& [size, stride] : axes_) {
            place += indices_.at(memory, i++, size) * stride;
        }
        return place;
    }

private:
    struct Axis {
        std::int64_t size;
        std::int64_t stride;
    };

    Indices indices_;
    std::vector<Axis> axes_;
    std::int64_t per_batch_;
    std::int64_t count_;
    std::int64_t batch_stride_;
    std::int64_t chunk_ = 1;
};

}  // namespace onecnn::core
