#pragma once

// A logit taken apart: what each component of the model gave to it, and each head of an attention.
// The components sum to the logit. GUI thread.

#include <QAbstractTableModel>
#include <QString>
#include <string>
#include <vector>

#include "proto/client/inspection.h"

namespace lab::gui {

struct LogitPart {
  QString name;  // "embed", "3.attn", "bias"
  double value = 0;
};

struct LogitParts {
  int64_t position = 0;  // after which token
  int64_t target = 0;    // whose logit
  std::string word;      // the target's text
  double logit = 0;      // as the model gives it
  std::vector<LogitPart> parts;
  double sum = 0;  // of the parts
  int layers = 0, heads = 0;
  std::vector<float> head_values;        // layer by layer
  std::vector<double> attention_biases;  // of each layer's output
};

// Of an answer to "attribution" of one position.
LogitParts logitPartsOf(const Inspection& look);

// The parts as rows; the one that gives most either way first, or in the model's order.
class LogitPartTable : public QAbstractTableModel {
  Q_OBJECT
 public:
  // kHere and kThere only beside another model; kBar and kValue are then the difference.
  enum Column { kName, kBar, kValue, kHere, kThere, kColumns };
  enum Role { kShare = Qt::UserRole };  // of kBar: −1 … 1 of the largest part

  explicit LogitPartTable(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

  void show(std::vector<LogitPart> parts);
  // Of two models; `there` has the same parts.
  void show(std::vector<LogitPart> here, const std::vector<LogitPart>& there,
            const QString& here_name, const QString& there_name);
  void setSorted(bool sorted);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  void arrange();

  bool two() const { return !there_name_.isEmpty(); }

  struct Row {
    LogitPart part;  // or difference
    double here = 0, there = 0;
  };
  void take(std::vector<Row> rows, const QString& here_name, const QString& there_name);

  std::vector<Row> given_, parts_;
  QString here_name_, there_name_;
  double most_ = 0;
  bool sorted_ = false;
};

}  // namespace lab::gui
