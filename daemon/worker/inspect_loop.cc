#include "daemon/worker/inspect_loop.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <utility>

#include <sys/resource.h>

#include "core/base/strings.h"
#include "core/generate/generate.h"
#include "core/tensor/device.h"
#include "core/tokenizer/tokenizer.h"
#include "daemon/worker/run_guarded.h"

namespace lab {
namespace {

using nlohmann::json;

constexpr int kNice = 10;

json ErrorJson(const absl::Status& status) {
  return {{"reason", ReasonOf(status)},
          {"message", std::string(MessageOf(status))},
          {"code", absl::StatusCodeToString(status.code())}};
}

// The parts of `payload` whose lengths `lengths` lists after a first one that takes the rest.
absl::StatusOr<std::vector<std::string>> SplitPayload(const Frame& frame) {
  auto lengths = frame.header.value("stop_lengths", std::vector<size_t>());
  size_t tail = 0;
  for (size_t length : lengths) tail += std::min(length, frame.payload.size() + 1);
  if (tail > frame.payload.size()) {
    return absl::InvalidArgumentError("stop_lengths are longer than the payload");
  }
  size_t at = frame.payload.size() - tail;
  std::vector<std::string> parts = {frame.payload.substr(0, at)};
  for (size_t length : lengths) {
    parts.push_back(frame.payload.substr(at, length));
    at += length;
  }
  return parts;
}

uint64_t FreshSeed() {
  std::random_device device;
  return (uint64_t{device()} << 32 | device()) >>
         11;  // 53 bits, so that every JSON reader keeps it
}

}  // namespace

InspectLoop::InspectLoop(EventWriter& writer) : writer_(writer), thread_([this] { Run(); }) {}

InspectLoop::~InspectLoop() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
    abandoned_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void InspectLoop::Post(Frame frame) {
  std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(frame));
  wake_.notify_one();
}

void InspectLoop::Abandon(const json& request) {
  std::lock_guard lock(mutex_);
  if (running_ == request) abandoned_ = true;
  std::erase_if(waiting_, [&](const Frame& frame) {
    return (frame.type() == "generate" || frame.type() == "inspect") &&
           frame.header.value("request", json()) == request;
  });
  streams_.Abandon(request);
}

void InspectLoop::Took(const json& request) {
  streams_.Took(request);
  std::lock_guard lock(mutex_);  // so that no wake-up falls between a look and a wait
  wake_.notify_one();
}

void InspectLoop::Run() {
  // Whatever else wants the processor goes first; a nice value cannot be taken back.
  ::setpriority(PRIO_PROCESS, 0, kNice);
  while (true) {
    std::optional<Frame> frame;
    {
      std::unique_lock lock(mutex_);
      running_ = nullptr;
      wake_.wait(lock, [this] { return ending_ || !waiting_.empty() || streams_.Ready(); });
      if (ending_) return;
      if (!waiting_.empty()) {
        frame = std::move(waiting_.front());
        waiting_.pop_front();
        running_ = frame->header.value("request", json());
        abandoned_ = false;
      }
    }
    if (frame) Handle(*frame);
    if (auto part = streams_.Next()) writer_.Send(part->header, part->payload);
  }
}

void InspectLoop::Handle(const Frame& frame) {
  const std::string type = frame.type();
  if (type == "close") {
    return shelf_.Close(frame.header.value("session", ""));
  }
  if (type != "open") UseThreads(frame);
  absl::Status status = RunGuarded([&] {
    return type == "open" ? Open(frame) : type == "inspect" ? Inspect(frame) : Generate(frame);
  });
  if (status.ok()) return;
  writer_.Send({{"type", type == "open"      ? "opened"
                         : type == "inspect" ? "inspected"
                                             : "generated"},
                {"request", frame.header.value("request", json())},
                {"ok", false},
                {"error", ErrorJson(status)}});
}

void InspectLoop::UseThreads(const Frame& frame) {
  const int threads = frame.header.value("threads", 0);
  if (threads == threads_) return;
  SetThreads(threads);
  threads_ = threads;
}

absl::Status InspectLoop::Open(const Frame& frame) {
  shelf_.SetBudget(frame.header.value("max_bytes", int64_t{0}));
  ASSIGN_OR_RETURN(std::string session, shelf_.Open(frame.header.value("path", "")));
  ASSIGN_OR_RETURN(std::shared_ptr<ModelShelf::Model> shelved, shelf_.Find(session));
  const OpenedModel& opened = shelved->opened;
  const ModelSizes sizes = opened.model->sizes();
  writer_.Send({{"type", "opened"},
                {"request", frame.header.value("request", json())},
                {"ok", true},
                {"session", session},
                {"info",
                 {{"parameters", opened.model->parameters().count()},
                  {"context", opened.model->context()},
                  {"vocabulary", opened.model->vocab_size()},
                  {"layers", sizes.layers},
                  {"heads", sizes.heads},
                  {"width", sizes.width},
                  {"sha256", opened.sha256},
                  {"weight_bytes", shelved->bytes},
                  {"held_bytes", shelf_.figures().held_bytes},
                  {"budget_bytes", shelf_.figures().budget_bytes}}}});
  return absl::OkStatus();
}

absl::Status InspectLoop::Inspect(const Frame& frame) {
  ASSIGN_OR_RETURN(std::shared_ptr<ModelShelf::Model> model,
                   shelf_.Find(frame.header.value("session", "")));
  ASSIGN_OR_RETURN(PlannedLook look, Looks::Plan(*model, frame));
  const Frame planned = Looks::PlanFrame(*model, frame, look);
  if (planned.header.dump().size() > kMaxFrameHeaderBytes) {
    return absl::InvalidArgumentError(
        "what is asked for takes too long to name; ask for fewer quantities at a time");
  }
  writer_.Send(planned.header, planned.payload);
  std::shared_ptr<const LookResult> result = std::make_shared<LookResult>();
  if (!frame.header.value("plan_only", false)) {
    ASSIGN_OR_RETURN(result, looks_.Run(*model, look));
  }
  std::lock_guard lock(mutex_);
  if (!abandoned_) streams_.Add(frame.header.value("request", json()), std::move(result));
  return absl::OkStatus();
}

absl::Status InspectLoop::Generate(const Frame& frame) {
  const json& header = frame.header;
  ASSIGN_OR_RETURN(std::shared_ptr<ModelShelf::Model> model,
                   shelf_.Find(header.value("session", "")));
  ASSIGN_OR_RETURN(std::vector<std::string> parts, SplitPayload(frame));
  GenerateRequest request;
  request.prompt = parts[0];
  request.stop.assign(parts.begin() + 1, parts.end());
  request.max_tokens = header.value("max_tokens", request.max_tokens);
  request.temperature = header.value("temperature", request.temperature);
  request.top_k = header.value("top_k", request.top_k);
  request.top_p = header.value("top_p", request.top_p);
  request.alternatives = header.value("alternatives", 0);
  const json seed = header.value("seed", json());
  request.seed = seed.is_number() ? seed.get<uint64_t>() : FreshSeed();
  const json number = header.value("request", json());
  auto on_token = [&](const NewToken& token) {
    std::string payload = token.text;
    json lengths = json::array({token.text.size()});
    json top = json::array();
    for (const auto& [text, probability] : token.top) {
      payload += text;
      lengths.push_back(text.size());
      top.push_back(probability);
    }
    json frame = {{"type", "token"},    {"request", number},
                  {"id", token.id},     {"probability", token.probability},
                  {"lengths", lengths}, {"top", top}};
    if (token.shown != token.text) frame["shown_hex"] = ToHex(token.shown);
    writer_.Send(frame, payload);
    return !abandoned_.load();
  };
  ASSIGN_OR_RETURN(
      GenerateResult result,
      lab::Generate(*model->opened.model, *model->opened.tokenizer, request, on_token));
  writer_.Send({{"type", "generated"},
                {"request", number},
                {"ok", true},
                {"stop_reason", result.stop_reason},
                {"prompt_tokens", result.prompt_tokens},
                {"new_tokens", result.new_tokens},
                {"seconds_to_first_token", result.seconds_to_first_token},
                {"tokens_per_second", result.tokens_per_second},
                {"seed", request.seed}},
               result.text);
  return absl::OkStatus();
}

}  // namespace lab
