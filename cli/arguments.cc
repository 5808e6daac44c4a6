#include "cli/arguments.h"

#include <algorithm>

#include <CLI/CLI.hpp>

namespace lab::cli {
namespace {

// "-f,--follow" → {"-f", "--follow"}
std::vector<std::string> SplitNames(const std::string& names) {
  std::vector<std::string> all;
  for (size_t begin = 0; begin <= names.size();) {
    size_t end = std::min(names.find(',', begin), names.size());
    all.push_back(names.substr(begin, end - begin));
    begin = end + 1;
  }
  return all;
}

Parameter* Keep(std::deque<Parameter>& list, const char* names, const char* help,
                const CLI::Option* option) {
  Parameter parameter;
  parameter.names = SplitNames(names);
  parameter.help = help;
  parameter.value = option->get_type_name();
  list.push_back(std::move(parameter));
  return &list.back();
}

}  // namespace

void Declared::Offers(Offer offer) {
  parameter_->offer = std::move(offer);
  if (std::string name = ValueName(parameter_->offer); !name.empty()) {
    parameter_->value = name;
    option_->type_name(name);
  }
}

void Declared::OneOf(std::vector<std::string> words) {
  option_->check([words](const std::string& given) {
    if (std::find(words.begin(), words.end(), given) != words.end()) return std::string();
    return "\"" + given + "\" is none of " + ValueName(OfferWords(words));
  });
  Offers(OfferWords(std::move(words)));
}

Declared Arguments::Word(const char* name, std::string* value, const char* help, bool required) {
  CLI::Option* option = app_->add_option(name, *value, help)->required(required);
  Parameter* parameter = Keep(description_->words, name, help, option);
  parameter->required = required;
  return {option, parameter};
}

void Arguments::Model(std::string* reference) {
  Word("reference", reference,
       "12 (job 12's newest checkpoint), 12@500, 12@best, 12@final, or a folder")
      .Offers(OfferModels());
}

Declared Arguments::Words(const char* name, std::vector<std::string>* values, const char* help,
                          bool required) {
  CLI::Option* option = app_->add_option(name, *values, help)->required(required);
  Parameter* parameter = Keep(description_->words, name, help, option);
  parameter->required = required;
  parameter->many = true;
  return {option, parameter};
}

Declared Arguments::Option(const char* names, std::string* value, const char* help) {
  CLI::Option* option = app_->add_option(names, *value, help);
  return {option, Keep(description_->options, names, help, option)};
}

Declared Arguments::Option(const char* names, int64_t* value, const char* help) {
  CLI::Option* option = app_->add_option(names, *value, help);
  return {option, Keep(description_->options, names, help, option)};
}

Declared Arguments::Option(const char* names, double* value, const char* help) {
  CLI::Option* option = app_->add_option(names, *value, help);
  return {option, Keep(description_->options, names, help, option)};
}

Declared Arguments::Option(const char* names, std::optional<uint64_t>* value, const char* help) {
  CLI::Option* option = app_->add_option(names, *value, help);
  return {option, Keep(description_->options, names, help, option)};
}

Declared Arguments::Repeated(const char* name, std::vector<std::string>* values, const char* help) {
  // Else the parser would take the words after the value too, and cut "[a,b]" into pieces.
  CLI::Option* option = app_->add_option(name, *values, help)->allow_extra_args(false);
  Parameter* parameter = Keep(description_->options, name, help, option);
  parameter->many = true;
  return {option, parameter};
}

void Arguments::Flag(const char* names, bool* value, const char* help) {
  Keep(description_->options, names, help, app_->add_flag(names, *value, help))->value.clear();
}

void Arguments::Exclude(const char* name, const std::vector<const char*>& others) {
  for (const char* other : others) {
    app_->get_option(name)->excludes(app_->get_option(other));
    for (Parameter& one : description_->options) {
      if (one.names.back() == name) one.excludes.push_back(other);
      if (one.names.back() == other) one.excludes.push_back(name);
    }
  }
}

Arguments Arguments::Subcommand(const char* name, bool* chosen, const char* help) {
  CLI::App* sub = app_->add_subcommand(name, help);
  sub->callback([chosen] { *chosen = true; });
  app_->require_subcommand(1);
  Description inner;
  inner.name = name;
  inner.summary = help;
  description_->commands.push_back(std::move(inner));
  description_->needs_command = true;
  return Arguments(sub, &description_->commands.back());
}

void Arguments::MayStandAlone() {
  app_->require_subcommand(0, 1);
  description_->needs_command = false;
}

}  // namespace lab::cli
