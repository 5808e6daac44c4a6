#pragma once

// One head large: its pattern as a map or as lines, what its scores are, and the selected query's
// row beside the tokens. GUI thread.

#include <QStringList>
#include <functional>
#include <memory>

#include "core/base/status.h"
#include "gui/charts/color_map.h"
#include "gui/models/attention_map.h"
#include "gui/models/token_rows.h"
#include "gui/widgets/parts.h"

class QStackedWidget;
class QTableView;

namespace lab::gui {

class AttentionLines;
class FactGrid;
class Faces;
class Heatmap;

struct HeadPicture {
  QString title;  // "Layer 3, head 5"
  QStringList labels;
  std::shared_ptr<const AttentionMap> map;
  std::shared_ptr<const AttentionMap> beside;  // at its right; may be null
  QString map_name, beside_name;               // above both, where there are two
  ColorMap::Kind kind = ColorMap::Kind::kSquareRoot;
  QString value_name;  // "attention"
  std::vector<Fact> facts;
};

class HeadView : public Card {
  Q_OBJECT
 public:
  explicit HeadView(QWidget* parent = nullptr);

  // Where the caller puts what belongs to it.
  QHBoxLayout* options() { return options_; }
  void show(const HeadPicture& picture);
  // Its pattern is on its way; what is shown stays for a moment.
  void showWaiting(const QString& title, const std::vector<Fact>& facts);
  void showError(const QString& title, const absl::Status& status, std::function<void()> retry);

  // A picture's pattern, or the one beside it, as a map.
  static void fill(Heatmap* map, const std::shared_ptr<const AttentionMap>& values,
                   const HeadPicture& picture);

  int query() const { return rows_->query(); }
  void selectQuery(int query);
  absl::Status exportPng(const QString& path);
  // query, its token, key, its token, value: of what is in sight of the map.
  std::string csv() const;
  bool failed() const;

 private:
  QWidget* makeSide();
  void setLines(bool lines);
  void showRow();

  HeadPicture picture_;
  QHBoxLayout* options_;
  QPushButton* as_map_;
  QPushButton* as_lines_;
  Faces* faces_;
  QStackedWidget* views_;
  QLabel* name_;
  QLabel* beside_name_;
  Heatmap* map_;
  Heatmap* beside_;
  QWidget* beside_place_;
  AttentionLines* lines_;
  FactGrid* facts_ = nullptr;
  QLabel* row_ = nullptr;
  TokenRows* rows_;
  QTableView* table_ = nullptr;
  bool selecting_ = false;
};

}  // namespace lab::gui
