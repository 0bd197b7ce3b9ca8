// SPDX-License-Identifier: Apache-2.0
#include "runtime/mapped_memory.h"

#include <sys/mman.h>

#include <cstdint>

#include "runtime/tensor.h"

namespace onecnn::core {

namespace {

constexpr std::size_t least = std::size_t{64} << 10;  // below, a page's unused end is too much of it

/// What every run writes and reads: in pages of 4 KiB finding them takes up to 5 % of the time. Weights gain less than touching large
/// pages for the first time costs a virtual machine, where these come from its host: a second for a few hundred megabytes.
void prefer_large_pages([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#if defined(MADV_HUGEPAGE)
    constexpr std::size_t page = std::size_t{2} << 20;
    if (bytes >= 2 * page) {
        const auto begin = (reinterpret_cast<std::uintptr_t>(memory) + page - 1) / page * page;
        const auto end = (reinterpret_cast<std::uintptr_t>(memory) + bytes) / page * page;
        // Where the system does not go along, nothing is lost.
        static_cast<void>(madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE));
    }
#endif
}

}  // namespace

std::shared_ptr<std::byte> allocate_mapped(std::size_t bytes) {
    if (bytes < least) {
        return allocate(bytes);
    }
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return allocate(bytes);
    }
    prefer_large_pages(memory, bytes);
    return {static_cast<std::byte*>(memory), [bytes](std::byte* p) { munmap(p, bytes); }};
}

}  // namespace onecnn::core
