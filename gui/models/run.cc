#include "gui/models/run.h"

#include <algorithm>

#include "gui/models/words.h"

namespace lab::gui {
namespace {

// Puts `item` where its step belongs; what stands at that step with the same key is replaced.
template <class Item, class Same>
void place(std::vector<Item>* items, const Item& item, Same same) {
  for (Item& known : *items) {
    if (known.step() == item.step() && same(known, item)) {
      known = item;
      return;
    }
  }
  auto later = std::find_if(items->rbegin(), items->rend(),
                            [&](const Item& known) { return known.step() <= item.step(); });
  items->insert(later.base(), item);
}

template <class Item>
void dropAfter(std::vector<Item>* items, int64_t step) {
  std::erase_if(*items, [step](const Item& item) { return item.step() > step; });
}

}  // namespace

Run::Run(LabSession* session, JobStore* jobs, int64_t id, QObject* parent)
    : QObject(parent), id_(id), jobs_(jobs), watch_(session, id) {
  connect(&watch_, &JobWatch::arrived, this,
          [this](const std::vector<v1::WatchEvent>& events) { take(events); });
  connect(&watch_, &JobWatch::finished, this, [this](const absl::Status& status) {
    loaded_ = true;
    if (!status.ok()) Q_EMIT failed(status);
    Q_EMIT changed(kState);
  });
  connect(jobs, &JobStore::changed, this, &Run::lookUp);
  lookUp();
}

const Series* Run::series(const std::string& name) const {
  auto found = series_.find(name);
  return found == series_.end() ? nullptr : &found->second;
}

void Run::take(const std::vector<v1::WatchEvent>& events) {
  unsigned parts = 0;
  for (const v1::WatchEvent& event : events) parts |= take(event);
  loaded_ = true;
  Q_EMIT changed(parts);
}

unsigned Run::take(const v1::WatchEvent& event) {
  switch (event.kind_case()) {
    case v1::WatchEvent::kState:
      job_.set_state(event.state().state());
      job_.set_attempt(event.state().attempt());
      if (event.state().has_error()) *job_.mutable_error() = event.state().error();
      return kState;
    case v1::WatchEvent::kProgress:
      progress_ = event.progress();
      return kProgress;
    case v1::WatchEvent::kMetrics:
      takePoints(event.metrics());
      return kMetrics;
    case v1::WatchEvent::kSample:
      place(&samples_, event.sample(), [](const auto&, const auto&) { return true; });
      return kSamples;
    case v1::WatchEvent::kCheckpoint:
      place(&checkpoints_, event.checkpoint(),
            [](const auto& a, const auto& b) { return a.name() == b.name(); });
      return kCheckpoints;
    case v1::WatchEvent::kMark:
      if (event.mark().kind() == "rewind") rewind(event.mark().step());
      place(&marks_, event.mark(), [](const auto& a, const auto& b) {
        return a.kind() == b.kind() && a.text() == b.text();
      });
      return event.mark().kind() == "rewind" ? kMarks | kMetrics | kSamples | kCheckpoints : kMarks;
    default:
      return 0;
  }
}

void Run::takePoints(const v1::MetricPoints& points) {
  std::vector<Series*> columns;
  for (const std::string& name : points.metrics()) {
    auto [place, fresh] = series_.try_emplace(name, name);
    columns.push_back(&place->second);
  }
  const int count = std::min(
      {points.metric_size(), points.step_size(), points.seconds_size(), points.value_size()});
  for (int i = 0; i < count; ++i) {
    const int column = points.metric(i);
    if (column < 0 || column >= static_cast<int>(columns.size())) continue;
    columns[column]->append(points.step(i), points.seconds(i), points.value(i));
  }
}

void Run::rewind(int64_t step) {
  for (auto& [name, series] : series_) series.rewind(step);
  dropAfter(&samples_, step);
  dropAfter(&checkpoints_, step);
  dropAfter(&marks_, step);
}

void Run::lookUp() {
  const v1::Job* known = jobs_->find(id_);
  if (known == nullptr) return;
  job_ = *known;
  // The stream tells it sooner while the job runs.
  if (known->progress().step() >= progress_.step() || !isActive(known->state())) {
    progress_ = known->progress();
  }
  for (const v1::MetricSummary& summary : known->summary()) {
    auto found = series_.find(summary.metric());
    if (found != series_.end()) found->second.set_unit(summary.unit());
  }
  if (isActive(known->state())) watch_.goOn();
  Q_EMIT changed(kState | kProgress);
}

}  // namespace lab::gui
