#include "gui/models/comparison_table.h"

#include <algorithm>

#include "gui/models/job_edit.h"
#include "gui/models/words.h"

namespace lab::gui {
namespace {

const QString kNone = QStringLiteral("–");

QString estimate(const std::optional<double>& value, const std::optional<double>& error,
                 bool is_group) {
  if (!value) return kNone;
  return is_group ? q(FormatEstimate(*value, error, true)) : number(*value);
}

}  // namespace

std::vector<ComparisonTable::Row> ComparisonTable::factsOf(const Comparison& comparison,
                                                           const JobStore& jobs) const {
  std::vector<Row> facts;
  const QString metric = q(comparison.metric());
  Row last{tr("%1, end").arg(metric), {}}, at{tr("at step"), {}};
  Row best{tr("%1, best").arg(metric), {}}, best_at{tr("best at step"), {}};
  Row above{tr("above the floor"), {}}, who{tr("state"), {}}, rate{tr("tokens/s"), {}};
  Row tags{tr("tags"), {}, Kind::kTags}, note{tr("note"), {}, Kind::kNote};
  bool any_job = false;
  for (const Compared& curve : comparison.curves()) {
    const bool group = !curve.group.empty();
    last.values.push_back(estimate(curve.last, curve.last_error, group));
    at.values.push_back(curve.last ? grouped(curve.last_step) : kNone);
    best.values.push_back(estimate(curve.best, curve.best_error, group));
    best_at.values.push_back(curve.best_step ? grouped(*curve.best_step) : kNone);
    above.values.push_back(curve.last && curve.floor ? number(*curve.last - *curve.floor) : kNone);
    who.values.push_back(q(curve.state));
    const v1::Job* job = group ? nullptr : jobs.find(curve.job);
    const v1::MetricSummary* speed =
        job == nullptr ? nullptr : SummaryOf(*job, "train/tokens_per_second");
    rate.values.push_back(speed == nullptr ? kNone : count(speed->last()));
    tags.values.push_back(job == nullptr ? QString() : q(TagsText(*job)));
    note.values.push_back(job == nullptr ? QString() : q(job->note()));
    any_job = any_job || job != nullptr;
  }
  auto add = [&facts](Row fact, const QString& nothing) {
    const auto& values = fact.values;
    const bool told = std::any_of(values.begin(), values.end(),
                                  [&](const QString& value) { return value != nothing; });
    if (told) facts.push_back(std::move(fact));
  };
  add(last, kNone);
  add(at, kNone);
  add(above, kNone);
  add(best, kNone);
  add(best_at, kNone);
  add(who, {});
  add(rate, kNone);
  for (const v1::SettingRow& row : comparison.differences()) {
    Row fact{q(row.field()), {}};
    for (size_t i = 0; i < comparison.curves().size(); ++i) {
      const bool known =
          static_cast<int>(i) < row.settings_size() && row.settings(static_cast<int>(i)).present();
      fact.values.push_back(known ? q(row.settings(static_cast<int>(i)).value()) : kNone);
    }
    facts.push_back(std::move(fact));
  }
  // Also while they are empty: there they are written.
  if (any_job) facts.insert(facts.end(), {tags, note});
  return facts;
}

void ComparisonTable::show(const Comparison& comparison, const JobStore& jobs) {
  jobs_ = &jobs;
  std::vector<QString> titles;
  std::vector<int64_t> ids;
  for (const Compared& curve : comparison.curves()) {
    titles.push_back(q(curve.title));
    ids.push_back(curve.group.empty() ? curve.job : 0);
  }
  std::vector<Row> facts = factsOf(comparison, jobs);
  auto same_titles = [](const Row& a, const Row& b) { return a.title == b.title; };
  if (titles == titles_ && ids == ids_ &&
      std::equal(facts.begin(), facts.end(), facts_.begin(), facts_.end(), same_titles)) {
    return takeValues(std::move(facts));
  }
  beginResetModel();
  titles_ = std::move(titles);
  ids_ = std::move(ids);
  facts_ = std::move(facts);
  endResetModel();
}

void ComparisonTable::takeValues(std::vector<Row> facts) {
  // Only what changed is told: who types in another cell keeps what is typed.
  for (size_t i = 0; i < facts.size(); ++i) {
    for (size_t run = 0; run < titles_.size(); ++run) {
      if (facts_[i].values[run] == facts[i].values[run]) continue;
      facts_[i].values[run] = facts[i].values[run];
      const QModelIndex cell = indexOf(i, run);
      Q_EMIT dataChanged(cell, cell);
    }
  }
}

std::string ComparisonTable::csv() const {
  std::string text = "run";
  for (const Row& fact : facts_) text += "," + CsvCell(utf8(fact.title));
  for (size_t i = 0; i < titles_.size(); ++i) {
    text += "\n" + CsvCell(utf8(titles_[i]));
    for (const Row& fact : facts_) text += "," + CsvCell(utf8(fact.values[i]));
  }
  return text + "\n";
}

int ComparisonTable::rowCount(const QModelIndex& parent) const {
  if (parent.isValid()) return 0;
  return static_cast<int>(sideBySide() ? facts_.size() : titles_.size());
}

int ComparisonTable::columnCount(const QModelIndex& parent) const {
  if (parent.isValid()) return 0;
  return static_cast<int>(sideBySide() ? titles_.size() : facts_.size());
}

ComparisonTable::Place ComparisonTable::placeOf(const QModelIndex& index) const {
  const auto row = static_cast<size_t>(index.row()), column = static_cast<size_t>(index.column());
  return sideBySide() ? Place{&facts_[row], column} : Place{&facts_[column], row};
}

QModelIndex ComparisonTable::indexOf(size_t fact, size_t run) const {
  const int a = static_cast<int>(fact), b = static_cast<int>(run);
  return sideBySide() ? index(a, b) : index(b, a);
}

bool ComparisonTable::writable(const Place& place) const {
  return place.fact->kind != Kind::kPlain && ids_[place.run] != 0;
}

QVariant ComparisonTable::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  if (role == Qt::TextAlignmentRole) return int(Qt::AlignRight | Qt::AlignVCenter);
  const Place place = placeOf(index);
  const QString& value = place.fact->values[place.run];
  if (role == Qt::DisplayRole || role == Qt::EditRole) return value;
  if (role != Qt::ToolTipRole) return {};
  return value.isEmpty() && writable(place) ? tr("a double click or F2 writes here") : value;
}

bool ComparisonTable::setData(const QModelIndex& index, const QVariant& value, int role) {
  if (!index.isValid() || role != Qt::EditRole || !writable(placeOf(index))) return false;
  const Place place = placeOf(index);
  const v1::Job* job = jobs_->find(ids_[place.run]);
  if (job == nullptr) return false;
  const auto request = place.fact->kind == Kind::kTags ? tagsTyped(*job, value.toString())
                                                       : noteTyped(*job, value.toString());
  if (!request) return false;
  // labd's answer brings the new text, or a refusal leaves the old one.
  Q_EMIT updateWanted(*request);
  return true;
}

Qt::ItemFlags ComparisonTable::flags(const QModelIndex& index) const {
  if (!index.isValid()) return Qt::NoItemFlags;
  Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
  if (writable(placeOf(index))) flags |= Qt::ItemIsEditable;
  return flags;
}

QVariant ComparisonTable::headerData(int section, Qt::Orientation orientation, int role) const {
  if (role == Qt::TextAlignmentRole) {
    return int((orientation == Qt::Horizontal ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
  }
  if (role != Qt::DisplayRole && role != Qt::ToolTipRole) return {};
  const bool run = (orientation == Qt::Horizontal) == sideBySide();
  return run ? titles_[static_cast<size_t>(section)] : facts_[static_cast<size_t>(section)].title;
}

}  // namespace lab::gui
