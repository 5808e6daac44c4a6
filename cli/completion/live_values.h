#pragma once

// Values that only labd knows (jobs, models, settings), or that labctl has noted (machines). Never
// starts a labd, waits no longer than until the deadline, and tells no failure: what cannot be had
// is not offered. One thread.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <grpcpp/channel.h>

#include "cli/completion/candidate.h"
#include "cli/completion/cursor.h"
#include "core/base/places.h"
#include "proto/client/lab_client.h"

namespace lab::cli {

class LiveValues {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // `host` as --host gives it.
  LiveValues(std::string host, Environment environment, TimePoint deadline)
      : host_(std::move(host)), environment_(std::move(environment)), deadline_(deadline) {}

  // What may stand where the cursor is, by the offer of its parameter. Some do not begin with what
  // is typed; Candidate::value lacks Cursor::before.
  std::vector<Candidate> At(const Cursor& cursor);

 private:
  std::vector<Candidate> OfLab(const Cursor& cursor);
  // labd with the time that is left; nullopt if none listens or no time is left.
  std::optional<LabClient> Client();
  std::vector<v1::Job> AllJobs();
  std::optional<v1::Job> JobCalled(const std::string& id);
  v1::Catalog Catalog();

  std::vector<Candidate> Jobs(const Cursor& cursor);
  std::vector<Candidate> Groups(const Offer& offer, const std::vector<v1::Job>& jobs);
  std::vector<Candidate> Tags();
  std::vector<Candidate> Metrics(const std::string& job);
  std::vector<Candidate> References(const std::string& typed);
  std::vector<Candidate> Artifacts(const std::string& job);
  std::vector<Candidate> Settings(const Cursor& cursor);
  std::vector<Candidate> Topics(const std::string& typed);
  std::vector<Candidate> Presets(bool submittable);
  std::vector<Candidate> Corpora(bool own);
  std::vector<Candidate> Hosts();

  const std::string host_;
  const Environment environment_;
  const TimePoint deadline_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace lab::cli
