#pragma once

// What the residual stream would say at each of its points (rows) after each token (columns). GUI
// thread.

#include <QAbstractTableModel>
#include <QString>
#include <memory>
#include <optional>
#include <vector>

#include "proto/client/inspection.h"

namespace lab::gui {

// Of each token: the first point (0, 1, …) at which the token that is likeliest at the end is the
// likeliest already. Empty without a lens.
std::vector<int64_t> lensDepths(const Inspection& look);
// Their mean; absent without a token.
std::optional<double> lensDepth(const Inspection& look);

class LensGrid : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Role {
    // 0 … 1, 1 the deepest; NaN: there is no such value. Beside another model the difference of
    // both, −1 … 1.
    kShade = Qt::UserRole,
    kHit,    // whether it says the text's next token
    kOther,  // whether another model, beside this one, says another token
  };
  // What the shade says.
  enum class Measure { kProbability, kNextRank, kEntropy, kKl };

  explicit LensGrid(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

  // An answer with a lens of all positions, and another model's to take its shades from, of the
  // same points and tokens; null for none.
  void show(std::shared_ptr<const Inspection> look,
            std::shared_ptr<const Inspection> other = nullptr);
  const Inspection* look() const { return look_.get(); }
  const Inspection* other() const { return other_.get(); }
  void setMeasure(Measure measure);
  Measure measure() const { return measure_; }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  struct Likely {
    std::string text;
    double probability = 0;
  };
  struct Cell {
    QString point;
    int64_t position = 0;
    std::vector<Likely> top;  // likeliest first
    std::string next;         // the text's next token; "" at its end
    int64_t next_rank = -1;   // −1 there
    double next_probability = 0;
    double entropy = 0, kl = 0;  // nats
  };
  // Requires: a cell of the grid.
  Cell cell(int point, int token) const { return cellOf(*look_, point, token); }
  // Requires: other().
  Cell otherCell(int point, int token) const { return cellOf(*other_, point, token); }

 private:
  static Cell cellOf(const Inspection& look, int point, int token);
  const InspectedTensor* tensor(const char* name) const { return look_->Find(name); }
  double shade(int point, int token) const;
  double shadeOf(const Inspection& look, int point, int token) const;
  bool saysOther(int point, int token) const;

  std::shared_ptr<const Inspection> look_, other_;
  Measure measure_ = Measure::kProbability;
  double most_entropy_ = 0, most_kl_ = 0;  // of both
};

}  // namespace lab::gui
