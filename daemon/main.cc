// labd: the daemon that owns the queue, the workers and the results. See daemon/README.md.

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <google/protobuf/util/json_util.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "core/base/clock.h"
#include "core/base/strings.h"
#include "core/base/version.h"
#include "daemon/daemon.h"
#include "daemon/remote/commands.h"
#include "daemon/storage/diagnose.h"

namespace lab {
namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kConflict = 4;

constexpr char kHelp[] =
    "labd: owns the lab's queue, its workers and their results.\n"
    "\n"
    "usage: labd [--foreground] [--idle-exit MINUTES] [--listen HOST:PORT]\n"
    "       labd token create|list|revoke, labd fingerprint (see labd token --help)\n"
    "       labd --diagnose [--deep]\n"
    "\n"
    "  --foreground         stay in the terminal (labd always does; labctl daemon start does not)\n"
    "  --idle-exit MINUTES  leave after so long without jobs and watchers\n"
    "  --listen HOST:PORT   also serve other machines, by TLS, those that bring a token\n"
    "  --diagnose           look for faults of the home without serving it, print them as JSON;\n"
    "                       with --deep also compare every checkpoint's content\n"
    "  --version            print the version\n"
    "  --help               print this\n"
    "\n"
    "SIGTERM or SIGINT: jobs write a checkpoint and go on at the next start; a second one: at\n"
    "once. LAB_HOME moves everything labd keeps into one folder.\n";

struct Flags {
  double idle_exit_minutes = 0;
  std::string listen;
  std::string error;
  bool diagnose = false;
  bool deep = false;
  bool help = false;
  bool version = false;
};

Flags ReadFlags(int argc, char** argv) {
  Flags flags;
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    std::string value;
    bool has_value = false;
    if (size_t at = word.find('='); at != std::string::npos) {
      value = word.substr(at + 1);
      word.resize(at);
      has_value = true;
    }
    if (word == "--help" || word == "-h") {
      flags.help = true;
    } else if (word == "--version") {
      flags.version = true;
    } else if (word == "--diagnose" && !has_value) {
      flags.diagnose = true;
    } else if (word == "--deep" && !has_value) {
      flags.deep = true;
    } else if (word == "--foreground" && !has_value) {
      continue;
    } else if (word == "--listen" && (has_value || i + 1 < argc)) {
      flags.listen = has_value ? value : argv[++i];
      if (flags.listen.empty()) flags.error = "--listen needs HOST:PORT";
    } else if (word == "--idle-exit" && (has_value || i + 1 < argc)) {
      if (!has_value) value = argv[++i];
      char* end = nullptr;
      flags.idle_exit_minutes = std::strtod(value.c_str(), &end);
      if (value.empty() || *end != '\0' || !(flags.idle_exit_minutes > 0)) {
        flags.error = StrCat("--idle-exit needs a number of minutes above 0, not \"", value, "\"");
      }
    } else {
      flags.error = StrCat("unknown or incomplete option ", argv[i]);
    }
  }
  return flags;
}

// Takes SIGTERM, SIGINT and SIGHUP (a terminal that closed) for the whole process; every thread
// started later inherits the mask.
sigset_t BlockSignals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  for (int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return set;
}

// Closed standard descriptors would be taken by the next files that are opened.
void FillStandardDescriptors() {
  int fd = ::open("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= 2) fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (fd > 2) ::close(fd);
}

// The log file that stderr goes to, if it is the one of this home.
std::filesystem::path LogFile(const Places& places) {
  struct stat here = {};
  struct stat there = {};
  bool same = ::fstat(STDERR_FILENO, &here) == 0 && ::stat(places.log().c_str(), &there) == 0 &&
              here.st_dev == there.st_dev && here.st_ino == there.st_ino;
  return same ? places.log() : std::filesystem::path();
}

// For tests, which have no disk to fill.
void ReadStorageOverrides(StorageOptions* options) {
  std::string free = ProcessEnvironment("LAB_MIN_FREE_BYTES");
  std::string most = ProcessEnvironment("LAB_MAX_BYTES");
  if (!free.empty()) options->min_free_bytes = std::atoll(free.c_str());
  if (!most.empty()) options->max_bytes = std::atoll(most.c_str());
}

// Needs nothing but the home: it is asked for where labd does not start.
absl::Status PrintDiagnosis(bool deep) {
  ASSIGN_OR_RETURN(Places places, FindPlaces());
  v1::DiagnoseResponse response = Diagnose(places, deep, SystemClock().UnixMillis());
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string text;
  auto printed = google::protobuf::util::MessageToJsonString(response, &text, options);
  if (!printed.ok() || std::printf("%s\n", text.c_str()) < 0) {
    return absl::InternalError("printing the findings failed");
  }
  return absl::OkStatus();
}

absl::Status Serve(const Flags& flags, const sigset_t& signals) {
  DaemonOptions options;
  ASSIGN_OR_RETURN(options.places, FindPlaces());
  std::error_code error;
  std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  ASSIGN_OR_RETURN(options.supervisor.worker, FindWorker(ProcessEnvironment, program));
  options.idle_exit_seconds = flags.idle_exit_minutes * 60;
  options.listen = flags.listen;
  options.log_file = LogFile(options.places);
  ReadStorageOverrides(&options.storage);
  ASSIGN_OR_RETURN(std::unique_ptr<Daemon> daemon, Daemon::Start(options));
  spdlog::info("labd {} serves {}", kLabVersion, options.places.socket().string());

  std::atomic<bool> left{false};
  std::thread waiting([&] {
    int number = 0;
    while (::sigwait(&signals, &number) == 0 && !left) daemon->RequestShutdown();
  });
  daemon->Run();
  left = true;
  ::pthread_kill(waiting.native_handle(), SIGTERM);
  waiting.join();
  spdlog::info("labd has left");
  return absl::OkStatus();
}

int RunCommand(int argc, char** argv) {
  ::umask(0077);
  absl::StatusOr<Places> places = FindPlaces();
  if (!places.ok()) {
    std::fprintf(stderr, "labd: %s\n", std::string(MessageOf(places.status())).c_str());
    return kFailed;
  }
  return RunRemoteCommand(std::vector<std::string>(argv + 1, argv + argc), *places);
}

int Main(int argc, char** argv) {
  if (argc > 1 && IsRemoteCommand(argv[1])) return RunCommand(argc, argv);
  Flags flags = ReadFlags(argc, argv);
  if (!flags.error.empty()) {
    std::fprintf(stderr, "labd: %s\n%s", flags.error.c_str(), kHelp);
    return kUsage;
  }
  if (flags.help) return std::fputs(kHelp, stdout) < 0 ? kFailed : 0;
  if (flags.version) return std::printf("labd %s\n", kLabVersion) < 0 ? kFailed : 0;
  FillStandardDescriptors();
  ::umask(0077);
  sigset_t signals = BlockSignals();
  spdlog::set_default_logger(spdlog::stderr_logger_mt("labd"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
  spdlog::flush_on(spdlog::level::info);
  absl::Status status = flags.diagnose ? PrintDiagnosis(flags.deep) : Serve(flags, signals);
  if (status.ok()) return 0;
  std::fprintf(stderr, "labd: %s\n", std::string(MessageOf(status)).c_str());
  return absl::IsAlreadyExists(status) ? kConflict : kFailed;
}

}  // namespace
}  // namespace lab

int main(int argc, char** argv) { return lab::Main(argc, argv); }
