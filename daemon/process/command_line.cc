#include "daemon/process/command_line.h"

#include <map>

#include "core/base/strings.h"
#include "core/config/yaml_tree.h"

namespace lab {
namespace {

constexpr char kHelp[] =
    "labd: owns the lab's queue, its workers and their results.\n"
    "\n"
    "usage: labd [--foreground] [--config FILE] [--set SETTING=VALUE]…\n"
    "            [--idle-exit MINUTES] [--listen HOST:PORT]\n"
    "       labd --check-config | --print-config\n"
    "       labd token create|list|revoke, labd fingerprint (see labd token --help)\n"
    "       labd --diagnose [--deep]\n"
    "\n"
    "  --foreground         stay in the terminal (labd always does; labctl daemon start does not)\n"
    "  --config FILE        read the settings from FILE instead of labd.yaml\n"
    "  --set SETTING=VALUE  one setting, over what the file says: --set log.level=debug\n"
    "  --idle-exit MINUTES  leave after so long without jobs and watchers (idle_exit_minutes)\n"
    "  --listen HOST:PORT   also serve other machines, by TLS, those that bring a token (listen)\n"
    "  --check-config       print every setting as it resolves, and where it comes from; exit 2\n"
    "                       with everything that is wrong\n"
    "  --print-config       print a labd.yaml that explains every setting\n"
    "  --diagnose           look for faults of the home without serving it, print them as JSON;\n"
    "                       with --deep also compare every checkpoint's content\n"
    "  --version            print the version\n"
    "  --help               print this\n"
    "\n"
    "Settings are read from $XDG_CONFIG_HOME/llm-lab/labd.yaml (~/.config/llm-lab/labd.yaml), or\n"
    "$LAB_HOME/config/labd.yaml where LAB_HOME moves everything labd keeps into one folder. The\n"
    "command line is stronger than the file. A file that is wrong starts nothing.\n"
    "\n"
    "SIGTERM, SIGINT  jobs write a checkpoint and go on at the next start; a second one: at once\n"
    "SIGHUP           read the settings again; from a terminal that closed: leave\n"
    "SIGUSR1          every running job writes a checkpoint now\n"
    "\n"
    "exit status: 0 left in good order, 1 failed, 2 wrong command line or settings, 4 another "
    "labd\n"
    "serves this home.\n";

}  // namespace

const char* CommandLineHelp() { return kHelp; }

CommandLine ReadCommandLine(const std::vector<std::string>& words) {
  CommandLine line;
  const std::map<std::string, bool*> switches = {{"--check-config", &line.check_config},
                                                 {"--print-config", &line.print_config},
                                                 {"--diagnose", &line.diagnose},
                                                 {"--deep", &line.deep},
                                                 {"--help", &line.help},
                                                 {"-h", &line.help},
                                                 {"--version", &line.version}};
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--foreground") continue;
    if (auto found = switches.find(words[i]); found != switches.end()) {
      *found->second = true;
      continue;
    }
    const size_t equals = words[i].find('=');
    const bool has_value = equals != std::string::npos;
    const std::string name = words[i].substr(0, equals);
    const bool known =
        name == "--config" || name == "--set" || name == "--idle-exit" || name == "--listen";
    if (!known || (!has_value && i + 1 == words.size())) {
      line.error = StrCat("unknown or incomplete option ", words[i]);
      continue;
    }
    std::string value = has_value ? words[i].substr(equals + 1) : words[++i];
    if (name == "--config") {
      line.config_file = value;
      if (value.empty()) line.error = "--config needs a file";
    } else if (name == "--set") {
      line.settings.push_back({name, value});
    } else if (name == "--listen") {
      line.settings.push_back({name, StrCat("listen=", WriteString(value))});
      if (value.empty()) line.error = "--listen needs HOST:PORT";
    } else {
      line.settings.push_back({name, StrCat("idle_exit_minutes=", value)});
    }
  }
  return line;
}

}  // namespace lab
