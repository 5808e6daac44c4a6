// labd: the daemon that owns the queue, the workers and the results. See daemon/README.md.

#include <atomic>
#include <csignal>
#include <cstdio>
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
#include "core/base/version.h"
#include "daemon/daemon.h"
#include "daemon/process/command_line.h"
#include "daemon/process/settings.h"
#include "daemon/remote/commands.h"
#include "daemon/storage/diagnose.h"

namespace lab {
namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kConflict = 4;

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

// The settings as the file, the environment and the command line give them.
absl::StatusOr<LoadedSettings> Load(const CommandLine& line, const Places& places) {
  std::vector<SettingSource> sources = SettingsOfEnvironment(ProcessEnvironment);
  sources.insert(sources.end(), line.settings.begin(), line.settings.end());
  return LoadSettings(places, line.config_file, sources);
}

absl::Status PrintSettings(const CommandLine& line) {
  ASSIGN_OR_RETURN(Places places, FindPlaces());
  ASSIGN_OR_RETURN(LoadedSettings loaded, Load(line, places));
  for (const std::string& warning : loaded.warnings) {
    std::fprintf(stderr, "labd: %s\n", warning.c_str());
  }
  if (std::fputs(FormatSettings(loaded.list).c_str(), stdout) < 0) {
    return absl::InternalError("printing the settings failed");
  }
  return absl::OkStatus();
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

absl::Status Serve(const CommandLine& line, const sigset_t& signals) {
  DaemonOptions options;
  ASSIGN_OR_RETURN(options.places, FindPlaces());
  ASSIGN_OR_RETURN(LoadedSettings loaded, Load(line, options.places));
  Configure(loaded.settings, &options);
  spdlog::set_level(spdlog::level::from_str(loaded.settings.log.level));
  std::error_code error;
  std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  ASSIGN_OR_RETURN(options.supervisor.worker, FindWorker(loaded.settings.worker.program, program));
  options.log_file = LogFile(options.places);
  for (const std::string& warning : loaded.warnings) spdlog::warn("{}", warning);
  if (!loaded.file.empty()) spdlog::info("settings of {}", loaded.file.string());
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

// Says what is wrong, each line of it by its own, and gives the exit status.
int Explain(const absl::Status& status) {
  std::string_view rest = MessageOf(status);
  for (size_t end = 0;; rest.remove_prefix(end + 1)) {
    end = rest.find('\n');
    std::fprintf(stderr, "labd: %s\n", std::string(rest.substr(0, end)).c_str());
    if (end == std::string_view::npos) break;
  }
  if (ReasonOf(status) == reason::kConfigInvalid) return kUsage;
  return absl::IsAlreadyExists(status) ? kConflict : kFailed;
}

int Main(int argc, char** argv) {
  if (argc > 1 && IsRemoteCommand(argv[1])) return RunCommand(argc, argv);
  CommandLine line = ReadCommandLine(std::vector<std::string>(argv + 1, argv + argc));
  if (!line.error.empty()) {
    std::fprintf(stderr, "labd: %s\n%s", line.error.c_str(), CommandLineHelp());
    return kUsage;
  }
  if (line.help) return std::fputs(CommandLineHelp(), stdout) < 0 ? kFailed : 0;
  if (line.version) return std::printf("labd %s\n", kLabVersion) < 0 ? kFailed : 0;
  if (line.print_config) return std::fputs(ExampleSettings().c_str(), stdout) < 0 ? kFailed : 0;
  FillStandardDescriptors();
  ::umask(0077);
  sigset_t signals = BlockSignals();
  spdlog::set_default_logger(spdlog::stderr_logger_mt("labd"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
  spdlog::flush_on(spdlog::level::info);
  absl::Status status = line.diagnose       ? PrintDiagnosis(line.deep)
                        : line.check_config ? PrintSettings(line)
                                            : Serve(line, signals);
  return status.ok() ? 0 : Explain(status);
}

}  // namespace
}  // namespace lab

int main(int argc, char** argv) { return lab::Main(argc, argv); }
