// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "graph/attributes.h"
#include "ops/execute_context.h"
#include "ops/label_mapping.h"
#include "ops/lower_context.h"
#include "ops/ml_rows.h"

namespace onecnn::core {

namespace {

/// Integer categories in order, each with its place in the attribute; the last of equal ones counts.
using Categories = std::vector<std::pair<std::int64_t, std::int64_t>>;

Categories sorted(const std::vector<std::int64_t>& values) {
    Categories categories;
    for (std::size_t i = 0; i < values.size(); ++i) {
        categories.emplace_back(values[i], static_cast<std::int64_t>(i));
    }
    std::ranges::sort(categories);
    return categories;
}

/// An element as an integer: floats are cut, and those that fit into none are no category.
template <typename T>
std::optional<std::int64_t> as_integer(T x) {
    if constexpr (std::is_floating_point_v<T>) {
        constexpr T limit = static_cast<T>(0x1p63);
        if (!(x >= -limit && x < limit)) {
            return std::nullopt;
        }
    }
    return static_cast<std::int64_t>(x);
}

template <typename T>
std::optional<std::int64_t> find(const Categories& categories, T x) {
    const auto value = as_integer(x);
    if (!value) {
        return std::nullopt;
    }
    const auto after = std::ranges::upper_bound(categories, *value, {}, &Categories::value_type::first);
    return after == categories.begin() || std::prev(after)->first != *value ? std::nullopt
                                                                            : std::optional(std::prev(after)->second);
}

void infer(InferContext& context) {
    require_feature_dtype(context);
    const auto categories = attribute<std::vector<std::int64_t>>(context.node(), "cats_int64s", {});
    if (categories.empty()) {
        context.invalid("its input is ", name(context.dtype(0)), " and it has no cats_int64s");
    }
    Shape shape = context.shape(0);
    shape.push_back(static_cast<std::int64_t>(categories.size()));
    context.set_output(0, DType::float32, std::move(shape));
}

template <typename T>
void lower_typed(LowerContext& context) {
    const Node& node = context.node();
    const Slot from = context.input(0);
    const Slot to = context.output(0);
    const std::int64_t count = element_count(context.shape(0));
    const std::int64_t width = context.output_shape(0).back();
    const bool zeros = attribute<std::int64_t>(node, "zeros", 1) != 0;
    const std::int64_t slices = slices_for(count, width + 8);
    context.add_function("one_hot_encoder", {from}, {to}, slices, count * (width + 8),
                         [=, categories = sorted(required_attribute<std::vector<std::int64_t>>(node, "cats_int64s")),
                          what = describe(node)](const Memory& memory, std::int64_t slice) {
                             const Range range = slice_range(count, slices, slice);
                             float* y = memory.at<float>(to);
                             std::fill(y + range.begin * width, y + range.end * width, 0.0F);
                             for (std::int64_t i = range.begin; i < range.end; ++i) {
                                 const T x = memory.at<const T>(from)[i];
                                 if (const auto place = find(categories, x)) {
                                     y[i * width + *place] = 1;
                                 } else if (!zeros) {
                                     fail(ErrorCode::invalid_argument, what, ": ", x, " is none of its ", width,
                                          " categories");
                                 }
                             }
                         });
}

void lower(LowerContext& context) {
    visit_feature(context.dtype(0), [&]<typename T>(T) { lower_typed<T>(context); });
}

/// Where the input is strings.
void execute(ExecuteContext& context) {
    const auto labels = context.elements<std::string>(0);
    const auto categories = required_attribute<std::vector<std::string>>(context.node(), "cats_strings");
    const bool zeros = attribute<std::int64_t>(context.node(), "zeros", 1) != 0;
    const StringKeys keys(categories);
    Shape shape = context.tensor(0).shape();
    shape.push_back(static_cast<std::int64_t>(categories.size()));
    Tensor y(DType::float32, std::move(shape));
    const auto elements = y.as<float>();
    std::ranges::fill(elements, 0.0F);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const std::size_t place = keys.find(labels[i]);
        if (place < categories.size()) {
            elements[i * categories.size() + place] = 1;
        } else if (!zeros) {
            context.invalid("'", labels[i], "' is none of its ", categories.size(), " categories");
        }
    }
    context.set_output(0, std::move(y));
}

const Registration encoder{{"ai.onnx.ml", "OneHotEncoder", 1, 1, 1, {}, infer, lower, execute}};

}  // namespace

}  // namespace onecnn::core
