#pragma once

// Runs as rows of a card, each to be opened by click or key: with a curve and what became of them,
// or in one line. What changes, changes in place. GUI thread.

#include <QWidget>
#include <vector>

#include "gui/models/home_rows.h"

class QVBoxLayout;

namespace lab::gui {

class RunRow;

class RunRows : public QWidget {
  Q_OBJECT
 public:
  enum class Kind { kWithCurve, kOneLine };

  explicit RunRows(Kind kind, QWidget* parent = nullptr);

  void setRows(const std::vector<HomeRow>& rows);
  void setCurve(int64_t job_id, const std::vector<double>& values);

 Q_SIGNALS:
  void opened(qint64 job_id);

 private:
  Kind kind_;
  QVBoxLayout* column_;
  std::vector<RunRow*> rows_;
};

}  // namespace lab::gui
