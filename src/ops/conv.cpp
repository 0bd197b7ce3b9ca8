// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "graph/attributes.h"
#include "graph/bounds.h"
#include "kernels/affine_channels.h"
#include "kernels/direct_convolution.h"
#include "kernels/post_ops.h"
#include "ops/conv_depthwise.h"
#include "ops/conv_gemm.h"
#include "ops/conv_planar.h"
#include "ops/conv_winograd.h"
#include "ops/convolution_parts.h"
#include "ops/following_pool.h"
#include "ops/lower_context.h"
#include "ops/operator.h"
#include "ops/window.h"

namespace onecnn::core {

namespace {

void infer(InferContext& context) {
    if (!direct_convolution_takes(context.dtype(0))) {
        context.invalid("input 0 is ", name(context.dtype(0)), ", expected a floating-point type");
    }
    const Shape& x = context.shape(0);
    const Shape& w = context.shape(1);
    if (x.size() < 3) {
        context.invalid("input 0 has shape ", to_string(x), ", expected batch, channels and spatial dimensions");
    }
    context.require_rank(1, x.size());
    context.require_same_dtype(1);
    const auto group = attribute<std::int64_t>(context.node(), "group", 1);
    if (group < 1 || w[0] % group != 0 || w[1] < 1 || x[1] % w[1] != 0 || x[1] / w[1] != group) {
        context.invalid("input 0 has shape ", to_string(x), ", the weights ", to_string(w), " and group is ", group,
                        "; expected ", x[1], " = group · ", w[1], " channels and ", w[0],
                        " filters divisible by group");
    }
    const ShapeView kernel = ShapeView(w).subspan(2);
    const auto declared = find_attribute<std::vector<std::int64_t>>(context.node(), "kernel_shape");
    if (declared && !std::ranges::equal(*declared, kernel)) {
        context.invalid("kernel_shape is ", to_string(*declared), ", and the weights have shape ", to_string(w));
    }
    if (context.has_input(2)) {
        context.require_same_dtype(2);
        if (context.shape(2) != Shape{w[0]}) {
            context.invalid("the bias has shape ", to_string(context.shape(2)), ", expected [", w[0], "]");
        }
    }
    const Window window = resolve_window(context.node(), ShapeView(x).subspan(2), kernel);
    Shape y{x[0], w[0]};
    y.insert(y.end(), window.output.begin(), window.output.end());
    if (context.dtype(0) == DType::float32 && !fits_int32(window, x, y)) {
        context.unsupported("input 0 has shape ", to_string(x), ", the weights ", to_string(w), ", with strides ",
                            to_string(window.strides), ", dilations ", to_string(window.dilations), ", pads ",
                            to_string(window.pads_begin), " and ", to_string(window.pads_end),
                            "; sizes, or offsets into the padding, reach 2147483648");
    }
    context.set_output(0, context.dtype(0), std::move(y));
}

using Primitive = dnnl::convolution_forward::primitive_desc;

/// A convolution, or the part of one that a slice computes.
struct Problem {
    Shape src;
    Shape dst;
    Shape pads_begin;
    Shape pads_end;
};

struct Slots {
    Slot src;
    Slot weights;
    std::optional<Slot> bias;
    std::optional<Slot> addend;
    Slot dst;
};

/// What all slices of a convolution share.
class Convolution {
public:
    explicit Convolution(LowerContext& context)
        : context_(context),
          window_(resolve_window(context.node(), ShapeView(context.shape(0)).subspan(2),
                                 ShapeView(context.shape(1)).subspan(2))),
          whole_{context.shape(0), context.output_shape(0), window_.pads_begin, window_.pads_end},
          weights_(context.shape(1)),
          weights_constant_(context.constant(1)) {
        const auto group = attribute<std::int64_t>(context.node(), "group", 1);
        if (group > 1) {
            weights_[0] /= group;
            weights_.insert(weights_.begin(), group);
        }
        choose();
    }

    /// False, with nothing added, where oneDNN has no implementation.
    [[nodiscard]] bool lower();

private:
    void choose();
    [[nodiscard]] Primitive primitive(const Problem& problem, Layout layout, const dnnl::memory::desc& weights) const;
    [[nodiscard]] dnnl::primitive_attr attributes(const Problem& problem, Layout layout) const;
    [[nodiscard]] std::vector<PrimitiveStep::Slice> slices(const Slots& slots) const;
    [[nodiscard]] static PrimitiveStep::Slice slice(const Primitive& primitive, const Slots& slots,
                                                    std::size_t src_offset, std::size_t dst_offset);
    [[nodiscard]] std::int64_t operations() const;

    LowerContext& context_;
    Window window_;
    Problem whole_;
    Shape weights_;  // with the groups as a dimension of their own, as oneDNN has them
    const Tensor* weights_constant_;
    Layout layout_ = Layout::channels_last;
    Primitive chosen_;
};

/// With what follows: the addend, then the activation.
dnnl::primitive_attr Convolution::attributes(const Problem& problem, Layout layout) const {
    const auto& activation = context_.node().activation;
    if (!context_.node().addend) {
        return attributes_with(activation);
    }
    dnnl::post_ops post_ops;
    post_ops.append_binary(dnnl::algorithm::binary_add, descriptor(DType::float32, problem.dst, layout));
    if (activation) {
        const Eltwise eltwise = as_eltwise(*activation);
        post_ops.append_eltwise(eltwise.algorithm, eltwise.alpha, eltwise.beta);
    }
    dnnl::primitive_attr attributes = primitive_attributes();
    attributes.set_post_ops(post_ops);
    return attributes;
}

/// Empty where oneDNN has none.
Primitive Convolution::primitive(const Problem& problem, Layout layout, const dnnl::memory::desc& weights) const {
    Shape dilates;
    for (const auto dilation : window_.dilations) {
        dilates.push_back(dilation - 1);
    }
    const auto bias = context_.has_input(2) ? descriptor(DType::float32, context_.shape(2)) : dnnl::memory::desc();
    constexpr bool allow_empty = true;
    return {cpu_engine(),
            dnnl::prop_kind::forward_inference,
            dnnl::algorithm::convolution_direct,
            descriptor(DType::float32, problem.src, layout),
            weights,
            bias,
            descriptor(DType::float32, problem.dst, layout),
            window_.strides,
            dilates,
            problem.pads_begin,
            problem.pads_end,
            attributes(problem, layout),
            allow_empty};
}

/// oneDNN does best with channels last and weights in a form of its choice; what it lacks there (groups of odd sizes, pads
/// wider than the kernel) it may have otherwise, and its reference is the last resort.
void Convolution::choose() {
    const auto plain = descriptor(DType::float32, weights_);
    const auto any = dnnl::memory::desc(weights_, dnnl::memory::data_type::f32, dnnl::memory::format_tag::any);
    Problem problem = whole_;
    if (context_.deterministic()) {
        problem.src[0] = problem.dst[0] = 1;  // the choice must not depend on the batch
    }
    for (const Layout layout : {Layout::channels_last, Layout::row_major}) {
        for (const auto& weights : {any, plain}) {
            if (weights_constant_ == nullptr && (layout != Layout::row_major || weights != plain)) {
                continue;  // weights that are computed lie row-major
            }
            const Primitive candidate = primitive(problem, layout, weights);
            const bool there = candidate.get(true) != nullptr;
            if (there && (chosen_.get(true) == nullptr || !is_reference(candidate))) {
                chosen_ = candidate;
                layout_ = layout;
            }
            if (there && !is_reference(candidate)) {
                return;
            }
        }
    }
}

std::int64_t Convolution::operations() const {
    // Products a result: one for each of the filter's elements.
    return 2 * element_count(whole_.dst) *
           (element_count(context_.shape(1)) / std::max<std::int64_t>(1, context_.shape(1)[0]));
}

/// Empty where a part would have to be the reference's.
std::vector<PrimitiveStep::Slice> Convolution::slices(const Slots& slots) const {
    const bool in_bands = layout_ == Layout::channels_last && whole_.src.size() == 4;
    const auto parts = cut_convolution({.images = whole_.dst[0],
                                        .rows = whole_.dst[2],
                                        .operations = operations(),
                                        .in_bands = in_bands,
                                        .image_by_image = context_.deterministic()});
    const auto weights_descriptor = chosen_.weights_desc();
    std::map<std::tuple<Shape, Shape, Shape, Shape>, Primitive> made;
    std::vector<PrimitiveStep::Slice> slices;
    for (const ConvolutionPart& part : parts) {
        Problem problem = whole_;
        problem.src[0] = problem.dst[0] = part.images.end - part.images.begin;
        problem.dst[2] = part.rows.end - part.rows.begin;
        std::int64_t top = 0;
        if (problem.dst[2] != whole_.dst[2]) {
            // The rows of the source that these rows of the result look at; those outside it are padding.
            const std::int64_t first = part.rows.begin * window_.strides[0] - whole_.pads_begin[0];
            const std::int64_t last =
                (part.rows.end - 1) * window_.strides[0] - whole_.pads_begin[0] + window_.extent(0);
            top = std::clamp<std::int64_t>(first, 0, whole_.src[2] - 1);
            const std::int64_t bottom = std::clamp<std::int64_t>(last, top + 1, whole_.src[2]);
            problem.src[2] = bottom - top;
            problem.pads_begin[0] = top - first;
            problem.pads_end[0] = last - bottom;
        }
        const auto key = std::tuple(problem.src, problem.dst, problem.pads_begin, problem.pads_end);
        auto found = made.find(key);
        if (found == made.end()) {
            found = made.emplace(key, primitive(problem, layout_, weights_descriptor)).first;
            const bool avoidable = parts.size() > 1 && !context_.deterministic();
            if (found->second.get(true) == nullptr || (avoidable && is_reference(found->second))) {
                return {};
            }
        }
        const auto offset = [](const Shape& shape, std::int64_t image, std::int64_t row) {
            return static_cast<std::size_t>((image * shape[2] + row) *
                                            (element_count(shape, 3, shape.size()) * shape[1])) *
                   sizeof(float);
        };
        slices.push_back(slice(found->second, slots, offset(whole_.src, part.images.begin, top),
                               offset(whole_.dst, part.images.begin, part.rows.begin)));
    }
    return slices;
}

PrimitiveStep::Slice Convolution::slice(const Primitive& primitive, const Slots& slots, std::size_t src_offset,
                                        std::size_t dst_offset) {
    std::vector<PrimitiveArgument> arguments{{DNNL_ARG_SRC, primitive.src_desc(), slots.src, src_offset},
                                             {DNNL_ARG_WEIGHTS, primitive.weights_desc(), slots.weights},
                                             {DNNL_ARG_DST, primitive.dst_desc(), slots.dst, dst_offset}};
    if (slots.bias) {
        arguments.push_back({DNNL_ARG_BIAS, primitive.bias_desc(), *slots.bias});
    }
    if (slots.addend) {
        constexpr int addend = DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1;
        arguments.push_back({addend, primitive.dst_desc(), *slots.addend, dst_offset});
    }
    return {dnnl::convolution_forward(primitive), std::move(arguments)};
}

bool Convolution::lower() {
    if (chosen_.get(true) == nullptr) {
        return false;
    }
    const Slot weights =
        weights_constant_ == nullptr
            ? context_.input(1)
            : context_.packed_slot(*weights_constant_, descriptor(DType::float32, weights_), chosen_.weights_desc());
    const auto& addend = context_.node().addend;
    const Slots slots{.src = context_.input(0, layout_),
                      .weights = weights,
                      .bias = context_.has_input(2) ? std::optional(context_.input(2)) : std::nullopt,
                      .addend = addend ? std::optional(context_.input(*addend, layout_)) : std::nullopt,
                      .dst = context_.output(0, layout_)};
    auto made = slices(slots);
    if (made.empty() && context_.deterministic()) {
        context_.unsupported("oneDNN has no convolution for one band of rows of input 0 ", to_string(whole_.src));
    }
    if (made.empty()) {
        made = {slice(chosen_, slots, 0, 0)};
    }
    context_.add(std::make_unique<PrimitiveStep>(chosen_.impl_info_str(), std::move(made), operations()));
    return true;
}

void lower_direct(LowerContext& context) {
    const Shape& x = context.shape(0);
    const Shape& w = context.shape(1);
    const Window window = resolve_window(context.node(), ShapeView(x).subspan(2), ShapeView(w).subspan(2));
    const auto group = attribute<std::int64_t>(context.node(), "group", 1);
    const auto& addend = context.node().addend;
    DirectConvolution convolution{.kind = ConvolutionKind::forward,
                                  .images = x[0],
                                  .groups = group,
                                  .input_channels = w[1],
                                  .output_channels = w[0] / group,
                                  .dimensions = {},
                                  .activation = addend ? std::nullopt : context.node().activation};
    for (std::size_t i = 0; i < window.kernel.size(); ++i) {
        convolution.dimensions.push_back({x[i + 2], window.output[i], window.kernel[i], window.strides[i],
                                          window.dilations[i], window.pads_begin[i]});
    }
    const auto bias = context.has_input(2) ? std::optional(context.input(2)) : std::nullopt;
    const Slot y = context.output(0);
    context.add(make_direct_convolution_step(context.dtype(0), std::move(convolution), context.input(0),
                                             context.input(1), bias, y));
    if (addend) {
        const std::int64_t elements = element_count(context.output_shape(0));
        context.add(make_affine_channels_step({.pixels = 1,
                                               .channels = elements,
                                               .x = {y, 0, elements},
                                               .y = {y, 0, elements},
                                               .addend = Place{context.input(*addend), 0, elements},
                                               .bounds = as_bounds(context.node().activation).value_or(Bounds{})}));
    }
}

constexpr std::string_view estimated = "estimated";
constexpr std::string_view product = "product";
constexpr std::string_view winograd_2 = "winograd 2";
constexpr std::string_view winograd_4 = "winograd 4";
constexpr std::string_view by_onednn = "onednn";

/// Which way to go, where there are several that may be the fastest.
std::string_view way_of(LowerContext& context) {
    constexpr std::array products{estimated, by_onednn};
    constexpr std::array all{estimated, product, winograd_2, winograd_4, by_onednn};
    const Shape& w = context.shape(1);
    if (context.deterministic() || context.dtype(0) != DType::float32 || w.size() != 4 || w[1] == 1) {
        return estimated;
    }
    const Shape& x = context.shape(0);
    const Window window = resolve_window(context.node(), ShapeView(x).subspan(2), ShapeView(w).subspan(2));
    const std::string node =
        concat("Conv of ", to_string(x), context.layout(0) == Layout::row_major ? "" : " channels last", " by ",
               to_string(w), ", strides ", to_string(window.strides), ", dilations ", to_string(window.dilations),
               ", pads ", to_string(window.pads_begin), " ", to_string(window.pads_end),
               context.node().addend ? ", with an addend" : "", max_pool_2x2_follows(context) ? ", pooled" : "");
    return w[2] == 3 && w[3] == 3 ? context.way(node, all) : context.way(node, products);
}

bool lower_by_own_kernels(LowerContext& context, std::string_view way) {
    if (way == by_onednn) {
        return false;
    }
    if ((way == estimated && lower_winograd_conv(context)) || (way == winograd_2 && lower_winograd_conv(context, 2)) ||
        (way == winograd_4 && lower_winograd_conv(context, 4))) {
        return true;
    }
    return lower_depthwise_conv(context) || lower_gemm_conv(context);
}

void lower(LowerContext& context) {
    const Shape& x = context.shape(0);
    if (lower_planar_conv(context) || lower_by_own_kernels(context, way_of(context))) {
        return;
    }
    const bool for_onednn = context.dtype(0) == DType::float32 && x.size() <= 5 && element_count(x) > 0;
    if (!for_onednn || !Convolution(context).lower()) {
        lower_direct(context);
    }
}

const Registration conv{{"", "Conv", 2, 3, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
