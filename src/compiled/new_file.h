// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "onnx/file.h"

namespace onecnn::core::compiled {

/// A file that appears under its name whole, or not at all. Every failure is IOFailure, with the path.
class NewFile {
public:
    explicit NewFile(const std::filesystem::path& path);
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;
    /// Removes what was not committed.
    ~NewFile();

    void write(std::span<const std::byte> bytes, std::uint64_t offset);

    /// Gives the file its name, `bytes` long.
    void commit(std::uint64_t bytes);

private:
    [[noreturn]] void fail_to_write() const;

    std::filesystem::path path_;
    std::filesystem::path unfinished_;
    onnx::File file_;
};

}  // namespace onecnn::core::compiled
