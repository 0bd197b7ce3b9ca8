// SPDX-License-Identifier: Apache-2.0
#include "ops/dense.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "kernels/matrix_product.h"
#include "kernels/post_ops.h"
#include "ops/dense_gemm.h"

namespace onecnn::core {

namespace {

using Descriptor = dnnl::memory::desc;
constexpr auto f32 = dnnl::memory::data_type::f32;

constexpr std::size_t float_bytes(std::int64_t elements) { return static_cast<std::size_t>(elements) * sizeof(float); }

/// C as the rows and columns that it really has.
struct Addend {
    std::int64_t rows;
    std::int64_t columns;
};

std::optional<Addend> addend_of(const LowerContext& context, const Dense& dense) {
    if (!context.has_input(2) || dense.beta == 0) {
        return std::nullopt;
    }
    const Shape& shape = context.shape(2);
    return Addend{shape.size() < 2 ? 1 : shape[shape.size() - 2], shape.empty() ? 1 : shape.back()};
}

void lower_to_own_kernel(LowerContext& context, const Dense& dense, const std::optional<Addend>& addend) {
    const auto strides = [](bool transposed, std::int64_t rows, std::int64_t columns) {
        return transposed ? MatrixStrides{1, rows} : MatrixStrides{columns, 1};
    };
    MatrixProduct product{.m = dense.m,
                          .k = dense.k,
                          .n = dense.n,
                          .a = strides(dense.transpose_a, dense.m, dense.k),
                          .b = strides(dense.transpose_b, dense.k, dense.n),
                          .alpha = static_cast<double>(dense.alpha),
                          .beta = static_cast<double>(dense.beta),
                          .activation = context.node().activation};
    std::optional<Slot> c;
    if (addend) {
        product.c = {addend->rows == 1 ? 0 : addend->columns, addend->columns == 1 ? 0 : 1};
        c = context.input(2);
    }
    const Slot a = context.input(0);
    const Slot b = context.input(1);
    context.add(make_matrix_product_step(context.dtype(0), product, a, b, c, context.output(0)));
}

/// Rows and columns of the result that a slice computes.
struct Part {
    Range rows;
    Range columns;
};

/// One oneDNN primitive that computes a part.
struct Made {
    dnnl::primitive primitive;
    Descriptor src;
    Descriptor weights;
    Descriptor dst;
    std::string implementation;
    bool reference;
};

/// A float32 product by oneDNN's matmul, which with packed weights is nowhere slower than its inner product.
class OnednnDense {
public:
    OnednnDense(LowerContext& context, const Dense& dense, std::optional<Addend> addend)
        : context_(context),
          dense_(dense),
          addend_(addend),
          bias_(addend && addend->rows == 1 && addend->columns == dense.n && dense.alpha == 1) {}

    /// Whether it could be lowered; nothing was added if not.
    [[nodiscard]] bool lower();

private:
    [[nodiscard]] std::vector<Part> cut() const;
    [[nodiscard]] dnnl::primitive_attr attributes() const;
    [[nodiscard]] Made matmul(const Part& part, const std::optional<Descriptor>& weights) const;
    [[nodiscard]] bool make_all();
    [[nodiscard]] bool choose();
    [[nodiscard]] Slot weights_slot(const Part& part, const Descriptor& weights);
    [[nodiscard]] Slot addend_slot();
    [[nodiscard]] PrimitiveArgument addend_argument(const Part& part, Slot addend) const;

    /// Strides of the matrix B [k, n], however it is stored.
    [[nodiscard]] Shape weights_strides() const { return dense_.transpose_b ? Shape{1, dense_.k} : Shape{dense_.n, 1}; }

    LowerContext& context_;
    const Dense& dense_;
    std::optional<Addend> addend_;
    bool bias_;  // the addend is a bias to oneDNN
    std::vector<Part> parts_;
    std::vector<Made> made_;  // one a part
};

/// A product large enough is cut into blocks of rows, or, where there are few rows, of columns: each then reads its own part
/// of the weights.
std::vector<Part> OnednnDense::cut() const {
    constexpr std::int64_t part_operations = 4'000'000;
    constexpr std::int64_t most_parts = 16;
    constexpr std::int64_t least_rows = 64;  // every part reads all weights
    constexpr std::int64_t least_columns = 64;
    const std::int64_t operations = checked_multiply(checked_multiply(dense_.m, dense_.k), 2 * dense_.n);
    const std::int64_t wanted = std::clamp<std::int64_t>(operations / part_operations, 1, most_parts);
    std::vector<Part> parts;
    if (addend_ && !bias_) {
        return {{{0, dense_.m}, {0, dense_.n}}};
    }
    if (dense_.m < 2 * least_rows && context_.constant(1) != nullptr) {
        const std::int64_t blocks = dense_.n / least_columns;
        const std::int64_t count = std::clamp<std::int64_t>(blocks, 1, wanted);
        for (std::int64_t i = 0; i < count; ++i) {
            // In whole blocks, as the kernels work in vectors of columns.
            Range columns = slice_range(blocks, count, i);
            columns = {columns.begin * least_columns, i + 1 == count ? dense_.n : columns.end * least_columns};
            parts.push_back({{0, dense_.m}, columns});
        }
        return parts;
    }
    const std::int64_t count = std::clamp<std::int64_t>(dense_.m / least_rows, 1, wanted);
    for (std::int64_t i = 0; i < count; ++i) {
        parts.push_back({slice_range(dense_.m, count, i), {0, dense_.n}});
    }
    return parts;
}

dnnl::primitive_attr OnednnDense::attributes() const {
    dnnl::post_ops post_ops;
    if (dense_.alpha != 1) {
        post_ops.append_eltwise(dnnl::algorithm::eltwise_linear, dense_.alpha, 0);
    }
    if (addend_ && !bias_) {
        post_ops.append_binary(dnnl::algorithm::binary_add,
                               descriptor(DType::float32, Shape{addend_->rows, addend_->columns}));
    }
    if (const auto& activation = context_.node().activation) {
        const Eltwise eltwise = as_eltwise(*activation);
        post_ops.append_eltwise(eltwise.algorithm, eltwise.alpha, eltwise.beta);
    }
    dnnl::primitive_attr attributes = primitive_attributes();
    attributes.set_post_ops(post_ops);
    return attributes;
}

Made OnednnDense::matmul(const Part& part, const std::optional<Descriptor>& weights) const {
    const std::int64_t rows = part.rows.end - part.rows.begin;
    const std::int64_t columns = part.columns.end - part.columns.begin;
    const Shape b{dense_.k, columns};
    const bool packed = context_.constant(1) != nullptr;
    const dnnl::matmul::primitive_desc made(
        cpu_engine(), Descriptor({rows, dense_.k}, f32, dense_.transpose_a ? Shape{1, dense_.m} : Shape{dense_.k, 1}),
        weights.value_or(packed ? Descriptor(b, f32, dnnl::memory::format_tag::any)
                                : Descriptor(b, f32, weights_strides())),
        bias_ ? descriptor(DType::float32, Shape{1, columns}) : Descriptor(),
        Descriptor({rows, columns}, f32, Shape{dense_.n, 1}), attributes());
    return {dnnl::matmul(made), made.src_desc(),      made.weights_desc(),
            made.dst_desc(),    made.impl_info_str(), is_reference(made)};
}

/// Makes the parts' primitives, the weights of all in the first one's form where they share them.
bool OnednnDense::make_all() {
    made_.clear();
    std::map<std::pair<std::int64_t, std::int64_t>, Made> by_size;
    std::optional<Descriptor> shared;
    for (const Part& part : parts_) {
        const std::pair size{part.rows.end - part.rows.begin, part.columns.end - part.columns.begin};
        auto found = by_size.find(size);
        if (found == by_size.end()) {
            found = by_size.emplace(size, matmul(part, shared)).first;
        }
        made_.push_back(found->second);
        if (made_.back().reference) {
            return false;
        }
        if (size.second == dense_.n) {
            shared = made_.back().weights;
        }
    }
    return true;
}

Slot OnednnDense::weights_slot(const Part& part, const Descriptor& weights) {
    const Tensor* constant = context_.constant(1);
    if (constant == nullptr) {
        return context_.input(1);
    }
    const Shape strides = weights_strides();
    const std::int64_t columns = part.columns.end - part.columns.begin;
    // The part's own columns as a tensor of their own: the key under which they are packed.
    const std::shared_ptr<std::byte> begin(
        constant->storage(), constant->storage().get() + part.columns.begin * strides[1] * std::int64_t{sizeof(float)});
    const Tensor tensor(DType::float32, {dense_.k, columns}, begin);
    return context_.packed_slot(tensor, Descriptor({dense_.k, columns}, f32, strides), weights);
}

/// C, times beta where it is constant.
Slot OnednnDense::addend_slot() {
    if (dense_.beta == 1) {
        return context_.input(2);
    }
    const Tensor& constant = *context_.constant(2);
    Tensor scaled(DType::float32, constant.shape());
    std::ranges::transform(constant.as<float>(), scaled.as<float>().begin(),
                           [this](float x) { return dense_.beta * x; });
    return context_.constant_slot(scaled);
}

/// Picks the parts; false when oneDNN has only references.
bool OnednnDense::choose() {
    parts_ = cut();
    if (make_all()) {
        return true;
    }
    parts_ = {{{0, dense_.m}, {0, dense_.n}}};
    return make_all();
}

PrimitiveArgument OnednnDense::addend_argument(const Part& part, Slot addend) const {
    if (bias_) {
        const std::int64_t columns = part.columns.end - part.columns.begin;
        return {DNNL_ARG_BIAS, descriptor(DType::float32, Shape{1, columns}), addend, float_bytes(part.columns.begin)};
    }
    const int post_op = dense_.alpha == 1 ? 0 : 1;
    return {DNNL_ARG_ATTR_MULTIPLE_POST_OP(post_op) | DNNL_ARG_SRC_1,
            descriptor(DType::float32, Shape{addend_->rows, addend_->columns}), addend};
}

bool OnednnDense::lower() {
    if ((addend_ && dense_.beta != 1 && context_.constant(2) == nullptr) || !choose()) {
        return false;
    }
    const Slot src = context_.input(0);
    std::vector<Slot> weights;
    const bool shared = parts_[0].columns.end == dense_.n;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        weights.push_back(i > 0 && shared ? weights[0] : weights_slot(parts_[i], made_[i].weights));
    }
    const Slot addend = addend_ ? addend_slot() : Slot{};
    const Slot dst = context_.output(0);
    std::vector<PrimitiveStep::Slice> slices;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        const Part& part = parts_[i];
        const std::int64_t src_begin = part.rows.begin * (dense_.transpose_a ? 1 : dense_.k);
        const std::int64_t dst_begin = part.rows.begin * dense_.n + part.columns.begin;
        std::vector<PrimitiveArgument> arguments{{DNNL_ARG_SRC, made_[i].src, src, float_bytes(src_begin)},
                                                 {DNNL_ARG_WEIGHTS, made_[i].weights, weights[i]},
                                                 {DNNL_ARG_DST, made_[i].dst, dst, float_bytes(dst_begin)}};
        if (addend_) {
            arguments.push_back(addend_argument(part, addend));
        }
        slices.push_back({made_[i].primitive, std::move(arguments)});
    }
    context_.add(std::make_unique<PrimitiveStep>(made_[0].implementation, std::move(slices),
                                                 2 * dense_.m * dense_.k * dense_.n));
    return true;
}

}  // namespace

void lower_dense(LowerContext& context, const Dense& dense) {
    if (lower_gemm_dense(context, dense)) {
        return;
    }
    const auto addend = addend_of(context, dense);
    // How oneDNN sums a row depends on how many rows there are; our own kernel sums each alike.
    const bool on_onednn = context.dtype(0) == DType::float32 && dense.k > 0 && !context.deterministic();
    if (!on_onednn || !OnednnDense(context, dense, addend).lower()) {
        lower_to_own_kernel(context, dense, addend);
    }
}

}  // namespace onecnn::core
