#pragma once

// How a command declares what it takes on the command line. The parser behind it is known to
// arguments.cc, command_line.cc and app.cc only. Values must outlive the parsing.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/description.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace lab::cli {

// An argument that was just declared, to say more of it.
class Declared {
 public:
  Declared(CLI::Option* option, Parameter* parameter) : option_(option), parameter_(parameter) {}

  // What its value may be: completion offers it, help names it. Nothing is refused.
  void Offers(Offer offer);
  // Refuses any value but these.
  void OneOf(std::vector<std::string> words);

 private:
  CLI::Option* option_;
  Parameter* parameter_;
};

class Arguments {
 public:
  // Tells the parser and keeps all that is declared in `description`.
  Arguments(CLI::App* app, Description* description) : app_(app), description_(description) {}

  // Words without a dash, in the order of these calls. Words takes all that are left.
  Declared Word(const char* name, std::string* value, const char* help, bool required = true);
  // A model, as `reference`.
  void Model(std::string* reference);
  Declared Words(const char* name, std::vector<std::string>* values, const char* help,
                 bool required = true);

  // "--name VALUE"; `names` may hold a short form: "-n,--name".
  Declared Option(const char* names, std::string* value, const char* help);
  Declared Option(const char* names, int64_t* value, const char* help);
  Declared Option(const char* names, double* value, const char* help);
  Declared Option(const char* names, std::optional<uint64_t>* value, const char* help);
  // "--name VALUE" any number of times.
  Declared Repeated(const char* name, std::vector<std::string>* values, const char* help);
  // "--name"
  void Flag(const char* names, bool* value, const char* help);

  // `name` may not stand beside any of `others`. All must have been declared.
  void Exclude(const char* name, const std::vector<const char*>& others);

  // No command below this one need be given. Requires: all have been declared.
  void MayStandAlone();
  // A command below this one, of which one must be given; `chosen` tells which.
  Arguments Subcommand(const char* name, bool* chosen, const char* help);

 private:
  CLI::App* app_;
  Description* description_;
};

}  // namespace lab::cli
