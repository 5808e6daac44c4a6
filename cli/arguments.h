#pragma once

// How a command declares what it takes on the command line. The parser behind it is known to
// arguments.cc and app.cc only. Values must outlive the parsing.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace lab::cli {

class Arguments {
 public:
  explicit Arguments(CLI::App* app) : app_(app) {}

  // Words without a dash, in the order of these calls. Words takes all that are left.
  void Word(const char* name, std::string* value, const char* help, bool required = true);
  void Words(const char* name, std::vector<std::string>* values, const char* help,
             bool required = true);

  // "--name VALUE"; `names` may hold a short form: "-n,--name".
  void Option(const char* names, std::string* value, const char* help);
  void Option(const char* names, int64_t* value, const char* help);
  void Option(const char* names, double* value, const char* help);
  void Option(const char* names, std::optional<uint64_t>* value, const char* help);
  // "--name VALUE" any number of times.
  void Repeated(const char* name, std::vector<std::string>* values, const char* help);
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
};

}  // namespace lab::cli
