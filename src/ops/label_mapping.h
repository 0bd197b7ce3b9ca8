// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "graph/graph.h"

namespace onecnn::core {

/// What labels become: the value at the place of their key. Keys and values are lists of numbers or strings.
struct LabelMapping {
    Tensor keys;
    Tensor values;
    Tensor absent;  ///< the one value of labels that are no key
};

/// The attributes of LabelEncoder or CategoryMapper for labels of this dtype, which decides the way of a mapping that has two.
[[nodiscard]] LabelMapping label_mapping(const Node& node, DType labels);

/// Calls `function` with a value of the C++ type of numbers that may be labels. Returns whether the dtype is of such.
template <typename Function>
bool visit_label(DType dtype, Function&& function) {
    switch (dtype) {
        case DType::float32: function(float{}); return true;
        case DType::float64: function(double{}); return true;
        case DType::int16: function(std::int16_t{}); return true;
        case DType::int32: function(std::int32_t{}); return true;
        case DType::int64: function(std::int64_t{}); return true;
        default: return false;
    }
}

/// Finds the place of a number among keys. NaN is equal to NaN, and of equal keys the last counts.
class NumberKeys {
public:
    explicit NumberKeys(const Tensor& keys);

    /// The number of keys for what is none.
    template <typename T>
    [[nodiscard]] std::size_t find(T label) const {
        return find_identity(identity(label));
    }

    [[nodiscard]] std::size_t bytes() const { return entries_.size() * sizeof(Entry); }

private:
    using Entry = std::pair<std::uint64_t, std::size_t>;

    /// Bits that are the same for numbers that are equal.
    template <typename T>
    [[nodiscard]] static std::uint64_t identity(T label);
    [[nodiscard]] std::size_t find_identity(std::uint64_t identity) const;

    std::vector<Entry> entries_;  // in order
};

/// The places of strings; of equal ones the last counts.
class StringKeys {
public:
    /// `keys` must outlive this.
    explicit StringKeys(std::span<const std::string> keys);

    /// The number of keys for what is none.
    [[nodiscard]] std::size_t find(std::string_view label) const {
        const auto found = places_.find(label);
        return found == places_.end() ? count_ : found->second;
    }

private:
    std::unordered_map<std::string_view, std::size_t> places_;
    std::size_t count_;
};

}  // namespace onecnn::core
