// SPDX-License-Identifier: Apache-2.0
#include "onnx/graph_proto.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "onnx/constant_node.h"
#include "onnx/node_proto.h"
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

/// The subgraphs, and the calls of functions, that may be inside each other.
constexpr int max_depth = 32;

/// What has been read so far, in all graphs of a model.
struct Progress {
    std::int64_t nodes = 0;
    std::int64_t values = 0;
    std::int64_t parameters = 0;
    int depth = 0;
};

/// One graph or function inside another, for as long as it is read.
class Nesting {
public:
    Nesting(Progress& progress, const std::string& what) : progress_(progress) {
        if (progress_.depth == max_depth) {
            fail(ErrorCode::resource_limit, what, ": more than ", max_depth,
                 " graphs and calls of functions are inside each other");
        }
        ++progress_.depth;
    }
    ~Nesting() { --progress_.depth; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

private:
    Progress& progress_;
};

/// The names that nodes see: those of a graph, or of a function in one of its calls.
struct Scope {
    const Opsets& opsets;
    const Attributes* call = nullptr;  ///< null for a graph outside any function
    bool function = false;             ///< a function's nodes see nothing around it
    std::map<std::string, ValueId, std::less<>> values;
};

class GraphReader {
public:
    GraphReader(Message proto, const Library& library, Progress& progress, GraphReader* outer, Scope* outer_scope)
        : proto_(proto),
          library_(library),
          progress_(progress),
          outer_(outer),
          outer_scope_(outer_scope),
          root_{outer_scope == nullptr ? library.opsets : outer_scope->opsets,
                outer_scope == nullptr ? nullptr : outer_scope->call,
                false,
                {}} {}

    /// Reads the whole graph.
    Graph read() {
        read_description();
        read_initializers();
        read_inputs();
        read_nodes();
        read_outputs();
        return std::move(graph_);
    }

    /// Those values of the graph around it that it reads, in the order of its further inputs.
    [[nodiscard]] const std::vector<ValueId>& captures() const { return captures_; }

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
    void add_node(const Message& proto, std::int64_t index, const std::string& prefix, Scope& scope);
    void add_call(const Function& function, const Node& call, const NamedNode& named, Scope& scope);
    void add_constant(const Node& node, const NamedNode& named, Scope& scope);
    [[nodiscard]] std::shared_ptr<Subgraph> read_subgraph(Message proto, Scope& scope, std::vector<ValueId>& captured);
    [[nodiscard]] ValueId resolve(const std::string& name, const Node& node, Scope& scope);
    [[nodiscard]] std::optional<ValueId> look_up(const std::string& name, Scope& scope);
    [[nodiscard]] std::optional<ValueId> capture(const std::string& name);
    [[nodiscard]] ValueId identity_of(ValueId id, const std::string& name);
    [[noreturn]] void undefined(const std::string& name, const Node& node, const Scope& scope) const;
    /// ResourceLimit for one more than so many nodes need.
    void count_value();
    /// `what` gives the name of what defines it, for messages: it is called only for one.
    template <typename What>
    void define(const std::string& name, ValueId id, const What& what, Scope& scope);

    Message proto_;
    const Library& library_;
    Progress& progress_;
    GraphReader* outer_;
    Scope* outer_scope_;
    Scope root_;
    Graph graph_;
    std::vector<ValueId> captures_;
    std::vector<ValueId> captured_inputs_;
};

void GraphReader::read_description() {
    for (Message graph = proto_; graph.next();) {
        if (graph.field() == name_field) {
            graph_.name = graph.text();
        } else if (graph.field() == doc_string_field) {
            graph_.description = graph.text();
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
        Tensor elements =
            root_.call == nullptr ? library_.tensors.read(tensor, what) : library_.tensors.read_again(tensor, what);
        progress_.parameters += elements.size();
        define(name, graph_.add_constant(name, std::move(elements)), [&what] { return what; }, root_);
    });
}

void GraphReader::read_inputs() {
    for_each(input_field, "ValueInfoProto", [&](const Message& input) {
        const auto known = root_.values.find(value_name(input));
        if (known != root_.values.end() && graph_.constant(known->second) != nullptr) {
            return;
        }
        ValueInfo info = read_value_info(input, "input");
        const auto what = [&info] { return concat("input '", info.name, "'"); };
        if (outer_ == nullptr && info.type.kind == ValueType::Kind::tensor && info.type.dtype == DType::undefined) {
            fail(ErrorCode::invalid_model, what(), " declares no type");
        }
        const ValueId id = graph_.add_value({info.name, std::move(info.type), std::nullopt});
        define(info.name, id, what, root_);
        graph_.inputs.push_back(id);
    });
}

void GraphReader::read_nodes() {
    std::int64_t index = 0;
    for_each(node_field, "NodeProto", [&](const Message& node) { add_node(node, index++, "", root_); });
    graph_.inputs.insert(graph_.inputs.end(), captured_inputs_.begin(), captured_inputs_.end());
}

void GraphReader::add_node(const Message& proto, std::int64_t index, const std::string& prefix, Scope& scope) {
    if (progress_.nodes == library_.most_nodes) {
        fail(ErrorCode::resource_limit, "the model has more nodes than the limit of ", library_.most_nodes);
    }
    ++progress_.nodes;
    std::vector<ValueId> captured;
    const AttributeSource source{library_.tensors, scope.call,
                                 [&](const Message& graph) { return read_subgraph(graph, scope, captured); }};
    NamedNode named = read_node(proto, index, scope.opsets, source);
    Node& node = named.node;
    node.name = prefix + node.name;
    if (const auto function = library_.functions.find({node.domain, node.op_type});
        function != library_.functions.end()) {
        return add_call(function->second, node, named, scope);
    }
    if (node.domain.empty() && node.op_type == "Constant") {
        return add_constant(node, named, scope);
    }
    for (const auto& name : named.inputs) {
        node.inputs.push_back(resolve(name, node, scope));
    }
    for (auto& name : named.outputs) {
        if (name.empty()) {
            node.outputs.push_back(ValueId::none);
            continue;
        }
        node.outputs.push_back(graph_.add_value({name, {}, std::nullopt}));
        define(name, node.outputs.back(), [&node] { return describe(node); }, scope);
    }
    // Those left out at the end need no place.
    for (auto* ids : {&node.inputs, &node.outputs}) {
        while (!ids->empty() && ids->back() == ValueId::none) {
            ids->pop_back();
        }
    }
    if (node.outputs.empty()) {
        fail(ErrorCode::invalid_model, describe(node), " gives no output");
    }
    node.captures = captured.size();
    for (auto& [name, attribute] : node.attributes) {
        if (const auto* subgraph = std::get_if<std::shared_ptr<Subgraph>>(&attribute)) {
            for (std::size_t& capture : (*subgraph)->captures) {
                capture += node.inputs.size();
            }
        }
    }
    node.inputs.insert(node.inputs.end(), captured.begin(), captured.end());
    graph_.nodes.push_back(std::move(node));
}

void GraphReader::add_constant(const Node& node, const NamedNode& named, Scope& scope) {
    const auto what = [&node] { return describe(node); };
    if (!named.inputs.empty() || named.outputs.size() != 1 || named.outputs[0].empty()) {
        fail(ErrorCode::invalid_model, what(), " must take no input and give one output");
    }
    const std::string& name = named.outputs[0];
    define(name, graph_.add_constant(name, constant_value(node)), what, scope);
}

void GraphReader::add_call(const Function& function, const Node& call, const NamedNode& named, Scope& scope) {
    const Nesting nesting(progress_, describe(call));
    if (named.inputs.size() > function.inputs.size() || named.outputs.size() > function.outputs.size()) {
        fail(ErrorCode::invalid_model, describe(call), " has ", named.inputs.size(), " inputs and ",
             named.outputs.size(), " outputs; the function has ", function.inputs.size(), " and ",
             function.outputs.size());
    }
    const bool has_graph = std::ranges::any_of(call.attributes, [](const auto& attribute) {
        return std::holds_alternative<std::shared_ptr<Subgraph>>(attribute.second);
    });
    if (has_graph) {
        fail(ErrorCode::unsupported_operator, describe(call), " gives a graph to a function of the model's own");
    }
    Attributes attributes = call.attributes;
    const AttributeSource defaults{library_.tensors, &call.attributes,
                                   [&](const Message&) -> std::shared_ptr<Subgraph> {
                                       fail(ErrorCode::unsupported_operator, describe(call),
                                            ": the function has a graph as an attribute's default");
                                   }};
    for (const Message& proto : function.defaults) {
        count_value();
        if (auto attribute = read_attribute(proto, call, defaults)) {
            attributes.insert(*std::move(attribute));
        }
    }
    Scope inner{function.opsets, &attributes, true, {}};
    for (std::size_t i = 0; i < function.inputs.size(); ++i) {
        const ValueId id = i < named.inputs.size() ? resolve(named.inputs[i], call, scope) : ValueId::none;
        count_value();
        inner.values.insert_or_assign(function.inputs[i], id);
    }
    std::int64_t index = 0;
    for (const Message& node : function.nodes) {
        add_node(node, index++, call.name + "/", inner);
    }
    for (std::size_t i = 0; i < named.outputs.size(); ++i) {
        if (!named.outputs[i].empty()) {
            const ValueId id = resolve(function.outputs[i], call, inner);
            define(named.outputs[i], identity_of(id, named.outputs[i]), [&call] { return describe(call); }, scope);
        }
    }
}

std::shared_ptr<Subgraph> GraphReader::read_subgraph(Message proto, Scope& scope, std::vector<ValueId>& captured) {
    const Nesting nesting(progress_, "a subgraph");
    GraphReader reader(proto, library_, progress_, this, &scope);
    auto subgraph = std::make_shared<Subgraph>();
    subgraph->graph = reader.read();
    subgraph->formal_inputs = subgraph->graph.inputs.size() - reader.captures().size();
    for (const ValueId id : reader.captures()) {
        subgraph->captures.push_back(captured.size());
        captured.push_back(id);
    }
    return subgraph;
}

ValueId GraphReader::identity_of(ValueId id, const std::string& name) {
    Node node;
    node.name = name;
    node.op_type = "Identity";
    node.opset = library_.opsets.contains("") ? library_.opsets.find("")->second : 0;
    node.inputs = {id};
    node.outputs = {graph_.add_value({name, {}, std::nullopt})};
    graph_.nodes.push_back(node);
    return node.outputs[0];
}

std::optional<ValueId> GraphReader::look_up(const std::string& name, Scope& scope) {
    if (const auto found = scope.values.find(name); found != scope.values.end()) {
        return found->second;
    }
    return scope.function || outer_ == nullptr ? std::nullopt : capture(name);
}

std::optional<ValueId> GraphReader::capture(const std::string& name) {
    const auto outside = outer_->look_up(name, *outer_scope_);
    if (!outside || *outside == ValueId::none) {
        return outside;
    }
    const auto what = [&name] { return concat("'", name, "'"); };
    const Value& value = outer_->graph_.value(*outside);
    if (value.constant) {
        const ValueId id = graph_.add_constant(name, *value.constant);
        define(name, id, what, root_);
        return id;
    }
    const ValueId id = graph_.add_value({name, value.type, std::nullopt});
    define(name, id, what, root_);
    captures_.push_back(*outside);
    captured_inputs_.push_back(id);
    return id;
}

ValueId GraphReader::resolve(const std::string& name, const Node& node, Scope& scope) {
    if (name.empty()) {
        return ValueId::none;
    }
    const auto found = look_up(name, scope);
    if (!found) {
        undefined(name, node, scope);
    }
    return *found;
}

void GraphReader::undefined(const std::string& name, const Node& node, const Scope& scope) const {
    if (scope.function) {
        fail(ErrorCode::invalid_model, describe(node), " reads '", name,
             "', which no input or node of its function gives before it");
    }
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
        const std::size_t captures = captures_.size();
        const auto found = look_up(info.name, root_);
        if (!found || *found == ValueId::none) {
            fail(ErrorCode::invalid_model, "output '", info.name, "' is given by no node");
        }
        if (captures_.size() > captures) {
            graph_.inputs.push_back(captured_inputs_.back());
        }
        ValueId id = *found;
        if (!listed.insert(id).second) {
            if (outer_ == nullptr) {
                fail(ErrorCode::invalid_model, "output '", info.name, "' is listed twice");
            }
            id = identity_of(id, info.name);
        }
        graph_.outputs.push_back(id);
        if (auto& value = graph_.value(id);
            value.type.kind == ValueType::Kind::tensor && value.type.dtype == DType::undefined) {
            value.type = std::move(info.type);
        }
    });
    if (graph_.outputs.empty()) {
        fail(ErrorCode::invalid_model, "the graph has no output");
    }
}

void GraphReader::count_value() {
    // Operators have a handful of values each; a file may claim a value in every few bytes.
    if (++progress_.values > 4096 + 4 * library_.most_nodes) {
        fail(ErrorCode::resource_limit, "the model has more values than ", library_.most_nodes,
             " nodes need, the limit");
    }
}

template <typename What>
void GraphReader::define(const std::string& name, ValueId id, const What& what, Scope& scope) {
    count_value();
    if (!scope.values.emplace(name, id).second) {
        fail(ErrorCode::invalid_model, what(), " gives '", name,
             "', which another node, input or initializer gives already");
    }
}

}  // namespace

ReadGraph read_graph(Message proto, const Library& library) {
    Progress progress;
    Graph graph = GraphReader(proto, library, progress, nullptr, nullptr).read();
    return {std::move(graph), progress.nodes, progress.parameters};
}

}  // namespace onecnn::core::onnx
