// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "onnx/wire.h"
#include "runtime/tensor.h"

namespace onecnn::core::onnx {

/// How many elements a TensorProto has in each of its typed fields.
struct ElementCounts {
    std::int64_t floats = 0;   ///< float_data
    std::int64_t int32s = 0;   ///< int32_data
    std::int64_t strings = 0;  ///< string_data
    std::int64_t int64s = 0;   ///< int64_data
    std::int64_t doubles = 0;  ///< double_data
    std::int64_t uint64s = 0;  ///< uint64_data

    /// Counts the current field if it is a typed one.
    void add(Message& proto);
    [[nodiscard]] bool any() const { return floats + int32s + strings + int64s + doubles + uint64s > 0; }
};

/// InvalidModel naming `what` when the typed field of this dtype has not as many elements as the shape.
void require_count(const ElementCounts& counts, DType dtype, ShapeView shape, const std::string& what);

/// A tensor from the typed field of its dtype, which must have passed `require_count`. InvalidModel naming `what` when an
/// element is outside its type.
[[nodiscard]] Tensor read_elements(Message proto, DType dtype, Shape shape, const std::string& what);

}  // namespace onecnn::core::onnx
