// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <type_traits>
#include <utility>
#include <vector>

#include "graph/attributes.h"
#include "ops/lower_context.h"
#include "ops/ml_rows.h"

namespace onecnn::core {

namespace {

/// The attributes' type for elements of T.
template <typename T>
using Given = std::conditional_t<std::is_floating_point_v<T>, float, std::int64_t>;

/// What is replaced and by what: one value a feature, or one for all.
template <typename T>
struct Replacement {
    explicit Replacement(const Node& node) {
        constexpr bool real = std::is_floating_point_v<T>;
        constexpr std::string_view name = real ? "imputed_value_floats" : "imputed_value_int64s";
        replaced = attribute<Given<T>>(node, real ? "replaced_value_float" : "replaced_value_int64", 0);
        for (const Given<T> value : required_attribute<std::vector<Given<T>>>(node, name)) {
            if constexpr (!real) {
                if (!std::in_range<T>(value)) {
                    fail(ErrorCode::invalid_model, describe(node), ": ", name, " has ", value,
                         ", which its input's type cannot hold");
                }
            }
            imputed.push_back(static_cast<T>(value));
        }
    }

    [[nodiscard]] bool replaces(T x) const {
        if constexpr (std::is_floating_point_v<T>) {
            return std::isnan(replaced) ? std::isnan(x) : x == static_cast<T>(replaced);
        } else {
            return x == replaced;
        }
    }

    Given<T> replaced;
    std::vector<T> imputed;
};

std::int64_t features_of(const Shape& shape) { return shape.empty() ? 1 : shape.back(); }

void infer(InferContext& context) {
    require_feature_dtype(context);
    const std::int64_t features = features_of(context.shape(0));
    visit_feature(context.dtype(0), [&]<typename T>(T) {
        const std::size_t values = Replacement<T>(context.node()).imputed.size();
        if (values == 0 || (values != 1 && std::cmp_not_equal(values, features))) {
            context.invalid("it has ", values, " values to impute, expected 1 or ", features);
        }
    });
    context.set_output(0, context.dtype(0), context.shape(0));
}

template <typename T>
void lower_typed(LowerContext& context) {
    const Slot from = context.input(0);
    const Slot to = context.output(0);
    const std::int64_t count = element_count(context.shape(0));
    const std::int64_t features = features_of(context.shape(0));
    const std::int64_t slices = slices_for(count, 4);
    Replacement<T> replacement(context.node());
    replacement.imputed.resize(static_cast<std::size_t>(features), replacement.imputed.front());
    context.add_function("imputer", {from}, {to}, slices, 4 * count,
                         [=, replacement = std::move(replacement)](const Memory& memory, std::int64_t slice) {
                             const Range range = slice_range(count, slices, slice);
                             const T* x = memory.at<const T>(from);
                             for (std::int64_t i = range.begin; i < range.end; ++i) {
                                 memory.at<T>(to)[i] = replacement.replaces(x[i])
                                                           ? replacement.imputed[static_cast<std::size_t>(i % features)]
                                                           : x[i];
                             }
                         });
}

void lower(LowerContext& context) {
    visit_feature(context.dtype(0), [&]<typename T>(T) { lower_typed<T>(context); });
}

const Registration imputer{{"ai.onnx.ml", "Imputer", 1, 1, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
