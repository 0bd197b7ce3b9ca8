// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

namespace onecnn::core::onnx {

/// An open file, closed with this; movable.
class File {
public:
    File() = default;
    explicit File(int descriptor) : descriptor_(descriptor) {}
    File(File&& other) noexcept;
    File& operator=(File&& other) noexcept;
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File();

    [[nodiscard]] explicit operator bool() const { return descriptor_ >= 0; }
    [[nodiscard]] int descriptor() const { return descriptor_; }

    /// Fills `bytes` bytes at `to` from `offset` on. IOFailure naming `what` when reading fails or the file ends before.
    void read(std::byte* to, std::size_t bytes, std::uint64_t offset, std::string_view what) const;

private:
    int descriptor_ = -1;
};

/// A whole file in memory.
struct FileContents {
    std::shared_ptr<std::byte> storage;
    std::size_t bytes = 0;
};

/// Reads a regular file. IOFailure when it cannot be, ResourceLimit when it is larger than `limit` bytes.
[[nodiscard]] FileContents read_whole_file(const std::filesystem::path& path, std::int64_t limit);

}  // namespace onecnn::core::onnx
