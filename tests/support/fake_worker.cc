// A stand-in for lab-worker: speaks the frames of docs/formats/worker_frame.md, trains nothing.
// How it behaves is said by --key=value words, and for a run by "key: value" lines of its config.
//   words:  hello=ok|none|die|garbage|protocol|early   heartbeat_ms=N   probe=FILE
//   config: steps step_ms checkpoint_every crash_at crash_until_attempt fail_at fail_reason
//           hostile_at silent_at ignore_stop ignore_terminate stop_ms tokenise_forever
//           linger (stays after its last words) number_from log_bytes (a line with each step)

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <dirent.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/frame.h"
#include "core/base/strings.h"

namespace lab {
namespace {

using Json = nlohmann::json;
using Words = std::map<std::string, std::string>;

constexpr int kSocket = 3;

void SleepMillis(int64_t millis) { std::this_thread::sleep_for(std::chrono::milliseconds(millis)); }

class FakeWorker {
 public:
  explicit FakeWorker(Words words) : words_(std::move(words)) {}

  int Run() {
    Probe();
    std::string hello = Word("hello", "ok");
    if (hello == "die") {
      std::fputs("cannot find a processor\nlibnothing.so is missing\n", stderr);
      return 7;
    }
    if (hello == "garbage") Write(std::string(64, '\xff'));
    if (hello == "early") Send({{"type", "heartbeat"}});
    if (hello == "none") SleepMillis(600'000);
    Send({{"type", "hello"},
          {"protocol", hello == "protocol" ? 99 : kFrameProtocol},
          {"pid", ::getpid()},
          {"version", "fake"},
          {"description", Description()}});
    std::thread([this] { Beat(); }).detach();
    FrameDecoder decoder;
    while (true) {
      auto frame = ReadFrame(kSocket, decoder);
      if (!frame.ok() || !*frame) break;
      Handle(**frame);
    }
    orphaned_ = true;
    stop_ = "leave";
    if (run_.joinable()) run_.join();
    return 0;
  }

 private:
  std::string Word(const std::string& key, const std::string& otherwise) const {
    auto found = words_.find(key);
    return found == words_.end() ? otherwise : found->second;
  }
  int64_t Number(const std::string& key) const { return std::atoll(Word(key, "0").c_str()); }

  static Json Description() {
    Json type = {{"name", "pretrain"}, {"title", "Pretrain"}, {"summary", "Fake."}};
    Json device = {{"name", "cpu"}, {"kind", "cpu"}, {"model", "fake"}, {"threads", 2}};
    return {{"job_types", Json::array({type})},
            {"presets", Json::array()},
            {"corpora", Json::array()},
            {"devices", Json::array({device})},
            {"versions", {{"lab", "fake"}, {"libtorch", "none"}}}};
  }

  // What the process was given: descriptors, signals, group.
  void Probe() {
    std::string path = Word("probe", "");
    if (path.empty()) return;
    std::ostringstream out;
    out << "group " << (::getpgrp() == ::getpid() ? "own" : "inherited") << "\nfds";
    DIR* folder = ::opendir("/proc/self/fd");
    while (dirent* entry = ::readdir(folder)) {
      int fd = std::atoi(entry->d_name);
      if (entry->d_name[0] != '.' && fd != ::dirfd(folder)) out << " " << fd;
    }
    ::closedir(folder);
    out << "\n";
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
      if (line.rfind("SigBlk", 0) == 0 || line.rfind("SigIgn", 0) == 0) out << line << "\n";
    }
    if (!WriteFileAtomically(path, out.str()).ok()) std::abort();
  }

  void Write(const std::string& bytes) {
    std::lock_guard lock(write_mutex_);
    if (!WriteBytes(kSocket, bytes).ok()) orphaned_ = true;
  }
  void Send(const Json& header, const std::string& payload = "") {
    Write(EncodeFrame(header, payload));
  }
  void Keep(int64_t last, const Json& header, const std::string& payload = "") {
    std::string bytes = EncodeFrame(header, payload);
    {
      std::lock_guard lock(kept_mutex_);
      kept_.push_back({last, bytes});
    }
    Write(bytes);
  }

  void Beat() {
    int64_t millis = std::atoll(Word("heartbeat_ms", "50").c_str());
    while (true) {
      SleepMillis(millis);
      if (!silent_) Send({{"type", "heartbeat"}});
    }
  }

  void Handle(const Frame& frame) {
    const Json& header = frame.header;
    std::string type = frame.type();
    if (type == "check") Check(header);
    if (type == "run" || type == "set") {
      std::lock_guard lock(changes_mutex_);
      for (const Json& change : header.value("changes", Json::array())) changes_.push_back(change);
    }
    if (type == "run") run_ = std::thread([this, header] { RunJob(header); });
    if (type == "stop") stop_ = header.value("mode", "");
    if (type == "checkpoint") checkpoint_ = true;
    if (type == "open") Open(header);
    if (type == "abandon") abandoned_ = header.value("request", "");
    if (type == "generate") {
      std::thread([this, header, payload = frame.payload] { Generate(header, payload); }).detach();
    }
    if (type == "ack") {
      std::lock_guard lock(kept_mutex_);
      while (!kept_.empty() && kept_.front().last <= header.value("number", int64_t{0})) {
        kept_.pop_front();
      }
    }
  }

  void Check(const Json& header) {
    std::string text = header.value("text", "");
    if (text == "die") std::_Exit(9);
    if (text == "never") return;
    // Of a change: "model.*" is not live, a value that stands in the text is no change.
    Json changes = Json::array();
    Json errors = Json::array();
    std::vector<std::string> overrides = header.value("overrides", std::vector<std::string>());
    for (const std::string& one : overrides) {
      if (header.value("live", 0) == 0) break;
      std::string field = one.substr(0, one.find('='));
      std::string value = one.substr(one.find('=') + 1);
      if (text.find(field + ": " + value + "\n") != std::string::npos) continue;
      changes.push_back({{"field", field}, {"before", "?"}, {"value", value}});
      text += field + ": " + value + "\n";
      if (field.rfind("model.", 0) != 0) continue;
      errors.push_back({{"field", field},
                        {"message", "cannot change"},
                        {"reason", "SETTING_NOT_LIVE"},
                        {"file", ""},
                        {"line", 0},
                        {"suggestion", ""}});
    }
    Send({{"type", "checked"},
          {"request", header["request"]},
          {"ok", errors.empty()},
          {"changes", changes},
          {"job_type", "pretrain"},
          {"name", "fake"},
          {"resolved", text},
          {"errors", errors},
          {"warnings", Json::array()},
          {"forecast", nullptr}});
  }

  void Open(const Json& header) {
    std::string path = header.value("path", "");
    if (!std::filesystem::exists(path)) {
      Send({{"type", "opened"},
            {"request", header["request"]},
            {"ok", false},
            {"error", {{"reason", "CHECKPOINT_MISSING"}, {"message", "no folder " + path}}}});
      return;
    }
    Send({{"type", "opened"},
          {"request", header["request"]},
          {"ok", true},
          {"session", StrCat("m", ++models_)},
          {"info",
           {{"parameters", 1234},
            {"context", 64},
            {"vocabulary", 257},
            {"layers", 2},
            {"heads", 4},
            {"width", 32},
            {"sha256", "5a"},
            {"weight_bytes", 4936},
            {"held_bytes", 4936},
            {"budget_bytes", 1 << 20}}}});
  }

  // The prompt's bytes, one a token, over and over.
  void Generate(const Json& header, const std::string& prompt) {
    std::string request = header.value("request", "");
    std::string text;
    int64_t count = header.value("max_tokens", int64_t{1});
    std::string reason = "max_tokens";
    for (int64_t i = 0; i < count; ++i) {
      if (abandoned_text() == request) {
        reason = "cancelled";
        break;
      }
      std::string piece(1, prompt.empty() ? '?' : prompt[static_cast<size_t>(i) % prompt.size()]);
      text += piece;
      Send({{"type", "token"},
            {"request", request},
            {"id", 65 + i},
            {"probability", 0.5},
            {"top", {0.5, 0.25}},
            {"lengths", {1, 1, 2}}},
           piece + piece + "\xff\xfe");
      if (count > 100) SleepMillis(5);
    }
    Send({{"type", "generated"},
          {"request", request},
          {"ok", true},
          {"stop_reason", reason},
          {"prompt_tokens", prompt.size()},
          {"new_tokens", text.size()},
          {"seconds_to_first_token", 0.25},
          {"tokens_per_second", 100.0},
          {"seed", 7}},
         text);
  }

  std::string abandoned_text() {
    std::lock_guard lock(abandoned_.mutex);
    return abandoned_.text;
  }

  // --- a run

  void RunJob(const Json& header) {
    std::istringstream config(header.value("config", ""));
    for (std::string line; std::getline(config, line);) {
      if (size_t colon = line.find(": "); colon != std::string::npos) {
        words_[line.substr(0, colon)] = line.substr(colon + 2);
      }
    }
    if (Number("ignore_terminate") != 0) std::signal(SIGTERM, SIG_IGN);
    folder_ = header.value("folder", "");
    attempt_ = header.value("attempt", int64_t{0});
    number_ = header.value("first_number", int64_t{1});
    if (Number("number_from") != 0) number_ = Number("number_from");
    auto lock = FileLock::Acquire(folder_ / "lock");
    if (!lock.ok() || !lock->WriteText(StrCat(::getpid(), "\n")).ok()) std::_Exit(8);
    int64_t step = 0;
    if (header["resume"].is_string()) {
      std::string name = std::filesystem::path(header["resume"].get<std::string>()).filename();
      step = std::atoll(name.c_str() + 5);
    }
    Send({{"type", "log"}, {"level", "info"}, {"text", StrCat("starting at step ", step)}});
    Json metric = {{"index", 0}, {"name", "train/loss"}, {"unit", "nats"}, {"goal", "min"}};
    declaration_ = EncodeFrame({{"type", "declare"}, {"metrics", Json::array({metric})}});
    Write(declaration_);
    Finish(Train(step));
  }

  struct End {
    std::string outcome;
    int64_t step;
    std::string reason;
    std::string message;
  };

  End Train(int64_t step) {
    int64_t steps = std::atoll(Word("steps", "5").c_str());
    const int64_t begin = step;
    while (step < steps || Number("tokenise_forever") != 0) {
      if (Number("tokenise_forever") != 0) {
        Progress(0, 0, "tokenising");
        SleepMillis(5);
      } else {
        Change(step, begin);
        ++step;
        Misbehave(step);
        if (Number("fail_at") == step) {
          return {"failed", step, Word("fail_reason", "LOSS_NOT_FINITE"), "as it was told"};
        }
        std::string payload;
        AppendPoint(&payload, {0, static_cast<uint64_t>(step), 0.5 * static_cast<double>(step),
                               1.0 / static_cast<double>(step)});
        Keep(number_, {{"type", "points"}, {"first", number_}, {"count", 1}}, payload);
        ++number_;
        Progress(step, steps, "training");
        if (int64_t bytes = Number("log_bytes"); bytes > 0) {
          Send({{"type", "log"}, {"level", "info"}, {"text", std::string(bytes, 'x')}});
        }
        SleepMillis(Number("step_ms"));
        int64_t every = Number("checkpoint_every");
        if ((every > 0 && step % every == 0) || checkpoint_.exchange(false)) Checkpoint(step);
      }
      std::string stop = stop_text();
      if (!stop.empty() && Number("ignore_stop") == 0) {
        SleepMillis(Number("stop_ms"));
        if (Number("tokenise_forever") == 0) Checkpoint(step);
        return {stop == "pause" ? "paused" : stop == "cancel" ? "cancelled" : "left", step, "", ""};
      }
    }
    return {"succeeded", step, "", ""};
  }

  // Lets changes act at their step, new ones now; tells it where that is news.
  void Change(int64_t step, int64_t begin) {
    std::lock_guard lock(changes_mutex_);
    while (!changes_.empty() && changes_.front().value("step", int64_t{-1}) <= step) {
      Json change = changes_.front();
      changes_.pop_front();
      int64_t at = change.value("step", int64_t{-1});
      if (at >= 0 && at <= begin && begin > 0) continue;
      Keep(number_, {{"type", "event"},
                     {"number", number_},
                     {"kind", "mark"},
                     {"step", at < 0 ? step : at},
                     {"seconds", 1.0},
                     {"data",
                      {{"kind", "set"},
                       {"text", change.value("field", "")},
                       {"change", change.value("id", 0)}}}});
      ++number_;
    }
  }

  void Misbehave(int64_t step) {
    if (int64_t bytes = Number("loud_bytes"); bytes > 0 && step == 1) {
      for (int64_t line = 0; line < bytes / 100; ++line) std::fprintf(stderr, "%099d\n", 0);
    }
    int64_t until = Number("crash_until_attempt");
    if (Number("crash_at") == step && (until == 0 || attempt_ <= until)) {
      std::fputs("about to crash\n", stderr);
      std::signal(SIGSEGV, SIG_DFL);  // a sanitizer would exit instead
      std::raise(SIGSEGV);
    }
    if (Number("hostile_at") == step) Write(std::string(64, '\xff'));
    if (Number("silent_at") == step) {
      silent_ = true;
      SleepMillis(600'000);
    }
  }

  void Progress(int64_t step, int64_t total, const std::string& phase) {
    double fraction = total > 0 ? static_cast<double>(step) / static_cast<double>(total) : 0;
    Send({{"type", "progress"},
          {"step", step},
          {"total_steps", total},
          {"phase", phase},
          {"fraction", fraction},
          {"tokens", step * 10},
          {"eta_seconds", nullptr}});
  }

  void Checkpoint(int64_t step) {
    char name[32];
    std::snprintf(name, sizeof name, "step-%06lld", static_cast<long long>(step));
    auto folder = folder_ / "checkpoints" / name;
    std::filesystem::create_directories(folder / "trainer");
    std::string frames;
    if (orphaned_) {
      frames = declaration_;
      std::lock_guard lock(kept_mutex_);
      for (const Kept& kept : kept_) frames += kept.bytes;
    }
    bool written = WriteFileAtomically(folder / "manifest.json", StrCat("step ", step)).ok() &&
                   WriteFileAtomically(folder / "trainer" / "manifest.json",
                                       StrCat("step ", step, ", event ", number_))
                       .ok() &&
                   WriteFileAtomically(folder / "trainer" / "unacknowledged.frames", frames).ok();
    if (!written) std::_Exit(8);
    Keep(number_, {{"type", "event"},
                   {"number", number_},
                   {"kind", "checkpoint"},
                   {"step", step},
                   {"seconds", 1.0},
                   {"data",
                    {{"name", name},
                     {"kind", "full"},
                     {"size_bytes", 10},
                     {"sha256", "00"},
                     {"removed", Json::array()},
                     {"reduced", Json::array()}}}});
    ++number_;
  }

  void Finish(const End& end) {
    Send({{"type", "ended"},
          {"outcome", end.outcome},
          {"step", end.step},
          {"reason", end.reason},
          {"message", end.message}});
    if (Number("linger") != 0) SleepMillis(600'000);
    std::_Exit(0);
  }

  std::string stop_text() {
    std::lock_guard lock(stop_.mutex);
    return stop_.text;
  }

  // A text that two threads share.
  struct SharedText {
    SharedText& operator=(std::string value) {
      std::lock_guard lock(mutex);
      text = std::move(value);
      return *this;
    }
    std::mutex mutex;
    std::string text;
  };
  struct Kept {
    int64_t last;
    std::string bytes;
  };

  Words words_;
  std::mutex write_mutex_;
  std::mutex kept_mutex_;
  std::mutex changes_mutex_;
  std::deque<Json> changes_;
  std::deque<Kept> kept_;
  std::string declaration_;
  SharedText stop_;
  SharedText abandoned_;
  std::atomic<bool> checkpoint_{false};
  std::atomic<bool> orphaned_{false};
  std::atomic<bool> silent_{false};
  std::thread run_;
  std::filesystem::path folder_;
  int64_t attempt_ = 0;
  int64_t number_ = 1;
  int64_t models_ = 0;
};

}  // namespace
}  // namespace lab

int main(int argc, char** argv) {
  lab::Words words;
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    size_t equals = word.find('=');
    if (word.rfind("--", 0) != 0 || equals == std::string::npos) return 2;
    words[word.substr(2, equals - 2)] = word.substr(equals + 1);
  }
  // Its detached threads use it for as long as the process lives.
  static auto* const worker = new lab::FakeWorker(words);
  return worker->Run();
}
