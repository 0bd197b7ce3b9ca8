// SPDX-License-Identifier: Apache-2.0
#include "runtime/cpu_limits.h"

#include <sched.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

namespace fs = std::filesystem;
using onecnn::core::cgroup_cpus;
using onecnn::core::usable_cpus;

namespace {

/// A /proc and a /sys of our own making.
struct FakeSystem {
    fs::path root = fs::temp_directory_path() / ("onecnn-cgroup-" + std::to_string(::getpid()));

    FakeSystem() { fs::remove_all(root); }
    ~FakeSystem() { fs::remove_all(root); }

    void write(const fs::path& file, const std::string& text) const {
        fs::create_directories((root / file).parent_path());
        std::ofstream(root / file) << text;
    }
    [[nodiscard]] int cpus() const { return cgroup_cpus(root / "proc", root / "sys"); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(cpu_limits, FakeSystem)

BOOST_AUTO_TEST_CASE(a_version_2_quota_is_rounded_up) {
    write("proc/self/cgroup", "0::/pod/container\n");
    write("sys/fs/cgroup/pod/container/cpu.max", "250000 100000\n");
    BOOST_TEST(cpus() == 3);
}

BOOST_AUTO_TEST_CASE(the_strictest_parent_decides) {
    write("proc/self/cgroup", "0::/pod/container\n");
    write("sys/fs/cgroup/pod/container/cpu.max", "max 100000\n");
    write("sys/fs/cgroup/pod/cpu.max", "100000 100000\n");
    BOOST_TEST(cpus() == 1);
}

BOOST_AUTO_TEST_CASE(a_container_sees_its_own_group_as_the_root) {
    write("proc/self/cgroup", "0::/\n");
    write("sys/fs/cgroup/cpu.max", "200000 100000\n");
    BOOST_TEST(cpus() == 2);
}

BOOST_AUTO_TEST_CASE(a_version_1_quota_counts) {
    write("proc/self/cgroup", "4:memory:/box\n3:cpu,cpuacct:/box\n");
    write("sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "50000\n");
    write("sys/fs/cgroup/cpu/box/cpu.cfs_period_us", "100000\n");
    BOOST_TEST(cpus() == 1);
}

BOOST_AUTO_TEST_CASE(no_quota_is_no_bound) {
    BOOST_TEST(cpus() == 0);
    write("proc/self/cgroup", "0::/\n1:cpu:/box\n");
    write("sys/fs/cgroup/cpu.max", "max 100000\n");
    write("sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "-1\n");
    write("sys/fs/cgroup/cpu/box/cpu.cfs_period_us", "100000\n");
    BOOST_TEST(cpus() == 0);
}

BOOST_AUTO_TEST_CASE(affinity_bounds_the_count) {
    cpu_set_t before;
    BOOST_REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (CPU_ISSET(cpu, &before)) {
            CPU_SET(cpu, &one);
            break;
        }
    }
    BOOST_REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
    const int cpus_allowed = usable_cpus();
    BOOST_REQUIRE(sched_setaffinity(0, sizeof before, &before) == 0);
    BOOST_TEST(cpus_allowed == 1);
}

BOOST_AUTO_TEST_SUITE_END()
