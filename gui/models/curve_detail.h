#pragma once

// Finer points of the compared jobs for the part of the steps that somebody looks at closely: labd
// thins a long curve as a whole, and again, with the same number of points, the part in sight. GUI
// thread.

#include <QObject>
#include <QTimer>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "gui/models/comparison.h"

namespace lab::gui {

// Points of a curve, ascending in x.
struct CurveColumns {
  std::vector<double> x, y;
};

class CurveDetail : public QObject {
  Q_OBJECT
 public:
  using Range = std::pair<int64_t, int64_t>;  // steps, both included

  // Both outlive this.
  CurveDetail(LabSession* session, const Comparison* comparison, QObject* parent = nullptr);

  // The steps in sight; absent for all of them. Asked for after a moment of rest.
  void look(const std::optional<Range>& range);
  // The curve's points with the finer ones in the place of the coarse; absent where there are none.
  std::optional<CurveColumns> finerOf(const Compared& curve) const;

 Q_SIGNALS:
  void changed();

 private:
  void read();
  // The answers are those of the comparison as it is now.
  bool fits() const;

  LabSession* session_;
  const Comparison* comparison_;
  QTimer rest_;
  std::optional<Range> wanted_;
  std::string metric_;                    // of what is known
  std::map<int64_t, CurveColumns> fine_;  // by job
  int64_t asked_ = 0;
};

// `coarse` with the points from the first to the last of `fine` replaced by these.
CurveColumns withDetail(const CurveColumns& coarse, const CurveColumns& fine);

}  // namespace lab::gui
