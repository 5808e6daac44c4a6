#pragma once

// What compared runs came to, and the settings in which they differ, as a table: a column a run,
// or, where there are many, a row a run. Tags and notes of jobs can be typed in place. GUI thread.

#include <QAbstractTableModel>
#include <vector>

#include "gui/models/comparison.h"
#include "lab/v1/queue.pb.h"

namespace lab::gui {

class ComparisonTable : public QAbstractTableModel {
  Q_OBJECT
 public:
  // Up to so many runs stand side by side.
  static constexpr int kMostColumns = 6;

  explicit ComparisonTable(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

  // `jobs` gives what the curves do not know: tags, notes, speed. It outlives this.
  void show(const Comparison& comparison, const JobStore& jobs);
  // The table as comma-separated values, a run a row.
  std::string csv() const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  bool setData(const QModelIndex& index, const QVariant& value, int role) override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;

 Q_SIGNALS:
  // Somebody changed tags or a note in place. What labd answers comes with the jobs.
  void updateWanted(const lab::v1::UpdateJobRequest& request);

 private:
  enum class Kind { kPlain, kTags, kNote };
  struct Row {
    QString title;                // "validation loss, end"
    std::vector<QString> values;  // one a run
    Kind kind = Kind::kPlain;
  };
  struct Place {
    const Row* fact;
    size_t run;
  };

  Place placeOf(const QModelIndex& index) const;
  QModelIndex indexOf(size_t fact, size_t run) const;
  // True if somebody may type there.
  bool writable(const Place& place) const;
  std::vector<Row> factsOf(const Comparison& comparison, const JobStore& jobs) const;
  void takeValues(std::vector<Row> facts);

  bool sideBySide() const { return static_cast<int>(titles_.size()) <= kMostColumns; }

  const JobStore* jobs_ = nullptr;
  std::vector<QString> titles_;  // of the runs
  std::vector<int64_t> ids_;     // of the runs; 0 for a group
  std::vector<Row> facts_;
};

}  // namespace lab::gui
