#pragma once

// All heads of a model on one text, as small maps: searched, sorted by any score, or one head
// through all layers; beside another model's as differences. GUI thread.

#include <memory>
#include <vector>

#include "gui/models/attention.h"
#include "gui/widgets/head_grid.h"
#include "gui/widgets/parts.h"

class QComboBox;
class QLineEdit;

namespace lab::gui {

class HeadsCard : public Card {
  Q_OBJECT
 public:
  explicit HeadsCard(QWidget* parent = nullptr);

  // `other` may be null; it is comparable with `data`.
  void show(std::shared_ptr<const AttentionData> data, std::shared_ptr<const AttentionData> other,
            Sink sink, bool log);
  // Only these of what is shown, by this score ("" for in place). INVALID_ARGUMENT if there is no
  // such score.
  absl::Status showOnly(std::vector<HeadId> ids, const QString& score);
  // Is only drawn from now on: says what its colours and places mean.
  void makeStill();
  void setCurrent(HeadId id);
  // All scores of a head, those of the difference among them; of a layer's mean head only those.
  std::vector<Fact> factsOf(HeadId id) const;
  HeadGrid* grid() { return grid_; }
  // head, and each score.
  std::string csv() const;

 Q_SIGNALS:
  void chosen(lab::gui::HeadId id);

 private:
  void fillSorts();
  void fillGrid();
  std::vector<HeadId> among() const;
  std::vector<HeadId> wanted();
  std::vector<Fact> layerFactsOf(int layer) const;
  GridHead smallMap(HeadId id) const;
  void showFoot(size_t shown);

  std::shared_ptr<const AttentionData> data_, other_;
  std::vector<HeadScore> scores_;
  std::vector<HeadId> only_;  // empty: all
  Sink sink_ = Sink::kShow;
  bool log_ = false;
  HeadId current_;
  QComboBox* which_ = nullptr;
  QComboBox* sort_ = nullptr;
  QLineEdit* search_ = nullptr;
  HeadGrid* grid_;
  QLabel* foot_;
};

}  // namespace lab::gui
