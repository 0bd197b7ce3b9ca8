// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "onnx/external_data.h"
#include "onnx/wire.h"
#include "runtime/tensor.h"

namespace onecnn::core::onnx {

/// Turns TensorProtos into tensors.
class TensorReader {
public:
    /// `storage`: the model's bytes when they are the reader's own, and tensors then lie in them; null when they are the
    /// caller's, and tensors are copies. `tensor_bytes` is the most one tensor may have.
    TensorReader(std::shared_ptr<std::byte> storage, ExternalData external, std::int64_t tensor_bytes)
        : storage_(std::move(storage)), external_(std::move(external)), tensor_bytes_(tensor_bytes) {}

    /// `what` names the tensor in errors: InvalidModel, UnsupportedOperator for its element type, ResourceLimit, and those of
    /// ExternalData. A tensor can be read once: its bytes in the model are moved.
    [[nodiscard]] Tensor read(Message proto, const std::string& what);

private:
    [[nodiscard]] Tensor from_raw(DType dtype, Shape shape, std::string_view proto, std::string_view raw) const;

    std::shared_ptr<std::byte> storage_;
    ExternalData external_;
    std::int64_t tensor_bytes_;
};

/// A TensorProto's name.
[[nodiscard]] std::string tensor_name(Message proto);

}  // namespace onecnn::core::onnx
