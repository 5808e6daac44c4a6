#include "core/config/yaml_tree.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "core/base/status.h"
#include "core/base/strings.h"
#include "core/config/scalar.h"

namespace lab {
namespace {

constexpr size_t kTextLimit = size_t{1} << 20;
constexpr size_t kNodeLimit = 20'000;
constexpr size_t kDepthLimit = 32;

int LineOf(const YAML::Mark& mark) { return mark.is_null() ? 0 : mark.line + 1; }

// Builds the tree from yaml-cpp's events rather than from its own nodes: those lose duplicate keys
// and turn scalars into numbers by rules of their own.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, std::string_view file, std::vector<ConfigError>* errors)
      : text_(text), file_(file), errors_(errors) {
    line_starts_.push_back(0);
    for (size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '\n') line_starts_.push_back(at + 1);
    }
  }

  YamlNode TakeRoot() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark&, const std::string&) override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode node;
    node.line = LineOf(mark);
    Finish(mark, std::move(node), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node;
    node.kind = YamlNode::Kind::kScalar;
    node.line = LineOf(mark);
    node.quoted = tag != "?";
    if (tag != "?" && tag != "!") RefuseTag(mark);
    if (IsUnclosed(mark)) throw YAML::ParserException(mark, "a quote is not closed");
    node.text = value;
    Finish(mark, std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw YAML::ParserException(mark, "an alias within its anchor");
    Count(mark, SizeOf(found->second));
    Attach(mark, YamlNode(found->second));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    if (tag != "?") RefuseTag(mark);
    Open(mark, YamlNode::Kind::kList, anchor);
  }
  void OnSequenceEnd() override { Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    if (tag != "?") RefuseTag(mark);
    Open(mark, YamlNode::Kind::kMap, anchor);
  }
  void OnMapEnd() override { Close(); }

 private:
  // A list or map whose end has not come yet.
  struct Container {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    YAML::Mark mark;
    bool has_key = false;  // in a map: the next node is the value of `key`
    std::string key;
    int key_line = 0;
  };

  [[noreturn]] static void RefuseTag(const YAML::Mark& mark) {
    throw YAML::ParserException(mark, "tags are not understood");
  }

  // yaml-cpp takes the end of the text for a closing quote, which would swallow what follows.
  bool IsUnclosed(const YAML::Mark& mark) const {
    if (static_cast<size_t>(mark.line) >= line_starts_.size()) return false;
    size_t at = line_starts_[mark.line] + mark.column;
    if (at >= text_.size() || (text_[at] != '"' && text_[at] != '\'')) return false;
    char quote = text_[at];
    for (++at; at < text_.size(); ++at) {
      bool escaped = quote == '"' ? text_[at] == '\\' : text_.substr(at, 2) == "''";
      if (escaped) {
        ++at;
      } else if (text_[at] == quote) {
        return false;
      }
    }
    return true;
  }

  static size_t SizeOf(const YamlNode& node) {
    size_t size = 1;
    for (const YamlNode& item : node.items) size += SizeOf(item);
    return size;
  }

  void Count(const YAML::Mark& mark, size_t nodes) {
    node_count_ += nodes;
    if (node_count_ > kNodeLimit) {
      throw YAML::ParserException(mark, StrCat("more than ", kNodeLimit, " values"));
    }
  }

  void Open(const YAML::Mark& mark, YamlNode::Kind kind, YAML::anchor_t anchor) {
    Count(mark, 1);
    if (open_.size() >= kDepthLimit) {
      throw YAML::ParserException(mark, StrCat("nested more than ", kDepthLimit, " deep"));
    }
    Container container;
    container.node.kind = kind;
    container.node.line = LineOf(mark);
    container.anchor = anchor;
    container.mark = mark;
    open_.push_back(std::move(container));
  }

  void Close() {
    Container container = std::move(open_.back());
    open_.pop_back();
    if (container.anchor != 0) anchors_[container.anchor] = container.node;
    Attach(container.mark, std::move(container.node));
  }

  void Finish(const YAML::Mark& mark, YamlNode node, YAML::anchor_t anchor) {
    Count(mark, 1);
    if (anchor != 0) anchors_[anchor] = node;
    Attach(mark, std::move(node));
  }

  void Attach(const YAML::Mark& mark, YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Container& parent = open_.back();
    if (parent.node.is_list()) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.has_key) {
      if (!node.is_scalar()) throw YAML::ParserException(mark, "a key must be a word");
      parent.key = std::move(node.text);
      parent.key_line = LineOf(mark);
      parent.has_key = true;
    } else {
      parent.has_key = false;
      AddEntry(parent, std::move(node));
    }
  }

  void AddEntry(Container& map, YamlNode value) {
    auto& keys = map.node.keys;
    auto known = std::find(keys.begin(), keys.end(), map.key);
    if (known != keys.end()) {
      int first = map.node.key_lines[known - keys.begin()];
      errors_->push_back({file_, map.key_line, PathTo(map.key),
                          StrCat("given twice (first on line ", first, ")"),
                          std::string(reason::kConfigInvalid), ""});
      return;
    }
    keys.push_back(map.key);
    map.node.key_lines.push_back(map.key_line);
    map.node.items.push_back(std::move(value));
  }

  std::string PathTo(const std::string& key) const {
    std::string path;
    for (size_t i = 0; i + 1 < open_.size(); ++i) {
      if (open_[i].has_key) path += open_[i].key + ".";
    }
    return path + key;
  }

  std::string_view text_;
  std::vector<size_t> line_starts_;
  std::string file_;
  std::vector<ConfigError>* errors_;
  YamlNode root_;
  std::vector<Container> open_;  // from the root inwards
  std::map<YAML::anchor_t, YamlNode> anchors_;
  size_t node_count_ = 0;
};

// The line of byte `at`.
int LineAt(std::string_view text, size_t at) {
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + at, '\n'));
}

size_t FirstControlCharacter(std::string_view text) {
  for (size_t at = 0; at < text.size(); ++at) {
    unsigned char byte = text[at];
    if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F) return at;
  }
  return std::string_view::npos;
}

// Why `text` is not text that people write, or "".
std::string RefuseBytes(std::string_view text, int* line) {
  *line = 0;
  if (text.size() > kTextLimit) {
    return StrCat("is ", FormatBytes(text.size()), " long; a config may have 1 MiB");
  }
  if (size_t at = FirstInvalidUtf8(text); at != std::string_view::npos) {
    *line = LineAt(text, at);
    return StrCat("is not UTF-8 text at byte ", at);
  }
  if (size_t at = FirstControlCharacter(text); at != std::string_view::npos) {
    *line = LineAt(text, at);
    return StrCat("holds a control character (", static_cast<int>(text[at]), ") at byte ", at);
  }
  return "";
}

YamlTree Parse(std::string_view text, std::string_view file) {
  YamlTree tree;
  auto fail = [&](int line, std::string message) {
    tree.errors.push_back(
        {std::string(file), line, "", std::move(message), std::string(reason::kConfigInvalid), ""});
    tree.root = {};
    tree.broken = true;
    return std::move(tree);
  };
  int line = 0;
  if (std::string refusal = RefuseBytes(text, &line); !refusal.empty()) return fail(line, refusal);
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark
  TreeBuilder builder(text, file, &tree.errors);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    tree.root = builder.TakeRoot();
    if (parser.HandleNextDocument(builder)) {
      return fail(0, "holds more than one YAML document");
    }
  } catch (const YAML::Exception& error) {
    return fail(LineOf(error.mark), StrCat("is not valid YAML: ", error.msg));
  }
  return tree;
}

bool IsPlainWord(std::string_view text) {
  static constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_/";
  static constexpr std::string_view kInner = "0123456789.-+@:";
  if (text.empty() || kLetters.find(text.front()) == std::string_view::npos) return false;
  if (text.back() == ':') return false;
  for (char c : text) {
    if (kLetters.find(c) == std::string_view::npos && kInner.find(c) == std::string_view::npos) {
      return false;
    }
  }
  std::string lower;
  for (char c : text) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower != "null" && lower != "true" && lower != "false" && lower != "auto";
}

// Numbers and the like, which mean the same wherever they stand.
bool IsPlainToken(const YamlNode& node) {
  return !node.quoted && !node.text.empty() &&
         node.text.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
             "0123456789_./+-") == std::string::npos;
}

}  // namespace

const YamlNode* YamlNode::Find(std::string_view key) const {
  auto found = std::find(keys.begin(), keys.end(), key);
  return found == keys.end() ? nullptr : &items[found - keys.begin()];
}

YamlNode* YamlNode::Find(std::string_view key) {
  return const_cast<YamlNode*>(std::as_const(*this).Find(key));
}

const YamlNode* YamlNode::FindDotted(std::string_view field) const {
  const YamlNode* node = this;
  while (node != nullptr && !field.empty()) {
    size_t dot = field.find('.');
    node = node->Find(field.substr(0, dot));
    field = dot == std::string_view::npos ? "" : field.substr(dot + 1);
  }
  return node;
}

YamlTree ParseYaml(std::string_view text, std::string_view file) {
  YamlTree tree = Parse(text, file);
  if (tree.root.is_null()) {
    tree.root.kind = YamlNode::Kind::kMap;
  } else if (!tree.root.is_map()) {
    tree.errors.push_back({std::string(file), tree.root.line, "",
                           StrCat("must be a map of settings, is ", ShowNode(tree.root)),
                           std::string(reason::kConfigInvalid), ""});
    tree.root = {};
    tree.root.kind = YamlNode::Kind::kMap;
    tree.broken = true;
  }
  return tree;
}

YamlTree ParseYamlValue(std::string_view text) {
  YamlTree tree = Parse(text, "");
  for (ConfigError& error : tree.errors) error.line = 0;
  return tree;
}

std::string ShowNode(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "empty";
    case YamlNode::Kind::kList:
      return "a list";
    case YamlNode::Kind::kMap:
      return "a map";
    case YamlNode::Kind::kScalar:
      break;
  }
  if (!node.quoted && ParseDouble(node.text).has_value()) return node.text;
  constexpr size_t kShown = 60;
  if (node.text.size() <= kShown) return StrCat("\"", node.text, "\"");
  return StrCat("\"", ReplaceInvalidUtf8(node.text.substr(0, kShown)), "…\"");
}

std::string WriteString(std::string_view text) {
  if (IsPlainWord(text)) return std::string(text);
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      quoted += StrCat("\\x", ToHex(std::string_view(&c, 1)));
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::string WriteFlow(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "null";
    case YamlNode::Kind::kScalar:
      return IsPlainToken(node) ? node.text : WriteString(node.text);
    case YamlNode::Kind::kList:
    case YamlNode::Kind::kMap:
      break;
  }
  std::string flow = node.is_list() ? "[" : "{";
  for (size_t i = 0; i < node.items.size(); ++i) {
    if (i > 0) flow += ", ";
    if (node.is_map()) flow += WriteString(node.keys[i]) + ": ";
    flow += WriteFlow(node.items[i]);
  }
  return flow + (node.is_list() ? "]" : "}");
}

}  // namespace lab
