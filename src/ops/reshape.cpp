// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "graph/attributes.h"
#include "ops/execute_context.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

void lower_view(LowerContext& context) { context.alias(0, 0); }

void infer_reshape(InferContext& context) {
    context.require_rank(1, 1);
    const Shape& data = context.shape(0);
    Shape target = context.integers(1);
    const std::string asked = to_string(target);
    const bool allow_zero = attribute<std::int64_t>(context.node(), "allowzero", 0) != 0;

    std::optional<std::size_t> free;
    bool has_zero = false;
    for (std::size_t i = 0; i < target.size(); ++i) {
        if (target[i] < -1) {
            context.invalid("shape ", asked, " has a dimension of ", target[i]);
        }
        if (target[i] == -1) {
            if (free) {
                context.invalid("shape ", asked, " has more than one -1");
            }
            free = i;
            target[i] = 1;
        } else if (target[i] == 0 && !allow_zero) {
            if (i >= data.size()) {
                context.invalid("shape ", asked, " copies dimension ", i, " of an input of shape ", to_string(data));
            }
            target[i] = data[i];
        }
        has_zero = has_zero || target[i] == 0;
    }
    const std::int64_t count = element_count(data);
    if (free) {
        const std::int64_t rest = element_count(target);
        if (has_zero || count % rest != 0) {
            context.invalid("shape ", asked, " leaves no whole number for its -1 with an input of shape ",
                            to_string(data));
        }
        target[*free] = count / rest;
    }
    if (element_count(target) != count) {
        context.invalid("input of shape ", to_string(data), " has ", count, " elements, shape ", asked, " has ",
                        element_count(target));
    }
    context.set_output(0, context.dtype(0), std::move(target));
}

void infer_flatten(InferContext& context) {
    const Shape& data = context.shape(0);
    const auto rank = static_cast<std::int64_t>(data.size());
    const auto axis = attribute<std::int64_t>(context.node(), "axis", 1);
    if (axis < -rank || axis > rank) {
        context.invalid("axis is ", axis, ", outside [", -rank, ", ", rank, "] for an input of shape ",
                        to_string(data));
    }
    const auto split = static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
    context.set_output(0, context.dtype(0), {element_count(data, 0, split), element_count(data, split, data.size())});
}

/// The axes that input 1 names, for a tensor of the given rank.
std::set<std::size_t> named_axes(const InferContext& context, std::size_t rank) {
    std::set<std::size_t> axes;
    for (const std::int64_t axis : context.integers(1)) {
        axes.insert(normalized_axis(axis, rank, describe(context.node()) + ": an axis"));
    }
    return axes;
}

void infer_squeeze(InferContext& context) {
    const Shape& data = context.shape(0);
    std::set<std::size_t> removed;
    if (context.has_input(1)) {
        removed = named_axes(context, data.size());
    } else {
        for (std::size_t i = 0; i < data.size(); ++i) {
            if (data[i] == 1) {
                removed.insert(i);
            }
        }
    }
    Shape squeezed;
    for (std::size_t i = 0; i < data.size(); ++i) {
        if (!removed.contains(i)) {
            squeezed.push_back(data[i]);
        } else if (data[i] != 1) {
            context.invalid("axis ", i, " of the input of shape ", to_string(data), " is not 1");
        }
    }
    context.set_output(0, context.dtype(0), std::move(squeezed));
}

void infer_unsqueeze(InferContext& context) {
    const Shape& data = context.shape(0);
    const auto count = static_cast<std::size_t>(element_count(context.shape(1)));
    const std::size_t rank = data.size() + count;
    const std::set<std::size_t> inserted = named_axes(context, rank);
    if (inserted.size() != count) {
        context.invalid("axes ", to_string(context.integers(1)), " name the same axis twice");
    }
    Shape unsqueezed;
    auto next = data.begin();
    for (std::size_t i = 0; i < rank; ++i) {
        unsqueezed.push_back(inserted.contains(i) ? 1 : *next++);
    }
    context.set_output(0, context.dtype(0), std::move(unsqueezed));
}

/// Where the elements are strings: the shape that `infer` derives, on the same elements.
template <void (*infer)(InferContext&)>
void execute_view(ExecuteContext& context) {
    std::vector<TensorFacts> facts;
    for (std::size_t i = 0; i < context.input_count() && context.has_input(i); ++i) {
        const Tensor& tensor = context.tensor(i);
        facts.push_back({tensor.dtype(), tensor.shape(), &tensor});
    }
    std::vector<const TensorFacts*> inputs;
    std::ranges::transform(facts, std::back_inserter(inputs), [](const TensorFacts& fact) { return &fact; });
    TensorFacts view;
    InferContext inference(context.node(), inputs, {&view, 1});
    infer(inference);
    context.set_output(0, context.tensor(0).reshaped(std::move(view.shape)));
}

const Registration reshape{{"", "Reshape", 2, 2, 1, {1}, infer_reshape, lower_view, execute_view<infer_reshape>}};
const Registration flatten{{"", "Flatten", 1, 1, 1, {}, infer_flatten, lower_view, execute_view<infer_flatten>}};
const Registration squeeze{{"", "Squeeze", 1, 2, 1, {1}, infer_squeeze, lower_view, execute_view<infer_squeeze>}};
const Registration unsqueeze{
    {"", "Unsqueeze", 2, 2, 1, {1}, infer_unsqueeze, lower_view, execute_view<infer_unsqueeze>}};

}  // namespace

}  // namespace onecnn::core
