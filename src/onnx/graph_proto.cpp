// SPDX-License-Identifier: Apache-2.0
#include "onnx/graph_proto.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "onnx/constant_node.h"
#include "onnx/type_proto.h"
#include "runtime/error.h"

namespace onecnn::core::onnx {

namespace {

/// GraphProto's fields.
constexpr std::uint32_t node_field = 1;
constexpr std::uint32_t name_field = 2;
constexpr std::uint32_t initializer_field = 5;
constexpr std::uint32_t doc_string_field = 10;
constexpr std::uint32_t input_field = 11;
constexpr std::uint32_t output_field = 12;
constexpr std::uint32_t sparse_initializer_field = 15;

class GraphReader {
public:
    GraphReader(Message proto, const Operators& operators, TensorReader& tensors, std::int64_t most_nodes)
        : proto_(proto), operators_(operators), tensors_(tensors), most_nodes_(most_nodes) {}

    ReadGraph read() {
        read_description();
        read_initializers();
        read_inputs();
        read_nodes();
        read_outputs();
        return std::move(read_);
    }

private:
    template <typename Take>
    void for_each(std::uint32_t field, const char* type, Take take) const {
        for (Message graph = proto_; graph.next();) {
            if (graph.field() == field) {
                take(graph.message(type));
            }
        }
    }

    void read_description();
    void read_initializers();
    void read_inputs();
    void read_nodes();
    void read_outputs();
    void add_node(NamedNode named);
    [[nodiscard]] ValueId resolve(const std::string& name, const Node& node) const;
    [[noreturn]] void undefined(const std::string& name, const Node& node) const;
    /// `what` gives the name of what defines it, for messages: it is called only for one.
    template <typename What>
    void define(const std::string& name, ValueId id, const What& what);

    Message proto_;
    const Operators& operators_;
    TensorReader& tensors_;
    std::int64_t most_nodes_;
    ReadGraph read_;
    std::map<std::string, ValueId, std::less<>> values_;
};

void GraphReader::read_description() {
    for (Message graph = proto_; graph.next();) {
        if (graph.field() == name_field) {
            read_.graph.name = graph.text();
        } else if (graph.field() == doc_string_field) {
            read_.graph.description = graph.text();
        }
    }
}

void GraphReader::read_initializers() {
    for_each(sparse_initializer_field, "SparseTensorProto", [](const Message&) {
        fail(ErrorCode::unsupported_operator, "the graph has a sparse initializer, which is not supported");
    });
    for_each(initializer_field, "TensorProto", [&](const Message& tensor) {
        std::string name = tensor_name(tensor);
        if (name.empty()) {
            fail(ErrorCode::invalid_model, "an initializer has no name");
        }
        const std::string what = concat("initializer '", name, "'");
        Tensor elements = tensors_.read(tensor, what);
        read_.parameters += elements.size();
        define(name, read_.graph.add_constant(name, std::move(elements)), [&what] { return what; });
    });
}

void GraphReader::read_inputs() {
    for_each(input_field, "ValueInfoProto", [&](const Message& input) {
        const auto known = values_.find(value_name(input));
        if (known != values_.end() && read_.graph.constant(known->second) != nullptr) {
            return;
        }
        ValueInfo info = read_value_info(input, "input");
        const auto what = [&info] { return concat("input '", info.name, "'"); };
        if (info.type.dtype == DType::undefined) {
            fail(ErrorCode::invalid_model, what(), " declares no type");
        }
        const ValueId id = read_.graph.add_value({info.name, std::move(info.type), std::nullopt});
        define(info.name, id, what);
        read_.graph.inputs.push_back(id);
    });
}

void GraphReader::read_nodes() {
    for_each(node_field, "NodeProto", [&](const Message& node) {
        if (read_.file_nodes == most_nodes_) {
            fail(ErrorCode::resource_limit, "the graph has more nodes than the limit of ", most_nodes_);
        }
        add_node(read_node(node, read_.file_nodes, operators_, tensors_));
        ++read_.file_nodes;
    });
}

void GraphReader::add_node(NamedNode named) {
    Node& node = named.node;
    const auto what = [&node] { return describe(node); };
    for (const auto& name : named.inputs) {
        node.inputs.push_back(resolve(name, node));
    }
    if (node.domain.empty() && node.op_type == "Constant") {
        if (!node.inputs.empty() || named.outputs.size() != 1 || named.outputs[0].empty()) {
            fail(ErrorCode::invalid_model, what(), " must take no input and give one output");
        }
        define(named.outputs[0], read_.graph.add_constant(named.outputs[0], constant_value(node)), what);
        return;
    }
    for (auto& name : named.outputs) {
        if (name.empty()) {
            node.outputs.push_back(ValueId::none);
            continue;
        }
        node.outputs.push_back(read_.graph.add_value({name, {}, std::nullopt}));
        define(name, node.outputs.back(), what);
    }
    // Those left out at the end need no place.
    for (auto* ids : {&node.inputs, &node.outputs}) {
        while (!ids->empty() && ids->back() == ValueId::none) {
            ids->pop_back();
        }
    }
    if (node.outputs.empty()) {
        fail(ErrorCode::invalid_model, what(), " gives no output");
    }
    read_.graph.nodes.push_back(std::move(node));
}

ValueId GraphReader::resolve(const std::string& name, const Node& node) const {
    if (name.empty()) {
        return ValueId::none;
    }
    const auto found = values_.find(name);
    if (found == values_.end()) {
        undefined(name, node);
    }
    return found->second;
}

void GraphReader::undefined(const std::string& name, const Node& node) const {
    for_each(node_field, "NodeProto", [&](const Message& proto) {
        if (std::ranges::count(output_names(proto), name) > 0) {
            fail(ErrorCode::invalid_model, describe(node), " reads '", name,
                 "' before it is given: the nodes are not in topological order, or form a cycle");
        }
    });
    fail(ErrorCode::invalid_model, describe(node), " reads '", name, "', which no input, initializer or node gives");
}

void GraphReader::read_outputs() {
    std::set<ValueId> listed;
    for_each(output_field, "ValueInfoProto", [&](const Message& output) {
        ValueInfo info = read_value_info(output, "output");
        const auto found = values_.find(info.name);
        if (found == values_.end()) {
            fail(ErrorCode::invalid_model, "output '", info.name, "' is given by no node");
        }
        if (!listed.insert(found->second).second) {
            fail(ErrorCode::invalid_model, "output '", info.name, "' is listed twice");
        }
        read_.graph.outputs.push_back(found->second);
        if (auto& value = read_.graph.value(found->second); value.type.dtype == DType::undefined) {
            value.type = std::move(info.type);
        }
    });
    if (read_.graph.outputs.empty()) {
        fail(ErrorCode::invalid_model, "the graph has no output");
    }
}

template <typename What>
void GraphReader::define(const std::string& name, ValueId id, const What& what) {
    // Operators have a handful of values each; a file may claim a value in every few bytes.
    if (read_.graph.value_count() > 4096 + 4 * static_cast<std::uint64_t>(most_nodes_)) {
        fail(ErrorCode::resource_limit, "the graph has more values than ", most_nodes_, " nodes need, the limit");
    }
    if (!values_.emplace(name, id).second) {
        fail(ErrorCode::invalid_model, what(), " gives '", name,
             "', which another node, input or initializer gives already");
    }
}

}  // namespace

ReadGraph read_graph(Message proto, const Operators& operators, TensorReader& tensors, std::int64_t most_nodes) {
    return GraphReader(proto, operators, tensors, most_nodes).read();
}

}  // namespace onecnn::core::onnx
