// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "kernels/onednn.h"
#include "runtime/tensor.h"

namespace onecnn::core {

/// A model's weights in the forms that primitives ask for, each made once and shared by all plans that hold it. The key has
/// how they lie, as one matrix may be read both ways, and the descriptor that the primitive was queried for, as the form
/// depends on more than the weights: the batch, say. Thread-safe.
class PackedWeights {
public:
    /// The tensor, which lies as `from`, reordered to `to`.
    [[nodiscard]] std::shared_ptr<const std::byte> get(const Tensor& tensor, const dnnl::memory::desc& from,
                                                       const dnnl::memory::desc& to);

    /// What `pack` makes of the tensor in `bytes` bytes, which are zero before; `form` tells one way of packing from another.
    [[nodiscard]] std::shared_ptr<const std::byte> get(const Tensor& tensor, const std::string& form, std::size_t bytes,
                                                       const std::function<void(std::byte*)>& pack);

private:
    using Key = std::pair<const std::byte*, std::string>;

    std::mutex mutex_;
    std::map<Key, std::weak_ptr<const std::byte>> packed_;
};

}  // namespace onecnn::core
