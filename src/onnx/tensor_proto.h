// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "onnx/external_data.h"
#include "onnx/wire.h"
#include "runtime/tensor.h"

namespace onecnn::core::onnx {

/// The model's bytes as tensors may use them.
struct TensorStorage {
    std::shared_ptr<std::byte> bytes;  ///< tensors may lie in them; null: all tensors are copies
    bool writable = false;             ///< elements may be moved by a few bytes, to where they are aligned, and changed
};

/// Turns TensorProtos into tensors.
class TensorReader {
public:
    /// `tensor_bytes` is the most one tensor may have.
    TensorReader(TensorStorage storage, ExternalData external, std::int64_t tensor_bytes)
        : storage_(std::move(storage)), external_(std::move(external)), tensor_bytes_(tensor_bytes) {}

    /// `what` names the tensor in errors: InvalidModel, UnsupportedOperator for its element type, ResourceLimit, and those of
    /// ExternalData. A tensor can be read once: its bytes in the model may be moved.
    [[nodiscard]] Tensor read(Message proto, const std::string& what);

    /// The same for one that may be asked for again, as inside a function that is called more than once.
    [[nodiscard]] Tensor read_again(Message proto, const std::string& what);

private:
    [[nodiscard]] Tensor from_raw(DType dtype, Shape shape, std::string_view proto, std::string_view raw) const;

    TensorStorage storage_;
    ExternalData external_;
    std::int64_t tensor_bytes_;
    std::map<const char*, Tensor> read_;  // by the place of their bytes
};

/// A TensorProto's name.
[[nodiscard]] std::string tensor_name(Message proto);

}  // namespace onecnn::core::onnx
