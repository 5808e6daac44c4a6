#pragma once

// What stands behind `labd` on the command line. Pure, any thread.

#include <string>
#include <vector>

#include "daemon/process/settings.h"

namespace lab {

struct CommandLine {
  std::string config_file;              // of --config; empty: the home's
  std::vector<SettingSource> settings;  // of --set, --listen and --idle-exit, in order
  bool check_config = false;
  bool print_config = false;
  bool diagnose = false;
  bool deep = false;
  bool help = false;
  bool version = false;
  std::string error;  // why it cannot be understood; "" if it can
};

CommandLine ReadCommandLine(const std::vector<std::string>& words);

// What --help prints.
const char* CommandLineHelp();

}  // namespace lab
