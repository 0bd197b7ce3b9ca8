// SPDX-License-Identifier: Apache-2.0
#include "compiled/new_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "runtime/error.h"

namespace onecnn::core::compiled {

NewFile::NewFile(const std::filesystem::path& path) : path_(path) {
    // Beside the file itself, as a name is changed within one file system; each process and call has its own.
    static std::atomic<unsigned> calls{0};
    unfinished_ = path;
    unfinished_ += concat(".", ::getpid(), "-", calls.fetch_add(1), ".part");
    constexpr mode_t mode = 0666;
    file_ = onnx::File(::open(unfinished_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!file_) {
        unfinished_.clear();
        fail_to_write();
    }
}

NewFile::~NewFile() {
    if (!unfinished_.empty()) {
        ::unlink(unfinished_.c_str());
    }
}

void NewFile::fail_to_write() const {
    fail(ErrorCode::io, "'", path_.string(), "' cannot be written: ", std::generic_category().message(errno));
}

void NewFile::write(std::span<const std::byte> bytes, std::uint64_t offset) {
    while (!bytes.empty()) {
        const ssize_t count = ::pwrite(file_.descriptor(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            fail_to_write();
        }
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
}

void NewFile::commit(std::uint64_t bytes) {
    if (::ftruncate(file_.descriptor(), static_cast<off_t>(bytes)) != 0 || ::fsync(file_.descriptor()) != 0 ||
        std::rename(unfinished_.c_str(), path_.c_str()) != 0) {
        fail_to_write();
    }
    unfinished_.clear();
}

}  // namespace onecnn::core::compiled
