// SPDX-License-Identifier: Apache-2.0
#include "ops/label_mapping.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <type_traits>

#include "graph/attributes.h"
#include "kernels/convert.h"
#include "ops/ml_attributes.h"
#include "runtime/error.h"

namespace onecnn::core {

namespace {

using Integers = std::vector<std::int64_t>;
using Strings = std::vector<std::string>;

/// The list that is given as `name` and "_tensor", "_strings", "_int64s" or "_floats".
Tensor list(const Node& node, const std::string& name) {
    if (auto tensor = find_attribute<Tensor>(node, name + "_tensor")) {
        return *std::move(tensor);
    }
    if (const auto strings = find_attribute<Strings>(node, name + "_strings")) {
        return Tensor::from<std::string>(*strings);
    }
    if (const auto integers = find_attribute<Integers>(node, name + "_int64s")) {
        return Tensor::from<std::int64_t>(*integers);
    }
    if (const auto floats = find_attribute<std::vector<float>>(node, name + "_floats")) {
        return Tensor::from<float>(*floats);
    }
    fail(ErrorCode::invalid_model, describe(node), ": it has no ", name);
}

/// What a label that is no key becomes.
Tensor absent(const Node& node, DType dtype) {
    if (auto tensor = find_attribute<Tensor>(node, "default_tensor")) {
        return *std::move(tensor);
    }
    const std::array text{attribute<std::string>(node, "default_string", "_Unused")};
    const std::array integer{attribute<std::int64_t>(node, "default_int64", -1)};
    const std::array real{attribute<float>(node, "default_float", -0.0F)};
    if (dtype == DType::string) {
        return Tensor::from<std::string>(text);
    }
    const bool is_real = dtype == DType::float32 || dtype == DType::float64;
    const Tensor given = is_real ? Tensor::from<float>(real) : Tensor::from<std::int64_t>(integer);
    if (!can_convert(given.dtype(), dtype)) {
        fail(ErrorCode::invalid_model, describe(node), ": its values are ", name(dtype), ", which are no labels");
    }
    Tensor tensor(dtype, {1});
    conversion(given.dtype(), dtype)(given.data(), tensor.data(), 1);
    return tensor;
}

/// Strings and integers that stand for each other: strings become integers, integers strings.
LabelMapping two_ways(const Node& node, const Strings& strings, const Integers& integers, DType labels) {
    LabelMapping mapping{Tensor::from<std::string>(strings), Tensor::from<std::int64_t>(integers), {}};
    if (labels != DType::string) {
        std::swap(mapping.keys, mapping.values);
    }
    mapping.absent = absent(node, mapping.values.dtype());
    return mapping;
}

LabelMapping read(const Node& node, DType labels) {
    if (const auto classes = find_attribute<Strings>(node, "classes_strings")) {  // LabelEncoder of opset 1
        Integers places(classes->size());
        std::iota(places.begin(), places.end(), 0);
        return two_ways(node, *classes, places, labels);
    }
    if (const auto categories = find_attribute<Strings>(node, "cats_strings")) {
        return two_ways(node, *categories, required_attribute<Integers>(node, "cats_int64s"), labels);
    }
    LabelMapping mapping{list(node, "keys"), list(node, "values"), {}};
    mapping.absent = absent(node, mapping.values.dtype());
    return mapping;
}

}  // namespace

LabelMapping label_mapping(const Node& node, DType labels) {
    LabelMapping mapping = read(node, labels);
    for (const auto* tensor : {&mapping.keys, &mapping.values}) {
        const bool known = tensor->dtype() == DType::string || visit_label(tensor->dtype(), [](auto) {});
        if (!known || tensor->shape().size() != 1) {
            fail(ErrorCode::invalid_model, describe(node), ": its keys and values are ", name(mapping.keys.dtype()),
                 to_string(mapping.keys.shape()), " and ", name(mapping.values.dtype()),
                 to_string(mapping.values.shape()), ", expected lists of labels");
        }
    }
    require_values(node, "values", static_cast<std::size_t>(mapping.values.size()),
                   static_cast<std::size_t>(mapping.keys.size()));
    if (mapping.absent.dtype() != mapping.values.dtype() || mapping.absent.size() != 1) {
        fail(ErrorCode::invalid_model, describe(node), ": default_tensor is ", name(mapping.absent.dtype()),
             to_string(mapping.absent.shape()), ", expected one element of ", name(mapping.values.dtype()));
    }
    if (labels != mapping.keys.dtype()) {
        fail(ErrorCode::invalid_model, describe(node), ": input 0 is ", name(labels), " and its keys are ",
             name(mapping.keys.dtype()));
    }
    return mapping;
}

template <typename T>
std::uint64_t NumberKeys::identity(T label) {
    if constexpr (std::is_floating_point_v<T>) {
        const double wide = label == 0 ? 0.0 : static_cast<double>(label);
        return std::bit_cast<std::uint64_t>(std::isnan(wide) ? std::numeric_limits<double>::quiet_NaN() : wide);
    } else {
        return static_cast<std::uint64_t>(static_cast<std::int64_t>(label));
    }
}

template std::uint64_t NumberKeys::identity(float);
template std::uint64_t NumberKeys::identity(double);
template std::uint64_t NumberKeys::identity(std::int16_t);
template std::uint64_t NumberKeys::identity(std::int32_t);
template std::uint64_t NumberKeys::identity(std::int64_t);

NumberKeys::NumberKeys(const Tensor& keys) {
    visit_label(keys.dtype(), [&]<typename T>(T) {
        for (const T key : keys.as<T>()) {
            entries_.emplace_back(identity(key), entries_.size());
        }
    });
    std::ranges::sort(entries_);
}

std::size_t NumberKeys::find_identity(std::uint64_t identity) const {
    const auto after = std::ranges::upper_bound(entries_, identity, {}, &Entry::first);
    const bool found = after != entries_.begin() && std::prev(after)->first == identity;
    return found ? std::prev(after)->second : entries_.size();
}

StringKeys::StringKeys(std::span<const std::string> keys) : count_(keys.size()) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
        places_.insert_or_assign(keys[i], i);
    }
}

}  // namespace onecnn::core
