// SPDX-License-Identifier: Apache-2.0
#include "runtime/lanes.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

using onecnn::core::Lanes;

namespace {

struct Work {
    explicit Work(std::size_t slices, int lanes) : done(slices), lane_busy(static_cast<std::size_t>(lanes)) {}

    std::vector<std::atomic<int>> done;
    std::vector<std::atomic<int>> lane_busy;
    std::atomic<bool> clash{false};

    static void run_slice(void* opaque, std::int64_t slice, int lane) {
        auto& work = *static_cast<Work*>(opaque);
        const auto l = static_cast<std::size_t>(lane);
        if (l >= work.lane_busy.size() || work.lane_busy[l].fetch_add(1) != 0) {
            work.clash = true;
        }
        volatile double x = 1;
        for (int i = 0; i < 200; ++i) {
            x = x * 1.0001;
        }
        work.done[static_cast<std::size_t>(slice)].fetch_add(1);
        work.lane_busy[l].fetch_sub(1);
    }

    [[nodiscard]] bool each_slice_once() const {
        for (const auto& count : done) {
            if (count != 1) {
                return false;
            }
        }
        return true;
    }
};

bool runs_right(std::size_t slices, int lanes) {
    Work work(slices, lanes);
    Lanes::instance().run(static_cast<std::int64_t>(slices), lanes, Work::run_slice, &work);
    return work.each_slice_once() && !work.clash;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lanes)

BOOST_AUTO_TEST_CASE(every_slice_runs_once_and_no_lane_twice_at_a_time) {
    for (const int count : {1, 2, 3, 8, 20}) {
        for (const std::size_t slices : {0U, 1U, 2U, 7U, 100U}) {
            for (int round = 0; round < 50; ++round) {
                BOOST_TEST_REQUIRE(runs_right(slices, count));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(callers_share_the_lanes) {
    std::atomic<bool> right{true};
    std::vector<std::thread> callers;
    for (int caller = 0; caller < 6; ++caller) {
        callers.emplace_back([&] {
            for (int round = 0; round < 200; ++round) {
                right = runs_right(16, 3) && right;
            }
        });
    }
    for (auto& caller : callers) {
        caller.join();
    }
    BOOST_TEST(right);
}

BOOST_AUTO_TEST_CASE(what_a_slice_throws_reaches_the_caller) {
    const auto throws = [](void*, std::int64_t slice, int) {
        if (slice == 5) {
            throw std::runtime_error("slice 5");
        }
    };
    BOOST_CHECK_THROW(Lanes::instance().run(10, 2, throws, nullptr), std::runtime_error);
    BOOST_TEST(runs_right(10, 2));
}

BOOST_AUTO_TEST_CASE(a_forked_child_works) {
    BOOST_REQUIRE(runs_right(20, 2));
    const pid_t child = fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) {
        alarm(20);
        _exit(runs_right(20, 2) ? 0 : 1);
    }
    int status = 0;
    BOOST_REQUIRE(waitpid(child, &status, 0) == child);
    BOOST_TEST((WIFEXITED(status) && WEXITSTATUS(status) == 0));
    BOOST_TEST(runs_right(20, 2));
}

BOOST_AUTO_TEST_SUITE_END()
