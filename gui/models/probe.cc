#include "gui/models/probe.h"

#include <algorithm>
#include <utility>

namespace lab::gui {
namespace {

// Of answers that are kept besides those that are shown.
constexpr int64_t kMostBytes = 256 << 20;

}  // namespace

Probe::Probe(LabSession* session, QObject* parent) : QObject(parent), look_(session) {
  connect(&look_, &Look::changed, this, &Probe::lookChanged);
}

void Probe::setSubject(const std::string& reference, const std::string& text, bool fresh) {
  asked_.clear();
  look_.cancel();
  failed_.clear();
  stopped_ = false;
  wanted_.clear();
  reference_ = reference;
  text_ = text;
  fresh_ = fresh;
  if (fresh) {
    const std::string start = reference + '\n';
    std::erase_if(order_, [&](const std::string& key) {
      if (!key.starts_with(start)) return false;
      known_bytes_ -= known_[key]->plan.result_bytes();
      known_.erase(key);
      return true;
    });
    models_.erase(reference);
  }
  auto model = models_.find(reference);
  model_ = model == models_.end() ? v1::OpenResponse() : model->second;
  Q_EMIT changed();
}

std::string Probe::keyOf(const v1::InspectRequest& question) const {
  v1::InspectRequest whole = question;
  whole.set_text(text_);
  return reference_ + '\n' + whole.SerializeAsString();
}

void Probe::want(std::vector<v1::InspectRequest> questions) {
  wanted_ = std::move(questions);
  // What nobody wants any more makes room for what somebody does.
  if (!asked_.empty() && !isWanted(asked_)) {
    asked_.clear();
    look_.cancel();
  }
  if (!failed_.empty() && !isWanted(failed_)) failed_.clear();
  next();
}

Probe::Answer Probe::find(const v1::InspectRequest& question) const {
  auto found = known_.find(keyOf(question));
  return found == known_.end() ? nullptr : found->second;
}

bool Probe::complete() const {
  return std::all_of(wanted_.begin(), wanted_.end(),
                     [this](const v1::InspectRequest& one) { return find(one) != nullptr; });
}

bool Probe::isWanted(const std::string& key) const {
  return std::any_of(wanted_.begin(), wanted_.end(),
                     [&](const v1::InspectRequest& one) { return keyOf(one) == key; });
}

void Probe::next() {
  if (stopped_ || !failed_.empty() || !asked_.empty() || reference_.empty()) return;
  for (const v1::InspectRequest& question : wanted_) {
    if (find(question) != nullptr) continue;
    asked_ = keyOf(question);
    v1::InspectRequest whole = question;
    whole.set_text(text_);
    look_.ask(reference_, std::move(whole), std::exchange(fresh_, false));
    return;
  }
}

void Probe::lookChanged() {
  if (look_.state() == Look::State::kDone && !asked_.empty()) {
    model_ = models_[reference_] = look_.foundIn();
    summary_ = look_.found()->summary;
    ids_[{reference_, text_}] = idsOf(look_.found()->plan.tokens());
    keep(std::exchange(asked_, {}), look_.found());
    next();
  } else if (look_.state() == Look::State::kFailed && !asked_.empty()) {
    failed_ = std::exchange(asked_, {});
  }
  Q_EMIT changed();
}

void Probe::keep(const std::string& key, Answer answer) {
  known_bytes_ += answer->plan.result_bytes();
  known_[key] = std::move(answer);
  order_.push_back(key);
  for (auto oldest = order_.begin(); oldest != order_.end() && known_bytes_ > kMostBytes;) {
    if (isWanted(*oldest)) {
      ++oldest;
      continue;
    }
    known_bytes_ -= known_[*oldest]->plan.result_bytes();
    known_.erase(*oldest);
    oldest = order_.erase(oldest);
  }
}

LookedAt Probe::lookedAt() const {
  auto ids = ids_.find({reference_, text_});
  return {reference_, model_, ids == ids_.end() ? std::vector<int64_t>() : ids->second};
}

void Probe::retry() {
  failed_.clear();
  stopped_ = false;
  next();
  Q_EMIT changed();
}

void Probe::stop() {
  stopped_ = true;
  asked_.clear();
  look_.cancel();
  Q_EMIT changed();
}

void Probe::release() {
  asked_.clear();
  look_.release();
}

}  // namespace lab::gui
