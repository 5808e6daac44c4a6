#pragma once

// One head large: its pattern as a map or as lines, what its scores are, and the selected query's
// row beside the tokens. GUI thread.

#include <functional>
#include <memory>

#include "core/base/status.h"
#include "gui/models/background.h"
#include "gui/models/token_rows.h"
#include "gui/widgets/head_picture.h"
#include "gui/widgets/parts.h"

class QStackedWidget;
class QTableView;

namespace lab::gui {

class AttentionLines;
class FactGrid;
class Faces;
class Heatmap;
class TwoMaps;

class HeadView : public Card {
  Q_OBJECT
 public:
  explicit HeadView(QWidget* parent = nullptr);

  // Where the caller puts what belongs to it.
  QHBoxLayout* options() { return options_; }
  // At once; where its numbers are many, when they are ready, and what was shown stays until then.
  void show(const HeadPicture& picture);
  // Its pattern is on its way; what is shown stays for a moment.
  void showWaiting(const QString& title, const std::vector<Fact>& facts);
  void showError(const QString& title, const absl::Status& status, std::function<void()> retry);

  int query() const { return rows_->query(); }
  void selectQuery(int query);
  absl::Status exportPng(const QString& path);
  // query, its token, key, its token, value: of what is in sight of the map.
  std::string csv() const;
  bool failed() const;
  bool busy() const { return background_.busy(); }

 private:
  QWidget* makeSide();
  void setLines(bool lines);
  void showRow();
  void take(ReadyHead ready);
  void showWords();
  void showScale();

  HeadPicture picture_;
  std::shared_ptr<const AttentionMap> map_;  // as it is shown
  bool ready_ = false;                       // what is shown is picture_
  Background background_;
  QHBoxLayout* options_;
  QPushButton* as_map_;
  QPushButton* as_lines_;
  Faces* faces_;
  QStackedWidget* views_;
  TwoMaps* maps_;
  AttentionLines* lines_;
  FactGrid* facts_ = nullptr;
  QLabel* row_ = nullptr;
  TokenRows* rows_;
  QTableView* table_ = nullptr;
  bool selecting_ = false;
};

}  // namespace lab::gui
