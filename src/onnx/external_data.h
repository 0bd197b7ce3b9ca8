// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "onnx/file.h"
#include "onnx/wire.h"
#include "runtime/tensor.h"

namespace onecnn::core::onnx {

/// Where a tensor's elements lie outside the model: TensorProto.external_data.
struct ExternalLocation {
    std::string location;                 ///< a path relative to the model's folder
    std::uint64_t offset = 0;             ///< bytes
    std::optional<std::uint64_t> length;  ///< bytes; absent: as many as the tensor has

    /// Adds one StringStringEntryProto. InvalidModel naming `what` when a number is none or a key comes twice; keys other than
    /// location, offset and length carry nothing that is needed and are skipped.
    void add(Message entry, const std::string& what);

private:
    bool has_offset_ = false;
};

/// The files that tensors keep their elements in: regular files of one folder, never anything outside it. Links are refused:
/// a symbolic one leads elsewhere, and a hard one may be a name for any file of the same disk.
class ExternalData {
public:
    /// `folder` empty: there are no such files. All tensors together may have `limit` bytes.
    ExternalData(std::filesystem::path folder, std::int64_t limit) : folder_(std::move(folder)), limit_(limit) {}

    /// The elements of a tensor. `what` names it in errors: InvalidModel for a path, file or size that is not as it must be,
    /// IOFailure when reading fails, ResourceLimit, InvalidArgument when there is no folder.
    [[nodiscard]] Tensor read(const ExternalLocation& where, DType dtype, Shape shape, const std::string& what);

private:
    void open(const std::string& location, const std::string& what);

    std::filesystem::path folder_;
    std::int64_t limit_;
    std::int64_t used_ = 0;
    // Models keep all tensors in one file, or each in its own: the last one opened is all that is worth keeping.
    std::string opened_;
    File file_;
    std::uint64_t file_bytes_ = 0;
};

}  // namespace onecnn::core::onnx
