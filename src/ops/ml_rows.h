// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "ops/operator.h"

namespace onecnn::core {

/// The input of most ai.onnx.ml operators: rows of features.
struct MlRows {
    std::int64_t rows;
    std::int64_t features;
};

/// [N, F], or [F] as one row.
[[nodiscard]] inline MlRows ml_rows(const Shape& shape) { return {shape.size() == 1 ? 1 : shape[0], shape.back()}; }

/// Calls `function` with a value of the C++ type of a feature's dtype: float32, float64, int32, int64. Returns whether the
/// dtype is one of these.
template <typename Function>
bool visit_feature(DType dtype, Function&& function) {
    switch (dtype) {
        case DType::float32: function(float{}); return true;
        case DType::float64: function(double{}); return true;
        case DType::int32: function(std::int32_t{}); return true;
        case DType::int64: function(std::int64_t{}); return true;
        default: return false;
    }
}

/// Refuses an input whose dtype is not that of features.
inline void require_feature_dtype(const InferContext& context, std::size_t index = 0) {
    if (!visit_feature(context.dtype(index), [](auto) {})) {
        context.unsupported("input ", index, " is ", name(context.dtype(index)),
                            "; float32, float64, int32 and int64 are supported");
    }
}

/// Refuses an input that is not rows of features.
[[nodiscard]] inline MlRows require_ml_rows(const InferContext& context, std::size_t index = 0) {
    require_feature_dtype(context, index);
    const Shape& shape = context.shape(index);
    if (shape.empty() || shape.size() > 2) {
        context.invalid("input ", index, " has shape ", to_string(shape), ", expected [N, features] or [features]");
    }
    return ml_rows(shape);
}

/// Refuses rows that have another number of features than the model.
inline void require_features(const InferContext& context, const MlRows& x, std::int64_t features) {
    if (x.features != features) {
        context.invalid("input 0 has shape ", to_string(context.shape(0)), ", and the model has ", features,
                        " features");
    }
}

/// One row as float32.
template <typename T>
void load_row(const T* from, std::int64_t features, float* to) {
    for (std::int64_t i = 0; i < features; ++i) {
        to[i] = static_cast<float>(from[i]);
    }
}

}  // namespace onecnn::core
