// SPDX-License-Identifier: Apache-2.0
#include "kernels/elementwise.h"

#include <array>
#include <utility>

#include "kernels/convert.h"

namespace onecnn::core {

namespace {

constexpr std::int64_t block = 256;
using Block = std::array<std::byte, block * sizeof(std::int64_t)>;

/// Elements of one dtype that are moved on as those of another one, by way of a buffer where the two differ.
class Conversion {
public:
    Conversion(DType from, DType to)
        : from_bytes(bits(from) / 8), to_bytes(bits(to) / 8), convert_(from == to ? nullptr : conversion(from, to)) {}

    [[nodiscard]] bool is_none() const { return convert_ == nullptr; }

    /// The elements as a kernel takes them.
    const std::byte* read(const std::byte* stored, std::byte* buffer, std::int64_t count) const {
        if (is_none()) {
            return stored;
        }
        convert_(stored, buffer, count);
        return buffer;
    }

    /// Where a kernel puts elements that `write` then stores.
    [[nodiscard]] std::byte* place(std::byte* stored, std::byte* buffer) const { return is_none() ? stored : buffer; }
    void write(const std::byte* buffer, std::byte* stored, std::int64_t count) const {
        if (!is_none()) {
            convert_(buffer, stored, count);
        }
    }

    std::int64_t from_bytes;
    std::int64_t to_bytes;

private:
    Convert convert_;
};

class UnaryRun {
public:
    UnaryRun(const UnaryKernel& kernel, Parameters parameters, DType x, DType y)
        : kernel_(kernel), parameters_(parameters), x_(x, kernel.x), y_(kernel.y, y) {}

    void operator()(const std::byte* x, std::byte* y, Range range) const {
        x += range.begin * x_.from_bytes;
        y += range.begin * y_.to_bytes;
        const std::int64_t count = range.end - range.begin;
        if (x_.is_none() && y_.is_none()) {
            return kernel_.run(x, y, count, parameters_);
        }
        alignas(64) Block read;
        alignas(64) Block written;
        for (std::int64_t i = 0; i < count; i += block) {
            const std::int64_t length = std::min(block, count - i);
            std::byte* to = y + i * y_.to_bytes;
            kernel_.run(x_.read(x + i * x_.from_bytes, read.data(), length), y_.place(to, written.data()), length,
                        parameters_);
            y_.write(written.data(), to, length);
        }
    }

private:
    UnaryKernel kernel_;
    Parameters parameters_;
    Conversion x_;
    Conversion y_;
};

class BinaryRun {
public:
    BinaryRun(BroadcastPass pass, Operand out)
        : pass_(std::move(pass)),
          a_(pass_.a.dtype, pass_.kernel.a),
          b_(pass_.b.dtype, pass_.kernel.b),
          out_(pass_.kernel.out, out.dtype),
          to_(out.slot) {}

    void operator()(const Memory& memory, Range range) const {
        const std::byte* a = memory[pass_.a.slot];
        const std::byte* b = memory[pass_.b.slot];
        std::byte* out = memory[to_];
        for_each_piece(pass_.axes, range,
                       [&](std::int64_t from_a, std::int64_t from_b, std::int64_t to, std::int64_t count) {
                           run(a + from_a * a_.from_bytes, b + from_b * b_.from_bytes, out + to * out_.to_bytes, count);
                       });
    }

private:
    void run(const std::byte* a, const std::byte* b, std::byte* out, std::int64_t count) const {
        const Repeated repeated{pass_.axes.back().a == 0, pass_.axes.back().b == 0};
        if (a_.is_none() && b_.is_none() && out_.is_none()) {
            return pass_.kernel.run(a, b, out, count, repeated, pass_.parameters);
        }
        alignas(64) Block left;
        alignas(64) Block right;
        alignas(64) Block written;
        for (std::int64_t i = 0; i < count; i += block) {
            const std::int64_t length = std::min(block, count - i);
            const std::byte* x =
                repeated.a ? a_.read(a, left.data(), 1) : a_.read(a + i * a_.from_bytes, left.data(), length);
            const std::byte* y =
                repeated.b ? b_.read(b, right.data(), 1) : b_.read(b + i * b_.from_bytes, right.data(), length);
            std::byte* to = out + i * out_.to_bytes;
            pass_.kernel.run(x, y, out_.place(to, written.data()), length, repeated, pass_.parameters);
            out_.write(written.data(), to, length);
        }
    }

    BroadcastPass pass_;
    Conversion a_;
    Conversion b_;
    Conversion out_;
    Slot to_;
};

/// Roughly what one element costs: most functions take longer than reading and writing it.
constexpr std::int64_t element_work = 12;

}  // namespace

std::unique_ptr<Step> make_unary_step(std::string_view implementation, const UnaryKernel& kernel, Parameters parameters,
                                      std::int64_t count, Operand x, Operand y) {
    const std::int64_t slices = slices_for(count, element_work);
    auto step = std::make_unique<FunctionStep>(
        implementation, slices,
        [=, run = UnaryRun(kernel, parameters, x.dtype, y.dtype)](const Memory& memory, std::int64_t slice) {
            run(memory[x.slot], memory[y.slot], slice_range(count, slices, slice));
        });
    step->reads = {x.slot};
    step->writes = {y.slot};
    step->work = count * element_work;
    return step;
}

std::unique_ptr<Step> make_broadcast_step(std::string_view implementation, std::vector<BroadcastPass> passes,
                                          Operand out) {
    const std::int64_t count = element_count(passes.front().axes);
    const std::int64_t work = element_work * static_cast<std::int64_t>(passes.size());
    const std::int64_t slices = slices_for(count, work);
    std::vector<Slot> reads;
    std::vector<BinaryRun> runs;
    for (BroadcastPass& pass : passes) {
        for (const Slot slot : {pass.a.slot, pass.b.slot}) {
            if (slot != out.slot && std::ranges::find(reads, slot) == reads.end()) {
                reads.push_back(slot);
            }
        }
        runs.emplace_back(std::move(pass), out);
    }
    const std::size_t held = runs.size() * (sizeof(BinaryRun) + max_rank * sizeof(BroadcastAxis));
    auto step = std::make_unique<FunctionStep>(implementation, slices,
                                               [=, runs = std::move(runs)](const Memory& memory, std::int64_t slice) {
                                                   for (const BinaryRun& run : runs) {
                                                       run(memory, slice_range(count, slices, slice));
                                                   }
                                               });
    step->reads = std::move(reads);
    step->writes = {out.slot};
    step->work = count * work;
    step->held_bytes += held;
    return step;
}

}  // namespace onecnn::core
