// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <utility>

#include "graph/attributes.h"
#include "kernels/tensor_parts.h"
#include "ops/execute_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

/// A position in a sequence from input `index`, which may count from the end; `most` is the last one there may be.
std::size_t position(const ExecuteContext& context, std::size_t index, std::size_t size, std::size_t most) {
    const auto given = context.integers(index);
    const auto count = static_cast<std::int64_t>(size);
    if (given.size() != 1) {
        context.invalid("input ", index, " is ", describe(context.input(index)), ", expected one position");
    }
    if (given[0] < -count || given[0] > static_cast<std::int64_t>(most) || (most == size && given[0] > count)) {
        context.invalid("position ", given[0], " in a sequence of ", size);
    }
    return static_cast<std::size_t>(given[0] < 0 ? given[0] + count : given[0]);
}

void construct(ExecuteContext& context) {
    Sequence sequence;
    for (std::size_t i = 0; i < context.input_count(); ++i) {
        sequence.push_back(context.tensor(i));
    }
    context.set_output(0, std::move(sequence));
}

void empty(ExecuteContext& context) { context.set_output(0, Sequence()); }

void insert(ExecuteContext& context) {
    Sequence sequence = context.sequence(0);
    const std::size_t size = sequence.size();
    const std::size_t place = context.has_input(2) ? position(context, 2, size, size) : size;
    sequence.insert(sequence.begin() + static_cast<std::ptrdiff_t>(place), context.tensor(1));
    context.set_output(0, std::move(sequence));
}

/// The position of one that is there: the last where none is given.
std::size_t existing(const ExecuteContext& context, std::size_t index, const Sequence& sequence) {
    if (sequence.empty()) {
        context.invalid("the sequence is empty");
    }
    const std::size_t last = sequence.size() - 1;
    return context.has_input(index) ? position(context, index, sequence.size(), last) : last;
}

void erase(ExecuteContext& context) {
    Sequence sequence = context.sequence(0);
    sequence.erase(sequence.begin() + static_cast<std::ptrdiff_t>(existing(context, 1, sequence)));
    context.set_output(0, std::move(sequence));
}

void at(ExecuteContext& context) {
    const Sequence& sequence = context.sequence(0);
    context.set_output(0, sequence[existing(context, 1, sequence)]);
}

void length(ExecuteContext& context) {
    Tensor count(DType::int64, {});
    count.as<std::int64_t>()[0] = static_cast<std::int64_t>(context.sequence(0).size());
    context.set_output(0, std::move(count));
}

/// The tensors of a sequence, which must fit together along `axis`.
std::vector<Tensor> tensors_to_join(const ExecuteContext& context, const Sequence& sequence, std::size_t axis) {
    std::vector<Tensor> tensors;
    for (const Datum& item : sequence) {
        const Tensor* tensor = item.tensor();
        if (tensor == nullptr) {
            context.invalid("the sequence holds ", describe(item), ", expected tensors");
        }
        if (!tensors.empty()) {
            Shape shape = tensor->shape();
            const Shape& first = tensors[0].shape();
            const bool ranks_match = shape.size() == first.size();
            if (ranks_match && axis < shape.size()) {
                shape[axis] = first[axis];
            }
            if (!ranks_match || shape != first || tensor->dtype() != tensors[0].dtype()) {
                context.invalid("the sequence holds ", describe(Datum(tensors[0])), " and ", describe(item),
                                ", which do not fit together");
            }
        }
        tensors.push_back(*tensor);
    }
    return tensors;
}

void concat_from(ExecuteContext& context) {
    const Sequence& sequence = context.sequence(0);
    if (sequence.empty()) {
        context.invalid("the sequence is empty");
    }
    const auto axis = required_attribute<std::int64_t>(context.node(), "axis");
    const bool new_axis = attribute<std::int64_t>(context.node(), "new_axis", 0) != 0;
    const Tensor* first = sequence[0].tensor();
    const std::size_t rank = first == nullptr ? 0 : first->shape().size();
    const std::string what = onecnn::core::describe(context.node());
    const std::size_t place = normalized_axis(axis, rank + (new_axis ? 1 : 0), what);
    auto tensors = tensors_to_join(context, sequence, new_axis ? rank : place);
    if (new_axis) {
        for (Tensor& tensor : tensors) {
            Shape shape = tensor.shape();
            shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(place), 1);
            tensor = tensor.reshaped(std::move(shape));
        }
    }
    context.set_output(0, joined(tensors, place));
}

/// The lengths into which `total` is split.
std::vector<std::int64_t> split_lengths(const ExecuteContext& context, std::int64_t total) {
    if (!context.has_input(1)) {
        return std::vector<std::int64_t>(static_cast<std::size_t>(total), 1);
    }
    auto lengths = context.integers(1);
    if (context.tensor(1).shape().empty()) {
        const std::int64_t chunk = lengths[0];
        if (chunk < 1) {
            context.invalid("input 1 asks for parts of ", chunk, " elements");
        }
        lengths.assign(static_cast<std::size_t>(total / chunk), chunk);
        if (total % chunk != 0) {
            lengths.push_back(total % chunk);
        }
    }
    std::int64_t sum = 0;
    for (const std::int64_t part : lengths) {
        if (part < 0 || part > total - sum) {
            context.invalid("input 1 asks for parts of together more than ", total, " elements, or fewer than none");
        }
        sum += part;
    }
    if (sum != total) {
        context.invalid("input 1 asks for parts of together ", sum, " of ", total, " elements");
    }
    return lengths;
}

void split_to(ExecuteContext& context) {
    const Tensor& tensor = context.tensor(0);
    const std::size_t axis = normalized_axis(attribute<std::int64_t>(context.node(), "axis", 0), tensor.shape().size(),
                                             onecnn::core::describe(context.node()));
    const bool keep = context.has_input(1) || attribute<std::int64_t>(context.node(), "keepdims", 1) != 0;
    Sequence sequence;
    std::int64_t begin = 0;
    for (const std::int64_t part : split_lengths(context, tensor.shape()[axis])) {
        Tensor slice = slice_of(tensor, axis, begin, begin + part);
        begin += part;
        if (!keep) {
            Shape shape = slice.shape();
            shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
            slice = slice.reshaped(std::move(shape));
        }
        sequence.emplace_back(std::move(slice));
    }
    context.set_output(0, std::move(sequence));
}

/// Inputs that are sequences are gone through together; tensors go to each turn as they are.
void map(ExecuteContext& context) {
    const auto body = required_attribute<std::shared_ptr<Subgraph>>(context.node(), "body");
    const std::size_t turns = context.sequence(0).size();
    std::vector<Sequence> results(context.output_count());
    std::size_t bytes = 0;
    for (std::size_t turn = 0; turn < turns; ++turn) {
        std::vector<Datum> arguments;
        for (std::size_t i = 0; i < context.input_count(); ++i) {
            const Sequence* sequence = context.input(i).sequence();
            if (sequence != nullptr && sequence->size() != turns) {
                context.invalid("it goes through sequences of ", turns, " and of ", sequence->size());
            }
            arguments.push_back(sequence == nullptr ? context.input(i) : (*sequence)[turn]);
        }
        auto outputs = context.run(*body, std::move(arguments));
        if (outputs.size() < results.size()) {
            context.invalid("its subgraph has ", outputs.size(), " outputs, expected ", results.size());
        }
        for (std::size_t i = 0; i < results.size(); ++i) {
            bytes += outputs[i].bytes();
            results[i].push_back(std::move(outputs[i]));
        }
        if (bytes > static_cast<std::size_t>(context.options().limits.run_bytes)) {
            fail(ErrorCode::resource_limit, onecnn::core::describe(context.node()), ": its results take more than the ",
                 "limit run_bytes of ", context.options().limits.run_bytes);
        }
    }
    for (std::size_t i = 0; i < results.size(); ++i) {
        context.set_output(i, std::move(results[i]));
    }
}

const Registration sequence_construct{{"", "SequenceConstruct", 1, any_number, 1, {}, nullptr, nullptr, construct}};
const Registration sequence_empty{{"", "SequenceEmpty", 0, 0, 1, {}, nullptr, nullptr, empty}};
const Registration sequence_insert{{"", "SequenceInsert", 2, 3, 1, {}, nullptr, nullptr, insert}};
const Registration sequence_erase{{"", "SequenceErase", 1, 2, 1, {}, nullptr, nullptr, erase}};
const Registration sequence_at{{"", "SequenceAt", 2, 2, 1, {}, nullptr, nullptr, at}};
const Registration sequence_length{{"", "SequenceLength", 1, 1, 1, {}, nullptr, nullptr, length}};
const Registration sequence_map{{"", "SequenceMap", 1, any_number, any_number, {}, nullptr, nullptr, map}};
const Registration concat_from_sequence{{"", "ConcatFromSequence", 1, 1, 1, {}, nullptr, nullptr, concat_from}};
const Registration split_to_sequence{{"", "SplitToSequence", 1, 2, 1, {}, nullptr, nullptr, split_to}};

}  // namespace

}  // namespace onecnn::core
