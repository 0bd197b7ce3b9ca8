// SPDX-License-Identifier: Apache-2.0
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "graph/attributes.h"
#include "onnx/adaptation.h"

namespace onecnn::core::onnx {

namespace {

bool is_classifier(const Node& node) {
    return node.domain == "ai.onnx.ml" && (node.op_type == "TreeEnsembleClassifier" ||
                                           node.op_type == "LinearClassifier" || node.op_type == "SVMClassifier");
}

/// Makes a classifier give the places of its classes instead of labels.
void label_by_places(Node& classifier, std::size_t classes) {
    std::vector<std::int64_t> places(classes);
    std::iota(places.begin(), places.end(), 0);
    classifier.attributes.erase("classlabels_strings");
    const bool trees = classifier.op_type == "TreeEnsembleClassifier";
    classifier.attributes[trees ? "classlabels_int64s" : "classlabels_ints"] = std::move(places);
}

/// The node that makes labels of a classifier's places; it takes over its output.
Node place_encoder(Graph& graph, Node& classifier, std::vector<std::string> labels) {
    const ValueId label = std::exchange(classifier.outputs[0], ValueId::none);
    Value place;
    place.name = graph.value(label).name + "/place";
    place.type.dtype = DType::int64;
    classifier.outputs[0] = graph.add_value(std::move(place));

    Node encoder;
    encoder.name = classifier.name;
    encoder.op_type = "LabelEncoder";
    encoder.domain = classifier.domain;
    encoder.opset = classifier.opset;
    encoder.inputs = {classifier.outputs[0]};
    encoder.outputs = {label};
    std::vector<std::int64_t> places(labels.size());
    std::iota(places.begin(), places.end(), 0);
    encoder.attributes.emplace("keys_int64s", std::move(places));
    encoder.attributes.emplace("values_strings", std::move(labels));
    return encoder;
}

}  // namespace

void split_string_labels(Graph& graph) {
    std::vector<Node> nodes;
    nodes.reserve(graph.nodes.size());
    for (Node& node : graph.nodes) {
        nodes.push_back(std::move(node));
        Node& classifier = nodes.back();
        if (!is_classifier(classifier)) {
            continue;
        }
        auto labels = attribute<std::vector<std::string>>(classifier, "classlabels_strings", {});
        if (labels.empty()) {
            continue;
        }
        label_by_places(classifier, labels.size());
        if (!classifier.outputs.empty() && classifier.outputs[0] != ValueId::none) {
            Node encoder = place_encoder(graph, classifier, std::move(labels));
            nodes.push_back(std::move(encoder));
        }
    }
    graph.nodes = std::move(nodes);
}

}  // namespace onecnn::core::onnx
