#pragma once

// What happened to one job, as rows: its states, checkpoints and marks, the newest first. Live.
// GUI thread.

#include <QAbstractTableModel>
#include <deque>
#include <memory>

#include "gui/models/words.h"
#include "gui/session/job_watch.h"

namespace lab::gui {

class JobEvents : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { kTime, kStep, kWhat, kText, kColumns };

  // `session` outlives this.
  explicit JobEvents(LabSession* session, QObject* parent = nullptr);

  // 0 for none.
  void follow(int64_t job_id);
  // The job goes on after an end.
  void goOn();
  bool loaded() const { return loaded_; }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 Q_SIGNALS:
  void settled();
  void failed(const absl::Status& status);

 private:
  struct Row {
    QString time, step, what, text;
  };
  static Row rowOf(const v1::WatchEvent& event);
  void take(const std::vector<v1::WatchEvent>& events);

  LabSession* session_;
  int64_t job_ = 0;
  bool loaded_ = false;
  std::deque<Row> rows_;
  std::unique_ptr<JobWatch> watch_;
};

}  // namespace lab::gui
