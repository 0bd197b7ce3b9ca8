// SPDX-License-Identifier: Apache-2.0
#include "runtime/mapped_memory.h"

#include <sys/mman.h>

#include "runtime/tensor.h"

namespace onecnn::core {

namespace {

// Below, a page's unused end is too much of it; above, the heap maps and unmaps it itself, and prefers large pages.
constexpr std::size_t least = std::size_t{64} << 10;
constexpr std::size_t most = std::size_t{4} << 20;

}  // namespace

std::shared_ptr<std::byte> allocate_mapped(std::size_t bytes) {
    if (bytes < least || bytes >= most) {
        return allocate(bytes);
    }
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return allocate(bytes);
    }
    return {static_cast<std::byte*>(memory), [bytes](std::byte* p) { munmap(p, bytes); }};
}

}  // namespace onecnn::core
