#include "cli/arguments.h"

#include <CLI/CLI.hpp>

namespace lab::cli {

void Arguments::Word(const char* name, std::string* value, const char* help, bool required) {
  app_->add_option(name, *value, help)->required(required);
}

void Arguments::Words(const char* name, std::vector<std::string>* values, const char* help,
                      bool required) {
  app_->add_option(name, *values, help)->required(required);
}

void Arguments::Option(const char* names, std::string* value, const char* help) {
  app_->add_option(names, *value, help);
}

void Arguments::Option(const char* names, int64_t* value, const char* help) {
  app_->add_option(names, *value, help);
}

void Arguments::Option(const char* names, double* value, const char* help) {
  app_->add_option(names, *value, help);
}

void Arguments::Option(const char* names, std::optional<uint64_t>* value, const char* help) {
  app_->add_option(names, *value, help);
}

void Arguments::Repeated(const char* name, std::vector<std::string>* values, const char* help) {
  // Else the parser would take the words after the value too, and cut "[a,b]" into pieces.
  app_->add_option(name, *values, help)->allow_extra_args(false);
}

void Arguments::Flag(const char* names, bool* value, const char* help) {
  app_->add_flag(names, *value, help);
}

void Arguments::Exclude(const char* name, const std::vector<const char*>& others) {
  for (const char* other : others) app_->get_option(name)->excludes(app_->get_option(other));
}

Arguments Arguments::Subcommand(const char* name, bool* chosen, const char* help) {
  CLI::App* sub = app_->add_subcommand(name, help);
  sub->callback([chosen] { *chosen = true; });
  app_->require_subcommand(1);
  return Arguments(sub);
}

void Arguments::MayStandAlone() { app_->require_subcommand(0, 1); }

}  // namespace lab::cli
