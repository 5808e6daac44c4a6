// labd: the daemon that owns the queue, the workers and the results. See daemon/README.md.

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <google/protobuf/util/json_util.h>
#include <spdlog/spdlog.h>

#include "core/base/clock.h"
#include "core/base/version.h"
#include "daemon/daemon.h"
#include "daemon/process/command_line.h"
#include "daemon/process/log_sink.h"
#include "daemon/process/notify.h"
#include "daemon/process/reload.h"
#include "daemon/process/reporter.h"
#include "daemon/process/settings.h"
#include "daemon/process/signals.h"
#include "daemon/remote/commands.h"
#include "daemon/storage/diagnose.h"

namespace lab {
namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kConflict = 4;

// Closed standard descriptors would be taken by the next files that are opened.
void FillStandardDescriptors() {
  int fd = ::open("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= 2) fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (fd > 2) ::close(fd);
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

// The daemon with what surrounds it: its settings, its log, the service manager, signals.
class Program {
 public:
  Program(const CommandLine& line, std::shared_ptr<LogSink> log, bool to_journal)
      : line_(line), log_(std::move(log)), to_journal_(to_journal) {}

  absl::Status Serve(Signals& signals);

 private:
  void Apply(const Settings& settings);
  void Reload(Reloader& reloader);
  void Obey(Order order, Reloader& reloader);

  const CommandLine& line_;
  const std::shared_ptr<LogSink> log_;
  const bool to_journal_;
  DaemonOptions options_;
  std::unique_ptr<Reporter> reporter_;
  std::unique_ptr<Daemon> daemon_;
};

Notifier OpenNotifier() {
  absl::StatusOr<Notifier> notifier = Notifier::Open(ProcessEnvironment);
  ForgetNotifySocket();
  if (notifier.ok()) return *std::move(notifier);
  spdlog::warn("{}", std::string(MessageOf(notifier.status())));
  return Notifier();
}

absl::Status Program::Serve(Signals& signals) {
  reporter_ = std::make_unique<Reporter>(OpenNotifier());
  ASSIGN_OR_RETURN(options_.places, FindPlaces());
  ASSIGN_OR_RETURN(LoadedSettings loaded, Load(line_, options_.places));
  std::error_code error;
  std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  ASSIGN_OR_RETURN(options_.supervisor.worker, FindWorker(loaded.settings.worker.program, program));
  Configure(loaded.settings, &options_);
  options_.log_file = LogFileOfStderr(options_.places);
  if (to_journal_) options_.log_elsewhere = "the journal: journalctl [--user] --unit labd";
  options_.leaving = [this] { reporter_->Stopping(); };
  spdlog::set_level(spdlog::level::from_str(loaded.settings.log.level));
  for (const std::string& warning : loaded.warnings) spdlog::warn("{}", warning);
  if (!loaded.file.empty()) spdlog::info("settings of {}", loaded.file.string());

  reporter_->Starting("opening the home");
  ASSIGN_OR_RETURN(daemon_, Daemon::Start(options_));
  // Not before the home is its own: another labd may be writing to the same log.
  Apply(loaded.settings);
  spdlog::info("labd {} serves {}", kLabVersion, options_.places.socket().string());
  reporter_->Ready({[this] { return daemon_->Summary(); },
                    [this](const auto& asking) { daemon_->AskThreads(asking); },
                    [this] { return daemon_->active(); }});
  Reloader reloader(
      std::move(loaded), [this] { return Load(line_, options_.places); },
      [this](const Settings& settings) { Apply(settings); });
  signals.Start([&](Order order) { Obey(order, reloader); });
  daemon_->Run();
  signals.End();
  reporter_->End();
  daemon_.reset();
  spdlog::info("labd has left");
  return absl::OkStatus();
}

void Program::Apply(const Settings& settings) {
  spdlog::set_level(spdlog::level::from_str(settings.log.level));
  if (!options_.log_file.empty()) {
    log_->Limit(options_.log_file, settings.log.max_bytes, settings.log.keep);
  }
  DaemonOptions options = options_;
  Configure(settings, &options);
  daemon_->Reconfigure(options);
}

void Program::Obey(Order order, Reloader& reloader) {
  if (order == Order::kLeave) daemon_->RequestShutdown();
  if (order == Order::kCheckpoint) daemon_->CheckpointJobs();
  if (order == Order::kReload) Reload(reloader);
}

void Program::Reload(Reloader& reloader) {
  reporter_->Reloading();
  log_->Reopen();
  absl::StatusOr<Reloader::Report> report = reloader.Reload();
  if (!report.ok()) {
    spdlog::error("the settings stay as they are: {}", std::string(MessageOf(report.status())));
  } else {
    for (const std::string& line : report->waiting) spdlog::warn("{}", line);
    for (const std::string& line : report->changed) spdlog::info("{}", line);
    if (report->waiting.empty() && report->changed.empty()) {
      spdlog::info("the settings are read again; nothing has changed");
    }
  }
  reporter_->Reloaded();
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
  if (line.diagnose || line.check_config) {
    absl::Status status = line.diagnose ? PrintDiagnosis(line.deep) : PrintSettings(line);
    return status.ok() ? 0 : Explain(status);
  }
  Signals signals;
  const bool to_journal = StderrIsJournal(ProcessEnvironment);
  std::shared_ptr<LogSink> log = StartLog(to_journal);
  absl::Status status = Program(line, log, to_journal).Serve(signals);
  return status.ok() ? 0 : Explain(status);
}

}  // namespace
}  // namespace lab

int main(int argc, char** argv) { return lab::Main(argc, argv); }
