// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "kernels/onednn.h"
#include "runtime/tensor.h"

namespace onecnn::core {

/// A model's weights in the forms that primitives ask for, each made once and shared by all plans that hold it. The key has
/// how they lie, as one matrix may be read both ways, and the descriptor that the primitive was queried for, as the form
/// depends on more than the weights: the batch, say. Thread-safe.
class PackedWeights {
public:
    /// What was packed before, at a compiled file's making.
    struct Form {
        const std::byte* original;
        std::string name;
        std::shared_ptr<const std::byte> packed;
        std::size_t bytes;
        std::uint64_t checksum = 0;
    };
    /// Weights whose checksum is looked at before they are packed.
    struct Original {
        std::size_t bytes;
        std::uint64_t checksum;
    };

    /// Gives a form that is used where it is asked for, if it has the size that is wanted, its checksum holds, and it
    /// is not one `with_places`.
    void offer(Form form);
    /// Has the weights at `begin` checked before any part of them is packed.
    void distrust(const std::byte* begin, Original original);

    /// All that are in use and may be offered; their checksums are not set.
    [[nodiscard]] std::vector<Form> in_use() const;

    /// The tensor, which lies as `from`, reordered to `to`.
    [[nodiscard]] std::shared_ptr<const std::byte> get(const Tensor& tensor, const dnnl::memory::desc& from,
                                                       const dnnl::memory::desc& to);

    /// What `pack` makes of the tensor in `bytes` bytes, of which it must write all; `form` tells one way of packing from another.
    [[nodiscard]] std::shared_ptr<const std::byte> get(const Tensor& tensor, const std::string& form, std::size_t bytes,
                                                       const std::function<void(std::byte*)>& pack);

private:
    using Key = std::pair<const std::byte*, std::string>;
    struct Packed {
        std::weak_ptr<const std::byte> storage;
        std::size_t bytes = 0;
    };

    /// The form that was offered; null where it is another size or damaged.
    [[nodiscard]] std::shared_ptr<const std::byte> take_offered(const Key& key, std::size_t bytes);
    void check_original(const std::byte* part);
    /// Keeps what was made, unless another thread was faster, whose is given then.
    [[nodiscard]] std::shared_ptr<const std::byte> keep(const Key& key, std::size_t bytes,
                                                        std::shared_ptr<const std::byte> packed,
                                                        std::shared_ptr<const std::byte> original);

    mutable std::mutex mutex_;
    std::map<Key, Packed> packed_;
    std::map<Key, Form> offered_;
    std::map<const std::byte*, Original> distrusted_;
};

}  // namespace onecnn::core
