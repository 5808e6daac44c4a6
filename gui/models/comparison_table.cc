#include "gui/models/comparison_table.h"

#include "gui/models/words.h"

namespace lab::gui {
namespace {

const QString kNone = QStringLiteral("–");

QString estimate(const std::optional<double>& value, const std::optional<double>& error,
                 bool is_group) {
  if (!value) return kNone;
  return is_group ? q(FormatEstimate(*value, error, true)) : number(*value);
}

// Quoted where it must be (RFC 4180).
std::string csvField(const QString& text) {
  std::string field = utf8(text);
  if (field.find_first_of(",\"\n") == std::string::npos) return field;
  std::string quoted = "\"";
  for (char c : field) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

void ComparisonTable::show(const Comparison& comparison, const JobStore& jobs) {
  std::vector<QString> titles;
  std::vector<Fact> facts;
  const QString metric = q(comparison.metric());
  Fact last{tr("%1, end").arg(metric), {}}, at{tr("at step"), {}};
  Fact best{tr("%1, best").arg(metric), {}}, best_at{tr("best at step"), {}};
  Fact above{tr("above the floor"), {}}, who{tr("state"), {}}, rate{tr("tokens/s"), {}};
  Fact tags{tr("tags"), {}}, note{tr("note"), {}};
  for (const Compared& curve : comparison.curves()) {
    const bool group = !curve.group.empty();
    titles.push_back(q(curve.title));
    last.values.push_back(estimate(curve.last, curve.last_error, group));
    at.values.push_back(curve.last ? grouped(curve.last_step) : kNone);
    best.values.push_back(estimate(curve.best, curve.best_error, group));
    best_at.values.push_back(curve.best_step ? grouped(*curve.best_step) : kNone);
    above.values.push_back(curve.last && curve.floor ? number(*curve.last - *curve.floor) : kNone);
    who.values.push_back(q(curve.state));
    const v1::Job* job = jobs.find(curve.job);
    const v1::MetricSummary* speed =
        job == nullptr ? nullptr : SummaryOf(*job, "train/tokens_per_second");
    rate.values.push_back(speed == nullptr || group ? kNone : count(speed->last()));
    tags.values.push_back(job == nullptr || group ? QString() : q(TagsText(*job)));
    note.values.push_back(job == nullptr || group ? QString() : q(job->note()));
  }
  auto add = [&facts](Fact fact, const QString& nothing) {
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
    Fact fact{q(row.field()), {}};
    for (size_t i = 0; i < titles.size(); ++i) {
      const bool known =
          static_cast<int>(i) < row.settings_size() && row.settings(static_cast<int>(i)).present();
      fact.values.push_back(known ? q(row.settings(static_cast<int>(i)).value()) : kNone);
    }
    facts.push_back(std::move(fact));
  }
  add(tags, {});
  add(note, {});
  auto same_titles = [](const Fact& a, const Fact& b) { return a.title == b.title; };
  if (titles == titles_ &&
      std::equal(facts.begin(), facts.end(), facts_.begin(), facts_.end(), same_titles)) {
    // Only values: who has selected or scrolled keeps that.
    facts_ = std::move(facts);
    Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
    return;
  }
  beginResetModel();
  titles_ = std::move(titles);
  facts_ = std::move(facts);
  endResetModel();
}

std::string ComparisonTable::csv() const {
  std::string text = "run";
  for (const Fact& fact : facts_) text += "," + csvField(fact.title);
  for (size_t i = 0; i < titles_.size(); ++i) {
    text += "\n" + csvField(titles_[i]);
    for (const Fact& fact : facts_) text += "," + csvField(fact.values[i]);
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

QVariant ComparisonTable::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  if (role == Qt::TextAlignmentRole) return int(Qt::AlignRight | Qt::AlignVCenter);
  if (role != Qt::DisplayRole && role != Qt::ToolTipRole) return {};
  const auto fact = static_cast<size_t>(sideBySide() ? index.row() : index.column());
  const auto run = static_cast<size_t>(sideBySide() ? index.column() : index.row());
  return facts_[fact].values[run];
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
