// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

namespace onecnn::core {

/// The process' worker threads, shared by all callers. A worker spins for more work some 20 µs, and some 300 µs where more is
/// announced, then sleeps. After fork() the child has none, and makes its own when it needs them.
class Lanes {
public:
    /// `task(context, slice, lane)`: `lane` is in [0, lanes) and no two slices run on one lane at the same time.
    using Task = void (*)(void* context, std::int64_t slice, int lane);

    [[nodiscard]] static Lanes& instance();

    /// Says, as long as it lives, that its maker is about to call run for up to `lanes` lanes: workers wake up now and wait for
    /// it, since waking one takes longer than most steps of a small network.
    class Expected {
    public:
        explicit Expected(int lanes);
        ~Expected();
        Expected(const Expected&) = delete;
        Expected& operator=(const Expected&) = delete;

    private:
        bool counted_;
    };

    /// Runs every slice once, on the caller and at most `lanes` − 1 workers, and returns when all are done. Each takes neighbouring
    /// slices first, the same part of them in every call, then what others have left. What a task throws first is thrown here, after
    /// the others have ended.
    void run(std::int64_t slices, int lanes, Task task, void* context);

    Lanes(const Lanes&) = delete;
    Lanes& operator=(const Lanes&) = delete;
    ~Lanes();

    /// The pool's insides, private to lanes.cpp.
    struct Pool;

private:
    Lanes();

    std::unique_ptr<Pool> pool_;
};

}  // namespace onecnn::core
