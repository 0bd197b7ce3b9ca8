// SPDX-License-Identifier: Apache-2.0
#include "runtime/lanes.h"

#include <omp.h>
#include <pthread.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's, not C's

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <list>
#include <mutex>
#include <span>
#include <system_error>
#include <thread>
#include <vector>

#include "kernels/step.h"

namespace onecnn::core {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto spin_time = std::chrono::microseconds(20);
constexpr auto expectant_spin_time = std::chrono::microseconds(300);

/// Neighbouring slices, which one lane takes first: what it writes lies in its core's cache when the next step, whose slices are
/// parted alike, reads it.
struct alignas(64) Share {
    std::atomic<std::int64_t> next{0};
    std::int64_t end = 0;
};

/// One call of Lanes::run; lives on the caller's stack.
struct Job {
    Lanes::Task task;
    void* context;
    std::span<Share> shares;
    std::atomic<int> next_lane{1};
    std::atomic<int> helpers{0};  // workers inside
    int wanted = 0;               // workers that may still join; guarded by the pool's mutex
    std::atomic_flag failed = ATOMIC_FLAG_INIT;
    std::exception_ptr error{};

    [[nodiscard]] bool any_left() const {
        return std::ranges::any_of(
            shares, [](const Share& share) { return share.next.load(std::memory_order_relaxed) < share.end; });
    }

    /// Takes what is left of a share, then of the others'. The caller begins with the first, worker number `worker` with another.
    void work(int lane, std::size_t worker) noexcept {
        const std::size_t own = lane == 0 ? 0 : 1 + worker % (shares.size() - 1);
        for (std::size_t i = 0; i < shares.size(); ++i) {
            Share& share = shares[(own + i) % shares.size()];
            for (;;) {
                const std::int64_t slice = share.next.fetch_add(1, std::memory_order_relaxed);
                if (slice >= share.end) {
                    break;
                }
                run(slice, lane);
            }
        }
    }

    /// Throws what a task threw.
    void end() const {
        if (error) {
            std::rethrow_exception(error);
        }
    }

private:
    void run(std::int64_t slice, int lane) noexcept {
        try {
            task(context, slice, lane);
        } catch (...) {
            if (!failed.test_and_set()) {
                error = std::current_exception();
            }
        }
    }
};

constexpr std::size_t most_shares = 16;  // further lanes begin where others do

void part(std::int64_t slices, std::span<Share> shares) {
    const auto count = static_cast<std::int64_t>(shares.size());
    for (std::int64_t i = 0; i < count; ++i) {
        const Range range = slice_range(slices, count, i);
        Share& share = shares[static_cast<std::size_t>(i)];
        share.next.store(range.begin, std::memory_order_relaxed);
        share.end = range.end;
    }
}

/// Tells the core that this is a spin.
void relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

/// Spins until `done()`, or for spin_time, or longer while `expectant()`; whether it is done.
template <typename Done, typename Expectant>
bool spin_until(const Done& done, const Expectant& expectant) {
    const auto begin = Clock::now();
    do {
        for (int i = 0; i < 32; ++i) {
            if (done()) {
                return true;
            }
            relax();
        }
    } while (Clock::now() < begin + (expectant() ? expectant_spin_time : spin_time));
    return done();
}

}  // namespace

struct Lanes::Pool {
    std::mutex mutex;
    std::condition_variable wake;
    std::list<Job*> jobs;                 // that want helpers
    std::atomic<std::uint64_t> posts{0};  // counts jobs posted: what a spinning worker watches
    std::atomic<int> expected{0};         // callers that are about to post
    std::uint64_t wakes = 0;              // counts calls of wake_up
    int sleeping = 0;
    bool stopping = false;
    std::vector<std::thread> workers;

    /// Where the system gives no more threads, those that are there must do.
    void grow(int count) {
        if (static_cast<int>(workers.size()) >= count) {
            return;
        }
        // The host's signals are not for our threads, which inherit the mask.
        sigset_t all;
        sigset_t before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        try {
            while (static_cast<int>(workers.size()) < count) {
                workers.emplace_back([this, worker = workers.size()] { work(worker); });
            }
        } catch (const std::system_error&) {  // NOLINT(bugprone-empty-catch)
        }
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }

    void post(Job& job, int helpers) {
        int to_wake = 0;
        {
            const std::lock_guard lock(mutex);
            grow(helpers);
            job.wanted = helpers;
            jobs.push_back(&job);
            posts.fetch_add(1, std::memory_order_release);
            to_wake = std::min(sleeping, helpers);
        }
        for (int i = 0; i < to_wake; ++i) {
            wake.notify_one();
        }
    }

    /// Wakes sleeping workers that will soon have something to do.
    void wake_up(int helpers) {
        int to_wake = 0;
        {
            const std::lock_guard lock(mutex);
            to_wake = std::min(sleeping, helpers);
            wakes += to_wake > 0 ? 1 : 0;
        }
        for (int i = 0; i < to_wake; ++i) {
            wake.notify_one();
        }
    }

    /// Lets nobody else join.
    void withdraw(Job& job) {
        const std::lock_guard lock(mutex);
        jobs.remove(&job);
    }

    Job* join() {
        while (!jobs.empty()) {
            Job* job = jobs.front();
            if (!job->any_left()) {
                jobs.pop_front();
                continue;
            }
            job->helpers.fetch_add(1, std::memory_order_relaxed);
            if (--job->wanted == 0) {
                jobs.pop_front();
            }
            return job;
        }
        return nullptr;
    }

    void work(std::size_t worker) {
        omp_set_num_threads(1);
        std::unique_lock lock(mutex);
        while (!stopping) {
            if (Job* job = join()) {
                lock.unlock();
                job->work(job->next_lane.fetch_add(1, std::memory_order_relaxed), worker);
                // The caller may be gone once the last helper has left: nothing of the job is touched after this.
                job->helpers.fetch_sub(1, std::memory_order_release);
                lock.lock();
                continue;
            }
            const std::uint64_t seen = posts.load(std::memory_order_relaxed);
            lock.unlock();
            const bool more = spin_until([&] { return posts.load(std::memory_order_acquire) != seen; },
                                         [&] { return expected.load(std::memory_order_relaxed) > 0; });
            lock.lock();
            if (!more && posts.load(std::memory_order_relaxed) == seen && !stopping) {
                ++sleeping;
                wake.wait(lock, [&, before = wakes] { return stopping || !jobs.empty() || wakes != before; });
                --sleeping;
            }
        }
    }
};

Lanes::Lanes() : pool_(std::make_unique<Pool>()) {
    // The child of a fork has none of the threads, and a mutex that may be locked for ever: it leaves the old pool as it is
    // and starts with an empty one.
    pthread_atfork(nullptr, nullptr, [] {
        Lanes& lanes = instance();
        static_cast<void>(lanes.pool_.release());
        lanes.pool_ = std::make_unique<Pool>();
    });
}

Lanes::~Lanes() = default;

Lanes& Lanes::instance() {
    // Never destroyed: workers may still sleep in it while the process exits.
    static Lanes* const lanes = new Lanes();  // NOLINT(cppcoreguidelines-owning-memory)
    return *lanes;
}

Lanes::Expected::Expected(int lanes) : counted_(lanes > 1) {
    if (counted_) {
        Pool& pool = *instance().pool_;
        pool.expected.fetch_add(1, std::memory_order_relaxed);
        pool.wake_up(lanes - 1);
    }
}

Lanes::Expected::~Expected() {
    if (counted_) {
        instance().pool_->expected.fetch_sub(1, std::memory_order_relaxed);
    }
}

void Lanes::run(std::int64_t slices, int lanes, Task task, void* context) {
    const auto wanted = static_cast<int>(std::min<std::int64_t>(slices, lanes));
    if (wanted < 2) {
        Share all{0, slices};
        Job job{task, context, {&all, 1}};
        job.work(0, 0);
        job.end();
        return;
    }
    std::array<Share, most_shares> all;
    const auto shares = std::span(all).first(std::min<std::size_t>(static_cast<std::size_t>(wanted), most_shares));
    part(slices, shares);
    Job job{task, context, shares};
    Pool& pool = *pool_;
    pool.post(job, wanted - 1);
    job.work(0, 0);
    pool.withdraw(job);
    const auto left = [&job] { return job.helpers.load(std::memory_order_acquire) == 0; };
    while (!spin_until(left, [] { return false; })) {
        std::this_thread::yield();
    }
    job.end();
}

}  // namespace onecnn::core
