#include "daemon/worker/serve.h"

#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <unistd.h>

#include "core/base/file.h"
#include "core/base/frame.h"
#include "core/base/strings.h"
#include "core/base/version.h"
#include "core/jobs/job.h"
#include "core/jobs/run_resolved.h"
#include "core/train/control.h"
#include "daemon/worker/event_writer.h"
#include "daemon/worker/inspect_loop.h"
#include "daemon/worker/run_guarded.h"
#include "daemon/worker/text_questions.h"

namespace lab {
namespace {

using nlohmann::json;

ConfigText ConfigTextOf(const json& header) {
  return {.text = header.value("text", ""),
          .file = header.value("file", ""),
          .base = header.value("base", ""),
          .overrides = header.value("overrides", std::vector<std::string>()),
          .override_base = header.value("override_base", "")};
}

// To stderr, which labd keeps as a log.
void Say(std::string_view line) { std::cerr << StrCat("lab-worker: ", line, "\n"); }

class Server {
 public:
  explicit Server(int fd) : fd_(fd), writer_(fd) {}

  int Run() {
    writer_.Send({{"type", "hello"},
                  {"protocol", kFrameProtocol},
                  {"pid", ::getpid()},
                  {"version", kLabVersion},
                  {"description", DescribeInstallation()}});
    FrameDecoder decoder;
    bool greeted = false;
    while (true) {
      auto frame = ReadFrame(fd_, decoder);
      if (!frame.ok()) Say(MessageOf(frame.status()));
      if (!frame.ok() || !frame->has_value()) break;
      if (!greeted) {
        if ((*frame)->type() != "hello" ||
            (*frame)->header.value("protocol", 0) != kFrameProtocol) {
          Say(StrCat("labd speaks another protocol; this worker speaks ", kFrameProtocol));
          return 1;
        }
        greeted = true;
        continue;
      }
      Handle(*std::move(*frame));
    }
    return LabdIsGone();
  }

 private:
  void Handle(Frame frame) {
    const std::string type = frame.type();
    if (type == "check") {
      Check(frame.header);
    } else if (type == "look" || type == "tokenise") {
      const Frame answer = AnswerTextQuestion(frame);
      writer_.Send(answer.header, answer.payload);
    } else if (type == "run") {
      if (train_.joinable()) return;
      control_.AddChanges(LiveChangesOf(frame.header.value("changes", json::array())));
      train_ = std::thread([this, h = frame.header] { RunJob(h); });
    } else if (type == "ack") {
      writer_.Acknowledge(frame.header.value("number", int64_t{0}));
    } else if (type == "stop") {
      const std::string mode = frame.header.value("mode", "leave");
      control_.RequestStop(mode == "pause"    ? Stop::kPause
                           : mode == "cancel" ? Stop::kCancel
                                              : Stop::kLeave);
    } else if (type == "set") {
      control_.AddChanges(LiveChangesOf(frame.header.value("changes", json::array())));
    } else if (type == "checkpoint") {
      control_.RequestCheckpoint();
    } else if (type == "open" || type == "generate" || type == "inspect" || type == "close") {
      if (!inspect_) inspect_ = std::make_unique<InspectLoop>(writer_);
      inspect_->Post(std::move(frame));
    } else if (type == "abandon") {
      if (inspect_) inspect_->Abandon(frame.header.value("request", json()));
    } else if (type == "took") {
      if (inspect_) inspect_->Took(frame.header.value("request", json()));
    }
  }

  void Check(const json& header) {
    CheckResult result;
    absl::Status status = RunGuarded([&] {
      const auto live = header.value("live", size_t{0});
      ConfigText text = ConfigTextOf(header);
      if (live > 0 && live <= text.overrides.size()) {
        result = CheckChange({std::move(text), live, header.value("step", int64_t{0})});
      } else {
        result = CheckConfig(text, header.value("measure", false));
      }
      return absl::OkStatus();
    });
    if (!status.ok()) {
      result.errors.push_back(
          {.message = std::string(MessageOf(status)), .reason = ReasonOf(status)});
    }
    json answer = ToJson(result);
    answer["request"] = header.value("request", json());
    writer_.Send(answer);
  }

  // The train thread: runs the job, tells how it ended, and ends the process.
  void RunJob(const json& header) {
    const std::filesystem::path folder = header.value("folder", "");
    Outcome outcome = Outcome::kSucceeded;
    absl::Status status = RunGuarded([&]() -> absl::Status {
      ASSIGN_OR_RETURN(lock_, FileLock::Acquire(folder / "lock"));
      RETURN_IF_ERROR(lock_.WriteText(StrCat(::getpid(), "\n")));
      RunResolvedArgs args{.resolved = header.value("config", ""),
                           .folder = folder,
                           .cache = header.value("cache", "")};
      const json resume = header.value("resume", json());
      if (resume.is_string() && !resume.get<std::string>().empty()) {
        args.resume = resume.get<std::string>();
      }
      auto declare = [&](const JobInfo& info) {
        writer_.StartRun(info.metrics, header.value("attempt", int64_t{1}),
                         header.value("first_number", int64_t{1}));
      };
      ASSIGN_OR_RETURN(outcome, RunResolved(args, writer_, control_, declare));
      return absl::OkStatus();
    });
    if (!status.ok()) Say(StrCat(ReasonOf(status), ": ", MessageOf(status)));
    writer_.Send({{"type", "ended"},
                  {"outcome", status.ok() ? OutcomeName(outcome) : "failed"},
                  {"reason", ReasonOf(status)},
                  {"message", std::string(MessageOf(status))}});
    writer_.Flush();
    // The command thread sits in a read; nothing is left to tidy that exit would not.
    std::_Exit(0);
  }

  // End of file: a job leaves a farewell checkpoint and ends the process; anything else just ends.
  int LabdIsGone() {
    if (train_.joinable()) {
      Say("labd is gone; leaving a checkpoint");
      control_.RequestStop(Stop::kOrphaned);
      train_.join();
    }
    std::_Exit(0);
  }

  const int fd_;
  EventWriter writer_;
  Control control_;
  FileLock lock_;
  std::unique_ptr<InspectLoop> inspect_;
  std::thread train_;
};

}  // namespace

int Serve(int fd) { return Server(fd).Run(); }

}  // namespace lab
