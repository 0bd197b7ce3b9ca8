// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <cstring>
#include <utility>
#include <vector>

#include "ops/execute_context.h"
#include "ops/label_mapping.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

void infer(InferContext& context) {
    const LabelMapping mapping = label_mapping(context.node(), context.dtype(0));
    if (mapping.values.dtype() == DType::string) {
        return context.to_values();
    }
    context.set_output(0, mapping.values.dtype(), context.shape(0));
}

/// The values one after another, with what absent labels become behind them.
std::vector<std::byte> results(const LabelMapping& mapping) {
    std::vector<std::byte> bytes(mapping.values.data(), mapping.values.data() + mapping.values.bytes());
    bytes.insert(bytes.end(), mapping.absent.data(), mapping.absent.data() + mapping.absent.bytes());
    return bytes;
}

template <typename T>
void lower_typed(LowerContext& context, const LabelMapping& mapping) {
    const Slot from = context.input(0);
    const Slot to = context.output(0);
    const std::int64_t count = element_count(context.shape(0));
    const std::int64_t work = 8 * std::bit_width(static_cast<std::size_t>(mapping.keys.size()));
    const std::int64_t slices = slices_for(count, work);
    const std::size_t size = mapping.absent.bytes();
    NumberKeys keys(mapping.keys);
    const std::size_t held = keys.bytes() + mapping.values.bytes();
    context.add_function(
        "label_encoder", {from}, {to}, slices, count * work,
        [=, keys = std::move(keys), values = results(mapping)](const Memory& memory, std::int64_t slice) {
            const Range range = slice_range(count, slices, slice);
            const T* x = memory.at<const T>(from);
            for (std::int64_t i = range.begin; i < range.end; ++i) {
                std::memcpy(memory[to] + static_cast<std::size_t>(i) * size, values.data() + keys.find(x[i]) * size,
                            size);
            }
        },
        held);
}

void lower(LowerContext& context) {
    const LabelMapping mapping = label_mapping(context.node(), context.dtype(0));
    visit_label(context.dtype(0), [&]<typename T>(T) { lower_typed<T>(context, mapping); });
}

/// The place of each label's key.
std::vector<std::size_t> places(const Tensor& labels, const Tensor& keys) {
    std::vector<std::size_t> places;
    places.reserve(static_cast<std::size_t>(labels.size()));
    const auto find_all = [&]<typename T>(std::span<const T> all, const auto& index) {
        for (const T& label : all) {
            places.push_back(index.find(label));
        }
    };
    if (labels.dtype() == DType::string) {
        find_all(labels.as<std::string>(), StringKeys(keys.as<std::string>()));
    } else {
        visit_label(labels.dtype(), [&]<typename T>(T) { find_all(labels.as<T>(), NumberKeys(keys)); });
    }
    return places;
}

template <typename T>
Tensor pick(const std::vector<std::size_t>& places, const LabelMapping& mapping, const Shape& shape) {
    Tensor y(mapping.values.dtype(), shape);
    const auto values = mapping.values.as<T>();
    for (std::size_t i = 0; i < places.size(); ++i) {
        y.as<T>()[i] = places[i] < values.size() ? values[places[i]] : mapping.absent.as<T>()[0];
    }
    return y;
}

/// Where labels or what they become are strings.
void execute(ExecuteContext& context) {
    const Tensor& labels = context.tensor(0);
    const LabelMapping mapping = label_mapping(context.node(), labels.dtype());
    const auto found = places(labels, mapping.keys);
    if (mapping.values.dtype() == DType::string) {
        return context.set_output(0, pick<std::string>(found, mapping, labels.shape()));
    }
    visit_label(mapping.values.dtype(),
                [&]<typename T>(T) { context.set_output(0, pick<T>(found, mapping, labels.shape())); });
}

const Registration label_encoder{{"ai.onnx.ml", "LabelEncoder", 1, 1, 1, {}, infer, lower, execute}};
const Registration category_mapper{{"ai.onnx.ml", "CategoryMapper", 1, 1, 1, {}, infer, lower, execute}};

}  // namespace

}  // namespace onecnn::core
