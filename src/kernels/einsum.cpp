// SPDX-License-Identifier: Apache-2.0
#include "kernels/einsum.h"

#include <algorithm>
#include <utility>

#include "kernels/convert.h"
#include "kernels/scratch_step.h"
#include "runtime/error.h"

namespace onecnn::core {

namespace {

/// The type in which a dtype is multiplied and summed: integers modulo 2³² or 2⁶⁴, whatever their sign.
DType computed_as(DType dtype) {
    switch (dtype) {
        case DType::float16:
        case DType::bfloat16: return DType::float32;
        case DType::int8:
        case DType::uint8:
        case DType::int16:
        case DType::uint16:
        case DType::int32: return DType::uint32;
        case DType::int64: return DType::uint64;
        default: return dtype;
    }
}

/// Operands one after another into what the earlier ones gave: contraction i is of that and operand i + 1.
struct Chain {
    std::vector<Contraction> contractions;
    std::vector<std::int64_t> elements;  ///< of each contraction's result
};

/// Dense strides of the labels that `wanted` says.
LabelStrides dense_strides(const std::vector<std::int64_t>& sizes, const std::vector<bool>& wanted) {
    LabelStrides strides(sizes.size(), 0);
    std::int64_t stride = 1;
    for (std::size_t i = sizes.size(); i-- > 0;) {
        if (wanted[i]) {
            strides[i] = stride;
            stride = checked_multiply(stride, sizes[i]);
        }
    }
    return strides;
}

Chain chain_of(const Einsum& einsum) {
    Chain chain;
    const std::size_t labels = einsum.sizes.size();
    const std::size_t count = einsum.operands.size();
    LabelStrides left = einsum.operands[0];
    for (std::size_t next = 1; next < std::max<std::size_t>(2, count); ++next) {
        const LabelStrides right = next < count ? einsum.operands[next] : LabelStrides(labels, 0);
        LabelStrides result = einsum.result;
        std::int64_t elements = einsum.result_elements;
        if (next + 1 < count) {
            std::vector<bool> wanted(labels);
            elements = 1;
            for (std::size_t i = 0; i < labels; ++i) {
                const bool later = std::any_of(einsum.operands.begin() + static_cast<std::ptrdiff_t>(next) + 1,
                                               einsum.operands.end(), [i](const auto& other) { return other[i] != 0; });
                wanted[i] = (left[i] != 0 || right[i] != 0) && (later || einsum.result[i] != 0);
                elements = wanted[i] ? checked_multiply(elements, einsum.sizes[i]) : elements;
            }
            result = dense_strides(einsum.sizes, wanted);
        }
        chain.contractions.emplace_back(einsum.sizes, left, right, result, einsum.row_by_row);
        chain.elements.push_back(elements);
        left = std::move(result);
    }
    return chain;
}

/// Two operands as they lie; the contraction's items are shared out.
template <typename T>
std::unique_ptr<Step> pair_step(const Contraction& contraction, const std::vector<Slot>& operands, Slot result) {
    ScratchLayout layout;
    static_cast<void>(layout.take<T>(contraction.scratch_elements()));
    const std::int64_t items = contraction.items();
    const std::int64_t slices = slices_for(items, contraction.item_work());
    auto step = std::make_unique<ScratchStep>(
        "einsum", slices, layout.bytes(), [=](const Memory& memory, std::int64_t slice, std::byte* scratch) {
            const T one{1};
            const T* b = operands.size() > 1 ? memory.at<const T>(operands[1]) : &one;
            contraction.run(memory.at<const T>(operands[0]), b, memory.at<T>(result), slice_range(items, slices, slice),
                            reinterpret_cast<T*>(scratch));
        });
    step->work = checked_multiply(items, contraction.item_work());
    return step;
}

/// Any number of operands of any type, in one slice: they are converted where they need it, and the results in between are in
/// scratch memory.
template <typename T>
std::unique_ptr<Step> chain_step(const Einsum& einsum, const Chain& chain, const std::vector<Slot>& operands,
                                 Slot result) {
    const bool converts = einsum.dtype != computed_as(einsum.dtype);
    ScratchLayout layout;
    std::vector<std::size_t> wide;
    for (const std::int64_t elements : einsum.operand_elements) {
        wide.push_back(layout.take<T>(converts ? elements : 0));
    }
    std::vector<std::size_t> results;
    std::int64_t scratch_elements = 0;
    std::int64_t work = 0;
    for (std::size_t i = 0; i < chain.contractions.size(); ++i) {
        results.push_back(layout.take<T>(chain.elements[i]));
        scratch_elements = std::max(scratch_elements, chain.contractions[i].scratch_elements());
        work = checked_add(work, checked_multiply(chain.contractions[i].items(), chain.contractions[i].item_work()));
    }
    const std::size_t own = layout.take<T>(scratch_elements);
    auto step = std::make_unique<ScratchStep>(
        "einsum", 1, layout.bytes(), [=](const Memory& memory, std::int64_t, std::byte* scratch) {
            const auto at = [scratch](std::size_t place) { return reinterpret_cast<T*>(scratch + place); };
            const auto operand = [&](std::size_t i) -> const T* {
                if (!converts) {
                    return memory.at<const T>(operands[i]);
                }
                conversion(einsum.dtype, dtype_of<T>)(memory[operands[i]], scratch + wide[i],
                                                      einsum.operand_elements[i]);
                return at(wide[i]);
            };
            const T one{1};
            const T* left = operand(0);
            for (std::size_t i = 0; i < chain.contractions.size(); ++i) {
                const bool in_place = i + 1 == chain.contractions.size() && !converts;
                T* to = in_place ? memory.at<T>(result) : at(results[i]);
                chain.contractions[i].run(left, i + 1 < operands.size() ? operand(i + 1) : &one, to,
                                          {0, chain.contractions[i].items()}, at(own));
                left = to;
            }
            if (converts) {
                conversion(dtype_of<T>, einsum.dtype)(reinterpret_cast<const std::byte*>(left), memory[result],
                                                      einsum.result_elements);
            }
        });
    step->work = work;
    return step;
}

template <typename T>
std::unique_ptr<Step> step_of(const Einsum& einsum, const std::vector<Slot>& operands, Slot result) {
    const Chain chain = chain_of(einsum);
    if (chain.contractions.size() == 1 && einsum.dtype == computed_as(einsum.dtype)) {
        return pair_step<T>(chain.contractions[0], operands, result);
    }
    return chain_step<T>(einsum, chain, operands, result);
}

}  // namespace

std::unique_ptr<Step> make_einsum_step(const Einsum& einsum, const std::vector<Slot>& operands, Slot result) {
    auto step = [&] {
        switch (computed_as(einsum.dtype)) {
            case DType::float32: return step_of<float>(einsum, operands, result);
            case DType::float64: return step_of<double>(einsum, operands, result);
            case DType::uint32: return step_of<std::uint32_t>(einsum, operands, result);
            case DType::uint64: return step_of<std::uint64_t>(einsum, operands, result);
            default: fail(ErrorCode::internal, "einsum of ", name(einsum.dtype));
        }
    }();
    step->reads = operands;
    step->writes = {result};
    return step;
}

}  // namespace onecnn::core
