#include "cli/completion/live_values.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "core/base/strings.h"
#include "proto/client/channel.h"
#include "proto/client/display.h"
#include "proto/client/field_words.h"
#include "proto/client/hosts.h"
#include "proto/client/job_words.h"

namespace lab::cli {
namespace {

using Seconds = std::chrono::duration<double>;

// Less is not worth a call.
constexpr double kLeastSeconds = 0.005;

bool Fits(const Offer& offer, v1::Job::State state) {
  return offer.states.empty() ||
         std::find(offer.states.begin(), offer.states.end(), state) != offer.states.end();
}

std::string JobText(const v1::Job& job) {
  return StrCat(StateWord(job.state()), ", ", TitleOf(job));
}

// A channel to where `address` says, if that takes no talk before: ssh is not started for a Tab.
std::shared_ptr<grpc::Channel> ChannelTo(const Address& address) {
  if (address.IsLocal()) return SomebodyListens(address.socket) ? OpenChannel(address) : nullptr;
  if (address.way != Address::Way::kTls || address.host.certificate.empty()) return nullptr;
  return OpenTlsChannel(address);
}

// The type that a job to submit or duplicate will have, by what names it; "" if that is not known.
std::string TypeOf(const v1::Catalog& catalog, const std::string& target) {
  for (const v1::JobType& type : catalog.job_types()) {
    if (type.name() == target) return target;
  }
  for (const v1::Preset& preset : catalog.presets()) {
    if (preset.name() != target || preset.kind() != "job") continue;
    for (const v1::JobType& type : catalog.job_types()) {
      if (StrCat("\n", preset.text()).find(StrCat("\ntype: ", type.name())) != std::string::npos) {
        return type.name();
      }
    }
  }
  return "";
}

void AddValues(const v1::Field& field, std::vector<Candidate>* all) {
  auto add = [&](const std::string& value, const char* text) {
    all->push_back({StrCat(field.name(), "=", value), text});
  };
  for (const std::string& choice : field.choices()) {
    add(choice, choice == field.default_value() ? "the default" : "");
  }
  if (field.type() == "bool") {
    add("true", field.default_value() == "true" ? "the default" : "");
    add("false", field.default_value() == "false" ? "the default" : "");
  } else if (field.choices().empty()) {
    if (!field.default_value().empty()) add(field.default_value(), "the default");
    if (field.auto_() && field.default_value() != "auto") add("auto", "");
  }
}

}  // namespace

std::optional<LabClient> LiveValues::Client() {
  if (!channel_) {
    absl::StatusOr<Address> address = FindAddress(host_, environment_);
    if (!address.ok()) return std::nullopt;
    channel_ = ChannelTo(*address);
    if (!channel_) return std::nullopt;
  }
  double left = Seconds(deadline_ - std::chrono::steady_clock::now()).count();
  if (left < kLeastSeconds) return std::nullopt;
  return std::make_optional<LabClient>(channel_, left);
}

std::vector<v1::Job> LiveValues::AllJobs() {
  std::optional<LabClient> client = Client();
  if (!client) return {};
  absl::StatusOr<v1::ListJobsResponse> answer = client->ListJobs();
  if (!answer.ok()) return {};
  return {answer->jobs().begin(), answer->jobs().end()};
}

std::optional<v1::Job> LiveValues::JobCalled(const std::string& id) {
  int64_t number = 0;
  auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (error != std::errc() || end != id.data() + id.size()) return std::nullopt;
  std::optional<LabClient> client = Client();
  if (!client) return std::nullopt;
  absl::StatusOr<v1::Job> job = client->GetJob(number);
  if (!job.ok()) return std::nullopt;
  return *std::move(job);
}

v1::Catalog LiveValues::Catalog() {
  std::optional<LabClient> client = Client();
  if (!client) return {};
  return client->GetCatalog().value_or(v1::Catalog());
}

std::vector<Candidate> LiveValues::At(const Cursor& cursor) {
  std::vector<Candidate> all;
  for (const std::string& word : cursor.parameter->offer.words) all.push_back({word, ""});
  for (Candidate& one : OfLab(cursor)) all.push_back(std::move(one));
  return all;
}

std::vector<Candidate> LiveValues::OfLab(const Cursor& cursor) {
  const Offer& offer = cursor.parameter->offer;
  switch (offer.kind) {
    case OfferKind::kNothing:
    case OfferKind::kFiles:
    case OfferKind::kWords:
      return {};
    case OfferKind::kJobs:
      return Jobs(cursor);
    case OfferKind::kGroups:
      return Groups(offer, AllJobs());
    case OfferKind::kTags:
      return Tags();
    case OfferKind::kMetrics:
      return Metrics(cursor.Job());
    case OfferKind::kReferences:
      return References(cursor.typed);
    case OfferKind::kArtifacts:
      return Artifacts(cursor.Job());
    case OfferKind::kSettings:
    case OfferKind::kChanges:
      return Settings(cursor);
    case OfferKind::kTopics:
      return Topics(cursor.typed);
    case OfferKind::kConfigs:
      return Presets(/*submittable=*/true);
    case OfferKind::kPresets:
      return Presets(/*submittable=*/false);
    case OfferKind::kCorpora:
    case OfferKind::kOwnCorpora:
      return Corpora(/*own=*/offer.kind == OfferKind::kOwnCorpora);
    case OfferKind::kHosts:
      return Hosts();
  }
  return {};
}

std::vector<Candidate> LiveValues::Jobs(const Cursor& cursor) {
  const Offer& offer = cursor.parameter->offer;
  const std::string& typed = cursor.typed;
  std::vector<v1::Job> jobs = AllJobs();
  std::vector<Candidate> all;
  for (const v1::Job& job : jobs) {
    if (Fits(offer, job.state())) all.push_back({StrCat(job.id()), JobText(job)});
  }
  if (!offer.groups) return all;
  for (Candidate& group : Groups(offer, jobs)) all.push_back(std::move(group));
  // "3,5,rates" names several: the last of them is being typed.
  if (size_t comma = typed.rfind(','); comma != std::string::npos) {
    for (Candidate& one : all) one.value = typed.substr(0, comma + 1) + one.value;
  }
  if (offer.metrics && !cursor.Job().empty()) {
    for (Candidate& metric : Metrics(cursor.Job())) all.push_back(std::move(metric));
  }
  return all;
}

std::vector<Candidate> LiveValues::Groups(const Offer& offer, const std::vector<v1::Job>& jobs) {
  std::vector<std::pair<std::string, int>> groups;  // in the order of their first members
  for (const v1::Job& job : jobs) {
    if (job.group().empty() || !Fits(offer, job.state())) continue;
    auto found = std::find_if(groups.begin(), groups.end(),
                              [&](const auto& one) { return one.first == job.group(); });
    if (found == groups.end()) {
      groups.push_back({job.group(), 1});
    } else {
      ++found->second;
    }
  }
  std::vector<Candidate> all;
  for (const auto& [name, count] : groups) {
    all.push_back({name, StrCat("group, ", count, count == 1 ? " job" : " jobs")});
  }
  return all;
}

std::vector<Candidate> LiveValues::Tags() {
  std::set<std::string> tags;
  for (const v1::Job& job : AllJobs()) tags.insert(job.tags().begin(), job.tags().end());
  std::vector<Candidate> all;
  for (const std::string& tag : tags) all.push_back({tag, ""});
  return all;
}

std::vector<Candidate> LiveValues::Metrics(const std::string& job) {
  std::vector<Candidate> all;
  if (std::optional<v1::Job> found = JobCalled(job)) {
    for (const v1::MetricSummary& one : found->summary()) {
      all.push_back({one.metric(), FormatNumber(one.last())});
    }
    return all;
  }
  std::set<std::string> seen;
  const v1::Catalog catalog = Catalog();
  for (const v1::JobType& type : catalog.job_types()) {
    for (const v1::MetricSpec& one : type.metrics()) {
      if (seen.insert(one.name()).second) all.push_back({one.name(), one.help()});
    }
  }
  return all;
}

std::vector<Candidate> LiveValues::References(const std::string& typed) {
  std::vector<Candidate> all;
  size_t at = typed.find('@');
  if (at == std::string::npos) {
    for (const v1::Job& job : AllJobs()) {
      if (job.progress().step() > 0) all.push_back({StrCat(job.id()), JobText(job)});
    }
    return all;
  }
  std::optional<v1::Job> job = JobCalled(typed.substr(0, at));
  if (!job || job->checkpoints().empty()) return all;
  if (SummaryOf(*job, "val/loss") != nullptr) {
    all.push_back({StrCat(job->id(), "@best"), "the lowest val/loss"});
  }
  if (job->state() == v1::Job::SUCCEEDED) {
    all.push_back({StrCat(job->id(), "@final"), "the end of the run"});
  }
  for (auto one = job->checkpoints().rbegin(); one != job->checkpoints().rend(); ++one) {
    all.push_back({StrCat(job->id(), "@", one->step()), FormatBytes(one->size_bytes())});
  }
  return all;
}

std::vector<Candidate> LiveValues::Artifacts(const std::string& job) {
  std::vector<Candidate> all;
  std::optional<v1::Job> found = JobCalled(job);
  std::optional<LabClient> client = Client();
  if (!found || !client) return all;
  absl::StatusOr<v1::ListArtifactsResponse> answer = client->ListArtifacts(found->id());
  if (!answer.ok()) return all;
  for (const v1::Artifact& one : answer->artifacts()) {
    all.push_back({one.name(), StrCat(one.kind(), ", ", FormatBytes(one.size_bytes()))});
  }
  return all;
}

std::vector<Candidate> LiveValues::Settings(const Cursor& cursor) {
  v1::Catalog catalog = Catalog();
  std::string type;
  for (const Parameter& word : cursor.command->words) {
    auto found = cursor.given.find(&word);
    if (found == cursor.given.end() || found->second.empty()) continue;
    const std::string& target = found->second.front();
    if (word.offer.kind == OfferKind::kConfigs) type = TypeOf(catalog, target);
    if (word.offer.kind != OfferKind::kJobs) continue;
    if (std::optional<v1::Job> job = JobCalled(target)) type = job->type();
  }
  size_t equals = cursor.typed.find('=');
  std::set<std::string> seen;
  std::vector<Candidate> all;
  for (const v1::JobType& one : catalog.job_types()) {
    if (!type.empty() && one.name() != type) continue;
    for (const v1::Field& field : one.fields()) {
      if (cursor.parameter->offer.kind == OfferKind::kChanges && !field.live()) continue;
      if (!seen.insert(field.name()).second) continue;
      if (equals == std::string::npos) {
        all.push_back({field.name() + "=", field.help()});
      } else if (cursor.typed.compare(0, equals, field.name()) == 0) {
        AddValues(field, &all);
        // What is named by a field of this name, wherever it stands.
        std::vector<Candidate> names;
        if (NamesCorpus(field)) names = Corpora(false);
        for (Candidate& name : names) {
          if (name.value == field.default_value()) continue;
          all.push_back({StrCat(field.name(), "=", name.value), name.text});
        }
      }
    }
  }
  return all;
}

std::vector<Candidate> LiveValues::Topics(const std::string& typed) {
  std::set<std::string> seen;
  std::vector<Candidate> all;
  auto add = [&](const std::string& name, const std::string& text) {
    if (seen.insert(name).second) all.push_back({name, text});
  };
  v1::Catalog catalog = Catalog();
  for (const v1::JobType& type : catalog.job_types()) {
    add(type.name(), type.title());
    const bool qualified = typed.compare(0, type.name().size() + 1, type.name() + ".") == 0;
    for (const v1::Field& field : type.fields()) {
      add((qualified ? type.name() + "." : "") + field.name(), field.help());
    }
    for (const v1::MetricSpec& metric : type.metrics()) add(metric.name(), metric.help());
  }
  return all;
}

std::vector<Candidate> LiveValues::Presets(bool submittable) {
  std::vector<Candidate> all;
  v1::Catalog catalog = Catalog();
  for (const v1::Preset& preset : catalog.presets()) {
    if (submittable && preset.kind() != "job") continue;
    all.push_back({preset.name(), preset.title()});
  }
  if (!submittable) return all;
  for (const v1::JobType& type : catalog.job_types()) all.push_back({type.name(), type.title()});
  return all;
}

std::vector<Candidate> LiveValues::Corpora(bool own) {
  std::vector<Candidate> all;
  std::optional<LabClient> client = Client();
  if (!client) return all;
  absl::StatusOr<v1::ListCorporaResponse> answer = client->ListCorpora();
  if (!answer.ok()) return all;
  for (const v1::Corpus& corpus : answer->corpora()) {
    if (own && corpus.kind() != "local") continue;
    all.push_back({corpus.name(), corpus.title()});
  }
  return all;
}

std::vector<Candidate> LiveValues::Hosts() {
  std::vector<Candidate> all;
  absl::StatusOr<Places> places = FindPlaces(environment_);
  if (!places.ok()) return all;
  absl::StatusOr<std::vector<Host>> hosts = ReadHosts(places->hosts());
  if (!hosts.ok()) return all;
  for (const Host& host : *hosts) all.push_back({host.name, host.address});
  return all;
}

}  // namespace lab::cli
