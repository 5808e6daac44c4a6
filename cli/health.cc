#include "cli/health.h"

#include <sched.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include <nlohmann/json.hpp>

#include "cli/programs.h"
#include "core/base/strings.h"
#include "core/base/version.h"
#include "proto/client/channel.h"

namespace lab::cli {
namespace {

namespace fs = std::filesystem;

constexpr double kProgramSeconds = 120;  // LibTorch may come from a slow disk
constexpr int64_t kLowMemory = int64_t{1} << 30;
constexpr std::time_t kBuiltAfter = 1'735'689'600;  // 2025-01-01: no clock can show less

// File systems that SQLite's shared memory and Unix sockets do not work on.
const char* NetworkName(const fs::path& path) {
  struct statfs found {};
  if (::statfs(path.c_str(), &found) != 0) return nullptr;
  switch (static_cast<uint32_t>(found.f_type)) {
    case 0x6969:
      return "NFS";
    case 0xFF534D42:
    case 0xFE534D42:
    case 0x517B:
      return "a Windows share";
    case 0x01021997:
      return "9p";
    case 0x00C36400:
      return "Ceph";
    case 0x0BD00BD0:
      return "Lustre";
    case 0x5346414F:
      return "AFS";
    default:
      return nullptr;
  }
}

// The folder itself, or the nearest above it that exists.
fs::path NearestExisting(fs::path path) {
  std::error_code error;
  while (!fs::exists(path, error) && path.has_parent_path() && path != path.parent_path()) {
    path = path.parent_path();
  }
  return path;
}

// Why nothing can be written into the folder; "" if something can. Tried, not asked: a mount may be
// read-only and a root may do what permissions forbid.
std::string WriteFault(const fs::path& folder) {
  std::string path = (folder / ".labctl-doctor-XXXXXX").string();
  int fd = ::mkstemp(path.data());
  if (fd < 0) return std::strerror(errno);
  ssize_t wrote = ::write(fd, "x", 1);
  std::string fault = wrote == 1 ? "" : std::strerror(errno);
  ::close(fd);
  ::unlink(path.c_str());
  return fault;
}

std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

// The last line that is not empty: where a program says why it gave up.
std::string LastLine(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

v1::Finding CheckVersion(const char* check, const std::string& path) {
  auto end = RunProgram({path, "--version"}, kProgramSeconds);
  if (!end.ok()) {
    return MakeFinding(check, kProblem, std::string(MessageOf(end.status())),
                       "install the lab again");
  }
  std::string said = FirstLine(end->out);
  if (end->code != 0) {
    return MakeFinding(check, kProblem, StrCat(path, " does not start: ", LastLine(end->err)),
                       "if a library is missing, install the lab's packages again, or run "
                       "scripts/fetch-libtorch and scripts/build");
  }
  std::string version = said.substr(said.rfind(' ') + 1);
  if (version != kLabVersion) {
    return MakeFinding(check, kProblem,
                       StrCat(path, " is of version ", version, ", labctl of ", kLabVersion),
                       "install all of the lab in one version");
  }
  return MakeFinding(check, kFine, StrCat(path, ", version ", version));
}

v1::Finding CheckDescription(const std::string& path) {
  auto end = RunProgram({path, "--describe"}, kProgramSeconds);
  auto fault = [&](std::string what) {
    return MakeFinding("worker", kProblem, StrCat(path, " ", what),
                       "run it by hand with --describe; LibTorch is found beside the program, in "
                       ".deps/libtorch or by LIBTORCH when it is built");
  };
  if (!end.ok()) return fault(StrCat("cannot be asked: ", MessageOf(end.status())));
  if (end->code != 0) return fault(StrCat("does not describe itself: ", LastLine(end->err)));
  auto json = nlohmann::json::parse(end->out, nullptr, false);
  if (!json.is_object() || !json.contains("job_types")) return fault("describes nothing");
  const nlohmann::json& versions = json["versions"];
  bool known =
      versions.is_object() && versions.contains("libtorch") && versions["libtorch"].is_string();
  const std::string torch = known ? versions["libtorch"].get<std::string>() : "of unknown version";
  return MakeFinding(
      "worker", kFine,
      StrCat("describes itself: ", json["job_types"].size(), " job types, LibTorch ", torch));
}

// What labd makes of its settings; `*worker` gets worker.program if they name one.
v1::Finding CheckSettings(const std::string& labd, std::string* worker) {
  auto end = RunProgram({labd, "--check-config"}, kProgramSeconds);
  if (!end.ok()) {
    return MakeFinding("settings", kProblem, std::string(MessageOf(end.status())),
                       "labd --check-config shows them");
  }
  std::string said = FirstLine(end->err);
  if (said.starts_with("labd: ")) said.erase(0, 6);
  if (end->code != 0) {
    return MakeFinding("settings", kProblem, said,
                       "correct that; labd does not start with it (man labd.yaml)");
  }
  // Lines of NAME VALUE ORIGIN, two blanks or more between.
  constexpr std::string_view kName = "worker.program ";
  int64_t given = 0;
  for (std::string_view rest = end->out; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (!line.ends_with("default")) ++given;
    if (!line.starts_with(kName)) continue;
    std::string_view value =
        line.substr(std::min(line.find_first_not_of(' ', kName.size()), line.size()));
    if (value.starts_with('/')) *worker = std::string(value.substr(0, value.find("  ")));
  }
  if (end->err.empty()) {
    return MakeFinding("settings", kFine,
                       given == 0 ? std::string("all at their defaults")
                                  : StrCat(given, given == 1 ? " is" : " are",
                                           " given; labd --check-config shows all"));
  }
  return MakeFinding("settings", kWarning, said, "labd --check-config shows all");
}

std::string ReadText(const char* path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

int64_t MemoryKilobytes(const std::string& meminfo, const char* name) {
  size_t at = meminfo.find(name);
  return at == std::string::npos
             ? 0
             : std::strtoll(meminfo.c_str() + at + std::strlen(name), nullptr, 10);
}

// Cores that a control group lets this process use; 0: no limit.
double GroupCores() {
  std::string group = FirstLine(ReadText("/proc/self/cgroup"));
  std::string path = "/sys/fs/cgroup" + group.substr(std::min(group.size(), group.find("::") + 2));
  for (const std::string& folder : {path, std::string("/sys/fs/cgroup")}) {
    std::istringstream text(ReadText((folder + "/cpu.max").c_str()));
    std::string quota;
    double period = 0;
    if (text >> quota >> period && quota != "max" && period > 0) {
      return std::strtod(quota.c_str(), nullptr) / period;
    }
  }
  return 0;
}

}  // namespace

v1::Finding MakeFinding(const char* check, const char* verdict, std::string message,
                        std::string advice) {
  v1::Finding finding;
  finding.set_check(check);
  finding.set_verdict(verdict);
  finding.set_message(ReplaceInvalidUtf8(message));
  finding.set_advice(ReplaceInvalidUtf8(advice));
  return finding;
}

Findings CheckHome(const Places& places) {
  Findings findings;
  for (auto [name, place] : {std::pair("data", &places.data),
                             {"state", &places.state},
                             {"cache", &places.cache},
                             {"config", &places.config},
                             {"run", &places.run}}) {
    const fs::path there = NearestExisting(*place);
    std::error_code error;
    std::string what = StrCat(name, " folder ", place->string());
    if (!fs::is_directory(there, error)) {
      findings.push_back(MakeFinding("home", kProblem, StrCat(there.string(), " is no folder"),
                                     "move it away, or set LAB_HOME to another place"));
      continue;
    }
    if (std::string fault = WriteFault(there); !fault.empty()) {
      findings.push_back(MakeFinding(
          "home", kProblem, StrCat("nothing can be written into ", there.string(), ": ", fault),
          "give this user write access, free space, or set LAB_HOME to "
          "another place"));
      continue;
    }
    if (const char* network = NetworkName(there); network != nullptr && place == &places.state) {
      findings.push_back(MakeFinding(
          "home", kProblem,
          StrCat("the ", what, " lies on ", network, ", which a database cannot use safely"),
          "put LAB_HOME or XDG_STATE_HOME on a local disk"));
    } else if (network != nullptr) {
      findings.push_back(MakeFinding("home", kWarning, StrCat("the ", what, " lies on ", network),
                                     "a local disk is quicker and safer"));
    }
  }
  if (findings.empty()) {
    findings.push_back(MakeFinding(
        "home", kFine, StrCat("all folders can be written, local, at ", places.data.string())));
  }
  struct statvfs disk {};
  if (::statvfs(NearestExisting(places.data).c_str(), &disk) == 0 && disk.f_blocks > 0) {
    const auto free = static_cast<int64_t>(disk.f_bavail * disk.f_frsize);
    const auto total = static_cast<int64_t>(disk.f_blocks * disk.f_frsize);
    bool low = free < total / 20 && free < (int64_t{5} << 30);
    findings.push_back(MakeFinding("disk", low ? kWarning : kFine,
                                   StrCat(FormatBytes(free), " of ", FormatBytes(total), " free"),
                                   low ? "labctl storage prune makes room" : ""));
  }
  return findings;
}

Findings CheckSocket(const Places& places) {
  Findings findings;
  if (absl::Status sound = CheckSocketPath(places.socket()); !sound.ok()) {
    findings.push_back(MakeFinding("socket", kProblem, std::string(MessageOf(sound)),
                                   "set LAB_HOME or XDG_RUNTIME_DIR to a shorter path"));
    return findings;
  }
  struct stat run {};
  if (::stat(places.run.c_str(), &run) == 0) {
    if (run.st_uid != ::geteuid()) {
      findings.push_back(MakeFinding("socket", kProblem,
                                     StrCat(places.run.string(), " belongs to another user"),
                                     "remove it, or set LAB_HOME to a place of your own"));
    } else if ((run.st_mode & 077) != 0) {
      findings.push_back(MakeFinding("socket", kWarning,
                                     StrCat(places.run.string(), " is open to other users"),
                                     StrCat("chmod 700 ", places.run.string())));
    }
  }
  std::error_code error;
  if (fs::exists(places.socket(), error) && !SomebodyListens(places.socket().string())) {
    findings.push_back(MakeFinding(
        "socket", kWarning, StrCat(places.socket().string(), " was left by a labd that is gone"),
        "the next labd replaces it: labctl daemon start"));
  }
  if (findings.empty()) {
    findings.push_back(MakeFinding("socket", kFine, places.socket().string()));
  }
  return findings;
}

Findings CheckPrograms(const Environment& environment) {
  Findings findings;
  auto labd = FindDaemonBinary(environment);
  if (!labd.ok()) {
    findings.push_back(MakeFinding("labd_program", kProblem, std::string(MessageOf(labd.status())),
                                   "build it with scripts/build, or install the package labd"));
    return findings;
  }
  findings.push_back(CheckVersion("labd_program", *labd));
  // Where labd looks for it.
  std::string worker;
  findings.push_back(CheckSettings(*labd, &worker));
  std::error_code error;
  fs::path beside = fs::canonical(*labd, error).parent_path() / "lab-worker";
  if (worker.empty()) {
    worker = fs::exists(beside, error) ? beside.string() : "/usr/lib/llm-lab/lab-worker";
  }
  if (::access(worker.c_str(), X_OK) != 0) {
    findings.push_back(
        MakeFinding("worker_program", kProblem,
                    StrCat("lab-worker is neither at ", beside.string(), " nor at ",
                           "/usr/lib/llm-lab/lab-worker"),
                    "build it with scripts/build, or install the package lab-worker"));
    return findings;
  }
  findings.push_back(CheckVersion("worker_program", worker));
  if (findings.back().verdict() != kProblem) findings.push_back(CheckDescription(worker));
  return findings;
}

Findings CheckMachine() {
  Findings findings;
  cpu_set_t set;
  CPU_ZERO(&set);
  int cores = ::sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 0;
  double group = GroupCores();
  if (group > 0 && group < cores) {
    findings.push_back(
        MakeFinding("processor", kWarning,
                    StrCat(cores, " cores, of which a control group allows ", FormatDouble(group)),
                    StrCat("set train.threads to ", std::max(1, static_cast<int>(group)),
                           ": more threads than that wait for each other")));
  } else {
    findings.push_back(MakeFinding("processor", kFine, StrCat(cores, " usable cores")));
  }
  std::string meminfo = ReadText("/proc/meminfo");
  int64_t total = MemoryKilobytes(meminfo, "MemTotal:") * 1024;
  int64_t available = MemoryKilobytes(meminfo, "MemAvailable:") * 1024;
  bool low = available < kLowMemory;
  findings.push_back(MakeFinding(
      "memory", low ? kWarning : kFine,
      StrCat(FormatBytes(available), " of ", FormatBytes(total), " free"),
      low ? "end other programs, or train smaller models: labctl submit FILE --dry-run says what "
            "one needs"
          : ""));
  bool sane = std::time(nullptr) > kBuiltAfter;
  findings.push_back(MakeFinding("machine_clock", sane ? kFine : kProblem,
                                 sane ? "set" : "the machine's clock is years behind",
                                 sane ? "" : "set it, e.g. with timedatectl set-ntp true"));
  return findings;
}

}  // namespace lab::cli
