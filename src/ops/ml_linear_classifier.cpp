// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "graph/attributes.h"
#include "kernels/linear_step.h"
#include "ops/class_results.h"
#include "ops/ml_attributes.h"
#include "ops/ml_rows.h"

namespace onecnn::core {

namespace {

struct Classifier {
    std::vector<std::int64_t> labels;
    std::vector<float> coefficients;
    std::vector<float> intercepts;  // one a score
    std::int64_t features;

    [[nodiscard]] bool has_one_score() const { return intercepts.size() == 1 && labels.size() == 2; }
};

/// `multi_class` changes nothing: the scores are what post_transform makes of them.
Classifier parse(const Node& node) {
    Classifier classifier{.labels = class_labels(node, "classlabels_ints"),
                          .coefficients = required_attribute<std::vector<float>>(node, "coefficients"),
                          .intercepts = attribute<std::vector<float>>(node, "intercepts", {}),
                          .features = 0};
    if (classifier.intercepts.empty()) {
        classifier.intercepts.resize(classifier.labels.size());
    }
    const std::size_t scores = classifier.intercepts.size();
    if (!classifier.has_one_score()) {
        require_values(node, "intercepts", scores, classifier.labels.size());
    }
    if (classifier.coefficients.empty() || classifier.coefficients.size() % scores != 0) {
        fail(ErrorCode::invalid_model, describe(node), ": coefficients has ", classifier.coefficients.size(),
             " values, which do not make ", scores, " scores");
    }
    classifier.features = static_cast<std::int64_t>(classifier.coefficients.size() / scores);
    return classifier;
}

void infer(InferContext& context) {
    const MlRows x = require_ml_rows(context);
    const Classifier classifier = parse(context.node());
    static_cast<void>(post_transform(context.node()));
    require_features(context, x, classifier.features);
    context.set_output(0, DType::int64, {x.rows});
    context.set_output(1, DType::float32, {x.rows, static_cast<std::int64_t>(classifier.labels.size())});
}

void lower(LowerContext& context) {
    const auto [rows, features] = ml_rows(context.shape(0));
    Classifier classifier = parse(context.node());
    const PostTransform transform = post_transform(context.node());
    std::optional<SharedScore> shared;
    if (classifier.has_one_score()) {
        // As ONNX Runtime has it: what is not transformed is (1 − score, score), though the score is a margin.
        const bool probability = transform == PostTransform::none || transform == PostTransform::probit;
        shared = {.probability = probability, .threshold = 0};
    }
    const ClassResults results(context, std::move(classifier.labels), transform, shared);
    context.add(make_linear_step(classifier.coefficients, std::move(classifier.intercepts),
                                 {context.input(0), context.dtype(0), rows, features}, results.slots(), results));
}

const Registration linear_classifier{{"ai.onnx.ml", "LinearClassifier", 1, 1, 2, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
