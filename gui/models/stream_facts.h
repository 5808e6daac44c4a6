#pragma once

// The residual stream in numbers for people: its norm along the model, what the sublayers add, and
// what stands out. Pure but for the table, which is of the GUI thread.

#include <QAbstractTableModel>
#include <QString>
#include <QStringList>
#include <optional>
#include <vector>

#include "proto/client/inspection.h"

namespace lab::gui {

// Means over the tokens of an answer to "residual".
struct StreamFacts {
  QStringList points, layers;
  std::vector<double> norm;            // of each point
  std::vector<double> attention, mlp;  // norm of what each layer's two sublayers add
  // Where the first token's norm is most times the others' median, and how many times.
  QString outlier_point;
  std::optional<double> outlier;
};
StreamFacts streamFactsOf(const Inspection& look);

// How far a statistic of two models is apart at each point, over the tokens.
struct PointDifferences {
  std::vector<double> mean, most;  // of |a − b|
};
// Requires: one shape, points × tokens.
PointDifferences pointDifferences(const InspectedTensor& a, const InspectedTensor& b);

// Its massive activations, largest first.
class MassiveTable : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { kPoint, kToken, kChannel, kValue, kTimes, kColumns };

  explicit MassiveTable(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

  void show(const Inspection& look);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  std::vector<QStringList> rows_;
};

}  // namespace lab::gui
