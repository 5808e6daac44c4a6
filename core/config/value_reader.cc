#include "core/config/value_reader.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

#include "core/base/paths.h"
#include "core/base/strings.h"
#include "core/config/scalar.h"

namespace lab {
namespace {

struct Rule {
  const Info& info;
  std::string_view base;
  std::string_view or_else;  // " or auto", " or null": what the field takes besides the value
};

std::string ShowBound(double bound) {
  if (bound == std::trunc(bound) && std::abs(bound) < 1e15) {
    return StrCat(static_cast<int64_t>(bound));
  }
  return FormatDouble(bound);
}

std::string RangeProblem(double value, const YamlNode& node, const Info& info) {
  if (info.min && (value < *info.min || (info.above_min && value == *info.min))) {
    return StrCat(info.above_min ? "must be above " : "must be at least ", ShowBound(*info.min),
                  ", is ", ShowNode(node));
  }
  if (info.max && value > *info.max) {
    return StrCat("must be at most ", ShowBound(*info.max), ", is ", ShowNode(node));
  }
  return "";
}

std::string MustBe(std::string_view what, const Rule& rule, const YamlNode& node) {
  return StrCat("must be ", what, rule.or_else, ", is ", ShowNode(node));
}

bool IsPlain(const YamlNode& node) { return node.is_scalar() && !node.quoted; }

std::string ReadOne(const YamlNode& node, const Rule& rule, bool* out) {
  std::optional<bool> value;
  if (IsPlain(node)) value = ParseBool(node.text);
  if (!value) return MustBe("true or false", rule, node);
  *out = *value;
  return "";
}

std::string ReadOne(const YamlNode& node, const Rule& rule, int64_t* out) {
  std::optional<int64_t> value;
  if (IsPlain(node)) value = ParseInt(node.text);
  if (!value) return MustBe("a whole number", rule, node);
  *out = *value;
  return RangeProblem(static_cast<double>(*value), node, rule.info);
}

std::string ReadOne(const YamlNode& node, const Rule& rule, double* out) {
  std::optional<double> value;
  if (IsPlain(node)) value = ParseDouble(node.text);
  if (!value) return MustBe("a finite number", rule, node);
  *out = *value;
  return RangeProblem(*value, node, rule.info);
}

std::string ResolvePath(std::string_view base, std::string* path) {
  if (path->starts_with("~")) return "~ is not expanded here; give an absolute path";
  std::filesystem::path resolved(*path);
  if (resolved.is_relative()) {
    if (base.empty()) {
      return StrCat("relative paths cannot be resolved on this host; give an absolute path, not \"",
                    *path, "\"");
    }
    resolved = std::filesystem::path(base) / resolved;
  }
  *path = resolved.lexically_normal().string();
  return "";
}

std::string ReadOne(const YamlNode& node, const Rule& rule, std::string* out) {
  if (!node.is_scalar()) return MustBe("text", rule, node);
  *out = node.text;
  const auto& choices = rule.info.choices;
  if (!choices.empty() && std::find(choices.begin(), choices.end(), *out) == choices.end()) {
    std::string list;
    for (std::string_view choice : choices) list += StrCat(list.empty() ? "" : ", ", choice);
    return StrCat("must be one of ", list, rule.or_else, "; is ", ShowNode(node));
  }
  return rule.info.path && LooksLikePath(*out) ? ResolvePath(rule.base, out) : "";
}

template <class T>
std::string ReadMember(const YamlNode& node, Rule rule, T* out) {
  return ReadOne(node, rule, out);
}

template <class T>
std::string ReadMember(const YamlNode& node, Rule rule, std::optional<T>* out) {
  if (node.is_null()) {
    out->reset();
    return "";
  }
  rule.or_else = " or null";
  return ReadOne(node, rule, &out->emplace());
}

template <class T>
std::string ReadMember(const YamlNode& node, Rule rule, AutoOr<T>* out) {
  if (IsPlain(node) && node.text == "auto") {
    out->value.reset();
    return "";
  }
  rule.or_else = " or auto";
  return ReadOne(node, rule, &out->value.emplace());
}

template <class T>
std::string ReadMember(const YamlNode& node, Rule rule, std::vector<T>* out) {
  if (!node.is_list()) return StrCat("must be a list, like [a, b]; is ", ShowNode(node));
  out->clear();
  for (size_t i = 0; i < node.items.size(); ++i) {
    T item{};
    std::string problem = ReadOne(node.items[i], rule, &item);
    if (!problem.empty()) return StrCat("item ", i + 1, " ", problem);
    out->push_back(std::move(item));
  }
  return "";
}

template <class T>
std::string ReadIfSound(const YamlNode& node, const Rule& rule, bool keep, T* out) {
  T value = *out;
  std::string problem = ReadMember(node, rule, &value);
  if (problem.empty() && keep) *out = std::move(value);
  return problem;
}

}  // namespace

std::string ReadValue(const YamlNode& node, const Info& info, std::string_view base,
                      ValueRef value) {
  return std::visit(
      [&](auto* out) {
        return ReadIfSound(node, {info, base, ""}, true, out);
      },
      value);
}

std::string CheckValue(const YamlNode& node, const Info& info, std::string_view base,
                       ValueRef value) {
  return std::visit(
      [&](auto* out) {
        return ReadIfSound(node, {info, base, ""}, false, out);
      },
      value);
}

}  // namespace lab
