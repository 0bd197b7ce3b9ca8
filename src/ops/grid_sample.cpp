// SPDX-License-Identifier: Apache-2.0
#include "kernels/grid_sample.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "graph/attributes.h"
#include "kernels/visit_dtype.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

SampleMode mode_of(const Node& node) {
    const auto mode = attribute<std::string>(node, "mode", "linear");
    if (mode == "linear") {
        return SampleMode::linear;
    }
    if (mode == "nearest") {
        return SampleMode::nearest;
    }
    if (mode == "cubic") {
        return SampleMode::cubic;
    }
    fail(ErrorCode::invalid_model, describe(node), ": mode is '", mode, "', expected linear, nearest or cubic");
}

SamplePadding padding_of(const Node& node) {
    const auto mode = attribute<std::string>(node, "padding_mode", "zeros");
    if (mode == "zeros") {
        return SamplePadding::zeros;
    }
    if (mode == "border") {
        return SamplePadding::border;
    }
    if (mode == "reflection") {
        return SamplePadding::reflection;
    }
    fail(ErrorCode::invalid_model, describe(node), ": padding_mode is '", mode,
         "', expected zeros, border or reflection");
}

void infer(InferContext& context) {
    for (const std::size_t input : {0U, 1U}) {
        const DType dtype = computing_dtype(context.dtype(input));
        if (dtype != DType::float32 && dtype != DType::float64) {
            context.unsupported("input ", input, " is ", name(dtype), "; floating-point types are supported");
        }
    }
    const Shape& x = context.shape(0);
    const Shape& grid = context.shape(1);
    if (x.size() < 3 || grid.size() != x.size() || grid[0] != x[0] ||
        grid.back() != static_cast<std::int64_t>(x.size()) - 2) {
        context.invalid("input 0 has shape ", to_string(x), " and the grid ", to_string(grid),
                        "; expected as many images, and one coordinate for each spatial dimension");
    }
    const std::size_t rank = x.size() - 2;
    static_cast<void>(padding_of(context.node()));
    if (const SampleMode mode = mode_of(context.node()); mode == SampleMode::cubic && rank > 3) {
        context.unsupported("mode is 'cubic' for ", rank, " spatial dimensions; up to 3 are supported");
    }
    Shape y{x[0], x[1]};
    y.insert(y.end(), grid.begin() + 1, grid.end() - 1);
    if (element_count(y) > 0 && element_count(x) == 0) {
        context.invalid("input 0 of shape ", to_string(x), " has no elements to sample");
    }
    context.set_output(0, context.dtype(0), std::move(y));
}

void lower(LowerContext& context) {
    const Shape& x = context.shape(0);
    const Shape& y = context.output_shape(0);
    GridSampling sampling{.mode = mode_of(context.node()),
                          .padding = padding_of(context.node()),
                          .align_corners = attribute<std::int64_t>(context.node(), "align_corners", 0) != 0,
                          .images = x[0],
                          .channels = x[1],
                          .input = Shape(x.begin() + 2, x.end()),
                          .output = element_count(y, 2, y.size())};
    context.add(make_grid_sample_step(context.dtype(0), context.dtype(1), std::move(sampling), context.input(0),
                                      context.input(1), context.output(0)));
}

const Registration grid_sample{{"", "GridSample", 2, 2, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
