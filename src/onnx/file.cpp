// SPDX-License-Identifier: Apache-2.0
#include "onnx/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "runtime/error.h"
#include "runtime/tensor.h"

namespace onecnn::core::onnx {

File::File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

File& File::operator=(File&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

File::~File() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

void File::read(std::byte* to, std::size_t bytes, std::uint64_t offset, std::string_view what) const {
    while (bytes > 0) {
        const ssize_t count = ::pread(descriptor_, to, bytes, static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            fail(ErrorCode::io, what, " cannot be read: ", std::generic_category().message(errno));
        }
        if (count == 0) {
            fail(ErrorCode::io, what, " became shorter while it was read");
        }
        to += count;
        bytes -= static_cast<std::size_t>(count);
        offset += static_cast<std::uint64_t>(count);
    }
}

FileContents read_whole_file(const std::filesystem::path& path, std::int64_t limit) {
    const std::string what = concat("'", path.string(), "'");
    // Without O_NONBLOCK opening a pipe waits for its writer.
    const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!file) {
        fail(ErrorCode::io, what, " cannot be opened: ", std::generic_category().message(errno));
    }
    struct stat status{};
    if (::fstat(file.descriptor(), &status) != 0) {
        fail(ErrorCode::io, what, " cannot be read: ", std::generic_category().message(errno));
    }
    if (!S_ISREG(status.st_mode)) {
        fail(ErrorCode::io, what, S_ISDIR(status.st_mode) ? " is a directory" : " is not a regular file");
    }
    if (status.st_size > limit) {
        fail(ErrorCode::resource_limit, what, " has ", status.st_size, " bytes; the limit for a model is ", limit);
    }
    const auto bytes = static_cast<std::size_t>(status.st_size);
    FileContents contents{allocate(bytes), bytes};
    file.read(contents.storage.get(), bytes, 0, what);
    return contents;
}

}  // namespace onecnn::core::onnx
