#pragma once

// What the value of an argument may be, as far as labctl can offer some of them when Tab is
// pressed. Said where the argument is declared; help names the value by it. Pure data.

#include <string>
#include <vector>

#include "lab/v1/job.pb.h"

namespace lab::cli {

struct Offer {
  enum class Kind {
    kNothing,
    kWords,       // `words` alone
    kFiles,       // files of this machine
    kJobs,        // ids, of jobs in `states` (empty: any); with `groups` also groups' names
    kGroups,      // groups' names
    kTags,        // tags that jobs bear
    kMetrics,     // of the job that was named before, else all that there are
    kReferences,  // models: 12, 12@500, 12@best
    kArtifacts,   // of the job that was named before
    kSettings,    // FIELD=VALUE of the job or type named before, else of all
    kChanges,     // the same of what may change while a job runs
    kTopics,      // what `explain` knows
    kConfigs,     // what `submit` takes
    kPresets,     // model shapes and ready runs
    kCorpora,     // built-in and registered corpora
    kOwnCorpora,  // registered ones
    kHosts,       // machines that `connect` knows
  };
  Kind kind = Kind::kNothing;
  std::vector<std::string> words;  // always
  std::vector<v1::Job::State> states;
  bool groups = false;
  bool metrics = false;  // of kJobs: behind the first, metrics too
  bool files = false;    // files, too
};

using OfferKind = Offer::Kind;

Offer OfferOf(OfferKind kind);
Offer OfferWords(std::vector<std::string> words);
Offer OfferFiles();
Offer OfferJobs(std::vector<v1::Job::State> states = {});
Offer OfferJobsOrGroups(std::vector<v1::Job::State> states = {});
Offer OfferJobsThenMetrics();
// References to models: of jobs, or folders.
Offer OfferModels();
Offer OfferTokenizers();
Offer OfferCorporaOrFiles();

// How help names such a value: "JOB"; "" if it has no better name than its type.
std::string ValueName(const Offer& offer);

}  // namespace lab::cli
