// SPDX-License-Identifier: Apache-2.0
#include "onnx/beneath.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

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

/// One component after another, each of them no link.
File open_by_components(File folder, std::string_view relative) {
    for (auto slash = relative.find('/'); slash != std::string_view::npos; slash = relative.find('/')) {
        const std::string component(relative.substr(0, slash));
        folder = File(::openat(folder.descriptor(), component.c_str(), folder_flags | O_NOFOLLOW));
        if (!folder) {
            return {};
        }
        relative.remove_prefix(slash + 1);
    }
    return File(::openat(folder.descriptor(), std::string(relative).c_str(), file_flags));
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

File open_beneath(const std::filesystem::path& folder, const std::string& relative) {
    File root(::open(folder.empty() ? "." : folder.c_str(), folder_flags));
    if (!root) {
        return {};
    }
    File file = open_contained(root, relative);
    // Sandboxes that do not know openat2 answer EPERM.
    if (!file && (errno == ENOSYS || errno == EPERM)) {
        return open_by_components(std::move(root), relative);
    }
    return file;
}

}  // namespace onecnn::core::onnx
