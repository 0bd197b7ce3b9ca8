// SPDX-License-Identifier: Apache-2.0
#include "onnx/beneath.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#if __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#include <sys/syscall.h>
#endif

namespace onecnn::core::onnx {

namespace {

// O_NONBLOCK: opening a pipe must not wait for its writer.
constexpr int file_flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW;
constexpr int folder_flags = O_RDONLY | O_CLOEXEC | O_DIRECTORY;

/// openat2 with the kernel's own containment; errno is ENOSYS where the kernel has none.
File open_contained([[maybe_unused]] const File& folder, [[maybe_unused]] const std::string& relative) {
#if defined(SYS_openat2) && defined(RESOLVE_BENEATH)
    open_how how{};
    how.flags = static_cast<unsigned>(file_flags);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    return File(static_cast<int>(::syscall(SYS_openat2, folder.descriptor(), relative.c_str(), &how, sizeof how)));
#else
    errno = ENOSYS;
    return {};
#endif
}

File open_folder(const std::filesystem::path& folder) {
    return File(::open(folder.empty() ? "." : folder.c_str(), folder_flags));
}

}  // namespace

bool stays_beneath(std::string_view relative) {
    if (relative.find('\0') != std::string_view::npos) {
        return false;
    }
    while (true) {
        const auto slash = relative.find('/');
        const auto component = relative.substr(0, slash);
        if (component.empty() || component == "..") {
            return false;
        }
        if (slash == std::string_view::npos) {
            return true;
        }
        relative.remove_prefix(slash + 1);
    }
}

File open_by_components(const std::filesystem::path& folder, std::string_view relative) {
    File parent = open_folder(folder);
    for (auto slash = relative.find('/'); parent && slash != std::string_view::npos; slash = relative.find('/')) {
        const std::string component(relative.substr(0, slash));
        parent = File(::openat(parent.descriptor(), component.c_str(), folder_flags | O_NOFOLLOW));
        relative.remove_prefix(slash + 1);
    }
    return parent ? File(::openat(parent.descriptor(), std::string(relative).c_str(), file_flags)) : File();
}

File open_beneath(const std::filesystem::path& folder, const std::string& relative) {
    const File parent = open_folder(folder);
    if (!parent) {
        return {};
    }
    File file = open_contained(parent, relative);
    // Sandboxes that do not know openat2 answer EPERM.
    if (!file && (errno == ENOSYS || errno == EPERM)) {
        return open_by_components(folder, relative);
    }
    return file;
}

}  // namespace onecnn::core::onnx
