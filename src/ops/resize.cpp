// SPDX-License-Identifier: Apache-2.0
#include "kernels/resize.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>

#include "graph/attributes.h"
#include "kernels/convert.h"
#include "kernels/visit_dtype.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

constexpr std::size_t roi_input = 1;
constexpr std::size_t scales_input = 2;
constexpr std::size_t sizes_input = 3;

template <typename... Parts>
[[noreturn]] void invalid(const Node& node, const Parts&... parts) {
    fail(ErrorCode::invalid_model, describe(node), ": ", parts...);
}

/// What one of an attribute's words stands for.
template <typename T, std::size_t count>
T choice(const Node& node, std::string_view name, const std::string& fallback,
         const std::pair<std::string_view, T> (&choices)[count]) {
    const auto text = attribute<std::string>(node, name, fallback);
    for (const auto& [word, value] : choices) {
        if (text == word) {
            return value;
        }
    }
    std::string words;
    for (const auto& [word, value] : choices) {
        words += concat(words.empty() ? "" : ", ", word);
    }
    invalid(node, name, " is '", text, "', expected one of ", words);
}

enum class Mode { nearest, linear, cubic };
enum class AspectPolicy { stretch, not_larger, not_smaller };

Mode mode_of(const Node& node) {
    return choice<Mode>(node, "mode", "nearest",
                        {{"nearest", Mode::nearest}, {"linear", Mode::linear}, {"cubic", Mode::cubic}});
}

AspectPolicy policy_of(const Node& node) {
    return choice<AspectPolicy>(node, "keep_aspect_ratio_policy", "stretch",
                                {{"stretch", AspectPolicy::stretch},
                                 {"not_larger", AspectPolicy::not_larger},
                                 {"not_smaller", AspectPolicy::not_smaller}});
}

Coordinates coordinates_of(const Node& node) {
    return choice<Coordinates>(node, "coordinate_transformation_mode", "half_pixel",
                               {{"half_pixel", Coordinates::half_pixel},
                                {"half_pixel_symmetric", Coordinates::half_pixel_symmetric},
                                {"pytorch_half_pixel", Coordinates::pytorch_half_pixel},
                                {"align_corners", Coordinates::align_corners},
                                {"asymmetric", Coordinates::asymmetric},
                                {"tf_crop_and_resize", Coordinates::tf_crop_and_resize},
                                {"tf_half_pixel_for_nn", Coordinates::tf_half_pixel_for_nn}});
}

NearestMode nearest_mode_of(const Node& node) {
    if (attribute<std::int64_t>(node, resize_before_opset_11, 0) != 0) {
        return NearestMode::up_floor_down_ceil;
    }
    return choice<NearestMode>(node, "nearest_mode", "round_prefer_floor",
                               {{"round_prefer_floor", NearestMode::round_prefer_floor},
                                {"round_prefer_ceil", NearestMode::round_prefer_ceil},
                                {"floor", NearestMode::floor},
                                {"ceil", NearestMode::ceil}});
}

Interpolation interpolation_of(const Node& node) {
    return {.filter = mode_of(node) == Mode::cubic ? InterpolationFilter::cubic : InterpolationFilter::linear,
            .cubic_a = attribute<float>(node, "cubic_coeff_a", -0.75F),
            .antialias = attribute<std::int64_t>(node, "antialias", 0) != 0,
            .exclude_outside = attribute<std::int64_t>(node, "exclude_outside", 0) != 0};
}

/// The inputs that say how to resize; null where one is left out or, as some exporters have it, is empty.
struct Parameters {
    const Tensor* roi;
    const Tensor* scales;
    const Tensor* sizes;
};

/// `elements(input)` gives those of an input.
template <typename Context, typename Elements>
Parameters read_parameters(const Context& context, const Elements& elements) {
    const auto given = [&](std::size_t input) -> const Tensor* {
        return context.has_input(input) && element_count(context.shape(input)) > 0 ? elements(input) : nullptr;
    };
    const bool crops = coordinates_of(context.node()) == Coordinates::tf_crop_and_resize;
    return {crops ? given(roi_input) : nullptr, given(scales_input), given(sizes_input)};
}

/// The axes that the parameters speak of.
std::vector<std::size_t> resized_axes(const Node& node, std::size_t rank) {
    const auto named = find_attribute<Shape>(node, "axes");
    std::vector<std::size_t> axes(named ? named->size() : rank);
    if (!named) {
        std::iota(axes.begin(), axes.end(), std::size_t{0});
        return axes;
    }
    for (std::size_t i = 0; i < axes.size(); ++i) {
        axes[i] = normalized_axis((*named)[i], rank, describe(node) + ": an axis");
        if (std::find(axes.begin(), axes.begin() + static_cast<std::ptrdiff_t>(i), axes[i]) !=
            axes.begin() + static_cast<std::ptrdiff_t>(i)) {
            invalid(node, "axes ", to_string(*named), " name axis ", axes[i], " twice");
        }
    }
    return axes;
}

void require_count(const Node& node, std::string_view what, const Tensor& tensor, std::size_t count) {
    if (tensor.size() != static_cast<std::int64_t>(count)) {
        invalid(node, what, " has ", tensor.size(), " elements, expected ", count);
    }
}

void scale_axes(const Node& node, const Tensor& scales, const std::vector<std::size_t>& axes,
                std::vector<ResizedAxis>& resized) {
    require_count(node, "scales", scales, axes.size());
    for (std::size_t i = 0; i < axes.size(); ++i) {
        ResizedAxis& axis = resized[axes[i]];
        axis.scale = scales.as<float>()[i];
        axis.width = static_cast<float>(axis.input) * axis.scale;
        // The comparisons are false for NaN.
        if (!(axis.scale > 0) || !(axis.width < 0x1p62F)) {
            invalid(node, "scale ", axis.scale, " of axis ", axes[i], ", which has ", axis.input,
                    " elements, gives no size");
        }
        axis.output = static_cast<std::int64_t>(axis.width);
    }
}

void size_axes(const Node& node, const Tensor& sizes, const std::vector<std::size_t>& axes,
               std::vector<ResizedAxis>& resized) {
    require_count(node, "sizes", sizes, axes.size());
    const auto wanted = sizes.as<std::int64_t>();
    const AspectPolicy policy = policy_of(node);
    std::optional<float> common;
    for (std::size_t i = 0; i < axes.size(); ++i) {
        ResizedAxis& axis = resized[axes[i]];
        if (wanted[i] < 0 || (axis.input == 0 && wanted[i] > 0)) {
            invalid(node, "axis ", axes[i], " of ", axis.input, " elements cannot be resized to ", wanted[i]);
        }
        axis.output = wanted[i];
        axis.width = static_cast<float>(wanted[i]);
        axis.scale = axis.input == 0 ? 1 : axis.width / static_cast<float>(axis.input);
        common = !common                              ? axis.scale
                 : policy == AspectPolicy::not_larger ? std::min(*common, axis.scale)
                                                      : std::max(*common, axis.scale);
    }
    if (policy == AspectPolicy::stretch) {
        return;
    }
    for (const std::size_t i : axes) {
        resized[i].scale = *common;
        resized[i].width = static_cast<float>(resized[i].input) * *common;
        if (!(resized[i].width < 0x1p62F)) {
            invalid(node, "sizes ", to_string(wanted), " give axis ", i, " no size");
        }
        resized[i].output = static_cast<std::int64_t>(std::round(resized[i].width));
    }
}

std::vector<float> as_floats(const Tensor& tensor) {
    std::vector<float> values(static_cast<std::size_t>(tensor.size()));
    conversion(tensor.dtype(), DType::float32)(tensor.data(), reinterpret_cast<std::byte*>(values.data()),
                                               tensor.size());
    return values;
}

/// How each axis of a tensor is resized.
std::vector<ResizedAxis> resolve(const Node& node, const Shape& data, const Parameters& parameters) {
    const auto axes = resized_axes(node, data.size());
    std::vector<ResizedAxis> resized;
    for (const std::int64_t size : data) {
        resized.push_back({.input = size, .output = size, .width = static_cast<float>(size)});
    }
    const Coordinates coordinates = coordinates_of(node);
    for (const std::size_t axis : axes) {
        resized[axis].coordinates = coordinates;
    }
    if ((parameters.scales == nullptr) == (parameters.sizes == nullptr) && !axes.empty()) {
        invalid(node, "it has ", parameters.scales == nullptr ? "neither scales nor" : "both scales and",
                " sizes, expected one");
    }
    if (parameters.scales != nullptr) {
        scale_axes(node, *parameters.scales, axes, resized);
    } else if (parameters.sizes != nullptr) {
        size_axes(node, *parameters.sizes, axes, resized);
    }
    if (parameters.roi != nullptr) {
        require_count(node, "roi", *parameters.roi, 2 * axes.size());
        const auto roi = as_floats(*parameters.roi);
        for (std::size_t i = 0; i < axes.size(); ++i) {
            resized[axes[i]].roi_begin = roi[i];
            resized[axes[i]].roi_end = roi[axes.size() + i];
        }
    }
    return resized;
}

void infer(InferContext& context) {
    const Node& node = context.node();
    const Parameters parameters = read_parameters(context, [&](std::size_t input) { return &context.elements(input); });
    const auto require_dtype = [&](const Tensor* tensor, std::string_view what, std::initializer_list<DType> allowed) {
        if (tensor != nullptr && std::ranges::find(allowed, tensor->dtype()) == allowed.end()) {
            context.invalid(what, " is ", name(tensor->dtype()), ", expected ", name(*allowed.begin()));
        }
    };
    require_dtype(parameters.roi, "roi", {DType::float32, DType::float16, DType::bfloat16, DType::float64});
    require_dtype(parameters.scales, "scales", {DType::float32});
    require_dtype(parameters.sizes, "sizes", {DType::int64});
    const DType dtype = context.dtype(0);
    const bool is_nearest = mode_of(node) == Mode::nearest;
    const bool number = visit_numeric(dtype, [](auto) {});
    if (!number && !(is_nearest && dtype == DType::boolean)) {
        context.unsupported("input 0 is ", name(dtype), "; mode '", is_nearest ? "nearest" : "linear' or 'cubic",
                            "' takes numbers", is_nearest ? " and bool" : "");
    }
    static_cast<void>(nearest_mode_of(node));
    Shape shape;
    for (const ResizedAxis& axis : resolve(node, context.shape(0), parameters)) {
        shape.push_back(axis.output);
    }
    context.set_output(0, dtype, std::move(shape));
}

void lower(LowerContext& context) {
    const Node& node = context.node();
    auto axes = resolve(node, context.shape(0),
                        read_parameters(context, [&](std::size_t input) { return context.constant(input); }));
    if (std::ranges::all_of(axes, &ResizedAxis::is_kept)) {
        context.alias(0, 0);
        return;
    }
    const Layout layout = context.layout(0);
    if (layout == Layout::channels_last) {
        std::rotate(axes.begin() + 1, axes.begin() + 2, axes.end());
    }
    const auto extrapolation_value = attribute<float>(node, "extrapolation_value", 0);
    const Slot from = context.input(0, layout);
    const Slot to = context.output(0, layout);
    context.add(
        mode_of(node) == Mode::nearest
            ? make_nearest_resize_step(context.dtype(0), axes, nearest_mode_of(node), extrapolation_value, from, to)
            : make_interpolation_step(context.dtype(0), axes, interpolation_of(node), extrapolation_value, from, to));
}

const Registration resize{{"", "Resize", 1, 4, 1, {1, 2, 3}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
