// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "graph/attributes.h"
#include "kernels/linear_step.h"
#include "kernels/pairwise_coupling.h"
#include "ops/class_results.h"
#include "ops/lower_context.h"
#include "ops/ml_attributes.h"
#include "ops/ml_rows.h"
#include "ops/svm_attributes.h"

namespace onecnn::core {

namespace {

/// One vote for every pair of classes i < j, in the order (0, 1), (0, 2), ..., (1, 2), ...
struct Classifier {
    SvmKernel kernel;
    std::vector<std::int64_t> labels;
    std::vector<std::int64_t> first_vector;  // of each class; the last entry is the number of vectors
    std::vector<float> coefficients;         // [classes − 1, vectors]
    std::vector<float> rho;                  // one a pair, as are the next two
    std::vector<float> prob_a;
    std::vector<float> prob_b;
    PostTransform transform;

    [[nodiscard]] std::size_t classes() const { return labels.size(); }
    [[nodiscard]] std::size_t pairs() const { return classes() * (classes() - 1) / 2; }
    [[nodiscard]] bool has_probabilities() const { return !prob_a.empty(); }
    /// Without probabilities two classes have a score each, more have one a pair.
    [[nodiscard]] std::size_t scores() const { return has_probabilities() || classes() == 2 ? classes() : pairs(); }
};

/// Where each class's support vectors begin.
std::vector<std::int64_t> first_vectors(const Node& node, std::size_t classes) {
    const auto counts = required_attribute<std::vector<std::int64_t>>(node, "vectors_per_class");
    require_values(node, "vectors_per_class", counts.size(), classes);
    std::vector<std::int64_t> first{0};
    for (const std::int64_t count : counts) {
        if (count < 0) {
            fail(ErrorCode::invalid_model, describe(node), ": vectors_per_class is ", to_string(counts));
        }
        first.push_back(checked_add(first.back(), count));
    }
    if (first.back() == 0) {
        fail(ErrorCode::invalid_model, describe(node), ": vectors_per_class is ", to_string(counts),
             ", no vector at all");
    }
    return first;
}

Classifier parse(const Node& node) {
    auto labels = class_labels(node, "classlabels_ints");
    if (labels.size() < 2) {
        fail(ErrorCode::invalid_model, describe(node), ": classlabels_ints has ", labels.size(),
             " values, expected 2 or more");
    }
    auto first = first_vectors(node, labels.size());
    Classifier classifier{.kernel = svm_kernel(node, svm_function(node), first.back()),
                          .labels = std::move(labels),
                          .first_vector = std::move(first),
                          .coefficients = required_attribute<std::vector<float>>(node, "coefficients"),
                          .rho = required_attribute<std::vector<float>>(node, "rho"),
                          .prob_a = attribute<std::vector<float>>(node, "prob_a", {}),
                          .prob_b = attribute<std::vector<float>>(node, "prob_b", {}),
                          .transform = post_transform(node)};
    const auto vectors = static_cast<std::size_t>(classifier.first_vector.back());
    require_values(node, "coefficients", classifier.coefficients.size(), (classifier.classes() - 1) * vectors);
    require_values(node, "rho", classifier.rho.size(), classifier.pairs());
    require_values(node, "prob_b", classifier.prob_b.size(), classifier.prob_a.size());
    if (classifier.has_probabilities()) {
        require_values(node, "prob_a", classifier.prob_a.size(), classifier.pairs());
    }
    return classifier;
}

/// 1 / (1 + exp(x)) without overflow.
double falling_logistic(double x) { return x >= 0 ? std::exp(-x) / (1 + std::exp(-x)) : 1 / (1 + std::exp(x)); }

/// Classifies rows of T.
template <typename T>
class ClassifierStep final : public Step {
public:
    ClassifierStep(Classifier classifier, std::int64_t rows, Slot x, std::optional<Slot> label,
                   std::optional<Slot> scores)
        : classifier_(std::move(classifier)), rows_(rows), x_(x), label_(label), scores_(scores) {
        const auto passes = static_cast<std::int64_t>(classifier_.classes());
        const std::int64_t row_work =
            3 * classifier_.kernel.padded_count() * (classifier_.kernel.features() + 8 + passes);
        slices_ = slices_for(rows, row_work);
        reads = {x};
        for (const auto& slot : {label, scores}) {
            if (slot) {
                writes.push_back(*slot);
            }
        }
        work = checked_multiply(rows, row_work);
        held_bytes += classifier_.kernel.bytes();
    }

    [[nodiscard]] std::string_view implementation() const override { return "svm"; }
    [[nodiscard]] std::int64_t slice_count() const override { return slices_; }
    [[nodiscard]] std::size_t scratch_bytes() const override {
        const std::size_t doubles = decisions() + votes() + pairwise() + coupling_scratch(classifier_.classes());
        const auto floats = static_cast<std::size_t>(classifier_.kernel.padded_count() + classifier_.kernel.features());
        return doubles * sizeof(double) + floats * sizeof(float);
    }

    void run(const Memory& memory, StepState*, std::int64_t slice, std::byte* scratch) const override {
        const SvmKernel& kernel = classifier_.kernel;
        const Work parts(*this, scratch);
        const Range range = slice_range(rows_, slices_, slice);
        for (std::int64_t i = range.begin; i < range.end; ++i) {
            load_row(memory.at<const T>(x_) + i * kernel.features(), kernel.features(), parts.row);
            kernel.evaluate(parts.row, parts.values);
            decide(parts);
            if (label_) {
                const auto winner = std::ranges::max_element(parts.votes) - parts.votes.begin();
                memory.at<std::int64_t>(*label_)[i] = classifier_.labels[static_cast<std::size_t>(winner)];
            }
            if (scores_) {
                const auto width = static_cast<std::int64_t>(classifier_.scores());
                write_scores(parts, {memory.at<float>(*scores_) + i * width, classifier_.scores()});
            }
        }
    }

private:
    /// A slice's scratch.
    struct Work {
        Work(const ClassifierStep& step, std::byte* scratch) {
            auto* next = reinterpret_cast<double*>(scratch);
            const auto take = [&next](std::size_t count) {
                return std::span(std::exchange(next, next + count), count);
            };
            decisions = take(step.decisions());
            votes = take(step.votes());
            pairwise = take(step.pairwise());
            coupling = take(coupling_scratch(step.classifier_.classes()));
            values = reinterpret_cast<float*>(next);
            row = values + step.classifier_.kernel.padded_count();
        }
        std::span<double> decisions;
        std::span<double> votes;
        std::span<double> pairwise;
        std::span<double> coupling;
        float* values;
        float* row;
    };

    [[nodiscard]] std::size_t decisions() const { return classifier_.pairs(); }
    [[nodiscard]] std::size_t votes() const { return classifier_.classes(); }
    [[nodiscard]] std::size_t pairwise() const { return classifier_.classes() * classifier_.classes(); }

    /// The part of a pair's decision that the vectors of class `of` make, with the coefficients in `line`.
    [[nodiscard]] double decision_part(const float* values, std::size_t of, std::size_t line) const {
        const std::int64_t begin = classifier_.first_vector[of];
        const std::int64_t end = classifier_.first_vector[of + 1];
        const float* coefficients =
            classifier_.coefficients.data() + static_cast<std::int64_t>(line) * classifier_.first_vector.back();
        return std::inner_product(coefficients + begin, coefficients + end, values + begin, 0.0);
    }

    void decide(const Work& parts) const {
        std::ranges::fill(parts.votes, 0);
        std::size_t pair = 0;
        for (std::size_t i = 0; i < classifier_.classes(); ++i) {
            for (std::size_t j = i + 1; j < classifier_.classes(); ++j, ++pair) {
                const double decision = decision_part(parts.values, i, j - 1) + decision_part(parts.values, j, i) +
                                        static_cast<double>(classifier_.rho[pair]);
                parts.decisions[pair] = decision;
                parts.votes[decision > 0 ? i : j] += 1;
            }
        }
    }

    void write_scores(const Work& parts, std::span<float> scores) const {
        if (classifier_.has_probabilities()) {
            couple(parts, scores);
        } else if (classifier_.classes() == 2) {
            scores[0] = static_cast<float>(-parts.decisions[0]);
            scores[1] = static_cast<float>(parts.decisions[0]);
        } else {
            std::ranges::transform(parts.decisions, scores.begin(), [](double x) { return static_cast<float>(x); });
        }
        apply(classifier_.transform, scores);
    }

    void couple(const Work& parts, std::span<float> scores) const {
        constexpr double least = 1e-7;
        const std::size_t classes = classifier_.classes();
        std::size_t pair = 0;
        for (std::size_t i = 0; i < classes; ++i) {
            for (std::size_t j = i + 1; j < classes; ++j, ++pair) {
                const double x = parts.decisions[pair] * static_cast<double>(classifier_.prob_a[pair]) +
                                 static_cast<double>(classifier_.prob_b[pair]);
                const double probability = std::clamp(falling_logistic(x), least, 1 - least);
                parts.pairwise[i * classes + j] = probability;
                parts.pairwise[j * classes + i] = 1 - probability;
            }
        }
        // The votes have been counted: their place is free for the probabilities.
        couple_probabilities(parts.pairwise, parts.votes, parts.coupling);
        std::ranges::transform(parts.votes, scores.begin(), [](double x) { return static_cast<float>(x); });
    }

    Classifier classifier_;
    std::int64_t rows_;
    std::int64_t slices_ = 1;
    Slot x_;
    std::optional<Slot> label_;
    std::optional<Slot> scores_;
};

/// Without support vectors the coefficients are the classes' linear functions, which share one rho.
bool is_linear(const Node& node) { return attribute<std::vector<std::int64_t>>(node, "vectors_per_class", {}).empty(); }

void infer_linear(InferContext& context, const MlRows& x) {
    const Node& node = context.node();
    const std::size_t classes = class_labels(node, "classlabels_ints").size();
    const auto coefficients = required_attribute<std::vector<float>>(node, "coefficients");
    require_values(node, "coefficients", coefficients.size(), classes * static_cast<std::size_t>(x.features));
    require_values(node, "rho", required_attribute<std::vector<float>>(node, "rho").size(), 1);
    if (coefficients.empty()) {
        context.invalid("its rows have no feature");
    }
    static_cast<void>(post_transform(node));
    context.set_output(1, DType::float32, {x.rows, static_cast<std::int64_t>(classes)});
}

void infer(InferContext& context) {
    const MlRows x = require_ml_rows(context);
    context.set_output(0, DType::int64, {x.rows});
    if (is_linear(context.node())) {
        return infer_linear(context, x);
    }
    const Classifier classifier = parse(context.node());
    require_features(context, x, classifier.kernel.features());
    context.set_output(1, DType::float32, {x.rows, static_cast<std::int64_t>(classifier.scores())});
}

void lower_linear(LowerContext& context) {
    const Node& node = context.node();
    const auto [rows, features] = ml_rows(context.shape(0));
    auto labels = class_labels(node, "classlabels_ints");
    std::vector<float> intercepts(labels.size(), required_attribute<std::vector<float>>(node, "rho")[0]);
    const ClassResults results(context, std::move(labels), post_transform(node), std::nullopt);
    context.add(make_linear_step(required_attribute<std::vector<float>>(node, "coefficients"), std::move(intercepts),
                                 {context.input(0), context.dtype(0), rows, features}, results.slots(), results));
}

void lower(LowerContext& context) {
    if (is_linear(context.node())) {
        return lower_linear(context);
    }
    const std::int64_t rows = ml_rows(context.shape(0)).rows;
    const Slot x = context.input(0);
    const auto optional_output = [&](std::size_t index) {
        return context.has_output(index) ? std::optional(context.output(index)) : std::nullopt;
    };
    const auto label = optional_output(0);
    const auto scores = optional_output(1);
    visit_feature(context.dtype(0), [&]<typename T>(T) {
        context.add(std::make_unique<ClassifierStep<T>>(parse(context.node()), rows, x, label, scores));
    });
}

const Registration svm_classifier{{"ai.onnx.ml", "SVMClassifier", 1, 1, 2, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
