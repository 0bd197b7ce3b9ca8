// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "graph/attributes.h"
#include "kernels/convert.h"
#include "ops/lower_context.h"
#include "ops/ml_attributes.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

/// Calls `function` with a value of the C++ type of a label's dtype. Returns whether it is one.
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

/// The list that is given as `name` and "_tensor", "_int64s" or "_floats".
Tensor list(const Node& node, const std::string& name) {
    if (auto tensor = find_attribute<Tensor>(node, name + "_tensor")) {
        return *std::move(tensor);
    }
    if (const auto integers = find_attribute<std::vector<std::int64_t>>(node, name + "_int64s")) {
        return Tensor::from<std::int64_t>(*integers);
    }
    if (const auto floats = find_attribute<std::vector<float>>(node, name + "_floats")) {
        return Tensor::from<float>(*floats);
    }
    fail(ErrorCode::unsupported_operator, describe(node), ": its ", name, " are no numbers; those are supported");
}

/// What a label without a key becomes.
Tensor absent(const Node& node, DType dtype) {
    if (auto tensor = find_attribute<Tensor>(node, "default_tensor")) {
        return *std::move(tensor);
    }
    const std::array integer{attribute<std::int64_t>(node, "default_int64", -1)};
    const std::array real{attribute<float>(node, "default_float", -0.0F)};
    const bool is_real = dtype == DType::float32 || dtype == DType::float64;
    const Tensor given = is_real ? Tensor::from<float>(real) : Tensor::from<std::int64_t>(integer);
    Tensor tensor(dtype, {1});
    conversion(given.dtype(), dtype)(given.data(), tensor.data(), 1);
    return tensor;
}

struct Mapping {
    Tensor keys;
    Tensor values;
    Tensor absent;
};

Mapping parse(const Node& node) {
    Tensor values = list(node, "values");
    Mapping mapping{list(node, "keys"), values, {}};
    for (const auto* tensor : {&mapping.keys, &mapping.values}) {
        if (!visit_label(tensor->dtype(), [](auto) {}) || tensor->shape().size() != 1) {
            fail(ErrorCode::invalid_model, describe(node), ": its keys and values are ", name(mapping.keys.dtype()),
                 to_string(mapping.keys.shape()), " and ", name(mapping.values.dtype()),
                 to_string(mapping.values.shape()), ", expected lists of labels");
        }
    }
    require_values(node, "values", static_cast<std::size_t>(mapping.values.size()),
                   static_cast<std::size_t>(mapping.keys.size()));
    mapping.absent = absent(node, values.dtype());
    if (mapping.absent.dtype() != values.dtype() || mapping.absent.size() != 1) {
        fail(ErrorCode::invalid_model, describe(node), ": default_tensor is ", name(mapping.absent.dtype()),
             to_string(mapping.absent.shape()), ", expected one element of ", name(values.dtype()));
    }
    return mapping;
}

/// Bits that are the same for labels that are equal: for NaNs, and for both zeros.
template <typename T>
std::uint64_t identity(T label) {
    if constexpr (std::is_floating_point_v<T>) {
        const double wide = label == 0 ? 0.0 : static_cast<double>(label);
        return std::bit_cast<std::uint64_t>(std::isnan(wide) ? std::numeric_limits<double>::quiet_NaN() : wide);
    } else {
        return static_cast<std::uint64_t>(static_cast<std::int64_t>(label));
    }
}

/// Keys in the order of their identities, each with the place of its value; the last of equal ones counts.
class Keys {
public:
    explicit Keys(const Tensor& keys) {
        visit_label(keys.dtype(), [&]<typename T>(T) {
            for (const T key : keys.as<T>()) {
                entries_.emplace_back(identity(key), entries_.size());
            }
        });
        std::ranges::sort(entries_);
    }

    /// The place of a key's value, or the number of keys for what is none.
    [[nodiscard]] std::size_t find(std::uint64_t key) const {
        const auto after = std::ranges::upper_bound(entries_, key, {}, &Entry::first);
        return after == entries_.begin() || std::prev(after)->first != key ? entries_.size() : std::prev(after)->second;
    }

    [[nodiscard]] std::size_t bytes() const { return entries_.size() * sizeof(Entry); }

private:
    using Entry = std::pair<std::uint64_t, std::size_t>;
    std::vector<Entry> entries_;
};

void infer(InferContext& context) {
    const Mapping mapping = parse(context.node());
    if (context.dtype(0) != mapping.keys.dtype()) {
        context.invalid("input 0 is ", name(context.dtype(0)), " and its keys are ", name(mapping.keys.dtype()));
    }
    context.set_output(0, mapping.values.dtype(), context.shape(0));
}

/// The values one after another, with what absent labels become behind them.
std::vector<std::byte> results(const Mapping& mapping) {
    std::vector<std::byte> bytes(mapping.values.data(), mapping.values.data() + mapping.values.bytes());
    bytes.insert(bytes.end(), mapping.absent.data(), mapping.absent.data() + mapping.absent.bytes());
    return bytes;
}

template <typename T>
void lower_typed(LowerContext& context, const Mapping& mapping) {
    const Slot from = context.input(0);
    const Slot to = context.output(0);
    const std::int64_t count = element_count(context.shape(0));
    const std::int64_t work = 8 * std::bit_width(static_cast<std::size_t>(mapping.keys.size()));
    const std::int64_t slices = slices_for(count, work);
    const std::size_t size = mapping.absent.bytes();
    Keys keys(mapping.keys);
    const std::size_t held = keys.bytes() + mapping.values.bytes();
    context.add_function(
        "label_encoder", {from}, {to}, slices, count * work,
        [=, keys = std::move(keys), values = results(mapping)](const Memory& memory, std::int64_t slice) {
            const Range range = slice_range(count, slices, slice);
            const T* x = memory.at<const T>(from);
            for (std::int64_t i = range.begin; i < range.end; ++i) {
                std::memcpy(memory[to] + static_cast<std::size_t>(i) * size,
                            values.data() + keys.find(identity(x[i])) * size, size);
            }
        },
        held);
}

void lower(LowerContext& context) {
    const Mapping mapping = parse(context.node());
    visit_label(context.dtype(0), [&]<typename T>(T) { lower_typed<T>(context, mapping); });
}

const Registration label_encoder{{"ai.onnx.ml", "LabelEncoder", 1, 1, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
