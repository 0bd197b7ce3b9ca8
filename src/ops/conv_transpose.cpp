// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <utility>

#include "graph/attributes.h"
#include "kernels/direct_convolution.h"
#include "kernels/post_ops.h"
#include "ops/conv_transpose_disjoint.h"
#include "ops/convolution_parts.h"
#include "ops/lower_context.h"
#include "ops/operator.h"
#include "ops/window.h"

namespace onecnn::core {

namespace {

Window window_of(const Node& node, const Shape& x, const Shape& w) {
    return resolve_transposed_window(node, ShapeView(x).subspan(2), ShapeView(w).subspan(2));
}

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
    if (group < 1 || w[0] != x[1] || w[0] % group != 0) {
        context.invalid("input 0 has shape ", to_string(x), ", the weights ", to_string(w), " and group is ", group,
                        "; expected weights of ", x[1], " channels divisible by group");
    }
    const ShapeView kernel = ShapeView(w).subspan(2);
    const auto declared = find_attribute<Shape>(context.node(), "kernel_shape");
    if (declared && !std::ranges::equal(*declared, kernel)) {
        context.invalid("kernel_shape is ", to_string(*declared), ", and the weights have shape ", to_string(w));
    }
    const std::int64_t channels = checked_multiply(w[1], group);
    if (context.has_input(2)) {
        context.require_same_dtype(2);
        if (context.shape(2) != Shape{channels}) {
            context.invalid("the bias has shape ", to_string(context.shape(2)), ", expected [", channels, "]");
        }
    }
    const Window window = window_of(context.node(), x, w);
    Shape y{x[0], channels};
    y.insert(y.end(), window.output.begin(), window.output.end());
    context.set_output(0, context.dtype(0), std::move(y));
}

using Primitive = dnnl::deconvolution_forward::primitive_desc;

/// A ConvTranspose of float32, or the part of one that a slice computes.
struct Problem {
    Shape src;
    Shape dst;
    Shape pads_begin;
    Shape pads_end;
};

/// By oneDNN, channels last.
class Deconvolution {
public:
    explicit Deconvolution(LowerContext& context)
        : context_(context),
          window_(window_of(context.node(), context.shape(0), context.shape(1))),
          whole_{context.shape(0), context.output_shape(0), window_.pads_begin, window_.pads_end},
          weights_constant_(context.constant(1)),
          plain_weights_(plain_weights()) {}

    /// False, with nothing added, where oneDNN has only its reference.
    [[nodiscard]] bool lower();

private:
    [[nodiscard]] dnnl::memory::desc plain_weights() const;
    [[nodiscard]] std::optional<Primitive> primitive(const Problem& problem, const dnnl::memory::desc& weights) const;
    [[nodiscard]] Problem problem_of(const ConvolutionPart& part, std::int64_t& top) const;
    [[nodiscard]] std::int64_t operations() const;

    LowerContext& context_;
    Window window_;
    Problem whole_;
    const Tensor* weights_constant_;
    dnnl::memory::desc plain_weights_;
};

/// oneDNN has the groups as a dimension of their own, and a group's results before its sources.
dnnl::memory::desc Deconvolution::plain_weights() const {
    const Shape& w = context_.shape(1);
    const auto group = attribute<std::int64_t>(context_.node(), "group", 1);
    const Shape along = row_major_strides(w);
    Shape dims{w[1], w[0] / group};
    Shape strides{along[1], along[0]};
    if (group > 1) {
        dims.insert(dims.begin(), group);
        strides.insert(strides.begin(), w[0] / group * along[0]);
    }
    dims.insert(dims.end(), w.begin() + 2, w.end());
    strides.insert(strides.end(), along.begin() + 2, along.end());
    return {dims, dnnl::memory::data_type::f32, strides};
}

std::optional<Primitive> Deconvolution::primitive(const Problem& problem, const dnnl::memory::desc& weights) const {
    Shape dilates;
    for (const auto dilation : window_.dilations) {
        dilates.push_back(dilation - 1);
    }
    const auto bias = context_.has_input(2) ? descriptor(DType::float32, context_.shape(2)) : dnnl::memory::desc();
    constexpr bool allow_empty = true;
    Primitive made(cpu_engine(), dnnl::prop_kind::forward_inference, dnnl::algorithm::deconvolution_direct,
                   descriptor(DType::float32, problem.src, Layout::channels_last), weights, bias,
                   descriptor(DType::float32, problem.dst, Layout::channels_last), window_.strides, dilates,
                   problem.pads_begin, problem.pads_end, attributes_with(context_.node().activation), allow_empty);
    if (made.get(true) == nullptr || is_reference(made)) {
        return std::nullopt;
    }
    return made;
}

std::int64_t Deconvolution::operations() const {
    const std::int64_t channels = std::max<std::int64_t>(1, whole_.src[1]);
    return 2 * element_count(whole_.src) * (element_count(context_.shape(1)) / channels);
}

/// A part, and the first row of the source that it reads.
Problem Deconvolution::problem_of(const ConvolutionPart& part, std::int64_t& top) const {
    Problem problem = whole_;
    problem.src[0] = problem.dst[0] = part.images.end - part.images.begin;
    problem.dst[2] = part.rows.end - part.rows.begin;
    top = 0;
    if (problem.dst[2] != whole_.dst[2]) {
        const std::int64_t stride = window_.strides[0];
        const std::int64_t first = part.rows.begin + whole_.pads_begin[0];  // in the result without pads
        const std::int64_t last = part.rows.end - 1 + whole_.pads_begin[0];
        const std::int64_t reached = first - window_.extent(0) + 1;
        const std::int64_t lowest = reached <= 0 ? 0 : (reached - 1) / stride + 1;
        // One row earlier where strides leave gaps, as pads may not be negative.
        top = std::min({lowest, first / stride, whole_.src[2] - 1});
        const std::int64_t bottom = std::clamp(last / stride + 1, top + 1, whole_.src[2]);
        problem.src[2] = bottom - top;
        problem.pads_begin[0] = first - top * stride;
        problem.pads_end[0] =
            (problem.src[2] - 1) * stride + window_.extent(0) - problem.pads_begin[0] - problem.dst[2];
    }
    return problem;
}

bool Deconvolution::lower() {
    const bool sized = element_count(whole_.src) > 0 && whole_.src.size() <= 5;
    if (!sized || !fits_int32(window_, whole_.dst, whole_.src)) {
        return false;
    }
    const auto any =
        dnnl::memory::desc(plain_weights_.get_dims(), dnnl::memory::data_type::f32, dnnl::memory::format_tag::any);
    Problem typical = whole_;
    if (context_.deterministic()) {
        typical.src[0] = typical.dst[0] = 1;  // the choice must not depend on the batch
    }
    const auto chosen = primitive(typical, weights_constant_ == nullptr ? plain_weights_ : any);
    if (!chosen) {
        return false;
    }
    const dnnl::memory::desc weights = chosen->weights_desc();
    const ConvolutionExtent extent{.images = whole_.dst[0],
                                   .rows = whole_.dst[2],
                                   .operations = operations(),
                                   .in_bands = whole_.src.size() == 4,
                                   .image_by_image = context_.deterministic()};
    struct Made {
        ConvolutionPart part;
        std::int64_t top;
        Primitive primitive;
    };
    std::vector<Made> made;
    for (const ConvolutionPart& part : cut_convolution(extent)) {
        std::int64_t top = 0;
        const auto of_part = primitive(problem_of(part, top), weights);
        if (!of_part) {
            return false;
        }
        made.push_back({part, top, *of_part});
    }
    const Slot src = context_.input(0, Layout::channels_last);
    const Slot packed = weights_constant_ == nullptr
                            ? context_.input(1)
                            : context_.packed_slot(*weights_constant_, plain_weights_, weights);
    std::vector<PrimitiveArgument> of_all{{DNNL_ARG_WEIGHTS, weights, packed}};
    if (context_.has_input(2)) {
        of_all.push_back({DNNL_ARG_BIAS, chosen->bias_desc(), context_.input(2)});
    }
    const Slot dst = context_.output(0, Layout::channels_last);
    const auto offset = [](const Shape& shape, std::int64_t image, std::int64_t row) {
        const std::int64_t row_size = shape[1] * element_count(shape, 3, shape.size());
        return static_cast<std::size_t>((image * shape[2] + row) * row_size) * sizeof(float);
    };
    std::vector<PrimitiveStep::Slice> slices;
    for (const auto& [part, top, of_part] : made) {
        auto arguments = of_all;
        arguments.push_back({DNNL_ARG_SRC, of_part.src_desc(), src, offset(whole_.src, part.images.begin, top)});
        arguments.push_back(
            {DNNL_ARG_DST, of_part.dst_desc(), dst, offset(whole_.dst, part.images.begin, part.rows.begin)});
        slices.push_back({dnnl::deconvolution_forward(of_part), std::move(arguments)});
    }
    context_.add(std::make_unique<PrimitiveStep>(chosen->impl_info_str(), std::move(slices), operations()));
    return true;
}

void lower_direct(LowerContext& context) {
    const Shape& x = context.shape(0);
    const Shape& w = context.shape(1);
    const auto group = attribute<std::int64_t>(context.node(), "group", 1);
    const Window window = window_of(context.node(), x, w);
    DirectConvolution convolution{.kind = ConvolutionKind::transposed,
                                  .images = x[0],
                                  .groups = group,
                                  .input_channels = w[0] / group,
                                  .output_channels = w[1],
                                  .dimensions = {},
                                  .activation = context.node().activation};
    for (std::size_t i = 0; i < window.kernel.size(); ++i) {
        convolution.dimensions.push_back({x[i + 2], window.output[i], window.kernel[i], window.strides[i],
                                          window.dilations[i], window.pads_begin[i]});
    }
    const auto bias = context.has_input(2) ? std::optional(context.input(2)) : std::nullopt;
    context.add(make_direct_convolution_step(context.dtype(0), std::move(convolution), context.input(0),
                                             context.input(1), bias, context.output(0)));
}

void lower(LowerContext& context) {
    if (lower_disjoint_conv_transpose(context)) {
        return;
    }
    if (context.dtype(0) != DType::float32 || !Deconvolution(context).lower()) {
        lower_direct(context);
    }
}

const Registration conv_transpose{{"", "ConvTranspose", 2, 3, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
