#include "cli/offer.h"

#include <utility>

namespace lab::cli {

Offer OfferOf(OfferKind kind) {
  Offer offer;
  offer.kind = kind;
  return offer;
}

Offer OfferWords(std::vector<std::string> words) {
  Offer offer = OfferOf(OfferKind::kWords);
  offer.words = std::move(words);
  return offer;
}

Offer OfferFiles() {
  Offer offer = OfferOf(OfferKind::kFiles);
  offer.files = true;
  return offer;
}

Offer OfferJobs(std::vector<v1::Job::State> states) {
  Offer offer = OfferOf(OfferKind::kJobs);
  offer.states = std::move(states);
  return offer;
}

Offer OfferJobsOrGroups(std::vector<v1::Job::State> states) {
  Offer offer = OfferJobs(std::move(states));
  offer.groups = true;
  return offer;
}

Offer OfferJobsThenMetrics() {
  Offer offer = OfferJobsOrGroups();
  offer.metrics = true;
  return offer;
}

Offer OfferModels() {
  Offer offer = OfferOf(OfferKind::kReferences);
  offer.files = true;
  return offer;
}

Offer OfferTokenizers() {
  Offer offer = OfferModels();
  offer.words = {"byte"};
  return offer;
}

Offer OfferCorporaOrFiles() {
  Offer offer = OfferOf(OfferKind::kCorpora);
  offer.files = true;
  return offer;
}

std::string ValueName(const Offer& offer) {
  switch (offer.kind) {
    case OfferKind::kNothing:
      return "";
    case OfferKind::kWords: {
      std::string all;
      for (const std::string& word : offer.words) all += (all.empty() ? "" : "|") + word;
      return all;
    }
    case OfferKind::kFiles:
      return "FILE";
    case OfferKind::kJobs:
      if (offer.metrics) return "JOB|GROUP|METRIC";
      return offer.groups ? "JOB|GROUP" : "JOB";
    case OfferKind::kGroups:
      return "GROUP";
    case OfferKind::kTags:
      return "TAG";
    case OfferKind::kMetrics:
      return "METRIC";
    case OfferKind::kReferences:
      return offer.words.empty() ? "MODEL" : "TOKENIZER";
    case OfferKind::kArtifacts:
      return "ARTIFACT";
    case OfferKind::kSettings:
    case OfferKind::kChanges:
      return "FIELD=VALUE";
    case OfferKind::kTopics:
      return "FIELD|METRIC";
    case OfferKind::kConfigs:
      return "FILE|PRESET|TYPE";
    case OfferKind::kPresets:
      return "PRESET";
    case OfferKind::kCorpora:
    case OfferKind::kOwnCorpora:
      return "CORPUS";
    case OfferKind::kHosts:
      return "HOST";
  }
  return "";
}

}  // namespace lab::cli
